/** The end of a run: the table per host, who failed at what, and one sentence. */
import type { Event } from '../event/event.ts';
import { cleanLine, cleanText } from './clean.ts';
import { failureMessage, type Failed } from './failure.ts';
import type { ReportOptions } from './options.ts';
import { recapTable } from './recap-table.ts';
import type { Style } from './style.ts';
import type { Tally } from './tally.ts';
import { indent } from './tell.ts';
import { fit } from './width.ts';
import { amount, duration, hostList, taskName } from './words.ts';

type Recap = Extract<Event, { event: 'recap' }>;

/** All lines after the last task. */
export function recapLines(style: Style, tally: Tally, recap: Recap, { check, verbosity }: Pick<ReportOptions, 'check' | 'verbosity'>): string[] {
  return [
    style('title', 'PLAY RECAP'),
    ...recapTable(style, recap, check, verbosity),
    ...failedLines(style, tally),
    ...resumeLines(style, recap),
    '',
    closing(style, tally, recap, check),
  ];
}

/** With more failures than this, hosts that failed the same way share a line. */
const mostAlone = 10;
/** Lines of failures; the first ones tell most. */
const mostLines = 50;
/** Names that a line of several hosts lists. */
const mostNames = 8;

/** Each host that failed once more, since the failure itself may have scrolled away. */
function failedLines(style: Style, { failed }: Tally): string[] {
  if (failed.length === 0) return [];
  const alike = new Map<string, Failed[]>();
  for (const [index, each] of failed.entries()) {
    const key = failed.length > mostAlone ? failedText(each) : String(index);
    const others = alike.get(key);
    if (others) others.push(each);
    else alike.set(key, [each]);
  }
  const groups = [...alike.values()];
  const lines = groups.slice(0, mostLines).map((same) => `${style(same[0]!.outcome.status, hostList(same.map(({ host }) => host), mostNames))}: ${failedText(same[0]!)}`);
  const rest = groups.slice(mostLines).flat().length;
  return ['', style('title', 'FAILED'), ...indent(lines), ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

function failedText({ task, outcome }: Failed): string {
  return `${taskName(task)} (${cleanLine(task.place)}): ${fit(cleanLine(failureMessage(outcome).split('\n')[0]!), 160)}`;
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
