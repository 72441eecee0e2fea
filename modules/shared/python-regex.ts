/** Python's regular expressions, as Ansible's params take them, on a JavaScript engine. */
import { ModuleFailure } from '../../engine/module/kit.ts';

/** Texts are bytes, one code unit each (latin1), as Ansible matches them; patterns must be made so by `bytesOf`. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/**
 * A Python pattern as a RegExp that finds the same: `$` also stands before a last newline, `.` is all but a newline,
 * named groups, inline flags and comments are read. Throws ModuleFailure for what JavaScript cannot do.
 */
export function pythonRegex(pattern: string, options: { multiline?: boolean } = {}): RegExp {
  const leading = /^(?:\(\?([aiLmsux]+)\))+/.exec(pattern);
  const letters = leading ? leading[0] : '';
  if (letters.includes('x')) throw refused(pattern, 'the verbose flag (?x)');
  const state: State = { pattern, at: letters.length, multiline: options.multiline === true || letters.includes('m'), dotall: letters.includes('s') };
  const source = translate(state);
  try {
    return new RegExp(source, letters.includes('i') ? 'i' : '');
  } catch (error) {
    throw new ModuleFailure(`the pattern ${pattern} is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`);
  }
}

interface State {
  readonly pattern: string;
  at: number;
  readonly multiline: boolean;
  readonly dotall: boolean;
}

function translate(state: State): string {
  const { pattern } = state;
  let out = '';
  while (state.at < pattern.length) {
    const char = pattern[state.at]!;
    if (char === '\\') out += escaped(state, false);
    else if (char === '[') out += charClass(state);
    else if (char === '(' && pattern[state.at + 1] === '?') out += group(state);
    else {
      state.at++;
      if (char === '{' && /^\{,\d+\}/.test(pattern.slice(state.at - 1))) out += '{0';
      else if (char === '.') out += state.dotall ? '[^]' : '[^\\n]';
      else if (char === '^') out += state.multiline ? '(?<![^\\n])' : '(?<![^])';
      else if (char === '$') out += state.multiline ? '(?![^\\n])' : '(?=\\n?(?![^]))';
      else out += char;
    }
  }
  return out;
}

const groupEscapes: Readonly<Record<string, string>> = { A: '(?<![^])', Z: '(?![^])', s: '[ \\t\\n\\r\\f\\v]', S: '[^ \\t\\n\\r\\f\\v]', a: '\\x07' };
const classEscapes: Readonly<Record<string, string>> = { s: ' \\t\\n\\r\\f\\v', a: '\\x07' };

function escaped(state: State, inClass: boolean): string {
  const rest = state.pattern.slice(state.at);
  const octal = inClass ? /^\\([0-7]{1,3})/.exec(rest) : /^\\(0[0-7]{0,2}|[1-3][0-7]{2})/.exec(rest);
  if (octal) {
    state.at += octal[0].length;
    return `\\x${parseInt(octal[1]!, 8).toString(16).padStart(2, '0')}`;
  }
  const char = rest[1];
  if (char === undefined) throw refused(state.pattern, 'a backslash at the end');
  state.at += 2;
  const known = (inClass ? classEscapes : groupEscapes)[char];
  if (known !== undefined) return known;
  if (/[A-Za-z]/.test(char) && !/[bBdDfnrStuvwWx]/.test(char)) throw refused(state.pattern, `the escape \\${char}`);
  return `\\${char}`;
}

function charClass(state: State): string {
  let out = '[';
  state.at++;
  if (state.pattern[state.at] === '^') {
    out += '^';
    state.at++;
  }
  for (let first = true; ; first = false) {
    const char = state.pattern[state.at];
    if (char === undefined) throw refused(state.pattern, 'a [ that is not closed');
    if (char === ']' && !first) break;
    if (char === '\\') out += escaped(state, true);
    else {
      out += char === ']' ? '\\]' : char;
      state.at++;
    }
  }
  state.at++;
  return `${out}]`;
}

function group(state: State): string {
  const rest = state.pattern.slice(state.at);
  const forms: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
    [/^\(\?P<(\w+)>/, (match) => `(?<${match[1]}>`],
    [/^\(\?P=(\w+)\)/, (match) => `\\k<${match[1]}>`],
    [/^\(\?#[^)]*\)/, () => ''],
    [/^\(\?(:|=|!|<=|<!)/, (match) => match[0]],
  ];
  for (const [form, made] of forms) {
    const match = form.exec(rest);
    if (!match) continue;
    state.at += match[0].length;
    return made(match);
  }
  throw refused(state.pattern, `"${rest.slice(0, 4)}"`);
}

/** A replacement as Python's match.expand reads it: `\1`, `\g<1>`, `\g<name>`, `\n`; a group that took no part is empty. */
export function expandReplacement(template: string, match: RegExpExecArray): string {
  const groups = (name: string): string => {
    if (/^\d+$/.test(name) ? Number(name) >= match.length : !(match.groups && Object.hasOwn(match.groups, name))) throw new ModuleFailure(`the replacement ${template} names the group ${name}, which the pattern does not have`);
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups![name]) ?? '';
  };
  const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', b: '\b', '\\': '\\' };
  return template.replace(/\\(?:g<(\w+)>|(0[0-7]{0,2}|[0-3][0-7]{2})|([1-9]\d?)|([^]))/g, (whole: string, named?: string, octal?: string, number?: string, other?: string) => {
    if (named !== undefined) return groups(named);
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    if (number !== undefined) return groups(number);
    if (controls[other!] !== undefined) return controls[other!]!;
    if (/[A-Za-z]/.test(other!)) throw new ModuleFailure(`the replacement ${template} holds the unknown escape ${whole}`);
    return whole;
  });
}

function refused(pattern: string, what: string): ModuleFailure {
  return new ModuleFailure(`the pattern ${pattern} holds ${what}, which is not supported`);
}
