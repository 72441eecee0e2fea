/** What became of a task on one host, in a line or a few. */
import type { Event, Outcome } from '../event/event.ts';
import { cleanLine, cleanText } from './clean.ts';
import type { Differ } from './diff.ts';
import type { Style } from './style.ts';
import { fit } from './width.ts';

/** How much is told, and in what colours. */
export interface Teller {
  readonly style: Style;
  readonly verbosity: number;
  /** Missing: changes are not compared. */
  readonly differ?: Differ | undefined;
}

/** `changed: [m1 -> m2] (item=/srv)`, the start of each line about a host. */
export function head(style: Style, host: string, outcome: Outcome, item?: string): string {
  const who = cleanLine(outcome.delegatedTo === undefined ? host : `${host} -> ${outcome.delegatedTo}`);
  const what = item === undefined ? '' : ` (item=${fit(cleanLine(item.slice(0, 1000)), 120)})`;
  return style(outcome.status, `${outcome.status}: [${who}]${what}`);
}

/** Another host of which the very same was told before, if any. */
export type Told = (what: unknown) => string | undefined;

/** The lines about an outcome that is no failure; none where a count is enough. */
export function tellOutcome(teller: Teller, host: string, outcome: Outcome, item: string | undefined, told: Told): string[] {
  const { style, verbosity } = teller;
  const message = cleanText(outcome.message ?? '').trimEnd();
  const acted = outcome.status === 'changed' || outcome.status === 'unknown';
  const said = outcome.status === 'ok' && message !== '';
  if (!acted && !said && !(item !== undefined && verbosity > 0) && verbosity < 2) return [];
  const start = head(style, host, outcome, item);
  const summary = summaries(outcome, verbosity);
  const lines = message.includes('\n') ? [[start, summary].filter(Boolean).join(' '), ...indent(message.split('\n'))] : [[start, summary, message].filter(Boolean).join(' ')];
  return [...lines, ...diffs(teller, outcome, told), ...result(verbosity, outcome)];
}

/** `warning: [m1] message (place)`. */
export function warningLine({ style }: Teller, event: Extract<Event, { event: 'warning' }>): string {
  const host = event.host === undefined ? '' : `[${cleanLine(event.host)}] `;
  const place = event.place === undefined ? '' : ` (${cleanLine(event.place)})`;
  return style('warning', `warning: ${host}${cleanText(event.message)}${place}`);
}

/** The lines, moved in by two. */
export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** What is done, in the module's words; the first three at most without -v. */
function summaries({ changes }: Outcome, verbosity: number): string {
  const shown = verbosity > 0 ? changes : changes.slice(0, 3);
  const rest = changes.length - shown.length;
  return [...shown.map((change) => cleanLine(change.summary)), ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}

/** The diffs of an outcome's changes, each shown for one host alone; none without --diff. */
function diffs({ differ, style }: Teller, outcome: Outcome, told: Told): string[] {
  if (differ === undefined) return [];
  return outcome.changes.flatMap((change) => {
    const long = `${change.before ?? ''}${change.after ?? ''}`.includes('\n');
    const first = long ? told([change.of, change.before, change.after]) : undefined;
    return first === undefined ? differ(change) : [style('dim', `(the same diff as on ${cleanLine(first)})`)];
  });
}

function result(verbosity: number, outcome: Outcome): string[] {
  if (verbosity < 2 || Object.keys(outcome.result).length === 0) return [];
  const text = JSON.stringify(outcome.result, null, verbosity >= 3 ? 2 : undefined);
  return indent(cleanText(verbosity >= 3 ? text : fit(text.slice(0, 4000), 2000)).split('\n'));
}
