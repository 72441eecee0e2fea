/** Methods of text (`'a b'.split()`), by Python's names and rules. */
import { characters, textLength, toStr, toWhole, typeName, iterate, known } from '../convert.ts';
import { Fault } from '../fault.ts';
import { limits, repeat } from '../limits.ts';
import { method, type Method } from '../registry.ts';
import type { Bound } from '../signature.ts';
import { tuple, type Dict, type Value } from '../value.ts';
import { formatBraces } from './str-format.ts';

/** Splits text at a separator, or at runs of white space where it is none; at most `limit` times (-1: always). */
export function splitText(text: string, separator: string | null, limit = -1): string[] {
  if (separator === '') throw new Fault('the separator of split() is empty');
  if (separator === null) return splitBlank(text, limit);
  const parts = text.split(separator);
  return limit < 0 || parts.length <= limit + 1 ? parts : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}

function splitBlank(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = text.trimStart();
  while (rest !== '' && (limit < 0 || parts.length < limit)) {
    const at = rest.search(/\s/);
    if (at < 0) break;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  if (rest !== '') parts.push(limit >= 0 ? rest : rest.trimEnd());
  return parts;
}

function splitFromRight(text: string, separator: string | null, limit: number): string[] {
  if (limit < 0) return splitText(text, separator);
  const turned = (part: string) => characters(part).reverse().join('');
  return splitText(turned(text), separator === null ? null : turned(separator), limit).map(turned).reverse();
}

/** The lines of a text, their ends dropped unless kept. */
export function linesOf(text: string, keepEnds = false): string[] {
  const lines = text.match(/[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g) ?? [];
  if (lines.at(-1) === '') lines.pop();
  return keepEnds ? lines : lines.map((line) => line.replace(/(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/, ''));
}

/** Cuts characters of a set (white space where it is null) from one end or both. */
export function strip(text: string, set: Value | undefined, ends: 'both' | 'left' | 'right' = 'both'): string {
  const isCut = set === undefined || set === null ? (char: string) => /\s/.test(char) : (char: string) => toStr(set).includes(char);
  let start = 0;
  let end = text.length;
  if (ends !== 'right') while (start < end && isCut(text[start]!)) start++;
  if (ends !== 'left') while (end > start && isCut(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** First letter large, the rest small. */
export function capitalized(text: string): string {
  const [first = '', ...rest] = characters(text);
  return first.toUpperCase() + rest.join('').toLowerCase();
}

/** Replaces `old` at most `limit` times (-1: always); an empty `old` stands between all characters. */
export function replaceText(text: string, old: string, by: string, limit = -1): string {
  if (by.length > old.length && text.length * (by.length + 1) > limits.text) {
    const times = old === '' ? text.length + 1 : text.split(old).length - 1;
    if (text.length + times * (by.length - old.length) > limits.text) throw new Fault(`the text would be longer than ${limits.text} characters`);
  }
  if (old === '') return characters(text).reduce((made, char, i) => made + (limit < 0 || i < limit ? by : '') + char, '') + (limit < 0 || textLength(text) < limit ? by : '');
  if (limit < 0) return text.replaceAll(old, () => by);
  return text.split(old).reduce((made, part, i) => made + (i <= limit ? by : old) + part);
}

/** Text in the middle of a line so wide. */
export function centered(text: string, width: number, fill = ' '): string {
  const missing = width - textLength(text);
  if (missing <= 0) return text;
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return repeat(fill, left) + text + repeat(fill, missing - left);
}

/** Words in title case as str.title() writes them: every letter after a non-letter is large. */
export function titled(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => capitalized(word));
}

const pads = (place: (text: string, padding: string) => string) =>
  method<string>('width fillchar?', (self, [width, fill]) => {
    const char = fill === undefined ? ' ' : toStr(fill);
    if (textLength(char) !== 1) throw new Fault('the fill character must be exactly one character');
    return place(self, repeat(char, toWhole(width!) - textLength(self)));
  });

const finds = (search: (text: string, part: string) => number, strict: boolean) =>
  method<string>('sub start? end?', (self, args) => {
    const { part, text, from } = within(self, args);
    const at = search(text, part);
    if (at < 0 && strict) throw new Fault('the part was not found in the text');
    return at < 0 ? -1 : textLength(text.slice(0, at)) + from;
  });

const affixes = (has: (text: string, part: string) => boolean) =>
  method<string>('prefix start? end?', (self, [given, start, end]) => {
    const parts = Array.isArray(given) ? given : [given!];
    return parts.some((part) => has(within(self, [part, start, end]).text, toStr(known(part))));
  });

/** The part asked for, and the stretch of text that `start` and `end` leave. */
function within(self: string, [sub, start, end]: Bound): { part: string; text: string; from: number } {
  const part = toStr(sub!, 'text to look for');
  if (start === undefined) return { part, text: self, from: 0 };
  const chars = characters(self);
  const at = (given: Value | undefined, fallback: number) => (given === undefined || given === null ? fallback : toWhole(given) < 0 ? Math.max(0, chars.length + toWhole(given)) : toWhole(given));
  const from = at(start, 0);
  return { part, text: chars.slice(from, at(end, chars.length)).join(''), from };
}

const all = (pattern: RegExp) => method<string>('', (self) => pattern.test(self));
const changes = (change: (text: string) => string) => method<string>('', change);
const partition = (find: (text: string, separator: string) => number, last: boolean) =>
  method<string>('sep', (self, [separator]) => {
    const mark = toStr(separator!);
    const at = find(self, mark);
    if (at < 0) return tuple(last ? ['', '', self] : [self, '', '']);
    return tuple([self.slice(0, at), mark, self.slice(at + mark.length)]);
  });

/** All methods of text that expressions may call. */
export const textMethods: ReadonlyMap<string, Method> = new Map<string, Method>(Object.entries({
  capitalize: changes(capitalized),
  casefold: changes((text) => text.toLowerCase().replaceAll('ß', 'ss')),
  center: method<string>('width fillchar?', (self, [width, fill]) => centered(self, toWhole(width!), fill === undefined ? ' ' : toStr(fill))),
  count: method<string>('sub start? end?', (self, args) => countOf(within(self, args))),
  endswith: affixes((text, part) => text.endsWith(part)),
  expandtabs: method<string>('tabsize?', (self, [size = 8]) => expandTabs(self, toWhole(size))),
  find: finds((text, part) => text.indexOf(part), false),
  format: method<string>('*values **named', (self, [values, named]) => formatBraces(self, values as Value[], named as Dict)),
  index: finds((text, part) => text.indexOf(part), true),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isalpha: all(/^\p{L}+$/u),
  isascii: all(/^[\0-\x7f]*$/),
  isdecimal: all(/^\p{Nd}+$/u),
  isdigit: all(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u),
  isidentifier: all(/^[\p{L}_][\p{L}\p{N}_]*$/u),
  islower: changes2((text) => /\p{Ll}/u.test(text) && text === text.toLowerCase()),
  isnumeric: all(/^\p{N}+$/u),
  isspace: all(/^\s+$/),
  istitle: changes2((text) => /\p{L}/u.test(text) && text === titled(text)),
  isupper: changes2((text) => /\p{Lu}/u.test(text) && text === text.toUpperCase()),
  join: method<string>('items', (self, [items]) => joinTexts(self, items!)),
  ljust: pads((text, padding) => text + padding),
  lower: changes((text) => text.toLowerCase()),
  lstrip: method<string>('chars?', (self, [set]) => strip(self, set, 'left')),
  partition: partition((text, mark) => text.indexOf(mark), false),
  removeprefix: method<string>('prefix', (self, [part]) => (self.startsWith(toStr(part!)) ? self.slice(toStr(part!).length) : self)),
  removesuffix: method<string>('suffix', (self, [part]) => (part !== '' && self.endsWith(toStr(part!)) ? self.slice(0, -toStr(part!).length) : self)),
  replace: method<string>('old new count?', (self, [old, by, limit = -1]) => replaceText(self, toStr(old!), toStr(by!), toWhole(limit))),
  rfind: finds((text, part) => text.lastIndexOf(part), false),
  rindex: finds((text, part) => text.lastIndexOf(part), true),
  rjust: pads((text, padding) => padding + text),
  rpartition: partition((text, mark) => text.lastIndexOf(mark), true),
  rsplit: method<string>('sep? maxsplit?', (self, [separator = null, limit = -1]) => splitFromRight(self, separator === null ? null : toStr(separator), toWhole(limit))),
  rstrip: method<string>('chars?', (self, [set]) => strip(self, set, 'right')),
  split: method<string>('sep? maxsplit?', (self, [separator = null, limit = -1]) => splitText(self, separator === null ? null : toStr(separator), toWhole(limit))),
  splitlines: method<string>('keepends?', (self, [keep = false]) => linesOf(self, keep === true)),
  startswith: affixes((text, part) => text.startsWith(part)),
  strip: method<string>('chars?', (self, [set]) => strip(self, set)),
  swapcase: changes((text) => text.replace(/\p{L}/gu, (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase()))),
  title: changes(titled),
  upper: changes((text) => text.toUpperCase()),
  zfill: method<string>('width', (self, [width]) => zeroFill(self, toWhole(width!))),
}));

function changes2(ask: (text: string) => boolean): Method {
  return method<string>('', ask);
}

function countOf({ text, part }: { text: string; part: string }): number {
  return part === '' ? textLength(text) + 1 : text.split(part).length - 1;
}

function zeroFill(text: string, width: number): string {
  const sign = /^[-+]/.test(text) ? text[0]! : '';
  return sign + repeat('0', width - textLength(text)) + text.slice(sign.length);
}

function expandTabs(text: string, size: number): string {
  let column = 0;
  return text.replace(/[\t\n\r]|[^\t\n\r]+/g, (part) => {
    if (part === '\n' || part === '\r') column = 0;
    else if (part !== '\t') column += textLength(part);
    else {
      const width = size > 0 ? size - (column % size) : 0;
      column += width;
      return repeat(' ', width);
    }
    return part;
  });
}

/** Texts joined; unlike the filter, the method takes texts alone. */
function joinTexts(separator: string, items: Value): string {
  const texts = iterate(items).map((item, i) => {
    if (typeof known(item) !== 'string') throw new Fault(`item ${i} is ${typeName(item)}, not text`, "use the filter instead: | join('...')");
    return item as string;
  });
  return texts.join(separator);
}
