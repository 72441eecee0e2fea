/** How long each task took, and how often hosts were asked while it was the task at hand. */
import type { Event, TaskInfo } from '../event/event.ts';
import type { TaskProfile } from '../event/profile.ts';

export interface TaskTimes {
  note(event: Event): void;
  /** A round trip to a host begins: of the task that the host is at, else of the one that began last. */
  trip(host: string): void;
  /** All tasks so far, the slowest first. */
  list(): TaskProfile[];
}

interface Running {
  readonly task: TaskInfo;
  readonly since: number;
  readonly trips: Map<string, number>;
  hosts: number;
  slowest: { readonly host: string; readonly ms: number } | undefined;
}

/** `now` in milliseconds. */
export function openTaskTimes(now: () => number): TaskTimes {
  const running = new Map<number, Running>();
  const done: TaskProfile[] = [];
  const at = new Map<string, Running>();
  let latest: Running | undefined;
  const end = (id: number): void => {
    const one = running.get(id);
    if (!one) return;
    running.delete(id);
    done.push(profileOf(one, now()));
    latest = [...running.values()].at(-1);
  };
  return {
    note(event) {
      if (event.event === 'task_start') running.set(event.task.id, (latest = { task: event.task, since: now(), trips: new Map(), hosts: 0, slowest: undefined }));
      if (event.event === 'task_end') end(event.task.id);
      if (event.event !== 'host_start' && event.event !== 'outcome') return;
      const one = running.get(event.task.id);
      if (event.event === 'host_start' && one) at.set(event.host, one);
      if (event.event !== 'outcome') return;
      at.delete(event.host);
      if (one) count(one, event.host, event.outcome.durationMs);
    },
    trip(host) {
      const one = at.get(host) ?? latest;
      one?.trips.set(host, (one.trips.get(host) ?? 0) + 1);
    },
    list: () => [...done, ...[...running.values()].map((one) => profileOf(one, now()))].sort((a, b) => b.wall_ms - a.wall_ms),
  };
}

function count(one: Running, host: string, ms: number): void {
  one.hosts++;
  if (!one.slowest || ms > one.slowest.ms) one.slowest = { host, ms };
}

function profileOf({ task, since, trips, hosts, slowest }: Running, now: number): TaskProfile {
  const each = [...trips.values()];
  return { task, wall_ms: now - since, hosts, round_trips: each.reduce((sum, number) => sum + number, 0), most_round_trips: Math.max(0, ...each), slowest };
}
