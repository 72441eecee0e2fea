/** Keeps container images on a host: pulled, loaded from an archive, named, or gone. */
import { createHash } from 'node:crypto';
import { defineModule, flag, listOf, localFile, Missing, ModuleFailure, secret, text, textOf, z, type Change, type Here, type Plan, type Probe, type Stat, type Step } from '../engine/module/kit.ts';
import { readHostArchive, readLocalArchive, type ImageArchive } from './shared/image-archive.ts';
import { withIds } from './shared/image-ids.ts';
import { lookAtImageStore, readImageStore, type FoundImage, type ImageAccess, type ImagesFound } from './shared/image-look.ts';
import { isImageName, readImageName, type ImageName } from './shared/image-name.ts';
import { fullNames, loadChanges, pullChanges, removeChanges, tagChanges, wantedOf, type ImagesAsked, type LoadAsked } from './shared/image-plan.ts';
import { showStep } from './shared/image-steps.ts';
import { expandPath } from './shared/host-path.ts';
import { readRecords } from './shared/records.ts';

const imageName = () => text().pipe(z.string().refine(isImageName, 'expected the name of an image, such as registry.k8s.io/pause:3.10'));

const params = z.object({
  name: listOf(imageName()).optional().describe('the images, one or a list: registry.example.org/path/name:tag, also with @sha256:…; default registry docker.io, default tag latest. With src: what its images are called, default as in the archive; one image may be given another name'),
  state: z.enum(['present', 'absent']).default('present').describe('present: there, whole; a name that is there is left alone, whatever its registry has by now. absent: the names are not there (default present)'),
  src: localFile().optional().describe('archive to load from instead of a registry: docker save\'s or an OCI layout as .tar or .tar.gz; of the controller, from files/ of the role or beside the playbook, with remote_src a path of the host. What else is in it may come along'),
  remote_src: flag().default(false).describe('src is a path of the host; default no'),
  as: listOf(imageName()).optional().describe('further names for the one image of name'),
  digest: text().pipe(z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hex digits')).optional().describe('the one image that will do for the one name: pulled by this, and in the place of another of that name'),
  username: text().optional().describe('user at the registry, where this task needs one of its own'),
  password: secret().optional().describe('its password or token; it stands in no process\'s arguments'),
  runtime: z.enum(['auto', 'containerd', 'docker', 'crictl']).default('auto').describe('who keeps the images; auto: docker where it is installed, else containerd, else whom crictl speaks with (default auto)'),
  namespace: text().pipe(z.string().regex(/^[\w.-]+$/, 'expected a word')).default('k8s.io').describe('containerd\'s namespace; default k8s.io, the kubelet\'s'),
  socket: text().optional().describe('the runtime\'s socket, a path; default: where the runtime has it'),
});
type Params = z.infer<typeof params>;

interface Found extends ImagesFound {
  readonly archive?: ImageArchive | undefined;
  /** Of the archive, on the host. */
  readonly path?: string | undefined;
  /** Where an archive of the controller lies while it is loaded, and whether an interrupted run left it there. */
  readonly stage?: { readonly path: string; readonly isLeft: boolean; readonly local: string } | undefined;
}

export default defineModule<typeof params, Found>({
  summary: 'Keep container images on a host, pulled or loaded from an archive',
  params,
  aliases: { archive: 'src' },
  rules: [{ kind: 'oneOf', names: ['name', 'src'] }, { kind: 'together', names: ['username', 'password'] }, { kind: 'exclusive', names: ['src', 'digest'] }, { kind: 'exclusive', names: ['src', 'username'] }],
  example: `- name: Have the image on a node that reaches no registry
  image:
    src: busybox-1.36.tar.gz
    name: docker.io/library/busybox:1.36
- name: Have an image of a private registry, and no other than this
  image:
    name: registry.example.org/team/app:2.1
    digest: sha256:8d77cf3685fceead8a082a8cec5fbe142b7d350e26195a67b21cadf3565b469b
    username: robot
    password: "{{ robot_token }}"`,
  returns: { images: 'the images: name, digest as its registry knows it, id of its configuration where it is known', digest: 'of the one image', id: 'of the one image, where it is known' },
  touches: ({ name, src }) => [...(name ?? []).map((each) => `image ${each}`), ...(src === undefined ? [] : [`archive ${src}`])],
  slow: true,
  ahead: false,
  inspect,
  plan,
  output(asked, found, steps) {
    if (steps.length === 0) return {};
    if (asked.state === 'absent') return { images: [] };
    const shown = readImageStore(readRecords(textOf(steps.at(-1)?.stdout ?? Buffer.alloc(0))));
    const names = namesOf(asked, found);
    const missing = names.filter((name) => !shown.images.has(name));
    if (missing.length > 0) throw new ModuleFailure(`the runtime said that it was done, and ${missing.join(', ')} is not there${shown.error === undefined ? '' : `: ${shown.error}`}`);
    return resultOf(names, withArchived(asked, found, shown.images));
  },
});

async function inspect(asked: Params, probe: Probe, here: Here): Promise<Found> {
  const source = await lookAtSource(asked, probe, here);
  const names = [...namesOf(asked, source), ...fullNames(asked.as ?? []), ...(source.archive?.images ?? []).flatMap((each) => each.names)];
  const seen = await lookAtImageStore(probe, asked.runtime, { socket: socketOf(asked), namespace: asked.namespace }, [...new Set(names)]);
  const found = { ...seen, images: foreseen(seen.images, names, probe) };
  const access = found.tool === 'ctr' ? accessOf(asked, found) : undefined;
  return { ...source, ...found, images: access && source.archive ? await withIds(found.images, names, access, probe) : found.images };
}

/** The archive, and where it is. Throws Missing where the host has none at that path. */
async function lookAtSource(asked: Params, probe: Probe, here: Here): Promise<Pick<Found, 'archive' | 'path' | 'stage'>> {
  if (asked.src === undefined) return {};
  if (asked.remote_src) {
    const path = await expandPath(asked.src, probe);
    const stat = await probe.stat(path, { follow: true });
    if (!stat || isForeseenFile(stat)) throw new Missing({ kind: 'path', name: path }, `the archive ${path} is not on the host`, 'without remote_src, src is a file of the controller');
    return { path, archive: await readHostArchive(path, probe) };
  }
  const file = await here.file(asked.src);
  if (file.kind === 'directory') throw new ModuleFailure(`${file.path} is a folder, not an archive`);
  const stage = `/var/tmp/.kplay-image-${createHash('sha256').update(file.path).digest('hex').slice(0, 16)}`;
  const [archive, left] = await Promise.all([readLocalArchive(file), probe.stat(stage)]);
  return { archive, path: `${stage}/archive`, stage: { path: stage, isLeft: left !== undefined, local: file.path } };
}

/** A file that an earlier task of a dry run would bring cannot be looked into. */
function isForeseenFile({ inode }: Stat): boolean {
  return inode === 0;
}

function plan(asked: Params, found: Found, here: Here): Plan {
  if ((asked.as ?? []).length > 0 && (asked.name?.length !== 1 || asked.state === 'absent')) throw new ModuleFailure('`as` gives further names to one image: it needs one name, and state present');
  if (asked.digest !== undefined && asked.name?.length !== 1) throw new ModuleFailure('`digest` belongs to one image: it needs one name');
  const access = accessOf(asked, found);
  const changes = changesFor(asked, access, found);
  const names = namesOf(asked, found);
  const left: Change[] = found.stage?.isLeft && changes.length === 0 ? [{ summary: `remove ${found.stage.path}, which an interrupted run left`, steps: [{ kind: 'remove', path: found.stage.path }] }] : [];
  const made: Plan = changes.length === 0 ? { changes: left, result: asked.state === 'absent' ? { images: [] } : resultOf(names, found.images) } : { changes: [...changes.slice(0, -1), { ...changes.at(-1)!, steps: [...changes.at(-1)!.steps, showStep(access, names)] }], result: {} };
  if (found.tool === undefined) throw noTool(asked, made);
  if (found.error === undefined) return made;
  const unit = found.tool === 'docker' ? 'docker.service' : 'containerd.service';
  throw new Missing({ kind: 'unit', name: unit }, `${asked.runtime === 'auto' ? found.tool : asked.runtime} does not tell its images: ${found.error}`, `does it run (systemctl status ${unit})? socket: says where it listens`, here.check ? made : undefined);
}

function changesFor(asked: Params, access: ImageAccess, found: Found): Change[] {
  const what: ImagesAsked = {
    access, images: readAll(asked), further: fullNames(asked.as ?? []),
    ...(asked.username !== undefined && { login: { username: asked.username, password: asked.password ?? '' } }),
  };
  if (asked.state === 'absent') return removeChanges(what, found.images);
  const first = found.archive === undefined ? pullChanges(what, found.images) : loadChanges(what, loadOf(asked, found.archive, found), found.images);
  return [...first, ...tagChanges(what, found.images, first.length > 0)];
}

function loadOf(asked: Params, archive: ImageArchive, { path, stage }: Found): LoadAsked {
  const before: Step[] = stage === undefined ? [] : [{ kind: 'directory', path: stage.path, mode: '0700' }, { kind: 'write', path: `${stage.path}/archive`, content: { localPath: stage.local }, mode: '0600' }];
  return { archive, shown: asked.src!, path: path!, before, stage: stage?.path };
}

/** Names that the task is about: those asked for, else the archive's own. */
function namesOf(asked: Params, { archive }: Pick<Found, 'archive'>): string[] {
  if (archive === undefined) return fullNames(asked.name ?? []);
  return wantedOf(archive, readAll(asked), asked.src!).map(({ name }) => name);
}

function socketOf({ socket = '' }: Params): string {
  return socket.replace(/^unix:\/\//, '');
}

/** Where there is no program yet, a plan is made for the one that is to come. */
function accessOf(asked: Params, { tool }: Pick<ImagesFound, 'tool'>): ImageAccess {
  return { tool: tool ?? (asked.runtime === 'auto' || asked.runtime === 'containerd' ? 'ctr' : asked.runtime), socket: socketOf(asked), namespace: asked.namespace };
}

function noTool(asked: Params, made: Plan): Missing {
  const name = accessOf(asked, { tool: undefined }).tool;
  const what = asked.runtime === 'auto' ? 'neither docker nor ctr (containerd) nor crictl is on the host' : `there is no ${name} on the host`;
  return new Missing({ kind: 'command', name }, what, 'a container runtime must be installed earlier', made);
}

/** In a dry run: with what earlier tasks would bring or take away. */
function foreseen(images: ReadonlyMap<string, FoundImage>, names: readonly string[], probe: Probe): ReadonlyMap<string, FoundImage> {
  const all = new Map(images);
  for (const name of names) {
    const state = probe.foreseen?.('image', name) as { readonly present?: boolean; readonly digest?: string } | undefined;
    if (state?.present === false) all.delete(name);
    else if (state?.present) all.set(name, { digests: state.digest === undefined ? [] : [state.digest] });
  }
  return all;
}

/** What was just loaded has the ids that its archive tells. */
function withArchived(asked: Params, { archive }: Found, shown: ReadonlyMap<string, FoundImage>): ReadonlyMap<string, FoundImage> {
  if (archive === undefined) return shown;
  return new Map(wantedOf(archive, readAll(asked), asked.src!).map(({ name, image }) => [name, { digests: [], ...shown.get(name), ...(image.id !== undefined && { id: image.id }) }]));
}

function readAll({ name, digest }: Params): ImageName[] {
  return (name ?? []).map((each) => readImageName(each, digest));
}

function resultOf(names: readonly string[], found: ReadonlyMap<string, FoundImage>): Record<string, unknown> {
  const images = names.map((name) => {
    const { digests = [], id } = found.get(name) ?? {};
    return { name, ...(digests.length > 0 && { digest: digests[0] }), ...(id !== undefined && { id }) };
  });
  const [only] = images;
  return { images, ...(images.length === 1 && only) };
}
