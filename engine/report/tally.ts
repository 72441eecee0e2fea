/** What a run has come to so far: kept by the reporters for people, from events alone. */
import { createHash } from 'node:crypto';
import type { Event, Outcome, Status, TaskInfo } from '../event/event.ts';
import type { Profile } from '../event/profile.ts';
import type { Failed } from './failure.ts';
import { cleanLine, cleanText } from './clean.ts';
import { progress } from './words.ts';

/** What became of a task on a host, failures that did not stop it told apart. */
export type Ending = Status | 'ignored' | 'rescued';

export interface TaskTally {
  readonly task: TaskInfo;
  readonly since: number;
  readonly hosts: readonly string[];
  /** Hosts at work, with what is known of it. */
  readonly running: Map<string, { readonly since: number; note: string }>;
  readonly ended: Map<Ending, string[]>;
  /** Why hosts were skipped: reason, hosts. */
  readonly reasons: Map<string, string[]>;
  /** The first host of which something long was told, by its digest. */
  readonly seen: Map<string, string>;
}

export interface Tally {
  play: { readonly name: string; readonly hosts: readonly string[]; readonly since: number; done: number } | undefined;
  /** Tasks begun and not ended. */
  readonly tasks: Map<number, TaskTally>;
  readonly changed: Set<number>;
  readonly unknown: Set<number>;
  /** Failures that stopped a host, in their order. */
  readonly failed: Failed[];
  profile: Profile | undefined;
}

/** A tally of nothing. */
export function openTally(): Tally {
  return { play: undefined, tasks: new Map(), changed: new Set(), unknown: new Set(), failed: [], profile: undefined };
}

/** Takes an event into the tally; `now` in milliseconds. The end of a task leaves it in place for its reporter. */
export function note(tally: Tally, event: Event, now: number): void {
  switch (event.event) {
    case 'play_start':
      tally.play = { name: event.play, hosts: event.hosts, since: now, done: 0 };
      break;
    case 'task_start':
      tally.tasks.set(event.task.id, openTask(event.task, event.hosts, now));
      break;
    case 'task_end':
      if (tally.play) tally.play.done++;
      break;
    case 'host_start':
      taskOf(tally, event.task, now).running.set(event.host, { since: now, note: '' });
      break;
    case 'progress':
      setNote(tally, event, now, progress(event));
      break;
    case 'retry':
      setNote(tally, event, now, retryText(event));
      break;
    case 'output':
      setNote(tally, event, now, cleanLine(cleanText(event.text.slice(-2000)).trimEnd().split('\n').at(-1) ?? ''));
      break;
    case 'profile':
      tally.profile = event;
      break;
    case 'outcome':
      end(tally, taskOf(tally, event.task, now), event);
      break;
  }
}

/** `retry 3/30 in 5 s: message`. */
export function retryText(event: Extract<Event, { event: 'retry' }>): string {
  return `retry ${event.attempt}/${event.retries} in ${event.delay} s${event.message === '' ? '' : `: ${cleanLine(event.message)}`}`;
}

/** The tally of a task, begun here where no start was sent. */
export function taskOf(tally: Tally, task: TaskInfo, now: number): TaskTally {
  let found = tally.tasks.get(task.id);
  if (found === undefined) tally.tasks.set(task.id, (found = openTask(task, [], now)));
  return found;
}

/** What became of it, for lists and counts. */
export function endingOf(outcome: Outcome): Ending {
  return outcome.ignored ? 'ignored' : outcome.rescued ? 'rescued' : outcome.status;
}

/** Another host of this task of which the very same was told before, if any; else this one is noted for it. */
export function toldOf(tally: TaskTally, host: string, what: unknown): string | undefined {
  const key = createHash('sha256').update(JSON.stringify(what) ?? '').digest('base64');
  const first = tally.seen.get(key);
  if (first === undefined) tally.seen.set(key, host);
  return first === host ? undefined : first;
}

function openTask(task: TaskInfo, hosts: readonly string[], since: number): TaskTally {
  return { task, since, hosts, running: new Map(), ended: new Map(), reasons: new Map(), seen: new Map() };
}

function setNote(tally: Tally, event: { readonly task: TaskInfo; readonly host: string }, now: number, text: string): void {
  const { running } = taskOf(tally, event.task, now);
  const at = running.get(event.host);
  if (at) at.note = text;
  else running.set(event.host, { since: now, note: text });
}

function end(tally: Tally, at: TaskTally, { host, outcome, task }: { readonly host: string; readonly outcome: Outcome; readonly task: TaskInfo }): void {
  const ending = endingOf(outcome);
  at.running.delete(host);
  list(at.ended, ending).push(host);
  if (ending === 'skipped') list(at.reasons, outcome.message ?? '').push(host);
  if (ending === 'changed') tally.changed.add(task.id);
  if (ending === 'unknown') tally.unknown.add(task.id);
  if (ending === 'failed' || ending === 'unreachable') tally.failed.push({ task, host, outcome });
}

function list<Key>(lists: Map<Key, string[]>, key: Key): string[] {
  let found = lists.get(key);
  if (found === undefined) lists.set(key, (found = []));
  return found;
}
