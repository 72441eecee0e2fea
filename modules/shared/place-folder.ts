/** A folder of the controller put on the host: one look at all places, one list of changes. */
import posix from 'node:path/posix';
import { foldersAbove, ModuleFailure, type Change, type Here, type LocalFile, type Probe, type Stat } from '../../engine/module/kit.ts';
import { diffCap } from './diff-text.ts';
import { attributeChanges, type Ids, type Wanted } from './file-attributes.ts';
import { listLocalTree, type LocalEntry } from './local-tree.ts';
import { planPlacing, readSmall, type Place } from './place-file.ts';

/** One entry of the folder, and what stands at its place. */
export interface FolderEntry {
  readonly entry: LocalEntry;
  readonly path: string;
  readonly stat?: Stat | undefined;
  readonly sha256?: string | undefined;
  readonly file?: LocalFile | undefined;
  /** For a diff: what is in the file here, and at its place. */
  readonly bytes?: Buffer | undefined;
  readonly before?: Buffer | undefined;
}

/** A folder to be put, and its places. */
export interface FolderPlaces {
  readonly dest: string;
  /** Folders of `dest` itself that are not there, top first. */
  readonly folders: readonly string[];
  readonly entries: readonly FolderEntry[];
}

/** What of a folder's entries is asked. */
export interface FolderWanted extends Wanted {
  readonly directoryMode?: string | undefined;
  readonly force: boolean;
  readonly backup: boolean;
}

/** Looks at the place of each entry: one round trip for all, one more for texts where a diff is to be shown. */
export async function lookAtFolder(local: string, dest: string, options: { follow: boolean; diff: boolean }, probe: Probe, here: Here): Promise<FolderPlaces> {
  const entries = await listLocalTree(local, options.follow);
  const above = foldersAbove(`${dest}/x`);
  const [parents, stats, files] = await Promise.all([
    Promise.all(above.map((path) => probe.stat(path, { follow: true }))),
    Promise.all(entries.map((entry) => probe.stat(posix.join(dest, entry.name), entry.kind === 'directory' ? { follow: true } : { sha256: entry.kind === 'file' }))),
    localFiles(entries, here),
  ]);
  const known: FolderEntry[] = entries.map((entry, index) => ({ entry, path: posix.join(dest, entry.name), stat: stats[index], ...files[index] }));
  return { dest, folders: above.filter((_, index) => !parents[index]), entries: options.diff ? await Promise.all(known.map((each) => withTexts(each, probe))) : known };
}

/** Reads at most 32 files at once: file handles are few. */
async function localFiles(entries: readonly LocalEntry[], here: Here): Promise<{ file?: LocalFile; sha256?: string }[]> {
  const files: { file?: LocalFile; sha256?: string }[] = entries.map(() => ({}));
  const queue = [...entries.entries()];
  await Promise.all(Array.from({ length: 32 }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, entry] = next;
      if (entry.kind !== 'file') continue;
      const file = await here.file(entry.path);
      files[index] = { file, sha256: await file.sha256() };
    }
  }));
  return files;
}

async function withTexts(each: FolderEntry, probe: Probe): Promise<FolderEntry> {
  if (!each.file || each.file.size > diffCap || each.stat?.sha256 === each.sha256) return each;
  const [bytes, before] = await Promise.all([each.file.read(), each.stat?.kind === 'file' ? readSmall(each.path, probe) : undefined]);
  return { ...each, bytes, before };
}

/** The changes that make the host's folder hold what is in the controller's; what else is in it stays. */
export function folderChanges(places: FolderPlaces, wanted: FolderWanted, ids: Ids): Change[] {
  const folderWanted = { mode: wanted.directoryMode, owner: wanted.owner, group: wanted.group };
  const made = places.folders.map((path) => createFolder(path, folderWanted));
  return [...made, ...places.entries.flatMap((each) => entryChanges(each, wanted, folderWanted, ids))];
}

function entryChanges(each: FolderEntry, wanted: FolderWanted, folderWanted: Wanted, ids: Ids): readonly Change[] {
  const { entry, path, stat } = each;
  if (entry.kind === 'directory') {
    if (!stat) return [createFolder(path, folderWanted)];
    if (stat.kind !== 'directory') throw new ModuleFailure(`${path} is no folder, but has to be one`);
    return attributeChanges(path, folderWanted, stat, ids);
  }
  if (stat?.kind === 'directory') throw new ModuleFailure(`${path} is a folder, but has to be a ${entry.kind}`);
  if (entry.kind === 'link') return stat?.target === entry.target || (stat && !wanted.force) ? [] : [{ summary: `link ${path} to ${entry.target}`, steps: [{ kind: 'link', path, target: entry.target }] }];
  const place: Place = { path, link: stat?.kind === 'link', stat, folderMissing: false, folders: [], bytes: each.before };
  const mode = wanted.mode === 'preserve' ? each.file!.mode : wanted.mode;
  return planPlacing(place, { content: { localPath: each.file!.path }, sha256: each.sha256!, size: each.file!.size, bytes: each.bytes, wanted: { ...wanted, mode }, force: wanted.force, backup: wanted.backup }, ids).changes;
}

function createFolder(path: string, { mode, owner, group }: Wanted): Change {
  return { summary: `create ${path}/`, steps: [{ kind: 'directory', path, ...(mode !== undefined && { mode }), ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) }] };
}
