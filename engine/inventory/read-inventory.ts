/** Reads inventories from wherever they stand: files, folders, lists of hosts, scripts. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { nearest } from '../source/nearest.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { readSource, shortName } from '../source/read-source.ts';
import { checkVars } from './check-variables.ts';
import { newDraft, type Draft, type Origin } from './draft.ts';
import { finishInventory } from './finish-inventory.ts';
import { bounds, type Inventory } from './inventory.ts';
import { pathKind } from './path-kind.ts';
import { readFolder } from './read-folder.ts';
import { readHostList } from './read-host-list.ts';
import { readIni } from './read-ini.ts';
import { readScript } from './read-script.ts';
import { openVarsFolder } from './read-variables.ts';
import { readYamlInventory } from './read-yaml-inventory.ts';
import { isScript, textKind } from './source-kind.ts';

export interface ReadOptions {
  /** Seconds an inventory script may take; default 30. */
  readonly scriptTimeout?: number | undefined;
}

/**
 * The inventory that all sources make together; a later source adds to and wins over an earlier one. A source is a
 * file (YAML, JSON, INI, an executable that answers --list), a folder of such files, or hosts with commas: `a,b,`.
 * Reads group_vars/ and host_vars/ beside the sources too. Throws TextError with all problems of all of them.
 */
export async function readInventory(sources: readonly string[], options: ReadOptions = {}): Promise<Inventory> {
  const draft = newDraft();
  const folders = new Set<string>();
  for (const source of sources) {
    if (source.trim() === '') continue;
    await collect(draft, () => readOne(draft, source, folders, options.scriptTimeout ?? 30));
  }
  const inventory = finishInventory(draft, [...folders].map(openVarsFolder));
  for (const folder of inventory.folders) {
    const { problems, warnings } = checkVars(folder, inventory);
    draft.problems.push(...problems);
    draft.warnings.push(...warnings);
  }
  if (draft.problems.length > 0) throw new TextError(inOrder(draft.problems).slice(0, bounds.problems));
  return { ...inventory, warnings: draft.warnings.slice(0, bounds.problems) };
}

/** Problems as they stand in their texts: text by text, from top to bottom. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const sources = [...new Set(problems.map((problem) => problem.span?.source))];
  return problems.toSorted((a, b) => sources.indexOf(a.span?.source) - sources.indexOf(b.span?.source) || (a.span?.start ?? 0) - (b.span?.start ?? 0));
}

/** One source's problems must not hide those of the next. */
async function collect(draft: Draft, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    draft.problems.push(...error.problems);
  }
}

async function readOne(draft: Draft, source: string, folders: Set<string>, timeout: number): Promise<void> {
  const kind = pathKind(source);
  if (!kind) {
    if (!source.includes(',')) throw missing(source);
    readHostList(source, draft);
    return;
  }
  const folder = path.resolve(kind === 'folder' ? source : path.dirname(source));
  // The last of two sources in one folder settles how strong its variables are.
  folders.delete(folder);
  folders.add(folder);
  const files = kind === 'folder' ? readFolder(source, draft) : [source];
  for (const file of files) await collect(draft, () => readFile(draft, file, timeout));
}

async function readFile(draft: Draft, file: string, timeout: number): Promise<void> {
  const absolute = path.resolve(file);
  const origin: Origin = { file: absolute, folder: path.dirname(absolute) };
  if (path.extname(file) === '.toml') throw new TextError({ message: `${shortName(file)}: inventories in TOML are not supported`, hint: 'write it as YAML' });
  if (isScript(absolute)) return readScript(absolute, draft, origin, timeout);
  const source = readSource(file);
  if (textKind(file, source.text) === 'yaml') readYamlInventory(source, draft, origin);
  else readIni(source, draft, origin);
}

function missing(source: string): TextError {
  const folder = path.dirname(source);
  const near = nearest(path.basename(source), names(folder));
  const comma = `a list of hosts holds a comma, even for one host: "${source},"`;
  const meant = near && `did you mean "${path.join(folder, near)}"?`;
  const isPath = /[./]/.test(source);
  return new TextError({ message: `there is no inventory "${source}"`, hint: !meant ? comma : isPath ? meant : `${meant} or: ${comma}` });
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
