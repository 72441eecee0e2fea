/** What Python's methods of text do, as functions; the filters of the same names use them too. */
import { characters, textLength, toStr } from '../convert.ts';
import { Fault } from '../fault.ts';
import { limits, repeat } from '../limits.ts';
import type { Value } from '../value.ts';

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

/** Splits from the end: the limit counts from the right. */
export function splitFromRight(text: string, separator: string | null, limit: number): string[] {
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
