/** Follows a run and tells where its time went: in one event, just before the recap. */
import type { Event, Reporter } from '../event/event.ts';
import type { Profile } from '../event/profile.ts';
import type { Meter } from '../session/wire.ts';
import { openFairShare } from './fair-share.ts';
import { isTrip, openHostTimes } from './profile-hosts.ts';
import { openTaskTimes } from './profile-tasks.ts';

/** Milliseconds since the process began, how many of these it has spent waiting, and how many of a processor's. */
export interface ProfileClock {
  now(): number;
  idle(): number;
  cpu(): number;
}

export interface Profiler {
  /** Connections tell it what they wait for. */
  readonly meter: Meter;
  /** Inventory and playbooks have been read. */
  read(): void;
  /** A reporter that hands all events on, and the profile before the recap. */
  over(report: Reporter): Reporter;
}

/** Begins to follow: what was before this counts as the process's start. */
export function openProfiler(clock: ProfileClock): Profiler {
  const tasks = openTaskTimes(clock.now);
  const hosts = openHostTimes(clock.now);
  const waiting = openFairShare(clock.idle);
  const spent = { network: 0, host: 0 };
  const at: { start: number; read?: number; checked?: number; first?: number; last?: number } = { start: clock.now() };

  const note = (event: Event): void => {
    tasks.note(event);
    if (event.event === 'run_start') at.checked = clock.now();
    if (event.event === 'task_start') at.first ??= clock.now();
    if (event.event === 'task_end') at.last = clock.now();
  };
  const profile = (): Profile => {
    const wall = clock.now();
    const { start, read = start, checked = read, first = wall, last = wall } = at;
    const idle = clock.idle();
    return rounded({
      wall_ms: wall,
      cpu_ms: clock.cpu(),
      shares: { network_ms: spent.network, host_ms: spent.host, controller_ms: wall - idle, other_ms: Math.max(0, idle - spent.network - spent.host) },
      before: { start_ms: start, read_ms: read - start, check_ms: checked - read, whole_ms: first },
      after_ms: wall - last,
      tasks: tasks.list(), hosts: hosts.hosts(), connects: hosts.connects(),
    });
  };
  return {
    meter: {
      begin(host, what) {
        const share = waiting.begin();
        const end = hosts.begin(host, what);
        if (isTrip(what)) tasks.trip(host);
        return (waited) => {
          const mine = share();
          const network = waited.ms > 0 ? (mine * waited.networkMs) / waited.ms : 0;
          spent.network += network;
          spent.host += mine - network;
          end(waited);
        };
      },
    },
    read: () => void (at.read = clock.now()),
    over: (report) => (event) => {
      note(event);
      if (event.event === 'recap') report({ event: 'profile', ...profile() });
      report(event);
    },
  };
}

/** Times to a tenth of a millisecond: more digits would claim more than clocks can tell. */
function rounded<T>(value: T): T {
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value === 'number') return (Math.round(value * 10) / 10) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)])) as T;
}
