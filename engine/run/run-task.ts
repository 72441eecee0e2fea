/** One task on the hosts of a batch: side by side, or once for all. */
import PQueue from 'p-queue';
import type { Outcome, TaskInfo } from '../event/event.ts';
import type { Control } from '../module/change.ts';
import type { Task } from '../playbook/playbook.ts';
import { TextError } from '../source/problem.ts';
import { placeText } from '../source/source.ts';
import { TemplateError } from '../template/fault.ts';
import { isTemplate } from '../template/compile.ts';
import { truth } from '../template/convert.ts';
import { isActive, type HostState } from './host-state.ts';
import { notify } from './handlers.ts';
import type { Coming } from './coming.ts';
import { conduct } from './conduct.ts';
import { remember } from './run-host.ts';
import { failedText, unknown } from './ended.ts';
import { environmentFor, scopeFor, type Ended, type TaskOnHost } from './task-on-host.ts';
import { Interrupted, type Run } from './run.ts';
import type { PlayContext } from './variables.ts';

/** What holds for the tasks of a list. */
export interface Frame {
  readonly run: Run;
  readonly play: PlayContext;
  /** True where a rescue around takes failures up. */
  readonly rescuable: boolean;
  /** How many includes stand around. */
  readonly depth?: number | undefined;
  /** What comes after the task at hand, as far as it is known. */
  readonly coming?: Coming | undefined;
  /** Check mode: hosts for which a handler runs only perhaps, since only the run can tell whether it is notified. */
  readonly unsure?: ReadonlySet<HostState> | undefined;
}

/** Runs a task on the hosts that are still taking part; gives what `meta` asked of the run. */
export async function runTask(frame: Frame, task: Task, hosts: readonly HostState[]): Promise<{ readonly control: Control; readonly hosts: readonly HostState[] }[]> {
  const { run, play } = frame;
  if (hosts.length === 0) return [];
  const info = infoOf(frame, task, hosts[0]!);
  const once = isOnce(frame, task, info, hosts[0]!);
  const doing = once ? [hosts[0]!] : hosts;
  run.options.report({ event: 'task_start', task: info, hosts: doing.map((host) => host.name) });
  const throttle = numberSetting(frame, task, info, hosts[0]!, 'throttle');
  const queue = new PQueue({ concurrency: Math.max(1, Math.min(run.options.forks, throttle || run.options.forks)) });
  const controls: { control: Control; hosts: readonly HostState[] }[] = [];
  await queue.addAll(doing.map((host) => async () => {
    if (run.options.signal.aborted) throw new Interrupted();
    run.options.report({ event: 'host_start', task: info, host: host.name });
    const on: TaskOnHost = { run, play, task, info, host };
    const sharing = once ? hosts : [host];
    const { ended, outcome } = notified(frame, on, frame.unsure?.has(host) ? perhaps(on) : await conduct(on, once ? undefined : frame.coming), sharing);
    remember(task, ended, sharing);
    take(on, ended, sharing);
    run.options.report({ event: 'outcome', task: info, host: host.name, outcome: told(frame, ended, outcome) });
    if (ended.control) controls.push({ control: ended.control, hosts: sharing });
  }));
  run.options.report({ event: 'task_end', task: info });
  stopAll(frame, task, info, hosts);
  return controls;
}

/** A handler that runs only where a task of which only the run can tell has changed something. */
function perhaps(on: TaskOnHost): { ended: Ended; outcome: Outcome } {
  const ended = unknown(on, 'whether a task that notifies it changes', undefined);
  return { ended, outcome: { status: 'unknown', changes: [], result: {}, message: ended.message, durationMs: 0 } };
}

function told(frame: Frame, ended: Ended, outcome: Outcome): Outcome {
  return ended.status === 'failed' && !ended.ignored && frame.rescuable ? { ...outcome, rescued: true } : outcome;
}

