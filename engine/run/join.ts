/** Which tasks' changes may travel together with those of tasks before them, so that nobody can tell the difference but by the clock. */
import { networkInterfaces } from 'node:os';
import type { Task } from '../playbook/playbook.ts';
import { reachFor } from './reach.ts';
import type { TaskOnHost } from './task-on-host.ts';
import type { PlayContext } from './variables.ts';

/** What says where, when or whether a task runs, or ends others too. */
const binding = ['delegate_to', 'run_once', 'throttle', 'timeout', 'check_mode', 'any_errors_fatal', 'connection', 'port', 'remote_user'] as const;

/** True for a task that changes nothing but what it names, on its own host. */
export function mayJoin(task: Task): boolean {
  const { action, loop, until, retries, directives: { settings } } = task;
  if (action.kind !== 'module' || loop?.pause || until.length > 0 || retries || binding.some((name) => settings[name])) return false;
  const { controller, reads, slow, touches, ahead, kind = 'state' } = action.module;
  return !controller && !reads && !slow && touches !== undefined && ahead !== false && kind === 'state';
}

/** True where what the task's end means is known only then: tasks after it have to wait for that. */
export function isJudged({ register, failedWhen, changedWhen, notify }: Task): boolean {
  return register !== undefined || failedWhen !== undefined || changedWhen !== undefined || (notify !== undefined && !notify.isStatic);
}

/** True where tasks after this one may join it. */
export function mayLead(on: TaskOnHost): boolean {
  return !on.run.options.check && mayJoin(on.task) && !isJudged(on.task) && on.play.maxFail === undefined && !worksHere(on);
}

const known = new WeakMap<PlayContext, boolean>();

/** True where a host of the batch is this machine: what is changed on it may be read by a task that comes. */
function worksHere(on: TaskOnHost): boolean {
  const { play } = on;
  const before = known.get(play);
  if (before !== undefined) return before;
  const own = ownAddresses();
  const isHere = play.batch.some((host) => isLocal({ ...on, host }, own));
  known.set(play, isHere);
  return isHere;
}

/** Also over ssh, at an address of this machine's own; another port than ssh's may lead elsewhere. Where it cannot be worked out it may be. */
function isLocal(on: TaskOnHost, own: ReadonlySet<string>): boolean {
  try {
    const { connection, address, port = 22 } = reachFor(on, new Map()).target;
    return connection === 'local' || (port === 22 && own.has(address));
  } catch {
    return true;
  }
}

function ownAddresses(): ReadonlySet<string> {
  return new Set(['localhost', ...Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))]);
}
