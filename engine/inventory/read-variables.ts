/** group_vars/ and host_vars/: which files belong to a name, and what they say. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { TextError } from '../source/problem.ts';
import { readYaml, shortName } from '../source/read-source.ts';
import { keyText } from '../source/tree.ts';
import type { VariableLayer, VariableValue, VarsFolder } from './inventory.ts';
import { pathKind } from './path-kind.ts';

export type VarsKind = 'group_vars' | 'host_vars';

const endings = ['', '.yml', '.yaml', '.json'];
const maxDepth = 20;

/** Lists the group_vars/ and host_vars/ of a folder; both may be missing. */
export function openVarsFolder(folder: string): VarsFolder {
  const absolute = path.resolve(folder);
  return { path: absolute, groupVars: list(path.join(absolute, 'group_vars')), hostVars: list(path.join(absolute, 'host_vars')) };
}

function list(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return new Set();
  }
}

const layerCache = new WeakMap<VarsFolder, Map<string, readonly VariableLayer[]>>();

/**
 * What a folder says of one group or host, a layer each file, weakest first. Read once and kept. Throws TextError with
 * all problems of these files.
 */
export function varsOf(folder: VarsFolder, kind: VarsKind, name: string): readonly VariableLayer[] {
  const names = candidates(folder, kind, name);
  if (names.length === 0) return [];
  let cache = layerCache.get(folder);
  if (!cache) layerCache.set(folder, (cache = new Map()));
  const key = `${kind}/${name}`;
  let layers = cache.get(key);
  if (!layers) cache.set(key, (layers = readLayers(path.join(folder.path, kind, names[0]!))));
  return layers;
}

/** The entries of group_vars/ or host_vars/ that could stand for a name; as in Ansible, the first alone is read. */
export function candidates(folder: VarsFolder, kind: VarsKind, name: string): readonly string[] {
  const listed = kind === 'group_vars' ? folder.groupVars : folder.hostVars;
  return listed.size === 0 ? [] : endings.map((ending) => name + ending).filter((entry) => listed.has(entry));
}

function readLayers(entry: string): readonly VariableLayer[] {
  const problems: TextError[] = [];
  const layers: VariableLayer[] = [];
  for (const file of pathKind(entry) === 'folder' ? filesIn(entry, 0) : [entry]) {
    try {
      const values = readVariables(file);
      if (values.size > 0) layers.push({ label: shortName(file), values });
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new TextError(problems.flatMap((error) => error.problems));
  return layers;
}

/** All files of a folder by name; folders without an ending in their name are gone into. */
function filesIn(folder: string, depth: number): string[] {
  if (depth > maxDepth) throw new TextError({ message: `${shortName(folder)}: folders of variables are nested deeper than ${maxDepth}`, hint: 'does a link lead back up?' });
  const files: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith('.') || name.endsWith('~') || !endings.includes(path.extname(name))) continue;
    const file = path.join(folder, name);
    const kind = pathKind(file);
    if (kind === 'file') files.push(file);
    else if (kind === 'folder' && path.extname(name) === '') files.push(...filesIn(file, depth + 1));
  }
  return files;
}

/** The variables of one YAML or JSON file; none for an empty one. Throws TextError. */
export function readVariables(file: string): ReadonlyMap<string, VariableValue> {
  const tree = readYaml(file);
  if (!tree || (tree.kind === 'scalar' && tree.value === null)) return new Map();
  if (tree.kind !== 'map') throw new TextError({ message: `a file of variables is a mapping, not a ${tree.kind === 'list' ? 'list' : 'single value'}`, span: { ...tree.span, end: tree.span.start + 1 }, hint: 'write `name: value` lines' });
  return new Map(tree.entries.map(({ key, value }) => [keyText(key), { tree: value }]));
}
