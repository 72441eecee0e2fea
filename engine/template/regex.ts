/** Python's regular expressions, translated to JavaScript's. What cannot be translated is a clear failure. */
import { Fault } from './fault.ts';

export interface RegexFlags {
  readonly ignorecase?: boolean;
  readonly multiline?: boolean;
}

interface Translation {
  readonly pattern: string;
  at: number;
  out: string;
  ignorecase: boolean;
  multiline: boolean;
  dotall: boolean;
  verbose: boolean;
  ascii: boolean;
}

const wordClass = '\\p{L}\\p{N}_';
const cache = new Map<string, RegExp>();

/**
 * A Python pattern as a RegExp with flags d-less `gu` (search from lastIndex; reset before use). The same pattern
 * gives the same object. Throws a Fault for bad patterns and for what JavaScript lacks (`(?(1)..)`, possessive).
 */
export function pythonRegex(pattern: string, flags: RegexFlags = {}): RegExp {
  const key = `${flags.ignorecase ? 'i' : ''}${flags.multiline ? 'm' : ''}/${pattern}`;
  let regex = cache.get(key);
  if (!regex) {
    regex = translate(pattern, flags);
    if (cache.size >= 1000) cache.clear();
    cache.set(key, regex);
  }
  regex.lastIndex = 0;
  return regex;
}

function translate(pattern: string, flags: RegexFlags): RegExp {
  const t: Translation = { pattern, at: 0, out: '', ignorecase: flags.ignorecase ?? false, multiline: flags.multiline ?? false, dotall: false, verbose: false, ascii: false };
  readLeadingFlags(t);
  while (t.at < pattern.length) step(t);
  try {
    return new RegExp(t.out, t.ignorecase ? 'giu' : 'gu');
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: .*: /s, '');
    throw new Fault(`the regular expression ${JSON.stringify(pattern)} is not valid: ${reason}`);
  }
}

/** `(?i)` and friends at the start hold for the whole pattern. */
function readLeadingFlags(t: Translation): void {
  for (let found; (found = /^\(\?([aiLmsux]+)\)/.exec(t.pattern.slice(t.at))); t.at += found[0].length) {
    for (const letter of found[1]!) {
      if (letter === 'i') t.ignorecase = true;
      else if (letter === 'm') t.multiline = true;
      else if (letter === 's') t.dotall = true;
      else if (letter === 'x') t.verbose = true;
      else if (letter === 'a') t.ascii = true;
    }
  }
}

