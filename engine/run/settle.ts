/** From what a call gave to what the task counts as. */
import { isAction } from '../module/carry-out.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Value } from '../template/value.ts';
import type { Called } from './call.ts';
import { unknown } from './ended.ts';
import { callFailure, unreachableFailure } from './failure.ts';
import type { HostState } from './host-state.ts';
import { judge } from './judge.ts';
import type { Member } from './member.ts';
import type { Bound } from './params.ts';
import type { Reach } from './reach.ts';
import { doneResult, failedResult, openResult, shown, toPlain, withLines } from './result.ts';
import { warnOnce } from './run.ts';
import type { Settings } from './settings.ts';
import { environmentFor, scopeFor, taskTitle, type Ended, type ModuleTask, type TaskOnHost } from './task-on-host.ts';

/** One try of a task on a host, its params bound. */
export interface Attempt {
  readonly on: TaskOnHost;
  readonly task: ModuleTask;
  readonly locals: ReadonlyMap<string, Value>;
  readonly settings: Settings;
  readonly reach: Reach;
  readonly bound: Extract<Bound, { kind: 'params' }>;
  readonly asOf: number;
  readonly isBlind?: boolean | undefined;
  readonly member?: Member | undefined;
}

/** The end of a try: changed_when and failed_when have the last word. `tried` counts tries where there may be more. */
export function settle(attempt: Attempt, called: Called, tried: number | undefined, timedOut: boolean): Ended {
  const { on, task, settings, reach, bound } = attempt;
  const delegatedTo = reach.host === on.host ? undefined : reach.host.name;
  const late = timedOut ? `ran longer than its timeout of ${settings.timeout} s` : undefined;
  const base = { noLog: settings.noLog, delegatedTo };
  if (called.kind === 'unreachable') return { ...base, status: 'unreachable', changes: [], value: { unreachable: true, failed: true, changed: false, msg: called.error.message }, failure: unreachableFailure(called.error), ignored: settings.ignoreUnreachable };
  if (called.kind === 'depends') return unknown(on, called.because, settings);
  for (const field of task.action.module.secrets ?? []) on.run.hider.add((called.kind === 'failed' ? called.failure.result : called.result)[field]);
  for (const warning of called.kind === 'failed' || settings.noLog ? [] : called.warnings) warnOnce(on.run, warning, on.host.name);
  if (called.kind === 'failed') {
    const value = { ...failedResult(called.failure), ...(tried ? { attempts: tried } : {}) };
    const failure = callFailure(task, called.failure, bound, called.evidence, late);
    return judged(attempt, { ...base, status: 'failed', changes: shown(called.changes), value: value as Value, failure });
  }
  const changed = called.changes.length > 0;
  const known: Record<string, unknown> = { ...doneResult(changed, called.result), ...(tried ? { attempts: tried } : {}) };
  const value = called.kind === 'predicted' ? openResult(known, `the result of ${taskTitle(task)}`) : (withLines(known) as Value);
  if (late) Object.assign(known, { failed: true, msg: late });
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
    } else if (verdict.kind === 'no' && status === 'failed') status = (value as { changed?: boolean } | null)?.changed || isAction({ module: task.action.module, params: bound.params }) ? 'changed' : 'ok';
    if (status !== 'failed') failure = undefined;
    value = assign(value, { failed: status === 'failed', failed_when_result: status === 'failed' });
  }
  if (task.changedWhen && status !== 'failed') {
    const verdict = judge(task.changedWhen, scope, environment);
    if (verdict.kind === 'unknown') return { ...unknown(on, verdict.because, settings), value };
    status = verdict.kind === 'yes' ? 'changed' : 'ok';
    value = assign(value, { changed: verdict.kind === 'yes' });
  }
  const made = status === 'failed' ? madeLater(attempt) : undefined;
  if (made) return unknown(on, made, settings);
  return { ...ended, status, value, failure, ignored: status === 'failed' && settings.ignoreErrors };
}

/** In a dry run a command that only reads may fail since what it reads is yet to be made: the earlier task that would make it. */
function madeLater({ on, task, settings, reach }: Attempt): string | undefined {
  if (!on.run.options.check || settings.checkMode !== false || (task.action.module.kind ?? 'state') === 'state') return undefined;
  return reach.host.foresight.maker({ kind: 'command', name: task.action.name })?.task;
}

/** The result with some fields set; open results stay open. */
function assign(value: Value, fields: Record<string, unknown>): Value {
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) return { ...(value as object), ...fields } as Value;
  const open = value as unknown as { get?: (key: string) => unknown; keys?: () => Iterable<string> };
  if (typeof open?.get !== 'function' || typeof open.keys !== 'function') return value;
  const known = { ...Object.fromEntries([...open.keys()].map((key) => [key, open.get!(key)])), ...fields };
  return openResult(known, 'a task that was not run');
}

/** Loop variables, and the result under the name that the task registers it by. */
export function withRegister(task: Task, locals: ReadonlyMap<string, Value>, value: Value): ReadonlyMap<string, Value> {
  return task.register === undefined ? locals : new Map([...locals, [task.register, value]]);
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
