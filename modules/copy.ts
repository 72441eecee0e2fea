/** Puts files and folders of the controller, text, or what lies elsewhere on the host, to a place of the host. */
import { createHash } from 'node:crypto';
import posix from 'node:path/posix';
import { defineModule, fileMode, flag, localFile, ModuleFailure, text, z, type Here, type LocalFile, type Probe } from '../engine/module/kit.ts';
import { lookAtHostCopy, planHostCopy, type HostCopy, type HostCopyFound } from './shared/copy-on-host.ts';
import { diffCap } from './shared/diff-text.ts';
import { askIds, attributeParams, keptFile, withKnownNames, type Ids } from './shared/file-attributes.ts';
import { expandPaths } from './shared/host-path.ts';
import { lookAtPlace, planPlacing, type Place } from './shared/place-file.ts';
import { folderChanges, lookAtFolder, type FolderPlaces } from './shared/place-folder.ts';
import { pythonJson } from './shared/python-json.ts';

const params = z.object({
  src: localFile().optional().describe('file or folder of the controller, from files/ of the role or beside the playbook; of a folder that ends with / only what is in it is copied. With remote_src a path of the host'),
  content: z.preprocess((value) => (value !== null && typeof value === 'object' ? pythonJson(value) : typeof value === 'number' || typeof value === 'boolean' ? String(value) : value), z.string()).optional().describe('text of the file instead of src; a mapping or list is written as JSON'),
  dest: text().describe('path on the host; a folder where it ends with / or is one'),
  remote_src: flag().default(false).describe('src is a path of the host; default no'),
  ...attributeParams,
  mode: fileMode().optional().describe('permission bits of files: "0644", symbolic, or preserve for those of src; default: what the file has, 0644 for a new one'),
  directory_mode: fileMode().optional().describe('permission bits of folders that are copied or made; default 0755 for new ones'),
  force: flag().default(true).describe('no leaves a file alone that is there, whatever is in it; default yes'),
  backup: flag().default(false).describe('keeps the file that was there beside the new one, with the time in its name; default no'),
  validate: text().optional().describe('command that must exit 0 before the file takes its place; %s stands for the new file'),
  follow: flag().default(false).describe('writes to what a link at dest points to instead of replacing the link; default no'),
  local_follow: flag().default(true).describe('copies what links in a folder point to; no copies the links; default yes'),
  checksum: text().optional().describe('hex SHA-256 or SHA-1 that src must have'),
});
type Params = z.infer<typeof params>;

type Found = { readonly ids: Ids } & (
  | { readonly kind: 'text'; readonly bytes: Buffer; readonly place: Place }
  | { readonly kind: 'file'; readonly file: LocalFile; readonly sha256: string; readonly bytes?: Buffer | undefined; readonly place: Place }
  | { readonly kind: 'folder'; readonly places: FolderPlaces }
  | { readonly kind: 'host'; readonly copy: HostCopy; readonly found: HostCopyFound }
);

