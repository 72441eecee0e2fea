/** One task on one host, once: when, params, the call with its retries, and what the author calls changed or failed. */
import type { Failure, ShownChange, Status } from '../event/event.ts';
import type { Control } from '../module/change.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Env, Scope } from '../template/registry.ts';
import type { Value } from '../template/value.ts';
import { Unknown } from '../template/value.ts';
import { TextError } from '../source/problem.ts';
import { placeText } from '../source/source.ts';
import { TemplateError } from '../template/fault.ts';
import { makeCall, isAction, pause, type Called } from './call.ts';
import { callFailure, textFailure, unreachableFailure } from './failure.ts';
import { openHere, KnownOnlyAtRun } from './here.ts';
import type { HostState } from './host-state.ts';
import { judge } from './judge.ts';
import { environmentOf } from './lookups.ts';
import { bindParams, type Bound } from './params.ts';
import { reachOf, type Reach } from './reach.ts';
import { doneResult, failedResult, openResult, shown, toPlain, withLines } from './result.ts';
import { warnOnce, type Run } from './run.ts';
import { settingsOf, type Settings } from './settings.ts';
import { openScope, type PlayContext } from './variables.ts';
import type { TaskInfo } from '../event/event.ts';

/** A task on a host, and what its events are told as. */
export interface TaskOnHost {
  readonly run: Run;
  readonly play: PlayContext;
  readonly task: Task;
  readonly info: TaskInfo;
  readonly host: HostState;
}

/** How one item, or a task without a loop, ended. */
export interface Ended {
  readonly status: Status;
  /** What `register` stores. */
  readonly value: Value;
  readonly changes: readonly ShownChange[];
  readonly message?: string | undefined;
  readonly failure?: Failure | undefined;
  readonly ignored?: boolean | undefined;
  readonly noLog?: boolean | undefined;
  readonly delegatedTo?: string | undefined;
  readonly control?: Control | undefined;
  /** Facts that the task gives, and the host they belong to. */
  readonly facts?: { readonly host: HostState; readonly values: Readonly<Record<string, unknown>> } | undefined;
}

type ModuleTask = Task & { readonly action: Extract<Task['action'], { kind: 'module' }> };

/** Runs a module task once. Throws Interrupted, and what is a mistake of ours. */
export async function runItem(on: TaskOnHost, locals: ReadonlyMap<string, Value>): Promise<Ended> {
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
    return await attempts({ on, task, locals, settings, reach, bound });
  } catch (error) {
    if (error instanceof KnownOnlyAtRun) return unknown(on, error.message, settings);
    if (error instanceof TextError || error instanceof TemplateError) return failedText(on, error, settings);
    throw error;
  }
}

interface Attempt {
  readonly on: TaskOnHost;
  readonly task: ModuleTask;
  readonly locals: ReadonlyMap<string, Value>;
  readonly settings: Settings;
  readonly reach: Reach;
  readonly bound: Extract<Bound, { kind: 'params' }>;
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
    if (tried > wanted) return exhausted(ended.ended, tried, task);
    on.run.options.report({ event: 'retry', task: on.info, host: on.host.name, attempt: tried, retries: wanted, delay, message: on.run.hider.hide(ended.ended.failure?.message ?? ended.ended.message ?? 'not yet as asked') });
    await pause(delay * 1000, on.run.options.signal);
  }
}

