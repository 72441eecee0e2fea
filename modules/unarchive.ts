/** Unpacks an archive into a folder of the host. */
import posix from 'node:path/posix';
import { defineModule, flag, listOf, localFile, Missing, ModuleFailure, text, z, type Change, type Here, type LocalFile, type Plan, type Probe, type Stat } from '../engine/module/kit.ts';
import { askTool, downloadInput, needTool, type Download, type Tool } from './shared/download.ts';
import { askIds, attributeParams, withKnownNames, type Ids } from './shared/file-attributes.ts';
import { expandPaths } from './shared/host-path.ts';
import { compareLocal, compareOnHost, compareStream, stageName, type ArchiveAsked, type Compared } from './shared/look-archive.ts';
import { scriptStep } from './shared/script.ts';
import { unpackText, unpackWords } from './shared/unpack-script.ts';

const params = z.object({
  src: localFile().describe('archive of the controller, from files/ of the role or beside the playbook: tar (also .gz, .xz, .bz2, .zst) or zip; with remote_src a path of the host or an address'),
  dest: text().describe('folder on the host, which must be there'),
  remote_src: flag().default(false).describe('src is a path of the host, or an address where it holds ://; default no'),
  creates: text().optional().describe('path on the host; nothing is done where it is there'),
  extra_opts: listOf(text()).default([]).describe('options of tar or unzip, such as --strip-components=1'),
  exclude: listOf(text()).default([]).describe('members that stay out, as patterns'),
  include: listOf(text()).default([]).describe('members that are unpacked; default all'),
  keep_newer: flag().default(false).describe('leaves files alone that are newer than the archive\'s; default no'),
  list_files: flag().default(false).describe('gives the members as files; default no'),
  validate_certs: flag().default(true).describe('no takes any certificate of an address; default yes'),
  ...attributeParams,
});
type Params = z.infer<typeof params>;

type Source = { readonly kind: 'local'; readonly file: LocalFile } | { readonly kind: 'host'; readonly path: string } | { readonly kind: 'url'; readonly tool: Tool | undefined };

interface Found {
  readonly dest: string;
  readonly source: Source;
  readonly ids: Ids;
  readonly created: boolean;
  /** What is not there that is needed. */
  readonly missing?: string | undefined;
  readonly stage: string;
  /** What an interrupted run left. */
  readonly leftover: boolean;
  readonly compared?: Compared | undefined;
}

export default defineModule({
  summary: 'Unpack an archive into a folder of the host',
  params,
  rules: [{ kind: 'exclusive', names: ['include', 'exclude'] }],
  example: '- name: Unpack etcd\n  unarchive:\n    src: https://mirror.example/etcd-v3.5.16-linux-amd64.tar.gz\n    remote_src: yes\n    dest: /opt/etcd\n    extra_opts: [--strip-components=1]',
  returns: { dest: 'the folder', src: 'the archive', files: 'with list_files, the members', handler: 'TarArchive or ZipArchive' },
  touches: ({ dest }) => [dest],
  slow: true,
  async inspect(asked, probe, here): Promise<Found> {
    const [dest, creates, src] = await expandPaths([asked.dest, asked.creates ?? '', asked.remote_src ? asked.src : ''], probe) as [string, string, string];
    const source: Source = asked.remote_src ? (src.includes('://') ? { kind: 'url', tool: await askTool(probe) } : { kind: 'host', path: src }) : { kind: 'local', file: await localArchive(asked, here) };
    const stage = posix.join(dest, stageName(asked.src));
    const [folder, made, archive, left, ids] = await Promise.all([
      probe.stat(dest, { follow: true }), creates === '' ? undefined : probe.stat(creates), source.kind === 'host' ? probe.stat(src, { follow: true }) : undefined, probe.stat(stage), askIds(asked, probe),
    ]);
    const common = { dest, source, ids, stage, created: made !== undefined, leftover: left !== undefined };
    if (common.created) return common;
    if (folder && folder.kind !== 'directory') throw new ModuleFailure(`${dest} is not a folder`);
    // An archive that an earlier task of a dry run would bring cannot be looked into.
    const missing = !folder ? dest : source.kind === 'host' && (!archive || archive.inode === 0) ? src : undefined;
    if (missing !== undefined) return { ...common, missing };
    refuseEmpty(source, archive);
    return { ...common, compared: await compare(asked, source, dest, ids, probe) };
  },
  plan(asked, found) {
    const result = { dest: found.dest, src: asked.src, handler: kindOf(asked.src) === 'zip' ? 'ZipArchive' : 'TarArchive', ...(asked.list_files && { files: found.compared?.files ?? [] }) };
    if (found.created) return { changes: [], result: { ...result, msg: `skipped, since ${asked.creates} exists` } };
    if (found.missing !== undefined) {
      const isDest = found.missing === found.dest;
      throw new Missing({ kind: 'path', name: found.missing }, `${isDest ? 'the folder' : 'the archive'} ${found.missing} is not on the host`, isDest ? 'make it earlier with the file module (state: directory)' : 'without remote_src, src is a file of the controller', { changes: [unpack(asked, found)], result });
    }
    if (found.compared!.differing.length > 0) return withKnownNames(found.ids, { changes: [unpack(asked, found)], result });
    const changes: Change[] = found.leftover ? [{ summary: `remove ${found.stage}, which an interrupted run left`, steps: [{ kind: 'remove', path: found.stage }] }] : [];
    return withKnownNames(found.ids, { changes, result } satisfies Plan);
  },
});

