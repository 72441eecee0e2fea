/** The words within a tag or expression. */
import { Stop, type Token } from './token.ts';

const blank = /\s+/y;
const number = /(?:(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][-+]?(?:\d+_)*\d+|\.(?:\d+_)*\d+))|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y;
const whole = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y;
const name = /[\p{L}_][\p{L}\p{N}\p{M}_]*/uy;
const string = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
const sign = /\/\/|\*\*|==|!=|>=|<=|[-+~*/%=<>.:|,;()[\]{}]/y;
const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Where a tag ends: `}}` or `%}`, with a sign before it; `after` is the offset past it. */
export interface TagEnd {
  readonly mark: '' | '-' | '+';
  readonly start: number;
  readonly after: number;
}

/**
 * Reads words from `at` up to the closing mark (or the end of the text where `close` is undefined), adding them to
 * `tokens`. With `rawStrings`, backslashes in strings are themselves. Throws Stop.
 */
export function lexTag(text: string, at: number, close: '}}' | '%}' | undefined, rawStrings: boolean, tokens: Token[]): TagEnd | undefined {
  const open: { sign: string; at: number }[] = [];
  while (at < text.length) {
    const space = match(blank, text, at);
    if (space !== undefined) at += space.length;
    if (at >= text.length) break;
    const end = close === undefined || open.length > 0 ? undefined : tagEnd(text, at, close);
    if (end) return end;
    const token = word(text, at, rawStrings, tokens.at(-1));
    if (token.kind === 'sign') balance(open, token);
    tokens.push(token);
    at = token.end;
  }
  const last = open.at(-1);
  if (last) throw new Stop(`this ${last.sign} has no ${pairs[last.sign]}`, last.at, last.at + 1);
  return undefined;
}

function tagEnd(text: string, at: number, close: '}}' | '%}'): TagEnd | undefined {
  if (text.startsWith(close, at)) return { mark: '', start: at, after: at + 2 };
  const mark = text[at];
  if ((mark === '-' || (mark === '+' && close === '%}')) && text.startsWith(close, at + 1)) return { mark, start: at, after: at + 3 };
  return undefined;
}

function balance(open: { sign: string; at: number }[], token: Token): void {
  if (token.text in pairs) open.push({ sign: token.text, at: token.start });
  if (token.text !== ')' && token.text !== ']' && token.text !== '}') return;
  const last = open.pop();
  if (!last) throw new Stop(`unexpected ${token.text}`, token.start, token.end);
  if (pairs[last.sign] !== token.text) throw new Stop(`expected ${pairs[last.sign]} for the ${last.sign} before it, found ${token.text}`, token.start, token.end);
}

function word(text: string, at: number, rawStrings: boolean, before: Token | undefined): Token {
  const afterPoint = before?.kind === 'sign' && before.text === '.' && before.end === at;
  const digits = match(afterPoint ? whole : number, text, at);
  if (digits !== undefined) return { kind: /^0[bBoOxX]/.test(digits) || !/[.eE]/.test(digits) ? 'int' : 'float', text: digits.replaceAll('_', ''), start: at, end: at + digits.length };
  const found = match(name, text, at);
  if (found !== undefined) return { kind: 'name', text: found, start: at, end: at + found.length };
  const quoted = match(string, text, at);
  if (quoted !== undefined) return { kind: 'string', text: stringValue(quoted, rawStrings, at), start: at, end: at + quoted.length };
  const mark = match(sign, text, at);
  if (mark !== undefined) return { kind: 'sign', text: mark, start: at, end: at + mark.length };
  throw strange(text, at);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function strange(text: string, at: number): Stop {
  const char = String.fromCodePoint(text.codePointAt(at)!);
  if (char === "'" || char === '"') return new Stop(`this ${char} has no closing ${char}`, at, at + 1);
  const hints: Readonly<Record<string, string>> = { '&': 'write "and"', '!': 'write "not"', '?': 'write "a if condition else b"', $: 'a variable is written without $', '`': 'write quotes: \'...\'', '\\': 'a backslash stands only within quotes' };
  return new Stop(`unexpected character ${char}`, at, at + char.length, hints[char]);
}

const plain: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', "'": "'", '"': '"', '\n': '' };

/** The content of a quoted string. Unknown escapes stay as they are, as in Python. */
function stringValue(quoted: string, raw: boolean, at: number): string {
  const inner = quoted.slice(1, -1).replace(/\r\n?/g, '\n');
  if (!inner.includes('\\')) return inner;
  if (raw) return inner.replaceAll(`\\${quoted[0]!}`, quoted[0]!);
  return inner.replace(/\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g, (all, octal: string | undefined, x: string | undefined, u: string | undefined, long: string | undefined, letter: string | undefined) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    const hex = x ?? u ?? long;
    if (hex !== undefined) return Number.parseInt(hex, 16) > 0x10ffff ? all : String.fromCodePoint(Number.parseInt(hex, 16));
    if (letter === 'x' || letter === 'u' || letter === 'U') throw new Stop(`the escape \\${letter} needs ${{ x: 2, u: 4, U: 8 }[letter]} hexadecimal digits`, at, at + quoted.length, 'write \\\\ for a backslash');
    return plain[letter!] ?? all;
  });
}
