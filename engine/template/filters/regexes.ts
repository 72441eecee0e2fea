/** Filters with regular expressions, in Python's spelling. */
import { toStr, toWhole, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { limits } from '../limits.ts';
import { toText } from '../python-text.ts';
import { pythonRegex, type RegexFlags } from '../regex.ts';
import { group, matches, replacement } from '../replacement.ts';
import { filter, type Filter } from '../registry.ts';
import type { Bound } from '../signature.ts';
import { tuple, type Dict, type Value } from '../value.ts';

export const regexFilters: Readonly<Record<string, Filter>> = {
  regex_replace: filter('pattern? replacement? ignorecase? multiline? count? mandatory_count?', (value, args) => replace(toText(value), args)),
  regex_search: filter('regex *groups **flags', (value, [pattern, groups, flags]) => search(toText(value), toStr(pattern!), groups as Value[], flags as Dict)),
  regex_findall: filter('regex multiline? ignorecase?', (value, [pattern, multiline, ignorecase]) => findAll(toText(value), toStr(pattern!), flagsOf(ignorecase, multiline))),
  regex_escape: filter('re_type?', (value, [type = 'python']) => escapeRegex(toText(value), toStr(type))),
};

function flagsOf(ignorecase: Value | undefined, multiline: Value | undefined): RegexFlags {
  return { ignorecase: truth(ignorecase ?? false), multiline: truth(multiline ?? false) };
}

function replace(text: string, [pattern = '', by = '', ignorecase, multiline, count = 0, least = 0]: Bound): string {
  const regex = pythonRegex(toStr(pattern), flagsOf(ignorecase, multiline));
  const make = replacement(toText(by!));
  const most = toWhole(count) || Infinity;
  let made = '';
  let at = 0;
  let times = 0;
  for (const match of matches(regex, text)) {
    if (times++ >= most) break;
    made += text.slice(at, match.index) + make(match);
    if (made.length > limits.text) throw new Fault(`the text would be longer than ${limits.text} characters`);
    at = match.index + match[0].length;
  }
  if (times < toWhole(least ?? 0)) throw new Fault(`the pattern matched ${times} times, at least ${toWhole(least!)} were asked for`);
  return made + text.slice(at);
}

function search(text: string, pattern: string, groups: readonly Value[], flags: Dict): Value {
  for (const name of Object.keys(flags)) if (name !== 'ignorecase' && name !== 'multiline') throw new Fault(`filter "regex_search" takes no argument "${name}"`, 'known: ignorecase, multiline');
  const match = pythonRegex(pattern, flagsOf(flags['ignorecase'], flags['multiline'])).exec(text);
  if (!match) return null;
  if (groups.length === 0) return match[0];
  return groups.map((wanted) => {
    const name = /^\\(?:g<(\S+)>|(\d+))/.exec(toStr(wanted, 'a group such as "\\1" or "\\g<name>"'));
    if (!name) throw new Fault(`expected a group such as "\\1" or "\\g<name>", found "${String(wanted)}"`);
    const number = name[1] ?? name[2]!;
    return match[Number(number)] === undefined && match.groups?.[number] === undefined && group(match, number) === '' ? null : group(match, number);
  });
}

function findAll(text: string, pattern: string, flags: RegexFlags): Value[] {
  return [...matches(pythonRegex(pattern, flags), text)].map((match) => {
    const parts = match.slice(1).map((part) => part ?? '');
    return parts.length === 0 ? match[0] : parts.length === 1 ? parts[0]! : tuple(parts);
  });
}

function escapeRegex(text: string, type: string): string {
  if (type === 'python') return text.replace(/[\s#$&()*+.?[\\\]^{|}~-]/g, '\\$&');
  if (type === 'posix_basic') return text.replace(/[\].[^$*\\]/g, '\\$&');
  throw new Fault(`there is no kind of regular expression "${type}"`, 'known: python, posix_basic');
}
