/** What the live tree shows now: play, tasks, and of their hosts as many as there is room for. */
import { cleanLine } from './clean.ts';
import { failureMessage } from './failure.ts';
import type { Style } from './style.ts';
import { endings } from './summary.ts';
import type { Ending, Tally, TaskTally } from './tally.ts';
import { pad, width } from './width.ts';
import { amount, duration, taskName } from './words.ts';

/** A line of the tree and those below it. */
export interface Row {
  /** What its icon tells; `more` is a line that stands for others and has none. */
  readonly status: Ending | 'running' | 'more';
  readonly text: string;
  readonly rows: readonly Row[];
}

/** At most `budget` rows in all; `now` in milliseconds. */
export function liveRows(tally: Tally, style: Style, budget: number, now: number): Row[] {
  const { play } = tally;
  if (play === undefined || budget < 1) return [];
  const about = `${amount(play.hosts.length, 'host')}, ${amount(play.done, 'task')} done, ${duration(now - play.since)}`;
  return [{ status: 'running', text: `${style('title', cleanLine(play.name))}  ${style('dim', about)}`, rows: taskRows([...tally.tasks.values()], tally, style, budget - 1, now) }];
}

/** Half of the room is for tasks where many run at a time, the rest for the hosts of the oldest ones. */
function taskRows(tasks: readonly TaskTally[], tally: Tally, style: Style, budget: number, now: number): Row[] {
  if (budget < 1 || tasks.length === 0) return [];
  const room = Math.max(1, Math.floor(budget / 2));
  const shown = tasks.length <= room ? tasks : tasks.slice(0, Math.max(1, room - 1));
  const rest = tasks.length - shown.length;
  let left = budget - shown.length - (rest > 0 && budget > 1 ? 1 : 0);
  const rows: Row[] = shown.map((task) => {
    const hosts = hostRows(task, tally, style, left, now);
    left -= hosts.length;
    return { status: 'running', text: taskText(task, style, now), rows: hosts };
  });
  if (rest > 0 && budget > 1) rows.push(more(style, `+${amount(rest, 'more task')}`));
  return rows;
}

/** `etcd : Start the member  12 of 200 hosts done, 3 changed, 1 failed, 12 s`. */
function taskText({ task, hosts, ended, since }: TaskTally, style: Style, now: number): string {
  const done = [...ended.values()].reduce((sum, names) => sum + names.length, 0);
  const notable = (['failed', 'unreachable', 'changed', 'unknown'] as const).flatMap((ending) => {
    const names = ended.get(ending);
    return names === undefined ? [] : [style(endings[ending], `${names.length} ${ending}`)];
  });
  const parts = [style('dim', `${done} of ${amount(Math.max(hosts.length, done), 'host')} done`), ...notable, style('dim', duration(now - since))];
  return `${taskName(task)}  ${parts.join(', ')}`;
}

/** Failures first, then those of whose work most is known, then those that have been at it longest. */
function hostRows(at: TaskTally, tally: Tally, style: Style, room: number, now: number): Row[] {
  if (room < 1) return [];
  const failed = tally.failed.filter(({ task }) => task.id === at.task.id).slice(-3);
  const running = [...at.running].sort(([, a], [, b]) => Number(b.note !== '') - Number(a.note !== '') || a.since - b.since);
  const ended = [...at.ended.values()].reduce((sum, names) => sum + names.length, 0);
  const waiting = Math.max(0, at.hosts.length - ended - running.length);
  const all = failed.length + running.length + (waiting > 0 ? 1 : 0);
  const fits = all <= room;
  const first = failed.slice(0, Math.max(0, fits ? failed.length : room - 1));
  const second = running.slice(0, Math.max(0, (fits ? all : room - 1) - first.length));
  const names = Math.min(24, Math.max(0, ...first.map(({ host }) => width(cleanLine(host))), ...second.map(([host]) => width(cleanLine(host)))));
  const rows: Row[] = [
    ...first.map(({ host, outcome }): Row => ({
      status: outcome.status, rows: [],
      text: `${pad(cleanLine(host), names)}  ${style(outcome.status, cleanLine(failureMessage(outcome).split('\n')[0]!))}`,
    })),
    ...second.map(([host, { note, since }]): Row => ({ status: 'running', rows: [], text: hostText(pad(cleanLine(host), names), note, now - since, style) })),
  ];
  const hidden = running.length - second.length;
  const rest = [...(hidden > 0 ? [`+${hidden} more at work`] : []), ...(waiting > 0 ? [`${waiting} waiting`] : [])];
  return rest.length === 0 ? rows : [...rows, more(style, rest.join(', '))];
}

function hostText(host: string, note: string, ms: number, style: Style): string {
  return [host, note, ms >= 2000 ? style('dim', duration(ms)) : ''].filter(Boolean).join('  ').trimEnd();
}

function more(style: Style, text: string): Row {
  return { status: 'more', text: style('dim', text), rows: [] };
}
