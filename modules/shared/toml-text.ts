/** Values as TOML writes them, and how they compare with what a file holds. */
import type { AST } from 'toml-eslint-parser';
import { ModuleFailure } from '../../engine/module/kit.ts';
import { dateKind, namesOf, type TomlNode } from './toml-tree.ts';

/** A mapping, which TOML calls a table. */
export type Mapping = Readonly<Record<string, unknown>>;

/** One value that is asked for, and where. */
export interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** True for a mapping as playbooks have them. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A dotted key: bare words where TOML takes them, quoted else. */
export function keyText(names: readonly string[]): string {
  return names.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name))).join('.');
}

/** A value on one line, in the way of the value that it replaces. Throws ModuleFailure for what TOML has no word for. */
export function valueText(value: unknown, old?: AST.TOMLContentNode): string {
  if (typeof value === 'string') return stringText(value, old);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return wholeText(value);
  if (typeof value === 'number') return numberText(value, old?.type === 'TOMLValue' && old.kind === 'float');
  if (Array.isArray(value)) return `[${value.map((each) => valueText(each)).join(', ')}]`;
  if (!isMapping(value)) throw new ModuleFailure(`TOML has no word for ${value === null ? 'an empty value in a list' : typeof value}`);
  const pairs = Object.entries(value).map(([key, each]) => `${keyText([key])} = ${valueText(each)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** A list with each member on a line of its own. */
export function listText(items: readonly unknown[], indent: string, newline: string): string {
  return `[${newline}${items.map((each) => `${indent}  ${valueText(each)},${newline}`).join('')}${indent}]`;
}

/** Whether the file holds this very value; `1` and `1.0` are one number. */
export function sameValue(node: AST.TOMLContentNode, value: unknown): boolean {
  if (node.type === 'TOMLArray') {
    return Array.isArray(value) && value.length === node.elements.length && node.elements.every((each, at) => sameValue(each, value[at]));
  }
  if (node.type === 'TOMLInlineTable') return isMapping(value) && sameTable(node.body, value);
  if (node.kind === 'integer') return (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) && node.bigint === BigInt(value);
  if (node.kind === 'float') return (typeof value === 'number' || typeof value === 'bigint') && Object.is(node.value + 0, Number(value) + 0);
  return 'datetime' in node ? node.datetime === value : node.value === value;
}

/** The kind of thing that stands in a file, in words. */
export function kindOf(node: TomlNode): string {
  if (node.kind === 'table') return 'a table';
  if (node.kind === 'tables' || node.value.type === 'TOMLArray') return 'a list';
  return { string: 'text', integer: 'a number', float: 'a number', boolean: 'true or false' }[node.value.kind as string] ?? 'a date or time';
}

/** Whether a value may take the place of what stands there. */
export function fits(node: TomlNode, value: unknown): boolean {
  const isDate = node.kind === 'value' && 'datetime' in node.value && typeof value === 'string' && dateKind(value) === node.value.kind;
  return isDate || kindOf(node) === kindAsked(value);
}

/** The kind of a value of a playbook, in the same words. */
export function kindAsked(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a table';
  return { string: 'text', boolean: 'true or false', number: 'a number', bigint: 'a number' }[typeof value as string] ?? 'nothing';
}

/** A mapping as the values in it, each with the names that lead to it; an empty mapping inside counts as a value. */
export function leavesOf(value: Mapping, path: readonly string[] = []): Leaf[] {
  return Object.entries(value).flatMap(([key, each]) => {
    const here = [...path, key];
    return isMapping(each) && Object.keys(each).length > 0 ? leavesOf(each, here) : [{ path: here, value: each }];
  });
}

function sameTable(pairs: readonly AST.TOMLKeyValue[], value: Mapping): boolean {
  const found = inlineLeaves(pairs);
  const asked = new Map(leavesOf(value).map((leaf) => [keyText(leaf.path), leaf.value]));
  return found.length === asked.size && found.every(({ key, node }) => asked.has(key) && sameValue(node, asked.get(key)));
}

function inlineLeaves(pairs: readonly AST.TOMLKeyValue[], path: readonly string[] = []): { readonly key: string; readonly node: AST.TOMLContentNode }[] {
  return pairs.flatMap(({ key, value }) => {
    const names = [...path, ...namesOf(key)];
    return value.type === 'TOMLInlineTable' && value.body.length > 0 ? inlineLeaves(value.body, names) : [{ key: keyText(names), node: value }];
  });
}

function stringText(value: string, old: AST.TOMLContentNode | undefined): string {
  if (old?.type === 'TOMLValue' && 'datetime' in old) return value;
  const isLiteral = old?.type === 'TOMLValue' && old.kind === 'string' && old.style === 'literal' && !/['\u0000-\u001f\u007f]/.test(value);
  return isLiteral ? `'${value}'` : quoted(value);
}

/** A basic string; JSON's escapes are TOML's, DEL apart. */
function quoted(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007F');
}

function numberText(value: number, float: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isInteger(value) && !float) return wholeText(BigInt(value));
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function wholeText(value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) throw new ModuleFailure(`${value} has more than 64 bits, and TOML has no such number`);
  return String(value);
}
