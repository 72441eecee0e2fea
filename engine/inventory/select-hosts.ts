/** Which hosts a pattern means: `etcd`, `web:&eu:!old`, `db*`, `~web\d+`, `masters[0]`. */
import { nearestHint } from '../source/nearest.ts';
import type { Problem } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import { findHost } from './find-host.ts';
import { expandRanges } from './host-range.ts';
import type { Host, Inventory } from './inventory.ts';
import { membersOf } from './groups.ts';
import { matcherOf } from './match-name.ts';
import { readLimit } from './read-limit.ts';
import { splitPattern, type Term } from './split-pattern.ts';

export interface Selection {
  /** In the order of the terms, and of the inventory within each. */
  readonly hosts: readonly Host[];
  /** Terms that match nothing, or are broken; the caller settles how bad that is. */
  readonly problems: readonly Problem[];
}

export interface SelectOptions {
  /** Only hosts of this pattern too, as --limit: `web:!web3`, or `@file` with a term on each line. */
  readonly limit?: string | undefined;
  /** Where the pattern stands, for problems. */
  readonly span?: Span | undefined;
}

/** The hosts that a pattern, or each of a list of patterns, means. Throws TextError where a limit's file cannot be read. */
export function selectHosts(inventory: Inventory, pattern: string | readonly string[], options: SelectOptions = {}): Selection {
  const problems: Problem[] = [];
  const hosts = evaluate(inventory, splitPattern(pattern), (problem) => problems.push({ ...problem, span: options.span }));
  if (options.limit === undefined || options.limit.trim() === '') return { hosts, problems };
  const within = new Set(evaluate(inventory, readLimit(options.limit), (problem) => problems.push({ ...problem, message: `--limit: ${problem.message}` })).map((host) => host.name));
  return { hosts: hosts.filter((host) => within.has(host.name)), problems };
}

type Report = (problem: Problem) => void;

function evaluate(inventory: Inventory, terms: readonly Term[], report: Report): readonly Host[] {
  const hosts = new Map<string, Host>();
  for (const term of terms) {
    const matched = matchTerm(inventory, term, report);
    if (term.kind === 'add') for (const host of matched) hosts.set(host.name, host);
    else if (term.kind === 'drop') for (const host of matched) hosts.delete(host.name);
    else {
      const kept = new Set(matched.map((host) => host.name));
      for (const name of hosts.keys()) if (!kept.has(name)) hosts.delete(name);
    }
  }
  return [...hosts.values()];
}

/** A term that adds and is a host's name is that host, even where a group has the same name; a subscript picks from what stands before it. */
function matchTerm(inventory: Inventory, { kind, text }: Term, report: Report): readonly Host[] {
  const whole = kind === 'add' ? inventory.hosts.get(text) : undefined;
  if (whole) return [whole];
  const subscript = text.startsWith('~') ? null : /^(.+)\[(?:(-?\d+)|(\d+)[:-](\d*))\]$/.exec(text);
  const found = matchNames(inventory, subscript ? subscript[1]! : text, report);
  if (found === 'none') {
    const expanded = expandNames(inventory, text);
    if (expanded.length > 0) return expanded;
    report(noMatch(inventory, text));
    return [];
  }
  return subscript ? pick(found, text, subscript, report) : found;
}

/** As Ansible: groups first; hosts where no group matches or the term could mean both. 'none' where nothing of such a name is there. */
function matchNames(inventory: Inventory, text: string, report: Report): readonly Host[] | 'none' {
  let matcher;
  try {
    matcher = matcherOf(text);
  } catch (error) {
    report({ message: `"${text}" is not a valid pattern: ${(error as Error).message}` });
    return [];
  }
  const { exact, matches } = matcher;
  const groups = exact === undefined ? [...inventory.groups.keys()].filter(matches) : inventory.groups.has(exact) ? [exact] : [];
  const names = new Set(groups.flatMap((group) => membersOf(inventory, group)));
  if (groups.length === 0 || exact === undefined || exact.includes('.')) {
    for (const name of exact === undefined ? inventory.hosts.keys() : [exact]) if (inventory.hosts.has(name) && matches(name)) names.add(name);
  }
  if (names.size > 0) return [...names].map((name) => inventory.hosts.get(name)!);
  if (groups.length > 0) return [];
  const local = exact === undefined ? undefined : findHost(inventory, exact);
  return local ? [local] : 'none';
}

/** `group[0]`, `group[-1]`, `group[1:3]` with both ends, `group[2:]`. */
function pick(hosts: readonly Host[], text: string, [, , index, first, last]: RegExpExecArray, report: Report): readonly Host[] {
  if (hosts.length === 0) return [];
  if (index === undefined) {
    const picked = hosts.slice(Number(first), last ? Number(last) + 1 : undefined);
    if (picked.length === 0) report(tooFar(text, hosts.length));
    return picked;
  }
  const host = hosts.at(Number(index));
  if (!host) report(tooFar(text, hosts.length));
  return host ? [host] : [];
}

function tooFar(text: string, count: number): Problem {
  return { message: `"${text}" is beyond the ${count === 1 ? 'one host' : `${count} hosts`} it picks from`, hint: 'the first has number 0, the last -1' };
}

/** `web[01:03].lan`, written as in an inventory: the hosts of it that are there. */
function expandNames(inventory: Inventory, text: string): readonly Host[] {
  if (!/\[[^\]]*:[^\]]*\]/.test(text)) return [];
  const expansion = expandRanges(text);
  return 'fault' in expansion ? [] : expansion.names.flatMap((name) => inventory.hosts.get(name) ?? []);
}

function noMatch(inventory: Inventory, text: string): Problem {
  const hint = text.includes(':') && !text.startsWith('~') ? 'use commas or colons between terms, not both' : nearestHint(text, [...inventory.groups.keys(), ...inventory.hosts.keys()]);
  return { message: `no group or host matches "${text}"`, hint };
}
