/** Where the time of a run went, as aligned lines for people. */
import type { Connects, HostProfile, Profile, TaskProfile } from '../event/profile.ts';
import { cleanLine } from './clean.ts';
import type { Style } from './style.ts';
import { indent } from './tell.ts';
import { fit, pad, width } from './width.ts';
import { amount, bytes, taskName } from './words.ts';

/** Rows shown without -v, and columns that a task's name gets and a host's. */
const most = { tasks: 10, hosts: 5, taskName: 44, host: 24 } as const;

/** The whole profile; with -v its lists are not cut. */
export function profileLines(style: Style, verbosity: number, profile: Profile): string[] {
  const all = verbosity > 0;
  return [
    `${style('title', 'PROFILE')} ${style('dim', `${seconds(profile.wall_ms)} from the start of the process`)}`,
    ...indent([
      ...shareLines(style, profile),
      '',
      ...taskLines(style, profile.tasks, all ? Infinity : most.tasks),
      ...hostLines(style, profile.hosts, all ? Infinity : most.hosts),
      connectLine(profile.connects, all ? Infinity : most.hosts),
      marginLine(profile),
    ]),
  ];
}

function shareLines(style: Style, { shares, wall_ms: wall, cpu_ms: cpu }: Profile): string[] {
  const rows = [
    ['network', shares.network_ms, 'questions and answers on their way'],
    ['hosts', shares.host_ms, 'at work on what they were asked'],
    ['controller', shares.controller_ms, `this process at work, for ${seconds(cpu)} on a processor`],
    ['other', shares.other_ms, 'nothing asked: pauses, delays, files of this machine'],
  ] as const;
  return columns(rows.map(([name, ms, meaning]) => [name, seconds(ms), `${wall > 0 ? Math.round((100 * ms) / wall) : 0} %`, style('dim', meaning)]), '<>><');
}

function taskLines(style: Style, tasks: readonly TaskProfile[], limit: number): string[] {
  const title = ['slowest tasks', 'took', 'trips', 'slowest host', '', ''].map((text) => style('title', text));
  const all = byPlace(tasks);
  const rows = all.slice(0, limit).map(({ task, times, wall_ms: ms, most_round_trips: trips, slowest }) => [
    fit(taskName(task), most.taskName) + (times > 1 ? ` ×${times}` : ''), seconds(ms), String(trips),
    fit(cleanLine(slowest?.host ?? '-'), most.host), slowest ? seconds(slowest.ms) : '', style('dim', cleanLine(task.place)),
  ]);
  return rows.length === 0 ? [] : [...columns([title, ...rows], '<>><><'), ...rest(all.length - rows.length, 'task', all.slice(limit).map((each) => each.wall_ms)), ''];
}

/** A task that was come to more than once (batches, includes) as one: times and trips together, of all its slowest hosts the slowest. */
function byPlace(tasks: readonly TaskProfile[]): (TaskProfile & { readonly times: number })[] {
  const all = new Map<string, TaskProfile & { readonly times: number }>();
  for (const each of tasks) {
    const key = `${each.task.place} ${each.task.name}`;
    const before = all.get(key);
    const slowest = (before?.slowest?.ms ?? -1) >= (each.slowest?.ms ?? -1) ? before?.slowest : each.slowest;
    const sum = { wall_ms: each.wall_ms + (before?.wall_ms ?? 0), most_round_trips: each.most_round_trips + (before?.most_round_trips ?? 0), times: 1 + (before?.times ?? 0) };
    all.set(key, { ...each, ...sum, slowest });
  }
  return [...all.values()].sort((a, b) => b.wall_ms - a.wall_ms);
}

function hostLines(style: Style, hosts: readonly HostProfile[], limit: number): string[] {
  const title = ['slowest hosts', 'busy', 'trips', 'sent', 'received'].map((text) => style('title', text));
  const rows = hosts.slice(0, limit).map((each) => [fit(cleanLine(each.host), most.taskName), seconds(each.busy_ms), String(each.round_trips), bytes(each.sent_bytes), bytes(each.received_bytes)]);
  return rows.length === 0 ? [] : [...columns([title, ...rows], '<>>>>'), ...rest(hosts.length - rows.length, 'host'), ''];
}

function rest(number: number, word: string, times: readonly number[] = []): string[] {
  const sum = times.length === 0 ? '' : `, ${seconds(times.reduce((all, one) => all + one, 0))} together`;
  return number > 0 ? [`and ${amount(number, `more ${word}`)}${sum}`] : [];
}

function connectLine({ count, wall_ms: ms, hosts }: Connects, limit: number): string {
  if (count === 0) return 'connects: none';
  const slowest = hosts.slice(0, limit).map((each) => `${cleanLine(each.host)} ${seconds(each.ms)}${each.count > 1 ? ` (the slowest of ${each.count})` : ''}`);
  return `connects: ${count} in ${seconds(ms)}; slowest ${slowest.join(', ')}`;
}

function marginLine({ before, after_ms: after }: Profile): string {
  return `before the first task: ${seconds(before.whole_ms)} (start ${seconds(before.start_ms)}, load ${seconds(before.read_ms)}, check ${seconds(before.check_ms)}); after the last: ${seconds(after)}`;
}

/** Milliseconds as seconds that can stand below each other. */
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

/** Rows as columns two spaces apart; `sides` says for each whether it stands left or right. */
function columns(rows: readonly (readonly string[])[], sides: string): string[] {
  const widths = [...sides].map((_, at) => Math.max(...rows.map((row) => width(row[at]!))));
  return rows.map((row) => row.map((cell, at) => (sides[at] === '>' ? ' '.repeat(widths[at]! - width(cell)) + cell : pad(cell, widths[at]!))).join('  ').trimEnd());
}