export default defineModule({
  summary: 'Put a file, a folder or a text to a place of the host',
  params,
  rules: [{ kind: 'exclusive', names: ['src', 'content'] }, { kind: 'oneOf', names: ['src', 'content'] }],
  example: '- name: Configure etcd\n  copy:\n    src: etcd.conf\n    dest: /etc/etcd/etcd.conf\n    mode: "0640"\n    group: etcd',
  returns: {
    backup_file: 'with backup, the file that was kept',
    dest: 'path of the file or folder on the host',
    src: 'where it came from',
    sha256: 'hex SHA-256 of the content',
    checksum: 'hex SHA-1 of the content, as Ansible gives it; of files of the controller above 128 KiB left out',
    mode: 'permission bits, four octal digits',
    owner: 'user name',
    group: 'group name',
    size: 'bytes',
  },
  touches: ({ dest }) => [dest],
  async inspect(asked, probe, here): Promise<Found> {
    const { content } = asked;
    const [dest, src] = await expandPaths([asked.dest, asked.remote_src ? (asked.src ?? '') : ''], probe) as [string, string];
    if (content !== undefined) {
      const bytes = Buffer.from(content);
      const [ids, place] = await Promise.all([askIds(asked, probe), lookAtPlace({ dest, follow: asked.follow, read: reads(here) }, probe)]);
      return { kind: 'text', bytes, ids, place };
    }
    return asked.remote_src ? inspectHost(asked, src, dest, probe) : inspectLocal(asked, dest, probe, here);
  },
  plan(asked, found) {
    const common = { directoryMode: asked.directory_mode, force: asked.force, backup: asked.backup, validate: asked.validate };
    if (found.kind === 'host') return withKnownNames(found.ids, planHostCopy(found.copy, found.found, found.ids));
    if (found.kind === 'folder') {
      const changes = folderChanges(found.places, { ...common, mode: asked.mode, owner: asked.owner, group: asked.group }, found.ids);
      return withKnownNames(found.ids, { changes, result: { dest: found.places.dest, src: asked.src } });
    }
    const mode = asked.mode === 'preserve' ? (found.kind === 'file' ? found.file.mode : undefined) : asked.mode;
    const wanted = { mode, owner: asked.owner, group: asked.group };
    const placing = found.kind === 'text'
      ? { content: { text: asked.content! }, bytes: found.bytes, size: found.bytes.length, sha256: createHash('sha256').update(found.bytes).digest('hex') }
      : { content: found.bytes ? { bytes: found.bytes } : { localPath: found.file.path }, bytes: found.bytes, size: found.file.size, sha256: found.sha256 };
    const plan = planPlacing(found.place, { ...placing, ...common, wanted }, found.ids);
    return withKnownNames(found.ids, { ...plan, result: { ...plan.result, ...(asked.src !== undefined && { src: asked.src }) } });
  },
  output: (_asked, _found, steps) => (keptFile(steps) === undefined ? {} : { backup_file: keptFile(steps) }),
});

/** A diff is of use only to someone who sees it. */
function reads(here: Here): boolean {
  return here.diff !== false;
}

async function inspectHost(asked: Params, src: string, dest: string, probe: Probe): Promise<Found> {
  const copy: HostCopy = {
    src, dest, wanted: { mode: asked.mode, owner: asked.owner, group: asked.group }, directoryMode: asked.directory_mode,
    force: asked.force, backup: asked.backup, validate: asked.validate, follow: asked.follow, localFollow: asked.local_follow,
  };
  // Names must be known as numbers before folders are compared.
  const ids = await askIds(asked, probe);
  return { kind: 'host', ids, copy, found: await lookAtHostCopy(copy, ids, probe) };
}

async function inspectLocal(asked: Params, dest: string, probe: Probe, here: Here): Promise<Found> {
  const src = asked.src!;
  const file = await here.file(src);
  if (file.kind === 'directory') {
    const under = dest.replace(/(.)\/+$/, '$1');
    const top = src.endsWith('/') ? under : posix.join(under, posix.basename(file.path));
    const [ids, places] = await Promise.all([askIds(asked, probe), lookAtFolder(file.path, top, { follow: asked.local_follow, diff: here.diff === true }, probe, here)]);
    return { kind: 'folder', ids, places };
  }
  const [ids, place, sha256, bytes] = await Promise.all([
    askIds(asked, probe),
    lookAtPlace({ dest, name: posix.basename(src), follow: asked.follow, read: reads(here) && file.size <= diffCap }, probe),
    file.sha256(),
    file.size <= diffCap ? file.read() : undefined,
  ]);
  if (asked.checksum !== undefined) await checkSum(file, sha256, asked.checksum);
  return { kind: 'file', ids, place, file, sha256, bytes };
}

async function checkSum(file: LocalFile, sha256: string, wanted: string): Promise<void> {
  const hex = wanted.trim().toLowerCase();
  const real = hex.length === 40 ? createHash('sha1').update(await file.read()).digest('hex') : sha256;
  if (real !== hex) throw new ModuleFailure(`${file.path} has the checksum ${real}, expected ${hex}`);
}
