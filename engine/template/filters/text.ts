/** Filters on text. */
import { known, textLength, toStr, toWhole, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { repeat } from '../limits.ts';
import { capitalized, centered, linesOf, replaceText, splitText, strip } from '../methods/text-tools.ts';
import { formatPercent } from '../methods/printf.ts';
import { toText } from '../python-text.ts';
import { filter, type Filter } from '../registry.ts';
import type { Bound } from '../signature.ts';
import { entriesOf, isMapping, tuple, type Dict, type Value } from '../value.ts';
import { comment } from './comment.ts';

const escaped: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' };

/** Text for HTML and XML. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>'"]/g, (char) => escaped[char]!);
}

const escape = filter('', (value) => escapeMarkup(toText(value)));

export const textFilters: Readonly<Record<string, Filter>> = {
  lower: filter('', (value) => toText(value).toLowerCase()),
  upper: filter('', (value) => toText(value).toUpperCase()),
  capitalize: filter('', (value) => capitalized(toText(value))),
  title: filter('', (value) => toText(value).replace(/[^-\s({[<]+/gu, capitalized)),
  trim: filter('chars?', (value, [set]) => strip(toText(value), set)),
  center: filter('width?', (value, [width = 80]) => centered(toText(value), toWhole(width))),
  replace: filter('old new count?', (value, [old, by, count = null]) => replaceText(toText(value), toText(old!), toText(by!), count === null ? -1 : toWhole(count))),
  indent: filter('width? first? blank?', (value, args) => indent(toStr(value), args)),
  wordcount: filter('', (value) => toText(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  wordwrap: filter('width? break_long_words? wrapstring? break_on_hyphens?', (value, args) => wrap(toStr(value), args)),
  truncate: filter('length? killwords? end? leeway?', (value, args) => truncate(toStr(value), args)),
  format: filter('*values **named', (value, [values, named]) => format(toText(value), values as Value[], named as Dict)),
  split: filter('sep? maxsplit?', (value, [separator = null, limit = -1]) => splitText(toStr(value), separator === null ? null : toStr(separator), toWhole(limit))),
  splitlines: filter('keepends?', (value, [keep = false]) => linesOf(toStr(value), truth(keep))),
  comment: filter('style? **params', (value, [style = 'plain', params]) => comment(toText(value), toStr(style), params as Dict)),
  quote: filter('', (value) => shellQuote(value === null ? '' : toText(value))),
  escape,
  e: escape,
  forceescape: escape,
  safe: filter('', (value) => value),
  striptags: filter('', (value) => stripTags(toText(value))),
  xmlattr: filter('autospace?', (value, [space = true]) => attributes(value, truth(space))),
};

/** As Python's shlex.quote, letter by letter: only what needs quotes gets them. */
function shellQuote(text: string): string {
  if (text.includes('\0')) throw new Fault('a NUL character cannot be part of a command');
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** Lines after the first by so many blanks; `first` the first too, `blank` empty lines too. */
function indent(text: string, [width = 4, first = false, blank = false]: Bound): string {
  const margin = typeof width === 'string' ? width : repeat(' ', toWhole(width!));
  const lines = linesOf(`${text}\n`);
  const shifted = lines.map((line, i) => (i > 0 && (line !== '' || truth(blank!)) ? margin + line : line)).join('\n');
  return truth(first!) ? margin + shifted : shifted;
}

function truncate(text: string, [length = 255, kill = false, end = '...', leeway = 5]: Bound): string {
  const [most, tail] = [toWhole(length!), toStr(end!)];
  if (most < tail.length) throw new Fault(`expected a length of at least ${tail.length}, found ${most}`);
  if (textLength(text) <= most + toWhole(leeway ?? 5)) return text;
  const cut = Array.from(text).slice(0, most - textLength(tail)).join('');
  const at = cut.lastIndexOf(' ');
  return (truth(kill!) || at < 0 ? cut : cut.slice(0, at)) + tail;
}

function wrap(text: string, [width = 79, breakLong = true, mark = '\n']: Bound): string {
  const most = toWhole(width!);
  if (most < 1) throw new Fault('the width must be at least 1');
  const separator = mark === null ? '\n' : toStr(mark!);
  return linesOf(text).map((line) => wrapLine(line, most, truth(breakLong!)).join(separator)).join(separator);
}

function wrapLine(line: string, width: number, breakLong: boolean): string[] {
  const lines: string[] = [];
  let current = '';
  for (const chunk of line.match(/\s+|[^\s-]+-+(?=\w)|\S+/g) ?? []) {
    let part = chunk;
    if (current.length + part.length > width && current.trim() !== '') {
      lines.push(current.trimEnd());
      current = '';
    }
    if (current === '' && lines.length > 0 && part.trim() === '') continue;
    while (breakLong && current.length + part.length > width && part.trim() !== '') {
      const room = width - current.length;
      lines.push(current + part.slice(0, room));
      part = part.slice(room);
      current = '';
    }
    current += part;
  }
  if (current.trim() !== '' || lines.length === 0) lines.push(current.trimEnd());
  return lines;
}

function format(text: string, values: readonly Value[], named: Dict): string {
  if (values.length > 0 && Object.keys(named).length > 0) throw new Fault('a format takes values by position or by name, not both');
  return formatPercent(text, Object.keys(named).length > 0 ? named : tuple([...values]));
}

function stripTags(text: string): string {
  return text.replace(/<!--[\s\S]*?-->/g, '').replace(/<[^>]*>/g, '').split(/\s+/).filter(Boolean).join(' ')
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#39;', "'").replaceAll('&#34;', '"').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

function attributes(value: Value, space: boolean): string {
  if (!isMapping(value)) throw new Fault('expected a dict of attributes');
  const text = entriesOf(value).filter(([, item]) => known(item) !== null).map(([key, item]) => `${attributeName(key)}="${escapeMarkup(toText(item))}"`).join(' ');
  return space && text !== '' ? ` ${text}` : text;
}

function attributeName(key: string): string {
  if (/[\s/>=]/.test(key)) throw new Fault(`"${key}" cannot be the name of an attribute`);
  return escapeMarkup(key);
}
