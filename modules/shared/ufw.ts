/** Rules in ufw: its own where it has a word for them, lines of before.rules where it has none. */
import { ModuleFailure, type Step } from '../../engine/module/kit.ts';
import type { Ufw } from './firewall-found.ts';
import type { Todo } from './firewall-plan.ts';
import { ruleWords, type Rule } from './firewall-rule.ts';
import { lineKey, linesFor, readLines, type Line } from './iptables-lines.ts';
import { beforeFiles } from './ufw-look.ts';

type Family = 4 | 6;
type Way = 'user' | 'before';

/** Protocols that ufw knows, by number; older ones than 0.36.2 do not know vrrp, so its number is not here. */
const words: Readonly<Record<number, string>> = { 2: 'igmp', 41: 'ipv6', 47: 'gre', 50: 'esp', 51: 'ah' };
const [begin, end] = ['# kplay begin: what ufw has no word for', '# kplay end'];

/** Whether ufw lets in what the rule says; for what is to go (`exactly`), whether it has a rule that says just this. */
export function ufwHas(found: Ufw, rule: Rule, exactly: boolean): { readonly now: boolean; readonly kept: boolean } {
  const families: readonly Family[] = found.ipv6 ? [4, 6] : [4];
  const from = rule.kind === 'port' || rule.kind === 'source' ? rule.from : undefined;
  if (from?.family === 6 && !found.ipv6 && !exactly) {
    throw new ModuleFailure(`${ruleWords(rule)} cannot be let in: ufw keeps no rules for IPv6 on this host`, { hint: 'set IPV6=yes in /etc/default/ufw' });
  }
  // A newer ufw may have been told by hand what ours has no word for.
  const ways: readonly Way[] = hasWord(rule) ? ['user'] : exactly ? ['before'] : ['before', 'user'];
  const test = (linesOf: (family: Family, way: Way) => readonly Line[]): boolean => {
    const answers = families.flatMap((family) => linesFor(rule, family, chainsOf('before', family)).map((_line, at) => ways.some((way) => {
      const key = lineKey(linesFor(rule, family, chainsOf(way, family))[at]!);
      return linesOf(family, way).some((line) => lineKey(line) === key);
    })));
    return exactly ? answers.some(Boolean) : answers.every(Boolean);
  };
  const kept = test((family, way) => (way === 'user' ? keptLines(found.user[family], exactly) : readLines(found.before[family])));
  const now = found.running ? test((family) => found.now[family]) : kept;
  // What is in force without a rule on disk that says just this is not ours to take away.
  return { now: exactly ? now && kept : now, kept };
}

/** ufw's commands put a rule both on disk and in force; where it is on disk alone, ufw reads its files anew. */
export function ufwSteps(found: Ufw, todo: readonly Todo[], opens: boolean): Step[] {
  const steps: Step[] = [];
  const raw = todo.filter(({ rule }) => !hasWord(rule));
  for (const { rule, kept } of todo) if (kept && hasWord(rule)) for (const argv of commands(rule, opens)) steps.push({ kind: 'run', argv, timeout: 120 });
  if (raw.some(({ kept }) => kept)) {
    for (const family of found.ipv6 ? [4, 6] as const : [4] as const) {
      const text = withRaw(found.before[family], raw.flatMap(({ rule }) => linesFor(rule, family, chainsOf('before', family))), opens);
      if (text !== found.before[family]) steps.push({ kind: 'write', path: beforeFiles[family], content: { text } });
    }
  }
  const isStale = raw.length > 0 || todo.some(({ now, kept }) => now && !kept);
  return found.running && isStale ? [...steps, { kind: 'run', argv: ['ufw', 'reload'], timeout: 120 }] : steps;
}

function hasWord(rule: Rule): boolean {
  return (rule.kind !== 'protocol' || rule.number in words) && !(rule.kind === 'port' && rule.proto === 'sctp');
}

function chainsOf(way: Way, family: Family): { readonly input: string; readonly forward: string } {
  const chain = `ufw${family === 6 ? '6' : ''}-${way}`;
  return { input: `${chain}-input`, forward: `${chain}-forward` };
}

/** The lines of user.rules; `alone` those that are all of their rule, and no application's, so that a delete finds it. */
function keptLines(text: string, alone: boolean): Line[] {
  const [rules = ''] = text.split('### END RULES ###');
  return rules.split('### tuple ###').slice(1).flatMap((part) => {
    const lines = readLines(part);
    return !alone || (lines.length === 1 && !/^.* - (in|out)/.test(part)) ? lines : [];
  });
}

function commands(rule: Rule, opens: boolean): string[][] {
  const verb = [...(opens ? [] : ['delete']), 'allow'];
  const ufw = (...args: readonly string[]): string[] => ['ufw', ...verb, ...args];
  const route = (...args: readonly string[]): string[] => ['ufw', 'route', ...verb, ...args];
  switch (rule.kind) {
    case 'protocol': return [ufw('proto', words[rule.number]!, 'from', 'any', 'to', 'any')];
    case 'interface': return [ufw('in', 'on', rule.name), route('in', 'on', rule.name), route('out', 'on', rule.name)];
    case 'source': return [ufw('from', rule.from.text), route('from', rule.from.text), route('to', rule.from.text)];
    case 'port': {
      const { proto, first, last, from, comment } = rule;
      const port = first === last ? String(first) : `${first}:${last}`;
      const note = opens && comment !== undefined ? ['comment', comment] : [];
      return [ufw('proto', proto, 'from', from?.text ?? 'any', 'to', 'any', 'port', port, ...note)];
    }
  }
}

/** The text with lines in, or out of, a block of our own before the end of its filter table. */
function withRaw(text: string, lines: readonly Line[], opens: boolean): string {
  const block = new RegExp(`${begin}\\n((?:.*\\n)*?)${end}\\n`);
  const now = readLines(block.exec(text)?.[1] ?? '');
  const isAsked = (line: Line): boolean => lines.some((each) => lineKey(each) === lineKey(line));
  const wanted = [...now.filter((line) => !isAsked(line)), ...(opens ? lines : [])];
  const made = wanted.length === 0 ? '' : [begin, ...wanted.map(({ chain, words: each }) => `-A ${chain} ${each.join(' ')}`), end].map((line) => `${line}\n`).join('');
  if (block.test(text)) return text.replace(block, () => made);
  const filter = text.indexOf('*filter');
  const commit = /^COMMIT/m.exec(text.slice(filter < 0 ? 0 : filter));
  const at = commit ? commit.index + Math.max(0, filter) : text.length;
  return text.slice(0, at) + made + text.slice(at);
}
