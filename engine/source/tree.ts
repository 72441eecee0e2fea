/** YAML as a tree in which every value knows where it stands. */
import type { Span } from './source.ts';

export type Tree = Scalar | List | Mapping;

/** A single value. */
export interface Scalar {
  readonly kind: 'scalar';
  /** The value by YAML 1.1's rules as Ansible reads them: `yes` is true, `0755` is 493. */
  readonly value: string | number | boolean | null;
  /** What stands in the file for a plain scalar (`0755`); the value itself for a quoted or block one. */
  readonly text: string;
  readonly style: 'plain' | 'quoted' | 'block';
  /** `!unsafe` marks text that is never a template. */
  readonly tag?: 'unsafe' | 'vault' | undefined;
  readonly span: Span;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly span: Span;
}

export interface Mapping {
  readonly kind: 'map';
  /** In the order of the file; keys are unique. */
  readonly entries: readonly Entry[];
  readonly span: Span;
}

export interface Entry {
  readonly key: Scalar;
  readonly value: Tree;
}

/** The value under a key of a mapping. */
export function field(map: Mapping, name: string): Tree | undefined {
  return map.entries.find((entry) => entry.key.value === name || entry.key.text === name)?.value;
}

/** The tree as plain data, spans dropped. */
export function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plain);
  const data: Record<string, unknown> = {};
  for (const { key, value } of tree.entries) {
    Object.defineProperty(data, keyText(key), { value: plain(value), enumerable: true, writable: true, configurable: true });
  }
  return data;
}

/** A key as a name: `true` and `1` are keys too. */
export function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : key.text;
}

/**
 * The span of characters `start` to `end` of a scalar's value. Exact where the value stands letter by letter in
 * the file; in folded or escaped text, the nearest place that can be named: the line, or the whole scalar.
 */
export function spanWithin(scalar: Scalar, start: number, end: number): Span {
  const { span } = scalar;
  const value = String(scalar.value);
  const raw = span.source.text.slice(span.start, span.end);
  if (scalar.style === 'block') return blockSpan(span, raw, value, start, end);
  const shift = scalar.style === 'quoted' ? 1 : 0;
  if (raw.slice(shift, shift + value.length) !== value) return span;
  return { source: span.source, start: span.start + shift + start, end: span.start + shift + Math.max(end, start + 1) };
}

/** A block scalar keeps its lines (literal): find the line, then the column past the indentation. */
function blockSpan(span: Span, raw: string, value: string, start: number, end: number): Span {
  const row = value.slice(0, start).split('\n').length - 1;
  const column = start - (value.lastIndexOf('\n', start - 1) + 1);
  const lines = raw.split('\n');
  const line = lines[row + 1];
  const wanted = value.split('\n')[row];
  if (line === undefined || wanted === undefined) return span;
  const indent = line.length - line.trimStart().length - (wanted.length - wanted.trimStart().length);
  if (line.slice(indent).trimEnd() !== wanted.trimEnd()) return span;
  const offset = lines.slice(0, row + 1).reduce((sum, text) => sum + text.length + 1, 0);
  const from = span.start + offset + indent + column;
  return { source: span.source, start: from, end: Math.max(from + 1, Math.min(from + end - start, span.start + offset + line.length)) };
}
