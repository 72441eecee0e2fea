/** One file put at a place of the host: what stands there now, and the change that puts the content there. */
import { createHash } from 'node:crypto';
import posix from 'node:path/posix';
import { foldersAbove, LookFailed, Missing, ModuleFailure, TooLarge, type Change, type Content, type Plan, type Probe, type Stat, type Step } from '../../engine/module/kit.ts';
import { diffCap, diffText, sizeText } from './diff-text.ts';
import { attributeChanges, attributeResult, type Ids, type Wanted } from './file-attributes.ts';
import { applyMode } from './file-mode.ts';
import { realPath } from './host-path.ts';

/** Where a file is to go. */
export interface PlaceQuestion {
  /** Expanded; ends with `/` where it must be a folder. */
  readonly dest: string;
  /** The name that the file takes in a folder; missing where the content has no name. */
  readonly name?: string | undefined;
  /** Writes to what a link points to instead of replacing the link. */
  readonly follow: boolean;
  /** Reads what is there, for a diff. */
  readonly read: boolean;
  /** False where nobody asks for the sha256 of what is there, which is read whole for it. */
  readonly sum?: boolean | undefined;
}

/** A place and what stands there. */
export interface Place {
  readonly path: string;
  /** True where a link stands there that is to be replaced by a file. */
  readonly link: boolean;
  /** What stands there, links followed; with the sha256 of a file. */
  readonly stat?: Stat | undefined;
  /** The folder that the file goes to is not there. */
  readonly folderMissing: boolean;
  /** Folders to be made first, top first: only where `dest` says by its `/` that it is one. */
  readonly folders: readonly string[];
  readonly bytes?: Buffer | undefined;
}

/** Looks at a place: one round trip, one more where a link is to be followed. Throws ModuleFailure where a folder is in the way. */
export async function lookAtPlace(question: PlaceQuestion, probe: Probe): Promise<Place> {
  const { name } = question;
  const folder = question.dest.endsWith('/');
  const dest = question.dest.replace(/(.)\/+$/, '$1');
  const inside = name === undefined ? undefined : posix.join(dest, name);
  const above = folder ? [...foldersAbove(`${dest}/x`)] : [posix.dirname(dest)];
  const [outer, inner, parents] = await Promise.all([
    lookAt(dest, question, probe),
    inside === undefined ? undefined : lookAt(inside, question, probe),
    Promise.all(above.map((path) => probe.stat(path, { follow: true }))),
  ]);
  const isFolder = outer.followed?.kind === 'directory';
  if ((isFolder || folder) && inside === undefined) throw new ModuleFailure(`${dest} is a folder; content needs the path of a file`);
  if (folder && outer.followed && !isFolder) throw new ModuleFailure(`${dest} is not a folder`);
  const [path, there] = (isFolder || folder) && inner ? [inside!, inner] : [dest, outer];
  if (there.followed?.kind === 'directory') throw new ModuleFailure(`${path} is a folder; a file cannot take its place`);
  const parent = parents.at(-1);
  if (parent && parent.kind !== 'directory') throw new ModuleFailure(`${above.at(-1)} is not a folder`);
  const isLink = there.stat?.kind === 'link';
  return {
    path: isLink && question.follow ? await realPath(path, probe) : path,
    link: isLink && !question.follow,
    stat: there.followed,
    bytes: there.bytes,
    folderMissing: !isFolder && !folder && !parent,
    folders: folder ? above.filter((_, index) => !parents[index]) : [],
  };
}

async function lookAt(path: string, { read, sum = true }: PlaceQuestion, probe: Probe): Promise<{ stat?: Stat | undefined; followed?: Stat | undefined; bytes?: Buffer | undefined }> {
  const [stat, followed, bytes] = await Promise.all([probe.stat(path), probe.stat(path, { follow: true, sha256: sum }), read ? readSmall(path, probe) : undefined]);
  return { stat, followed, bytes };
}

