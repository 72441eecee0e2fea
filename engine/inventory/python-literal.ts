/** Values of INI inventories: what Python's ast.literal_eval reads, with the place of each part. */
import type { Span } from '../source/source.ts';
import { keyText, type Entry, type Scalar, type Tree } from '../source/tree.ts';
import { readPythonString } from './python-string.ts';

/** A text to read and the places of its characters in the file. */
interface Reader {
  readonly text: string;
  at: number;
  /** Where the last part that was read ends, spaces after it left out. */
  last: number;
  /** The span in the file of characters `start` to `end` of the text. */
  readonly place: (start: number, end: number) => Span;
}

/** Thrown inside this file alone: the text is no literal. */
const notLiteral = Symbol('no literal');
const maxDepth = 100;
/** How every literal begins; most values are none. */
const beginning = /^[ \t\f]*(?:[-+.\d"'([{#]|True|False|None|set|[bBrRuU]{1,2}["'])/;

/**
 * The value of a text as a Python literal: numbers, texts in quotes, True, False, None, lists, tuples, sets,
 * dictionaries. Undefined where it is none (`yes`, `0644`, `{{ name }}`): then the text itself is the value.
 * @see https://docs.python.org/3.11/library/ast.html#ast.literal_eval
 */
export function readLiteral(text: string, place: (start: number, end: number) => Span): Tree | undefined {
  if (!beginning.test(text) || text.trimStart().startsWith('{{') || text.includes('\0')) return undefined;
  const reader: Reader = { text, at: 0, last: 0, place };
  try {
    skip(reader);
    const tree = readItems(reader, '', 0);
    return reader.at === text.length ? tree : undefined;
  } catch (error) {
    if (error === notLiteral) return undefined;
    throw error;
  }
}

/** What stands up to `close`: one value, or a list of them where a comma follows. */
function readItems(reader: Reader, close: '' | ')', depth: number): Tree {
  const start = close === '' ? reader.at : reader.at - 1;
  const items: Tree[] = [];
  let comma = false;
  skip(reader);
  while (reader.text[reader.at] !== (close || undefined)) {
    items.push(readValue(reader, depth));
    comma = take(reader, ',');
    if (!comma) break;
  }
  if (close !== '') expect(reader, close);
  if (items.length === 1 && !comma) return items[0]!;
  if (items.length === 0 && close === '') throw notLiteral;
  return { kind: 'list', items, span: reader.place(start, reader.last) };
}

function readValue(reader: Reader, depth: number): Tree {
  if (depth > maxDepth) throw notLiteral;
  const start = reader.at;
  const char = reader.text[start];
  if (char === '[') return readList(reader, depth);
  if (char === '{') return readBraces(reader, depth);
  if (char === '(') {
    reader.at++;
    return readItems(reader, ')', depth + 1);
  }
  return readNumber(reader) ?? readText(reader) ?? readName(reader);
}

function readList(reader: Reader, depth: number): Tree {
  const start = reader.at++;
  const items: Tree[] = [];
  skip(reader);
  while (reader.text[reader.at] !== ']') {
    items.push(readValue(reader, depth + 1));
    if (!take(reader, ',')) break;
  }
  expect(reader, ']');
  return { kind: 'list', items, span: reader.place(start, reader.last) };
}

/** A dictionary, or a set (which becomes a list). Of keys that stand twice, the later one wins. */
function readBraces(reader: Reader, depth: number): Tree {
  const start = reader.at++;
  const entries = new Map<string, Entry>();
  const items: Tree[] = [];
  skip(reader);
  while (reader.text[reader.at] !== '}') {
    const first = readValue(reader, depth + 1);
    if (first.kind !== 'scalar') throw notLiteral;
    if (items.length === 0 && take(reader, ':')) entries.set(keyText(first), { key: first, value: readValue(reader, depth + 1) });
    else if (entries.size === 0) items.push(first);
    else throw notLiteral;
    if (!take(reader, ',')) break;
  }
  expect(reader, '}');
  const span = reader.place(start, reader.last);
  return items.length > 0 ? { kind: 'list', items, span } : { kind: 'map', entries: [...entries.values()], span };
}

const number = /([-+][ \t]*)?(?:(0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)|((?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][-+]?\d(?:_?\d)*)?|\d(?:_?\d)*\.?[eE][-+]?\d(?:_?\d)*|\d(?:_?\d)*\.)|([1-9](?:_?\d)*|0(?:_?0)*))(?![\w.])/y;

function readNumber(reader: Reader): Scalar | undefined {
  number.lastIndex = reader.at;
  const match = number.exec(reader.text);
  if (!match) return undefined;
  const [raw, sign, based, float, whole] = match;
  const start = reader.at;
  advance(reader, raw.length);
  const size = Number((based ?? float ?? whole!).replaceAll('_', ''));
  const value = sign?.startsWith('-') ? -size : size;
  const span = reader.place(start, start + raw.length);
  // A whole number past 2^53 would change in a double, so it stays text, as in YAML.
  const exact = float !== undefined || Number.isSafeInteger(size);
  return { kind: 'scalar', value: exact ? value + 0 : raw, text: raw, style: 'plain', span };
}

/** One text in quotes, or several beside each other, which Python joins. */
function readText(reader: Reader): Scalar | undefined {
  const start = reader.at;
  let stop = start;
  let value: string | undefined;
  let simple = true;
  for (let part = readPythonString(reader.text, reader.at); part; part = readPythonString(reader.text, reader.at)) {
    simple = value === undefined && part.simple;
    value = (value ?? '') + part.value;
    stop = part.end;
    advance(reader, part.end - reader.at);
  }
  if (value === undefined) return undefined;
  return { kind: 'scalar', value, text: value, style: simple ? 'quoted' : 'plain', span: reader.place(start, stop) };
}

const names: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null };

function readName(reader: Reader): Tree {
  const name = /^[A-Za-z_]+(?![\w.])/.exec(reader.text.slice(reader.at, reader.at + 8))?.[0] ?? '';
  const start = reader.at;
  advance(reader, name.length);
  const span = reader.place(start, start + name.length);
  if (name === 'set' && take(reader, '(') && take(reader, ')')) return { kind: 'list', items: [], span };
  if (!Object.hasOwn(names, name)) throw notLiteral;
  return { kind: 'scalar', value: names[name]!, text: name, style: 'plain', span };
}

/** Spaces, and a comment to the end of the line, which Python's reader leaves out too. */
function skip(reader: Reader): void {
  const space = /[ \t\f]*(?:#.*)?/y;
  space.lastIndex = reader.at;
  reader.at += space.exec(reader.text)?.[0].length ?? 0;
}

function advance(reader: Reader, length: number): void {
  reader.last = reader.at += length;
  skip(reader);
}

function take(reader: Reader, char: string): boolean {
  if (reader.text[reader.at] !== char) return false;
  advance(reader, 1);
  return true;
}

function expect(reader: Reader, char: string): void {
  if (!take(reader, char)) throw notLiteral;
}