function step(t: Translation): void {
  const char = t.pattern[t.at]!;
  if (t.verbose && /[\s#]/.test(char)) return skipVerbose(t);
  if (char === '\\') return put(t, escape(t, false), 0);
  if (char === '[') return readClass(t);
  if (char === '(') return readGroup(t);
  if (char === '.') return put(t, t.dotall ? '[\\s\\S]' : '[^\\n]', 1);
  if (char === '^') return put(t, t.multiline ? '(?<![^\\n])' : '(?<![\\s\\S])', 1);
  if (char === '$') return put(t, t.multiline ? '(?![^\\n])' : '(?=\\n?(?![\\s\\S]))', 1);
  if (char === '{') return readBraces(t);
  if (char === '}' || char === ']') return put(t, `\\${char}`, 1);
  if (/[*+?]/.test(char) && t.pattern[t.at + 1] === '+') throw unsupported(t, 'possessive repetition');
  put(t, char === '/' ? '\\/' : char, 1);
}

function put(t: Translation, text: string, read: number): void {
  t.out += text;
  t.at += read;
}

function skipVerbose(t: Translation): void {
  if (t.pattern[t.at] !== '#') t.at++;
  else t.at = (t.pattern.indexOf('\n', t.at) + 1 || t.pattern.length + 1) - 1;
}

/** `{2,3}` repeats; any other brace is itself. */
function readBraces(t: Translation): void {
  const found = /^\{(\d*)(?:(,)(\d*))?\}/.exec(t.pattern.slice(t.at));
  if (!found || found[0] === '{}' || found[0] === '{,}') return put(t, found?.[0] === '{,}' ? '*' : '\\{', found?.[0] === '{,}' ? 3 : 1);
  const [all, least, comma = '', most = ''] = found;
  if (t.pattern[t.at + all.length] === '+') throw unsupported(t, 'possessive repetition');
  put(t, `{${least === '' ? '0' : least}${comma}${most}}`, all.length);
}

function readGroup(t: Translation): void {
  const rest = t.pattern.slice(t.at);
  const name = /^\(\?P<([^>]*)>/.exec(rest);
  if (name) return put(t, `(?<${name[1]}>`, name[0].length);
  const back = /^\(\?P=([^)]*)\)/.exec(rest);
  if (back) return put(t, `\\k<${back[1]}>`, back[0].length);
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment) return put(t, '', comment[0].length);
  const plain = /^\(\?(?::|=|!|<=|<!)/.exec(rest);
  if (plain) return put(t, plain[0], plain[0].length);
  if (rest.startsWith('(?(')) throw unsupported(t, 'a conditional group (?(1)...)');
  if (rest.startsWith('(?>')) throw unsupported(t, 'an atomic group (?>...)');
  if (/^\(\?[aiLmsux-]+\)/.test(rest)) throw new Fault(`the regular expression ${JSON.stringify(t.pattern)} sets flags past its start`, 'move them to the very beginning');
  if (/^\(\?[aiLmsux-]+:/.test(rest)) throw unsupported(t, 'flags for a part of the pattern (?i:...)');
  if (rest.startsWith('(?')) throw unsupported(t, `the group ${rest.slice(0, 4)}`);
  put(t, '(', 1);
}

function unsupported(t: Translation, what: string): Fault {
  return new Fault(`the regular expression ${JSON.stringify(t.pattern)} has ${what}, which is not supported here`);
}

function readClass(t: Translation): void {
  const { pattern } = t;
  let out = '[';
  t.at++;
  if (pattern[t.at] === '^') {
    out += '^';
    t.at++;
  }
  for (let first = true; t.at < pattern.length && (first || pattern[t.at] !== ']'); first = false) {
    const char = pattern[t.at]!;
    if (char === '\\') out += escape(t, true);
    else {
      out += /[[\]()/{}|^$*+?.]/.test(char) ? `\\${char}` : char === '-' ? hyphen(t) : char;
      t.at++;
    }
  }
  if (t.at >= pattern.length) throw new Fault(`the regular expression ${JSON.stringify(pattern)} has a [ without its ]`);
  put(t, `${out}]`, 1);
}

/** A hyphen is a range only between two plain characters; next to a class such as \w it is itself. */
function hyphen(t: Translation): string {
  const before = t.pattern.slice(0, t.at);
  const after = t.pattern.slice(t.at + 1);
  const edge = /(^|[^\\])\[\^?$/.test(before) || after.startsWith(']') || /\\[dDwWsS]$/.test(before) || /^\\[dDwWsS]/.test(after);
  return edge ? '\\-' : '-';
}

const controls: Readonly<Record<string, string>> = { n: '\\n', r: '\\r', t: '\\t', f: '\\f', v: '\\v', a: '\\x07' };

/** One escape sequence; `inClass` where it stands between brackets. Moves past it. */
function escape(t: Translation, inClass: boolean): string {
  const rest = t.pattern.slice(t.at + 1);
  const take = (length: number, text: string): string => {
    t.at += 1 + length;
    return text;
  };
  const letter = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  if (rest === '') throw new Fault(`the regular expression ${JSON.stringify(t.pattern)} ends after a backslash`);
  const code = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/.exec(rest);
  if (code) return take(code[0].length, `\\u{${(code[1] ?? code[2] ?? code[3])!}}`);
  const octal = /^(?:0[0-7]{0,2}|[0-3][0-7]{2})/.exec(rest);
  if (octal) return take(octal[0].length, `\\u{${Number.parseInt(octal[0], 8).toString(16)}}`);
  const group = /^[1-9]\d?/.exec(rest);
  if (group && !inClass) return take(group[0].length, `(?:\\${group[0]})`);
  if (letter in controls) return take(1, controls[letter]!);
  if ('dDsS'.includes(letter)) return take(1, `\\${letter}`);
  if (letter === 'w' || letter === 'W') return take(1, word(t, letter, inClass));
  if (letter === 'b') return take(1, inClass ? '\\x08' : boundary(t, false));
  if (letter === 'B' && !inClass) return take(1, boundary(t, true));
  if (letter === 'A' && !inClass) return take(1, '(?<![\\s\\S])');
  if (letter === 'Z' && !inClass) return take(1, '(?![\\s\\S])');
  if (/[A-Za-z]/.test(letter)) throw new Fault(`the regular expression ${JSON.stringify(t.pattern)} has the unknown escape \\${letter}`);
  return take(letter.length, /[\^$\\.*+?()[\]{}|/]/.test(letter) || (inClass && letter === '-') ? `\\${letter}` : letter);
}

function word(t: Translation, letter: string, inClass: boolean): string {
  if (t.ascii || (letter === 'W' && inClass)) return `\\${letter}`;
  if (inClass) return wordClass;
  return letter === 'w' ? `[${wordClass}]` : `[^${wordClass}]`;
}

function boundary(t: Translation, inside: boolean): string {
  if (t.ascii) return inside ? '\\B' : '\\b';
  const w = `[${wordClass}]`;
  return inside ? `(?:(?<=${w})(?=${w})|(?<!${w})(?!${w}))` : `(?:(?<=${w})(?!${w})|(?<!${w})(?=${w}))`;
}
