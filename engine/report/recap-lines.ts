/** The end of a run: the table per host, who failed at what, and one sentence. */
import type { Event, HostTotals } from '../event/event.ts';
import { cleanLine, cleanText } from './clean.ts';
import { failureMessage } from './failure.ts';
import type { Style } from './style.ts';
import type { Tally } from './tally.ts';
import { indent } from './tell.ts';
import { fit, pad, width } from './width.ts';
import { amount, duration, taskName } from './words.ts';

/** m2 before m10. */
const names = new Intl.Collator('en', { numeric: true });

type Recap = Extract<Event, { event: 'recap' }>;

/** All lines after the last task. */
export function recapLines(style: Style, tally: Tally, recap: Recap, check: boolean): string[] {
  return [
    style('title', 'PLAY RECAP'),
    ...table(style, recap, check),
    ...failedLines(style, tally),
    ...resumeLines(style, recap),
    '',
    closing(style, tally, recap, check),
  ];
}

/** `m1 : ok=12 changed=4 unreachable=0 failed=0 skipped=1 rescued=0 ignored=0`, in columns. */
function table(style: Style, { hosts }: Recap, check: boolean): string[] {
  const rows = Object.entries(hosts).map(([host, counts]) => ({ host: cleanLine(host), counts })).sort((a, b) => names.compare(a.host, b.host));
  const unknown = check || rows.some(({ counts }) => (counts.unknown ?? 0) > 0);
  const keys = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored', ...(unknown ? (['unknown'] as const) : [])] as const;
  const first = Math.max(0, ...rows.map(({ host }) => width(host)));
  const columns = keys.map((name) => Math.max(...rows.map(({ counts }) => String(counts[name] ?? 0).length)));
  return rows.map(({ host, counts }) => {
    const cells = keys.map((name, at) => cell(style, name, counts[name] ?? 0, at === keys.length - 1 ? 0 : columns[at]!));
    return `${style(worst(counts), pad(host, first))} : ${cells.join(' ')}`;
  });
}

function cell(style: Style, name: keyof HostTotals, number: number, digits: number): string {
  const role = name === 'rescued' ? 'ok' : name === 'ignored' ? 'skipped' : name;
  const text = `${name}=${number}`;
  return (number > 0 ? style(role, text) : text) + ' '.repeat(Math.max(0, digits - String(number).length));
}

function worst({ unreachable, failed, changed }: HostTotals): 'unreachable' | 'failed' | 'changed' | 'ok' {
  return unreachable > 0 ? 'unreachable' : failed > 0 ? 'failed' : changed > 0 ? 'changed' : 'ok';
}

/** Each host that failed once more, since the failure itself may have scrolled away. */
function failedLines(style: Style, { failed }: Tally): string[] {
  if (failed.length === 0) return [];
  const lines = failed.slice(0, 50).map(({ host, task, outcome }) => {
    const message = fit(cleanLine(failureMessage(outcome).split('\n')[0]!), 160);
    return `${style(outcome.status, cleanLine(host))}: ${taskName(task)} (${cleanLine(task.place)}): ${message}`;
  });
  const rest = failed.length - lines.length;
  return ['', style('title', 'FAILED'), ...indent(lines), ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

function resumeLines(style: Style, { failures = [] }: Recap): string[] {
  return failures.length === 0 ? [] : ['', style('title', 'TO GO ON FROM THERE'), ...indent(failures.map(cleanText))];
}

function closing(style: Style, tally: Tally, recap: Recap, check: boolean): string {
  const all = Object.values(recap.hosts);
  const bad = all.filter(({ failed, unreachable }) => failed + unreachable > 0).length;
  const time = duration(recap.duration_ms);
  const failed = bad > 0 ? `failed on ${bad} of ${amount(all.length, 'host')}` : '';
  if (recap.interrupted) return style('failed', `Interrupted after ${time}${failed && `; ${failed}`}.`);
  const changed = all.filter((counts) => counts.changed > 0).length;
  const end = bad > 0 ? style('failed', `F${failed.slice(1)} after ${time}.`) : style('ok', `Done in ${time}.`);
  if (check) return `${end} ${forecast(tally, changed)}`;
  return `${end} ${tally.changed.size === 0 ? 'Nothing changed.' : `${amount(tally.changed.size, 'task')} changed ${amount(changed, 'host')}.`}`;
}

/** What a run without --check would do, told by the tasks. */
function forecast({ changed, unknown }: Tally, hosts: number): string {
  const maybe = [...unknown].filter((id) => !changed.has(id)).length;
  const more = maybe === 0 ? '' : `${changed.size === 0 ? 'Of ' : '; of '}${amount(maybe, changed.size === 0 ? 'task' : 'more task')} only the run can tell`;
  const sure = changed.size === 0 ? (maybe === 0 ? 'Nothing would change' : '') : `${amount(changed.size, 'task')} would change ${amount(hosts, 'host')}`;
  return `${sure}${more}. This was a check: nothing was touched.`;
}
