/** One task on one host, once: when, params, the call with its retries. */
import type { Failure } from '../event/event.ts';
import type { Task } from '../playbook/playbook.ts';
import { TextError } from '../source/problem.ts';
import { placeText } from '../source/source.ts';
import { TemplateError } from '../template/fault.ts';
import type { Value } from '../template/value.ts';
import { makeCall, pause } from './call.ts';
import { failedText, skipped, unknown } from './ended.ts';
import { hereFor } from './here-for.ts';
import { KnownOnlyAtRun } from './here.ts';
import { judge } from './judge.ts';
import type { Member } from './member.ts';
import { bindParams } from './params.ts';
import { reachOf } from './reach.ts';
import { settle, withRegister, type Attempt } from './settle.ts';
import { settingsOf, type Settings } from './settings.ts';
import { environmentFor, scopeFor, taskTitle, type Ended, type ModuleTask, type TaskOnHost } from './task-on-host.ts';

/** Runs a module task once; `asOf`, `member` and `isBlind` as {@link CallOptions} has them. Throws Interrupted, and what is a mistake of ours. */
export async function runItem(on: TaskOnHost, locals: ReadonlyMap<string, Value>, asOf = on.run.acts.count(), member?: Member, isBlind?: boolean): Promise<Ended> {
  const task = on.task as ModuleTask;
  const scope = scopeFor(on, locals);
  const environment = environmentFor(on, scope);
  let settings: Settings | undefined;
  try {
    const verdict = judge(task.directives.when, scope, environment);
    if (verdict.kind === 'no') return skipped(verdict.text);
    settings = settingsOf(task.directives, scope, environment);
    if (verdict.kind === 'unknown') return unknown(on, verdict.because, settings);
    const reach = reachOf(on.run, on.play, on.host, scope, settings);
    const bound = bindParams(task.action.name, task.action.module, task.action.args, scope, environment);
    if (bound.kind === 'unknown') return unknown(on, bound.because, settings);
    for (const secret of bound.secrets) on.run.hider.add(secret);
    member?.touches(task.action.module.touches?.(bound.params) ?? []);
    return await attempts({ on, task, locals, settings, reach, bound, asOf, isBlind, member });
  } catch (error) {
    if (error instanceof KnownOnlyAtRun) return unknown(on, error.message, settings);
    if (error instanceof TextError || error instanceof TemplateError) return failedText(on, error, settings);
    throw error;
  }
}

/** `until`: the call again, up to `retries` more times. */
async function attempts(attempt: Attempt): Promise<Ended> {
  const { on, task, locals } = attempt;
  const first = scopeFor(on, locals);
  const number = (tree: Task['retries'], otherwise: number): number => (tree ? Math.max(0, Number(tree.evaluate(first, environmentFor(on, first)))) : otherwise);
  const wanted = task.until.length > 0 || task.retries ? number(task.retries, 3) : 0;
  const delay = number(task.delay, 5);
  for (let tried = 1; ; tried++) {
    const ended = await oneAttempt(attempt, tried, wanted > 0);
    if (wanted === 0 || ended.done) return ended.ended;
    if (tried > wanted) return exhausted(ended.ended, tried, attempt);
    on.run.options.report({ event: 'retry', task: on.info, host: on.host.name, attempt: tried, retries: wanted, delay, message: attempt.settings.noLog ? 'not yet as asked' : on.run.hider.hide(ended.ended.failure?.message ?? ended.ended.message ?? 'not yet as asked') });
    await pause(delay * 1000, on.run.options.signal);
  }
}

async function oneAttempt(attempt: Attempt, tried: number, counts: boolean): Promise<{ ended: Ended; done: boolean }> {
  const { on, task, locals, settings, reach, bound } = attempt;
  const check = settings.checkMode ?? on.run.options.check;
  const scope = scopeFor(on, locals);
  const controller = new AbortController();
  const timer = settings.timeout ? setTimeout(() => controller.abort(), settings.timeout * 1000) : undefined;
  const here = hereFor(on, settings, reach, scope);
  try {
    const called = await makeCall({
      run: on.run, reach, settings, check, task: taskTitle(task),
      // What was asked ahead is no answer for one who waits for it to change.
      asOf: tried > 1 ? Infinity : attempt.asOf, isBlind: attempt.isBlind, member: attempt.member,
      call: { module: task.action.module, params: bound.params, here },
      perform: { signal: settings.timeout ? AbortSignal.any([on.run.options.signal, controller.signal]) : on.run.options.signal, ...watchers(on, settings) },
    });
    const ended = settle(attempt, called, counts ? tried : undefined, controller.signal.aborted);
    return { ended, done: ended.status === 'unknown' || ended.status === 'unreachable' || isDone(attempt, ended) };
  } finally {
    clearTimeout(timer);
  }
}

function isDone({ on, task, locals }: Attempt, ended: Ended): boolean {
  if (task.until.length === 0) return ended.status !== 'failed';
  const scope = scopeFor(on, withRegister(task, locals, ended.value));
  return judge(task.until, scope, environmentFor(on, scope)).kind !== 'no';
}

function exhausted(ended: Ended, tried: number, { task, settings }: Attempt): Ended {
  const message = `still not as asked after ${tried} tries${task.until.length > 0 ? ` (until: ${task.until.map((each) => each.text).join(' and ')})` : ''}`;
  const failure: Failure = ended.failure ? { ...ended.failure, message: `${ended.failure.message}; ${message}` } : { message, place: placeText(task.span), ...outputOf(ended.value) };
  const value = typeof ended.value === 'object' && ended.value !== null && Object.getPrototypeOf(ended.value) === Object.prototype ? { ...(ended.value as object), failed: true, msg: failure.message } as Value : ended.value;
  return { ...ended, status: 'failed', value, failure, ignored: settings.ignoreErrors };
}

function outputOf(value: Value): Pick<Failure, 'stdout' | 'stderr' | 'code'> {
  const { stdout, stderr, rc } = (value ?? {}) as unknown as Record<string, unknown>;
  return { stdout: typeof stdout === 'string' ? stdout : undefined, stderr: typeof stderr === 'string' ? stderr : undefined, code: typeof rc === 'number' ? rc : undefined };
}

function watchers(on: TaskOnHost, settings: Settings): Pick<Parameters<typeof makeCall>[0]['perform'], 'onOutput' | 'onProgress'> {
  const { report } = on.run.options;
  const common = { task: on.info, host: on.host.name };
  return {
    onOutput: (text, stream) => { if (!settings.noLog) report({ event: 'output', ...common, stream, text: on.run.hider.hide(text) }); },
    onProgress: (done, total) => report({ event: 'progress', ...common, message: 'copying', done, total, unit: 'bytes' }),
  };
}
