/** Hosts of which a count is enough: those where nothing was to do. */
import { cleanLine } from './clean.ts';
import type { Style } from './style.ts';
import type { Ending, TaskTally } from './tally.ts';
import { hostList } from './words.ts';

/** How many names a line lists before it counts instead. */
const most = 8;
/** A reason longer than this is shown by -v alone. */
const longest = 50;

/** The colour of each ending; the order in which summaries list them. */
export const endings: Readonly<Record<Ending, Parameters<Style>[0]>> = {
  failed: 'failed', unreachable: 'unreachable', rescued: 'failed', changed: 'changed', unknown: 'unknown', ignored: 'skipped', ok: 'ok', skipped: 'skipped',
};

/** `ok: m1 m2; skipped: m3 (reason)`; hosts in `told` have had a line of their own. Empty where none is left. */
export function quietLine(style: Style, verbosity: number, tally: TaskTally, told: ReadonlySet<string>): string {
  const some = verbosity > 0 ? Infinity : most;
  const ok = inOrder(tally, tally.ended.get('ok') ?? []).filter((host) => !told.has(host));
  const parts = ok.length > 0 ? [style('ok', `ok: ${hostList(ok, some)}`)] : [];
  for (const [reason, hosts] of tally.reasons) {
    const left = inOrder(tally, hosts).filter((host) => !told.has(host));
    if (left.length > 0) parts.push(style('skipped', `skipped: ${hostList(left, some)}${why(reason, verbosity)}`));
  }
  return [...parts, ...undone(style, tally, some)].join('; ');
}

/** `2 changed, 1 ok`, or with few hosts their names: `changed: m1 m2, ok: m3`. */
export function endLine(style: Style, verbosity: number, tally: TaskTally): string {
  const some = verbosity > 0 ? Infinity : most;
  const parts: string[] = [];
  for (const [ending, role] of Object.entries(endings) as [Ending, Parameters<Style>[0]][]) {
    const hosts = tally.ended.get(ending);
    if (hosts) parts.push(style(role, hosts.length <= some ? `${ending}: ${hostList(inOrder(tally, hosts), some)}` : `${ending}: ${hosts.length} hosts`));
  }
  const reasons = [...tally.reasons.keys()];
  const only = reasons.length === 1 && tally.ended.size === 1 ? why(reasons[0]!, verbosity) : '';
  return [...parts, ...undone(style, tally, some)].join(', ') + style('skipped', only);
}

/** Hosts that an interrupted run left in the middle of the task. */
function undone(style: Style, { running }: TaskTally, some: number): string[] {
  return running.size === 0 ? [] : [style('unknown', `cut off: ${hostList([...running.keys()], some)}`)];
}

function why(reason: string, verbosity: number): string {
  const text = cleanLine(reason);
  return text === '' || (verbosity === 0 && text.length > longest) ? '' : ` (${text})`;
}

/** As the task lists its hosts, not as they ended. */
function inOrder(tally: TaskTally, hosts: readonly string[]): readonly string[] {
  const known = new Set(hosts);
  const listed = tally.hosts.filter((host) => known.delete(host));
  return [...listed, ...known];
}
