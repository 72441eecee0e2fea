/** The recap's table: a line per host, or where those are too many for a screen, a line for all that ended alike. */
import type { Event, HostTotals } from '../event/event.ts';
import { byName } from './by-name.ts';
import { cleanLine } from './clean.ts';
import type { Style } from './style.ts';
import { pad, width } from './width.ts';
import { hostList } from './words.ts';

/** More hosts than this are counted where they ended alike; -v lists each. */
const most = 40;
/** Names that a line of several hosts lists. */
const mostNames = 8;

interface Row {
  readonly host: string;
  readonly counts: HostTotals;
}

/** `m1 : ok=12 changed=4 unreachable=0 failed=0 skipped=1 rescued=0 ignored=0`, in columns. */
export function recapTable(style: Style, { hosts }: Extract<Event, { event: 'recap' }>, check: boolean, verbosity: number): string[] {
  const all = Object.entries(hosts).map(([host, counts]) => ({ host: cleanLine(host), counts })).sort((a, b) => byName(a.host, b.host));
  const rows = all.length > most && verbosity === 0 ? folded(all) : all;
  const unknown = check || rows.some(({ counts }) => (counts.unknown ?? 0) > 0);
  const keys = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored', ...(unknown ? (['unknown'] as const) : [])] as const;
  const first = Math.max(0, ...rows.map(({ host }) => width(host)));
  const columns = keys.map((name) => Math.max(...rows.map(({ counts }) => String(counts[name] ?? 0).length)));
  return rows.map(({ host, counts }) => {
    const cells = keys.map((name, at) => cell(style, name, counts[name] ?? 0, at === keys.length - 1 ? 0 : columns[at]!));
    return `${style(worst(counts), pad(host, first))} : ${cells.join(' ')}`;
  });
}

/** Hosts with the same totals as one row, those that failed last, where the eye is. */
function folded(rows: readonly Row[]): Row[] {
  const alike = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.counts);
    const others = alike.get(key);
    if (others) others.push(row);
    else alike.set(key, [row]);
  }
  const bad = ({ counts }: Row) => counts.failed + counts.unreachable;
  return [...alike.values()]
    .map((some) => ({ host: hostList(some.map(({ host }) => host), mostNames), counts: some[0]!.counts }))
    .sort((a, b) => Number(bad(a) > 0) - Number(bad(b) > 0));
}

function cell(style: Style, name: keyof HostTotals, number: number, digits: number): string {
  const role = name === 'rescued' ? 'ok' : name === 'ignored' ? 'skipped' : name;
  const text = `${name}=${number}`;
  return (number > 0 ? style(role, text) : text) + ' '.repeat(Math.max(0, digits - String(number).length));
}

function worst({ unreachable, failed, changed }: HostTotals): 'unreachable' | 'failed' | 'changed' | 'ok' {
  return unreachable > 0 ? 'unreachable' : failed > 0 ? 'failed' : changed > 0 ? 'changed' : 'ok';
}
