/** Where a new value goes in a TOML text, and what goes when one is taken out: next to its kin, laid out as they are. */
import type { AST } from 'toml-eslint-parser';
import { blockEnd, blocksBelow, indentAt, layoutOf, lineEnd, lineStart, nextContent } from './toml-layout.ts';
import { isMapping, keyText, valueText, type Mapping } from './toml-text.ts';
import type { TomlNode, TomlTable, TomlTree } from './toml-tree.ts';

type Range = readonly [from: number, to: number];

/** The text with something else in a range of it. */
export function splice(text: string, [from, to]: Range, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** The text with a value below a table that does not have it; `names` lead from the table to it. */
export function addValue(tree: TomlTree, table: TomlTable, names: readonly string[], value: unknown): string {
  if (table.by === 'inline') return addInline(tree.text, table.inline!, names.slice(0, 1), nested(names.slice(1), value));
  if (table.by === 'dotted') return addDotted(tree, table, names, value);
  if (Array.isArray(value) && value.length > 0 && value.every(isMapping)) return addBlocks(tree, table, names, value, ['[[', ']]']);
  if (isMapping(value)) return addBlocks(tree, table, names, [value], ['[', ']']);
  if (names.length === 1 && table.by === 'header') return addLine(tree, table, names, value);
  return addBlocks(tree, table, names.slice(0, -1), [{ [names.at(-1)!]: value }], ['[', ']']);
}

/** The text without a node and all in it. */
export function removeNode(tree: TomlTree, node: TomlNode, path: readonly string[]): string {
  const pairs = pairsOf(node);
  const blocks = node.kind === 'value' ? [] : blocksBelow(tree, path);
  const inline = pairs[0]?.parent;
  if (inline?.type === 'TOMLInlineTable') return splice(tree.text, inline.range, inlineText(tree.text, inline.body.filter((pair) => !pairs.includes(pair))));
  const lines = pairs.map(({ range }): Range => [lineStart(tree.text, range[0]), lineEnd(tree.text, range[1])]);
  const cuts = [...lines, ...blocks.map((block) => blockRange(tree, block))];
  return cuts.toSorted(([a], [b]) => b - a).reduce((text, cut) => splice(text, cut, ''), tree.text);
}

/** The pairs that are all there is of a node, beside tables with headers of their own. */
function pairsOf(node: TomlNode): readonly AST.TOMLKeyValue[] {
  if (node.kind === 'value') return [node.pair];
  if (node.kind === 'tables') return [];
  return node.inline ? [node.inline.parent as AST.TOMLKeyValue] : node.by === 'dotted' ? node.pairs : [];
}

function nested(names: readonly string[], value: unknown): unknown {
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

function inlineText(text: string, pairs: readonly AST.TOMLKeyValue[]): string {
  return pairs.length === 0 ? '{}' : `{ ${pairs.map(({ range }) => text.slice(...range)).join(', ')} }`;
}

function addInline(text: string, inline: AST.TOMLInlineTable, names: readonly string[], value: unknown): string {
  const pair = `${keyText(names)} = ${valueText(value)}`;
  const last = inline.body.at(-1);
  return last ? splice(text, [last.range[1], last.range[1]], `, ${pair}`) : splice(text, inline.range, `{ ${pair} }`);
}

/** Dotted keys stand in the text of another table, after those of the same name. */
function addDotted(tree: TomlTree, table: TomlTable, names: readonly string[], value: unknown): string {
  const scope = table.scope!;
  const whole = [...table.path.slice(scope.path.length), ...names];
  if (scope.by === 'inline') return addInline(tree.text, scope.inline!, whole, value);
  return addLine(tree, scope, whole, value, table.pairs.at(-1));
}

/** A line `key = value` after a pair, else after the last of its table. */
function addLine({ text, blocks }: TomlTree, { header, pairs }: TomlTable, names: readonly string[], value: unknown, after = pairs.at(-1)): string {
  const layout = layoutOf(text, blocks);
  const line = `${keyText(names)} = ${valueText(value)}${layout.newline}`;
  if (after) return insert(text, lineEnd(text, after.range[1]), indentAt(text, after.range[0]) + line, layout.newline);
  if (header) return insert(text, lineEnd(text, header.range[1]), indentAt(text, header.range[0]) + layout.bodyIndent + line, layout.newline);
  const first = blocks[0];
  return first ? insert(text, blockEnd(text, undefined, first), line + layout.newline, layout.newline) : insert(text, text.length, line, layout.newline);
}

/** Tables with headers of their own, after all that is in the table above them. */
function addBlocks(tree: TomlTree, table: TomlTable, names: readonly string[], bodies: readonly Mapping[], [open, close]: readonly [string, string]): string {
  const { text, blocks } = tree;
  const path = [...table.path, ...names];
  const layout = layoutOf(text, blocks);
  const kin = table.path.length === 0 ? blocks : blocksBelow(tree, table.path);
  const above = kin.at(-1);
  const sister = kin.findLast((block) => block.resolvedKey.length === table.path.length + 1) ?? (table.by === 'implied' ? kin[0] : undefined);
  const below = sister ? indentAt(text, sister.range[0]) : (table.header ? indentAt(text, table.header.range[0]) : '') + layout.childIndent;
  const indent = table.path.length === 0 ? '' : below;
  const made = bodies.map((body) => [
    `${indent}${open}${keyText(path)}${close}`,
    ...Object.entries(body).map(([key, value]) => `${indent}${layout.bodyIndent}${keyText([key])} = ${valueText(value)}`),
  ].map((line) => line + layout.newline).join(''));
  const at = above ? blockEnd(text, above, blocks[blocks.indexOf(above) + 1]) : text.trimEnd() === '' ? 0 : text.length;
  const gap = at > 0 && layout.isSpaced ? layout.newline : '';
  return insert(text, at, made.map((block) => gap + block).join(''), layout.newline);
}

/** Puts whole lines at a place, which may be the end of a last line that has no end. */
function insert(text: string, at: number, lines: string, newline: string): string {
  return splice(text, [at, at], (at > 0 && text[at - 1] !== '\n' ? newline : '') + lines);
}

/** A block, the comments right below it, and the blank lines after; of the last block those before it. */
function blockRange({ text }: TomlTree, block: AST.TOMLTable): Range {
  const start = lineStart(text, block.range[0]);
  let end = lineEnd(text, block.range[1]);
  while (/^[ \t]*#/.test(text.slice(end))) end = lineEnd(text, end);
  const next = nextContent(text, end);
  if (next < text.length) return [start, next];
  const before = text.slice(0, start).trimEnd();
  return [before === '' ? 0 : lineEnd(text, before.length), text.length];
}