async function oneAttempt(attempt: Attempt, tried: number, counts: boolean): Promise<{ ended: Ended; done: boolean }> {
  const { on, task, locals, settings, reach, bound } = attempt;
  const check = settings.checkMode ?? on.run.options.check;
  const scope = scopeFor(on, locals);
  const controller = new AbortController();
  const timer = settings.timeout ? setTimeout(() => controller.abort(), settings.timeout * 1000) : undefined;
  const here = openHere({ check, diff: settings.diff ?? on.run.options.diff, host: reach.host.name, facts: on.host.facts, standing: { role: task.directives.role, file: task.file, folder: on.play.play.folder }, scope, environment: environmentFor(on, scope), now: on.run.options.now, verbosity: on.run.options.verbosity });
  try {
    const called = await makeCall({
      run: on.run, reach, settings, check, task: taskTitle(task),
      call: { module: task.action.module, params: bound.params, here },
      perform: { signal: AbortSignal.any([on.run.options.signal, controller.signal]), ...watchers(on, settings) },
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

function exhausted(ended: Ended, tried: number, task: Task): Ended {
  const message = `still not as asked after ${tried} tries${task.until.length > 0 ? ` (until: ${task.until.map((each) => each.text).join(' and ')})` : ''}`;
  const failure: Failure = ended.failure ? { ...ended.failure, message: `${ended.failure.message}; ${message}` } : { message, place: placeText(task.span), ...outputOf(ended.value) };
  const value = typeof ended.value === 'object' && ended.value !== null && Object.getPrototypeOf(ended.value) === Object.prototype ? { ...(ended.value as object), failed: true, msg: failure.message } as Value : ended.value;
  return { ...ended, status: 'failed', value, failure };
}

function outputOf(value: Value): Pick<Failure, 'stdout' | 'stderr' | 'code'> {
  const { stdout, stderr, rc } = (value ?? {}) as unknown as Record<string, unknown>;
  return { stdout: typeof stdout === 'string' ? stdout : undefined, stderr: typeof stderr === 'string' ? stderr : undefined, code: typeof rc === 'number' ? rc : undefined };
}

/** From what the call gave to what the task counts as: changed_when and failed_when have the last word. */
function settle(attempt: Attempt, called: Called, tried: number | undefined, timedOut: boolean): Ended {
  const { on, task, settings, reach, bound } = attempt;
  const delegatedTo = reach.host === on.host ? undefined : reach.host.name;
  const base = { noLog: settings.noLog, delegatedTo };
  if (called.kind === 'unreachable') return { ...base, status: 'unreachable', changes: [], value: { unreachable: true, failed: true, changed: false, msg: called.error.message }, failure: unreachableFailure(called.error), ignored: settings.ignoreUnreachable };
  if (called.kind === 'depends') return unknown(on, called.because, settings);
  for (const warning of called.kind === 'failed' ? [] : called.warnings) warnOnce(on.run, warning, on.host.name);
  if (called.kind === 'failed') {
    const value = { ...failedResult(called.failure), ...(tried ? { attempts: tried } : {}) };
    const message = timedOut ? `ran longer than its timeout of ${settings.timeout} s` : undefined;
    const failure = callFailure(task, called.failure, bound, called.evidence, message);
    return judged(attempt, { ...base, status: 'failed', changes: shown(called.changes), value: value as Value, failure });
  }
  const changed = called.changes.length > 0;
  const known: Record<string, unknown> = { ...doneResult(changed, called.result), ...(tried ? { attempts: tried } : {}) };
  const value = called.kind === 'predicted' ? openResult(known, `the result of ${taskTitle(task)}`) : (withLines(known) as Value);
  const failed = known['failed'] === true;
  const failure = failed ? callFailure(task, { message: String(known['msg'] ?? 'failed'), result: known }, bound, [], undefined) : undefined;
  const facts = factsOf(called.result, settings.delegateFacts ? reach.host : on.host);
  return judged(attempt, { ...base, status: failed ? 'failed' : changed ? 'changed' : called.result['skipped'] === true ? 'skipped' : 'ok', changes: shown(called.changes), value, failure, control: called.control, facts, message: messageOf(task, called) });
}

function judged(attempt: Attempt, ended: Ended): Ended {
  const { on, task, locals, settings, bound } = attempt;
  const scope = scopeFor(on, withRegister(task, locals, ended.value));
  const environment = environmentFor(on, scope);
  let { status, value, failure } = ended;
  if (task.failedWhen) {
    const verdict = judge(task.failedWhen, scope, environment);
    if (verdict.kind === 'yes') {
      status = 'failed';
      failure ??= callFailure(task, { message: `failed_when holds: ${task.failedWhen.map((each) => each.text).join(' and ')}`, result: value as never }, bound, [], undefined);
    } else if (verdict.kind === 'no' && status === 'failed') status = (value as { changed?: boolean } | null)?.changed || isAction(task.action.module) ? 'changed' : 'ok';
    if (status !== 'failed') failure = undefined;
    value = assign(value, { failed: status === 'failed', failed_when_result: status === 'failed' });
  }
  if (task.changedWhen && status !== 'failed') {
    const verdict = judge(task.changedWhen, scope, environment);
    if (verdict.kind === 'unknown') return { ...unknown(on, verdict.because, settings), value };
    status = verdict.kind === 'yes' ? 'changed' : 'ok';
    value = assign(value, { changed: verdict.kind === 'yes' });
  }
  return { ...ended, status, value, failure, ignored: status === 'failed' && settings.ignoreErrors };
}

/** The result with some fields set; open results stay open. */
function assign(value: Value, fields: Record<string, unknown>): Value {
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) return { ...(value as object), ...fields } as Value;
  const open = value as unknown as { get?: (key: string) => unknown; keys?: () => Iterable<string> };
  if (typeof open?.get !== 'function' || typeof open.keys !== 'function') return value;
  const known = { ...Object.fromEntries([...open.keys()].map((key) => [key, open.get!(key)])), ...fields };
  return openResult(known, 'a task that was not run');
}

function withRegister(task: Task, locals: ReadonlyMap<string, Value>, value: Value): ReadonlyMap<string, Value> {
  return task.register === undefined ? locals : new Map([...locals, [task.register, value]]);
}

export function scopeFor(on: TaskOnHost, locals: ReadonlyMap<string, Value>): Scope {
  return openScope({ run: on.run, host: on.host, play: on.play, directives: on.task.directives, locals, file: on.task.file });
}

export function environmentFor(on: TaskOnHost, scope: Scope): Env {
  return environmentOf({ run: on.run, host: on.host, play: on.play, directives: on.task.directives, file: on.task.file }, scope);
}

function skipped(text: string): Ended {
  return { status: 'skipped', changes: [], message: `when: ${text}`, value: { changed: false, skipped: true, failed: false, skip_reason: 'Conditional result was False', false_condition: text } };
}

/** Check mode: only the run can tell. */
export function unknown(on: TaskOnHost, because: string, settings: Settings | undefined): Ended {
  return { status: 'unknown', changes: [], message: `known only at run: depends on ${because}`, value: new Unknown(`the result of ${taskTitle(on.task)}`), noLog: settings?.noLog };
}

export function failedText(on: TaskOnHost, error: TextError | TemplateError, settings: Settings | undefined): Ended {
  const failure = textFailure(on.task, error);
  return { status: 'failed', changes: [], value: { failed: true, changed: false, msg: failure.message }, failure, ignored: settings?.ignoreErrors, noLog: settings?.noLog };
}

function factsOf(result: Readonly<Record<string, unknown>>, host: HostState): Ended['facts'] {
  const values = result['ansible_facts'];
  return values !== null && typeof values === 'object' ? { host, values: values as Record<string, unknown> } : undefined;
}

function messageOf(task: ModuleTask, called: Extract<Called, { result: unknown }>): string | undefined {
  if (task.action.name !== 'debug') return undefined;
  const { msg, skipped, skipped_reason: reason } = called.result;
  if (skipped === true && typeof reason === 'string') return reason;
  if (typeof msg === 'string') return msg;
  if (Array.isArray(msg) && msg.every((line) => typeof line === 'string')) return msg.join('\n');
  return JSON.stringify(toPlain(msg === undefined ? called.result : msg), null, 2);
}

function watchers(on: TaskOnHost, settings: Settings): Pick<Parameters<typeof makeCall>[0]['perform'], 'onOutput' | 'onProgress'> {
  const { report } = on.run.options;
  const common = { task: on.info, host: on.host.name };
  return {
    onOutput: (text, stream) => { if (!settings.noLog) report({ event: 'output', ...common, stream, text: on.run.hider.hide(text) }); },
    onProgress: (done, total) => report({ event: 'progress', ...common, message: 'uploading', done, total, unit: 'bytes' }),
  };
}

/** A task's name and place, for messages of other tasks. */
export function taskTitle(task: Task): string {
  const tree = task.name?.tree;
  const name = tree?.kind === 'scalar' ? String(tree.value) : task.action.name;
  return `"${name}" (${placeText(task.span)})`;
}