function kindOf(src: string): 'tar' | 'zip' {
  return /\.(zip|jar|war)$/i.test(src.replace(/[?#].*$/, '')) ? 'zip' : 'tar';
}

async function localArchive({ src }: Params, here: Here): Promise<LocalFile> {
  const file = await here.file(src);
  if (file.kind === 'directory') throw new ModuleFailure(`${file.path} is a folder, not an archive`);
  if (file.size === 0) throw new ModuleFailure(`the archive ${file.path} is empty`);
  return file;
}

function refuseEmpty(source: Source, archive: Stat | undefined): void {
  if (source.kind === 'host' && archive && (archive.kind !== 'file' || archive.size === 0)) throw new ModuleFailure(`${source.path} is ${archive.kind === 'file' ? 'empty' : `a ${archive.kind}`}, not an archive`);
}

async function compare(asked: Params, source: Source, dest: string, ids: Ids, probe: Probe): Promise<Compared> {
  const kind = kindOf(asked.src);
  const archive: ArchiveAsked = { kind, dest, wanted: { mode: asked.mode, owner: asked.owner, group: asked.group }, ...choice(asked, kind), keepNewer: asked.keep_newer, listFiles: asked.list_files };
  if (source.kind === 'local') return compareLocal(source.file, archive, ids, probe);
  return source.kind === 'host' ? compareOnHost(source.path, archive, ids, probe) : compareStream(source.tool, downloadOf(asked), archive, ids, probe);
}

/** What is chosen of an archive, as its tool is told. */
function choice({ include, exclude, extra_opts: extra }: Params, kind: 'tar' | 'zip'): Pick<ArchiveAsked, 'options' | 'names' | 'chosen'> {
  const out = exclude.map((pattern) => pattern.replace(/(.)\/+$/, '$1'));
  if (kind === 'tar') return { options: [...extra, ...out.map((pattern) => `--exclude=${pattern}`)], names: include, chosen: () => true };
  const chosen = (name: string): boolean => (include.length === 0 || include.some((pattern) => matches(pattern, name))) && !exclude.some((pattern) => matches(pattern, name));
  return { options: extra, names: [...include, ...(exclude.length === 0 ? [] : ['-x', ...exclude])], chosen };
}

/** unzip's patterns: * and ? also stand for a slash; folders end with one. */
function matches(pattern: string, name: string): boolean {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`).test(name);
}

function downloadOf({ src, validate_certs: validateCerts }: Params): Download {
  return { url: src, headers: {}, validateCerts, timeout: 30, useProxy: true };
}

function unpack(asked: Params, { dest, source, stage, ids, compared }: Found): Change {
  const kind = kindOf(asked.src);
  const archive = source.kind === 'host' ? source.path : posix.join(stage, 'archive');
  const owner = `${asked.owner === undefined ? '' : (ids.uid ?? asked.owner)}${asked.group === undefined ? '' : `:${ids.gid ?? asked.group}`}`;
  const words = unpackWords({ kind, stage, dest, archive, ...choice(asked, kind), keepNewer: asked.keep_newer, root: compared?.root ?? false, owner, mode: asked.mode ?? '' });
  const download = source.kind === 'url' ? { tool: needTool(source.tool, downloadOf(asked)), what: downloadOf(asked) } : undefined;
  const script = scriptStep(unpackText(download?.tool), words, { makes: [dest], ...(download && { stdin: downloadInput(download.tool, download.what) }) });
  const differing = compared?.differing ?? [];
  const some = `${differing.slice(0, 3).join(', ')}${differing.length > 3 ? ', …' : ''}`;
  return {
    summary: `unpack ${asked.src} into ${dest}${differing.length === 0 ? '' : ` (${differing.length} to come or to change: ${some})`}`,
    of: dest,
    steps: source.kind === 'local'
      ? [{ kind: 'directory', path: stage, mode: '0700' }, { kind: 'write', path: archive, content: { localPath: source.file.path }, mode: '0600' }, script]
      : [script],
  };
}
