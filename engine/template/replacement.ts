/** What a match gives: its groups, and the texts that replace it, in Python's spelling. */
import { Fault } from './fault.ts';

/** A Python replacement (`\1`, `\g<name>`, `\n`) as a function of a match. Throws for groups that do not exist. */
export function replacement(template: string): (match: RegExpExecArray) => string {
  if (!template.includes('\\')) return () => template;
  const parts = template.match(/\\g<[^>]*>|\\[1-9]\d?|\\0[0-7]{0,2}|\\[\s\S]|[^\\]+|\\/g) ?? [];
  const makers = parts.map((part) => {
    const named = /^\\g<([^>]*)>$/.exec(part);
    if (named) return (match: RegExpExecArray) => group(match, named[1]!);
    if (/^\\[1-9]/.test(part)) return (match: RegExpExecArray) => group(match, part.slice(1));
    if (part.startsWith('\\0')) return () => String.fromCharCode(Number.parseInt(part.slice(1), 8));
    if (!part.startsWith('\\')) return () => part;
    const letter = part.slice(1);
    const plain: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', a: '\x07', '\\': '\\' };
    if (/^[A-Za-z]$/.test(letter) && !(letter in plain)) throw new Fault(`the replacement ${JSON.stringify(template)} has the unknown escape \\${letter}`);
    return () => plain[letter] ?? part;
  });
  return (match) => makers.map((make) => make(match)).join('');
}

/** The text of a group by number or name; '' where it took no part in the match. */
export function group(match: RegExpExecArray, name: string): string {
  const number = /^\d+$/.test(name) ? Number(name) : undefined;
  const exists = number === undefined ? match.groups !== undefined && name in match.groups : number < match.length;
  if (!exists) throw new Fault(`the regular expression has no group ${number === undefined ? `"${name}"` : number}`);
  return (number === undefined ? match.groups![name] : match[number]) ?? '';
}

/** All matches, as re.finditer gives them. */
export function* matches(regex: RegExp, text: string): Generator<RegExpExecArray> {
  regex.lastIndex = 0;
  yield* text.matchAll(regex) as Iterable<RegExpExecArray>;
}
