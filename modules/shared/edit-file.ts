/** A text file of the host that a module edits: looked at with its content, written back whole where it differs. */
import { foldersAbove, Missing, ModuleFailure, type Change, type Plan, type Probe, type Stat, type Step } from '../../engine/module/kit.ts';
import { diffText } from './diff-text.ts';
import { askIds, attributeChanges, attributeResult, withKnownNames, type Ids, type Wanted } from './file-attributes.ts';
import { applyMode } from './file-mode.ts';
import { expandPath, realPath } from './host-path.ts';

/** A file with its content. */
export interface EditedFile {
  /** As asked, expanded. */
  readonly path: string;
  /** Where links lead: the file that is written. */
  readonly real: string;
  readonly stat?: Stat | undefined;
  /** Bytes as latin1 text, one unit a byte; undefined where there is no file. */
  readonly content?: string | undefined;
  /** Folders above that are not there, top first; looked for only where the file is not there. */
  readonly folders: readonly string[];
  readonly ids: Ids;
}

/** Reads a file that is to be edited: one round trip, one more where it is a link. Throws ModuleFailure for a folder. */
export async function lookAtEdited(asked: string, wanted: Wanted, probe: Probe): Promise<EditedFile> {
  const path = await expandPath(asked, probe);
  const above = foldersAbove(path);
  const [link, stat, bytes, ids, parents] = await Promise.all([
    probe.stat(path), probe.stat(path, { follow: true }), probe.read(path), askIds(wanted, probe),
    Promise.all(above.map((folder) => probe.stat(folder, { follow: true }))),
  ]);
  if (stat?.kind === 'directory') throw new ModuleFailure(`${path} is a folder`);
  if (stat && !bytes) throw new ModuleFailure(`${path} is not a file that can be read`);
  const real = link?.kind === 'link' ? await realPath(path, probe) : path;
  return { path, real, stat, content: bytes?.toString('latin1'), folders: stat ? [] : above.filter((_, index) => !parents[index]), ids };
}

/** How the edited file is written. */
export interface EditOptions extends Wanted {
  readonly create: boolean;
  readonly backup: boolean;
  readonly validate?: string | undefined;
}

/** What became of the content, and how it is told: `add the line to`. */
export interface Edited {
  /** Undefined where there is no file and none is made. */
  readonly content: string | undefined;
  readonly summary: string;
  readonly msg: string;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** The file must be there, or may be made. Throws Missing. */
export function needFile(file: EditedFile, create: boolean): void {
  if (!file.stat && !create) throw new Missing({ kind: 'path', name: file.path }, `${file.path} is not on the host`, 'create: yes makes it');
}

/** The plan that writes the content where it differs, and then sets what attributes differ. Throws Missing. */
export function planEdit(file: EditedFile, edited: Edited, options: EditOptions): Plan {
  const { path, real, stat, ids } = file;
  if (edited.content === undefined || file.content === edited.content) {
    const changes = stat ? attributeChanges(real, options, stat, ids) : [];
    return withKnownNames(ids, { changes, result: { path, msg: changes.length > 0 ? 'ownership, perms or SE linux context changed' : '', ...edited.result, ...attributeResult(options, stat) } });
  }
  const before = diffText(Buffer.from(file.content ?? '', 'latin1'));
  const after = diffText(Buffer.from(edited.content, 'latin1'));
  const change: Change = {
    summary: `${edited.summary} ${path}`,
    of: path,
    ...(before !== undefined && after !== undefined && { before, after }),
    steps: [...file.folders.map((folder): Step => ({ kind: 'directory', path: folder })), writeStep(real, stat, edited.content, options)],
  };
  return withKnownNames(ids, { changes: [change], result: { path, msg: edited.msg, ...edited.result, ...attributeResult(options, stat) } });
}

function writeStep(path: string, stat: Stat | undefined, content: string, { mode, owner, group, validate, backup }: EditOptions): Step {
  return {
    kind: 'write', path, content: { bytes: Buffer.from(content, 'latin1') },
    ...(mode !== undefined && { mode: applyMode(mode, stat ?? { kind: 'file', mode: '0644' }) }),
    ...(owner !== undefined && { owner }), ...(group !== undefined && { group }),
    ...(validate !== undefined && { validate }), ...(backup && { backup }),
  };
}

