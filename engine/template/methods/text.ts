/** Methods of text (`'a b'.split()`), by Python's names and rules. */
import { characters, textLength, toStr, toWhole, typeName, iterate, known } from '../convert.ts';
import { Fault } from '../fault.ts';
import { repeat } from '../limits.ts';
import { method, type Method } from '../registry.ts';
import type { Bound } from '../signature.ts';
import { tuple, type Dict, type Value } from '../value.ts';
import { formatBraces } from './str-format.ts';
import { capitalized, centered, linesOf, replaceText, splitFromRight, splitText, strip, titled } from './text-tools.ts';

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
  islower: asks((text) => /\p{Ll}/u.test(text) && text === text.toLowerCase()),
  isnumeric: all(/^\p{N}+$/u),
  isspace: all(/^\s+$/),
  istitle: asks((text) => /\p{L}/u.test(text) && text === titled(text)),
  isupper: asks((text) => /\p{Lu}/u.test(text) && text === text.toUpperCase()),
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

function asks(ask: (text: string) => boolean): Method {
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
