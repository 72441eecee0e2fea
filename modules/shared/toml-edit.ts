/** Values set in a TOML text and taken out of it; all else keeps its bytes. */
import { isDeepStrictEqual } from 'node:util';
import { ModuleFailure } from '../../engine/module/kit.ts';
import { newlineOf } from './toml-layout.ts';
import { addValue, removeNode, splice } from './toml-place.ts';
import { fits, isMapping, keyText, kindAsked, kindOf, listText, sameValue, valueText, type Leaf, type Mapping } from './toml-text.ts';
import { placeIn, readToml, type TomlNode, type TomlTree, type TomlValue } from './toml-tree.ts';

export interface TomlEdit {
  readonly text: string;
  /** Dotted keys of what was set and of what was taken out. */
  readonly set: readonly string[];
  readonly removed: readonly string[];
}

/**
 * The text with these values; null takes one out, be it a value or a whole table. Throws ModuleFailure, with `name:line:column`
 * where the text is not TOML or holds a thing of another kind.
 */
export function editToml(text: string, leaves: readonly Leaf[], name: string): TomlEdit {
  const set: string[] = [];
  const removed: string[] = [];
  const before = readToml(text, name);
  let tree = before;
  for (const leaf of leaves) {
    const edited = withLeaf(tree, leaf, name);
    if (edited === tree.text) continue;
    (leaf.value === null ? removed : set).push(keyText(leaf.path));
    tree = readToml(edited, `${name}, as it would be written,`);
  }
  const untouched = (each: TomlTree): unknown => without(each.value, leaves.map((leaf) => leaf.path));
  const isWhole = isDeepStrictEqual(untouched(before), untouched(tree)) && leaves.every((leaf) => withLeaf(tree, leaf, name) === tree.text);
  if (isWhole) return { text: tree.text, set, removed };
  throw new ModuleFailure(`${name} is laid out in a way that cannot be edited: ${[...set, ...removed].join(', ')}`, { hint: 'write the whole file with copy or template' });
}

function withLeaf(tree: TomlTree, leaf: Leaf, name: string): string {
  const { path, value } = leaf;
  let table = tree.root;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const found = table.entries.get(key);
    if (!found) return value === null ? tree.text : addValue(tree, table, path.slice(depth), value);
    if (found.kind !== 'table') throw clash(found, path.slice(0, depth + 1), 'a table', name);
    table = found;
  }
  const found = table.entries.get(path.at(-1)!);
  if (!found) return value === null ? tree.text : addValue(tree, table, path.slice(-1), value);
  if (value === null) return removeNode(tree, found, path);
  if (!fits(found, value)) throw clash(found, path, kindAsked(value), name);
  // What is in a table is asked for by itself: of tables only the empty mapping comes here.
  if (found.kind === 'table') return tree.text;
  if (found.kind === 'value') return sameValue(found.value, value) ? tree.text : withNewText(tree, found, value);
  const isSame = isDeepStrictEqual(path.reduce<unknown>((at, each) => (at as Mapping)[each], tree.value), plain(value));
  return isSame ? tree.text : withLeaf(readToml(removeNode(tree, found, path), name), leaf, name);
}

/** A list whose members stood on lines of their own keeps to that. */
function withNewText({ text }: TomlTree, { value: node }: TomlValue, value: unknown): string {
  const isLong = Array.isArray(value) && value.length > 0 && text.slice(...node.range).includes('\n');
  if (!isLong) return splice(text, node.range, valueText(value, node));
  const line = text.slice(text.lastIndexOf('\n', node.range[0]) + 1);
  return splice(text, node.range, listText(value, /^[ \t]*/.exec(line)![0], newlineOf(text)));
}

function clash(found: TomlNode, path: readonly string[], asked: string, name: string): ModuleFailure {
  const node = found.kind === 'value' ? found.pair : found.kind === 'tables' ? found.blocks[0] : (found.header ?? found.pairs[0]);
  const place = node ? placeIn(name, node) : name;
  const hint = kindOf(found) === 'a number' && asked === 'text' ? { hint: 'write it without quotes, or as {{ name | int }}' } : {};
  return new ModuleFailure(`${place}: ${keyText(path)} is ${kindOf(found)} there, and ${asked} is asked for`, hint);
}

/** A table's values but those at the paths; tables that hold nothing do not count. */
function without(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (!isMapping(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !paths.some((path) => path.length === 1 && path[0] === key)).map(([key, each]) => {
    const below = paths.filter((path) => path.length > 1 && path[0] === key).map((path) => path.slice(1));
    return [key, without(each, below)] as const;
  });
  return Object.fromEntries(kept.filter(([, each]) => !isMapping(each) || Object.keys(each).length > 0));
}

/** A value as the parser gives values. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? Number(each) : each)));
}
