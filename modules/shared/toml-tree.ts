/** A TOML text as a tree in which every value and table knows where it stands, so that one can be changed and the rest left alone. */
import { getStaticTOMLValue, ParseError, parseTOML, type AST } from 'toml-eslint-parser';
import { ModuleFailure } from '../../engine/module/kit.ts';

/** `[header]` tables, the top of the file among them; `{ inline }` tables; tables of dotted keys; tables that are only named in others' headers. */
export interface TomlTable {
  readonly kind: 'table';
  readonly entries: Map<string, TomlNode>;
  by: 'header' | 'inline' | 'dotted' | 'implied';
  readonly path: readonly string[];
  /** Of a header, undefined at the top of the file. */
  header?: AST.TOMLTable | undefined;
  readonly inline?: AST.TOMLInlineTable;
  /** The pairs that are written in it; of a table of dotted keys those that have its name in their keys. */
  readonly pairs: AST.TOMLKeyValue[];
  /** The table in whose text the pairs of a table of dotted keys stand. */
  readonly scope?: TomlTable;
}

export interface TomlValue {
  readonly kind: 'value';
  readonly pair: AST.TOMLKeyValue;
  readonly value: AST.TOMLValue | AST.TOMLArray;
}

/** A list of `[[tables]]`, with the tables inside its members. */
export interface TomlTables {
  readonly kind: 'tables';
  readonly blocks: AST.TOMLTable[];
}

export type TomlNode = TomlTable | TomlValue | TomlTables;

export interface TomlTree {
  readonly text: string;
  readonly root: TomlTable;
  /** Every `[table]` and `[[table]]`, in the order of the text. */
  readonly blocks: readonly AST.TOMLTable[];
  /** All that the text says. */
  readonly value: unknown;
}

/** Reads TOML 1.0, the version that programs in the field know. Throws ModuleFailure with `name:line:column`. */
export function readToml(text: string, name: string): TomlTree {
  const program = parse(text, name);
  const { body } = program.body[0];
  const root: TomlTable = { kind: 'table', by: 'header', path: [], entries: new Map(), pairs: [] };
  const blocks = body.filter((each) => each.type === 'TOMLTable');
  for (const each of body) if (each.type === 'TOMLKeyValue') addPair(root, each);
  for (const block of blocks) addBlock(root, block);
  return { text, root, blocks, value: getStaticTOMLValue(program) };
}

/** The parts of a dotted key as TOML writes it (`a."b.c".d`); undefined where it is none. */
export function readTomlKey(text: string): readonly string[] | undefined {
  try {
    const [pair, ...more] = parseTOML(`${text} = 0`, { tomlVersion: '1.0' }).body[0].body;
    return pair?.type === 'TOMLKeyValue' && more.length === 0 && !text.includes('=') ? namesOf(pair.key) : undefined;
  } catch {
    return undefined;
  }
}

/** A date or time as TOML writes it, which has a kind of its own; undefined for other text. */
export function dateKind(text: string): AST.TOMLDateTimeValue['kind'] | undefined {
  if (!/^\d{2}[\d:-]/.test(text)) return undefined;
  try {
    const [pair] = parseTOML(`x = ${text}`, { tomlVersion: '1.0' }).body[0].body;
    const value = pair?.type === 'TOMLKeyValue' ? pair.value : undefined;
    return value?.type === 'TOMLValue' && 'datetime' in value ? value.kind : undefined;
  } catch {
    return undefined;
  }
}

/** A place of a file for people: `/etc/x.toml:3:5`. */
export function placeIn(name: string, node: { readonly loc: AST.SourceLocation }): string {
  return `${name}:${node.loc.start.line}:${node.loc.start.column + 1}`;
}

/** The names that a key is made of. */
export function namesOf(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}

function parse(text: string, name: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: '1.0' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const line = text.split('\n')[error.lineNumber - 1]?.trim().slice(0, 120) ?? '';
    throw new ModuleFailure(`${name}:${error.lineNumber}:${error.column + 1}: not TOML: ${error.message}`, line === '' ? {} : { hint: `the line is: ${line}` });
  }
}

function addPair(table: TomlTable, pair: AST.TOMLKeyValue): void {
  const names = namesOf(pair.key);
  let at = table;
  table.pairs.push(pair);
  for (const name of names.slice(0, -1)) {
    const made: TomlTable = { kind: 'table', by: 'dotted', path: [...at.path, name], entries: new Map(), pairs: [], scope: table };
    at = child(at, name, made);
    at.pairs.push(pair);
  }
  const last = names.at(-1)!;
  if (pair.value.type !== 'TOMLInlineTable') return void at.entries.set(last, { kind: 'value', pair, value: pair.value });
  const inner: TomlTable = { kind: 'table', by: 'inline', path: [...at.path, last], entries: new Map(), pairs: [], inline: pair.value };
  at.entries.set(last, inner);
  for (const each of pair.value.body) addPair(inner, each);
}

function addBlock(root: TomlTable, block: AST.TOMLTable): void {
  const names = block.resolvedKey;
  const list = names.findIndex((name) => typeof name === 'number');
  let at = root;
  for (const name of (list < 0 ? names : names.slice(0, list)).slice(0, -1).map(String)) at = child(at, name, implied([...at.path, name]));
  const last = String(names[list < 0 ? names.length - 1 : list - 1]);
  if (list >= 0) {
    const found = at.entries.get(last);
    if (found?.kind === 'tables') found.blocks.push(block);
    else at.entries.set(last, { kind: 'tables', blocks: [block] });
    return;
  }
  const table = child(at, last, implied([...at.path, last]));
  table.by = 'header';
  table.header = block;
  for (const pair of block.body) addPair(table, pair);
}

function implied(path: readonly string[]): TomlTable {
  return { kind: 'table', by: 'implied', path, entries: new Map(), pairs: [] };
}

/** The table of that name, made where it is not there; the parser has seen to it that nothing else has the name. */
function child(table: TomlTable, name: string, made: TomlTable): TomlTable {
  const found = table.entries.get(name);
  if (found?.kind === 'table') return found;
  table.entries.set(name, made);
  return made;
}