/** A host's file where it is small enough for a diff and can be read. */
export async function readSmall(path: string, probe: Probe): Promise<Buffer | undefined> {
  return probe.read(path, { cap: diffCap }).catch((error: unknown) => {
    if (error instanceof TooLarge || error instanceof LookFailed) return undefined;
    throw error;
  });
}

/** What is to stand at a place. */
export interface Placing {
  readonly content: Content;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** The content where it is at hand and may be shown. */
  readonly bytes?: Buffer | undefined;
  readonly wanted: Wanted;
  readonly directoryMode?: string | undefined;
  /** False leaves a file alone that is there, whatever is in it. */
  readonly force: boolean;
  readonly backup: boolean;
  readonly validate?: string | undefined;
}

/** The plan that puts a content at a place. Throws Missing where the folder is not there. */
export function planPlacing(place: Place, placing: Placing, ids: Ids): Plan {
  const plan = { changes: placeChanges(place, placing, ids), result: placeResult(place, placing) };
  if (!place.folderMissing) return plan;
  const folder = posix.dirname(place.path);
  throw new Missing({ kind: 'path', name: folder }, `the folder ${folder} is not on the host`, 'make it earlier with the file module (state: directory), or end dest with a slash', plan);
}

function placeChanges(place: Place, placing: Placing, ids: Ids): Change[] {
  const { path, stat, link } = place;
  if (stat && !placing.force) return [];
  if (stat && !link && stat.sha256 === placing.sha256) return attributeChanges(path, placing.wanted, stat, ids);
  return [{
    summary: `${link ? 'replace the link' : stat ? 'write' : 'create'} ${path}${note(place, placing)}`,
    of: path,
    ...texts(place, placing),
    steps: [...place.folders.map((folder) => folderStep(folder, placing)), writeStep(place, placing)],
  }];
}

function folderStep(path: string, { wanted, directoryMode }: Placing): Step {
  return { kind: 'directory', path, ...(directoryMode !== undefined && { mode: applyMode(directoryMode, { kind: 'directory', mode: '0755' }) }), ...ownerOf(wanted) };
}

function writeStep({ path, link, stat }: Place, { content, wanted, backup, validate }: Placing): Step {
  const base = stat && !link ? stat : { kind: 'file', mode: '0644' };
  const mode = wanted.mode !== undefined ? applyMode(wanted.mode, base) : link ? '0644' : undefined;
  return { kind: 'write', path, content, ...(mode !== undefined && { mode }), ...ownerOf(wanted), ...(validate !== undefined && { validate }), ...(backup && { backup }), ...(link && { replaceLink: true }) };
}

function ownerOf({ owner, group }: Wanted): { owner?: string; group?: string } {
  return { ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) };
}

/** Before and after for a diff, only where both are text and the whole of each is at hand. */
function texts({ stat, bytes, link }: Place, placing: Placing): { before?: string; after?: string } {
  const after = placing.bytes && diffText(placing.bytes);
  const before = stat && !link ? bytes && diffText(bytes) : '';
  return after === undefined || before === undefined ? {} : { before, after };
}

/** Why there is nothing to compare, for the summary. */
function note({ stat, bytes }: Place, placing: Placing): string {
  if (placing.size > diffCap || (stat && stat.size > diffCap)) return ` (${sizeText(placing.size)})`;
  const binary = (placing.bytes && diffText(placing.bytes) === undefined) || (bytes && diffText(bytes) === undefined);
  return binary ? ` (binary, ${sizeText(placing.size)})` : '';
}

function placeResult({ path, stat, link }: Place, { sha256, size, bytes, wanted }: Placing): Record<string, unknown> {
  return { dest: path, state: 'file', size, sha256, ...(bytes && { checksum: createHash('sha1').update(bytes).digest('hex') }), ...attributeResult(wanted, link ? undefined : stat) };
}
