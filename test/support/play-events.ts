/** Scripts of events for tests of reporters: what a run would send, with times. */
import type { Event, Failure, Outcome, ShownChange, TaskInfo } from '../../engine/event/event.ts';

/** An event and how many milliseconds after the one before it comes. */
export interface Cue {
  readonly after: number;
  readonly event: Event;
}

let tasks = 0;

/** A task with an id of its own. */
export function task(name: string, more: Partial<TaskInfo> = {}): TaskInfo {
  return { id: ++tasks, name, module: 'file', place: 'site.yml:9:5', tags: [], ...more };
}

/** An outcome; what is not given is empty. */
export function outcome(status: Outcome['status'], more: Partial<Outcome> = {}): Outcome {
  return { status, changes: [], result: {}, durationMs: 12, ...more };
}

/** A change with nothing to compare. */
export function change(summary: string, more: Partial<ShownChange> = {}): ShownChange {
  return { summary, ...more };
}

/** A failed outcome. */
export function failed(message: string, failure: Partial<Failure> = {}, more: Partial<Outcome> = {}): Outcome {
  return outcome('failed', { failure: { message, ...failure }, ...more });
}

/** A whole task on some hosts: its start, each host's start and outcome, its end. */
export function playTask(info: TaskInfo, outcomes: Readonly<Record<string, Outcome>>): Event[] {
  const hosts = Object.keys(outcomes);
  return [
    { event: 'task_start', task: info, hosts },
    ...hosts.map((host): Event => ({ event: 'host_start', task: info, host })),
    ...Object.entries(outcomes).map(([host, ended]): Event => ({ event: 'outcome', task: info, host, outcome: ended })),
    { event: 'task_end', task: info },
  ];
}

/** The names `m1` to `mN`. */
export function machines(number: number): string[] {
  return Array.from({ length: number }, (_, at) => `m${at + 1}`);
}

/**
 * A run of one play in which each host takes `ms` for each task, hosts beginning one after another; every
 * third outcome is a change. For looking at many hosts, and for measuring.
 */
export function bigRun(hosts: readonly string[], number: number, ms: number): Cue[] {
  const cues: Cue[] = [
    { after: 0, event: { event: 'run_start', playbooks: ['site.yml'], check: false, diff: false, forks: 50 } },
    { after: 0, event: { event: 'play_start', play: 'Everything', place: 'site.yml:1:3', hosts } },
  ];
  for (let at = 0; at < number; at++) {
    const info = task(`Task number ${at + 1}`);
    cues.push({ after: 0, event: { event: 'task_start', task: info, hosts } });
    for (const host of hosts) cues.push({ after: 0, event: { event: 'host_start', task: info, host } });
    for (const [place, host] of hosts.entries()) {
      const ended = (at + place) % 3 === 0 ? outcome('changed', { changes: [change(`create /srv/${at}`)] }) : outcome('ok');
      cues.push({ after: ms / hosts.length, event: { event: 'outcome', task: info, host, outcome: ended } });
    }
    cues.push({ after: 0, event: { event: 'task_end', task: info } });
  }
  const totals = { ok: number, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 };
  cues.push({ after: 0, event: { event: 'recap', hosts: Object.fromEntries(hosts.map((host) => [host, totals])), duration_ms: number * ms } });
  return cues;
}