/** Notes handlers where the task changed; a name rendered to one that no handler has is a failure of the task. */
function notified(frame: Frame, on: TaskOnHost, done: { ended: Ended; outcome: Outcome }, hosts: readonly HostState[]): { ended: Ended; outcome: Outcome } {
  const { status } = done.ended;
  if (status !== 'changed' && status !== 'unknown') return done;
  try {
    for (const host of hosts) notify(frame, on, host, status === 'changed' ? 'sure' : 'unknown');
    return done;
  } catch (error) {
    if (!(error instanceof TextError || error instanceof TemplateError)) throw error;
    const ended = failedText(on, error, undefined);
    return { ended, outcome: { ...done.outcome, status: 'failed', failure: ended.failure } };
  }
}

/** A host that failed or went out of reach takes part in nothing more. */
function take(on: TaskOnHost, ended: Ended, hosts: readonly HostState[]): void {
  if (ended.ignored || (ended.status !== 'failed' && ended.status !== 'unreachable')) return;
  for (const host of hosts) {
    host.carried.clear();
    host.out = ended.status;
    host.failure = { task: on.task, result: ended.value };
  }
}

/** any_errors_fatal and max_fail_percentage: the failure of some ends the play for all. */
function stopAll(frame: Frame, task: Task, info: TaskInfo, hosts: readonly HostState[]): void {
  const failed = hosts.filter((host) => host.out === 'failed' || host.out === 'unreachable');
  if (failed.length === 0 || frame.rescuable) return;
  const limit = frame.play.maxFail;
  const share = (100 * frame.play.batch.filter((host) => host.out === 'failed' || host.out === 'unreachable').length) / Math.max(1, frame.play.batch.length);
  const fatal = flagSetting(frame, task, info, hosts[0]!, 'any_errors_fatal');
  if (!fatal && (limit === undefined || share <= limit)) return;
  const why = fatal ? 'any_errors_fatal' : `more than ${limit}% of the batch have failed (max_fail_percentage)`;
  const others = frame.play.batch.filter(isActive);
  for (const host of others) host.out = 'failed';
  frame.play.stopped = true;
  if (others.length > 0) frame.run.options.report({ event: 'warning', message: `the play ends for ${others.map((host) => host.name).join(', ')} too: ${why}`, place: info.place });
}

function onFirst(frame: Frame, task: Task, info: TaskInfo, host: HostState): TaskOnHost {
  return { run: frame.run, play: frame.play, task, info, host };
}

function isOnce(frame: Frame, task: Task, info: TaskInfo, host: HostState): boolean {
  return flagSetting(frame, task, info, host, 'run_once');
}

function flagSetting(frame: Frame, task: Task, info: TaskInfo, host: HostState, name: 'run_once' | 'any_errors_fatal'): boolean {
  const tree = task.directives.settings[name];
  if (!tree) return false;
  const on = onFirst(frame, task, info, host);
  const scope = scopeFor(on, new Map());
  const value = tree.evaluate(scope, environmentFor(on, scope));
  return typeof value === 'string' ? ['yes', 'true', 'on', '1'].includes(value.toLowerCase()) : truth(value);
}

function numberSetting(frame: Frame, task: Task, info: TaskInfo, host: HostState, name: 'throttle'): number {
  const tree = task.directives.settings[name];
  if (!tree) return 0;
  const on = onFirst(frame, task, info, host);
  const scope = scopeFor(on, new Map());
  return Number(tree.evaluate(scope, environmentFor(on, scope))) || 0;
}

/** A task as events tell it; a templated name is rendered for the first host, or stands as written. */
export function infoOf(frame: Pick<Frame, 'run' | 'play'>, task: Task, host: HostState): TaskInfo {
  const base = { id: ++frame.run.nextTaskId, module: task.action.name, place: placeText(task.span), role: task.directives.role?.name, handler: task.handler || undefined, tags: task.directives.tags };
  const tree = task.name?.tree;
  const written = tree?.kind === 'scalar' && tree.value !== null ? (typeof tree.value === 'string' ? tree.value : tree.text) : task.action.name;
  if (!task.name || !isTemplate(written)) return { ...base, name: written };
  const info = { ...base, name: written };
  try {
    const on: TaskOnHost = { run: frame.run, play: frame.play, task, info, host };
    const scope = scopeFor(on, new Map());
    const rendered = task.name.evaluate(scope, environmentFor(on, scope));
    return typeof rendered === 'string' ? { ...base, name: frame.run.hider.hide(rendered) } : info;
  } catch {
    return info;
  }
}
