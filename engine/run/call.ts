/** One module call on one machine: look, and outside check mode act; again where the connection broke in between. */
import { act, evidenceOf, isAction, look, lookedAt, type Call, type Failed } from '../module/carry-out.ts';
import type { Change, Control } from '../module/change.ts';
import type { Evidence } from '../module/module.ts';
import { Unforeseen } from '../module/outlook.ts';
import { NotPerformed, Unreachable, type PerformOptions } from '../session/session.ts';
import { actAndComeBack } from './come-back.ts';
import type { Member } from './member.ts';
import { KnownOnlyAtRun } from './here.ts';
import { Interrupted, type Run } from './run.ts';
import { noProbe, sessionFor, type Reach } from './reach.ts';
import type { Settings } from './settings.ts';

/** What a call ended as. */
export type Called =
  | { readonly kind: 'done'; readonly changes: readonly Change[]; readonly result: Readonly<Record<string, unknown>>; readonly control?: Control | undefined; readonly warnings: readonly string[] }
  | { readonly kind: 'predicted'; readonly changes: readonly Change[]; readonly result: Readonly<Record<string, unknown>>; readonly control?: Control | undefined; readonly warnings: readonly string[] }
  /** Check mode: only the run can tell, since it depends on an earlier task. */
  | { readonly kind: 'depends'; readonly because: string }
  | { readonly kind: 'failed'; readonly failure: Failed; readonly changes: readonly Change[]; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'unreachable'; readonly error: Unreachable };

export interface CallOptions {
  readonly run: Run;
  readonly call: Call;
  readonly reach: Reach;
  readonly settings: Settings;
  readonly check: boolean;
  /** How the task is named where a later one depends on it: name and place. */
  readonly task: string;
  readonly perform: PerformOptions;
  /** A count of {@link Acts}: answers that were asked for ahead count from there. */
  readonly asOf: number;
  /** True where it acts without a look if its module can. */
  readonly isBlind?: boolean | undefined;
  /** The item's place among those that travel together. */
  readonly member?: Member | undefined;
}

/** Bounds how often a broken connection is opened again within one call. */
const reconnects = 3;

/** Makes the call. Throws Interrupted, and what is a mistake of ours. */
export async function makeCall(options: CallOptions): Promise<Called> {
  let { member, asOf } = options;
  for (let attempt = 0; ; attempt++) {
    let acted = false;
    if (member?.isInTime() === false) {
      await member.alone();
      member = undefined;
    }
    try {
      return await once({ ...options, member, asOf }, () => { acted = true; });
    } catch (error) {
      if (member?.turn) {
        await member.turn();
        asOf = Infinity;
      }
      if ((error instanceof NotPerformed || error instanceof Unforeseen) && member) {
        await member.alone();
        member = undefined;
        continue;
      }
      if (options.run.options.signal.aborted) throw new Interrupted();
      if (error instanceof KnownOnlyAtRun) return { kind: 'depends', because: error.message };
      if (!(error instanceof Unreachable)) throw error;
      await options.run.connections.reset(options.reach.target);
      const again = error.why === 'lost' && attempt < reconnects && !(acted && isAction(options.call));
      if (!again) return { kind: 'unreachable', error: acted && isAction(options.call) ? outcomeUnknown(error) : error };
      options.perform.onOutput?.(`connection lost, trying again (${attempt + 1} of ${reconnects})\n`, 'stderr');
      await pause(Math.min(1000 * 2 ** attempt, 10_000), options.run.options.signal);
    }
  }
}

async function once({ run, call, reach, settings, check, task, perform, asOf, isBlind, member }: CallOptions, acting: () => void): Promise<Called> {
  const { module } = call;
  const { foresight } = reach.host;
  const session = module.controller ? undefined : await sessionFor(run, reach, settings.environment, asOf, member);
  const probe = session ?? noProbe(reach.host.name);
  const unlooked = (isBlind || member?.isBlind) && !check ? module.unlooked?.(call.params) : undefined;
  const looked = unlooked !== undefined ? lookedAt(call, unlooked) : await look(call, check ? foresight.over(probe) : (member?.over(probe) ?? probe));
  if (looked.kind === 'failed') return { kind: 'failed', failure: looked.failure, changes: [], evidence: await evidence(call, session) };
  if (looked.kind === 'missing') {
    const maker = run.options.check ? foresight.maker(looked.missing.thing) : undefined;
    const { plan } = looked.missing;
    if (maker && plan) foresight.learn(plan.changes, task, isAction(call));
    if (maker?.certain && plan) return { kind: 'predicted', changes: plan.changes, control: plan.control, warnings: plan.warnings ?? [], result: plan.result ?? {} };
    if (maker) return { kind: 'depends', because: maker.task };
    const { message, hint, result } = looked.missing;
    return { kind: 'failed', failure: { message, hint, result }, changes: [], evidence: [] };
  }
  const { plan } = looked;
  const common = { changes: plan.changes, control: plan.control, warnings: plan.warnings ?? [] };
  if (check && plan.again !== undefined && plan.changes.length === 0) return { kind: 'depends', because: plan.again };
  if (check || !session) {
    if (check) foresight.learn(plan.changes, task, isAction(call));
    const ended = { ...common, result: plan.result ?? {} };
    return check && (plan.changes.length > 0 || (plan.waits?.length ?? 0) > 0 || plan.until) ? { kind: 'predicted', ...ended } : { kind: 'done', ...ended };
  }
  if (plan.changes.length === 0 && (plan.waits?.length ?? 0) === 0 && !plan.until && !module.output) return { kind: 'done', ...common, result: plan.result ?? {} };
  member?.plans(plan);
  // What a command does each time tells nothing of what comes.
  if (plan.changes.length > 0 && !isAction(call)) run.acts.noteChange();
  acting();
  const done = plan.cut ? await actAndComeBack({ run, call, reach, settings, perform }, looked, session, plan.cut) : await act(call, looked, session, perform);
  if (run.options.signal.aborted) throw new Interrupted();
  if (done.kind === 'failed') return { kind: 'failed', failure: done.failure, changes: plan.changes, evidence: await evidence(call, session) };
  return { kind: 'done', ...common, changes: done.changes, result: done.result };
}

async function evidence(call: Call, session: Parameters<typeof evidenceOf>[1] | undefined): Promise<readonly Evidence[]> {
  return session ? evidenceOf(call, session) : [];
}

function outcomeUnknown(error: Unreachable): Unreachable {
  return new Unreachable(error.host, 'lost', `${error.message}; whether the command came to its end is not known`, 'look at the host before running it again', { cause: error });
}

/** Waits; an interrupt ends the wait and throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new Interrupted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => { clearTimeout(timer); reject(new Interrupted()); };
    const timer = setTimeout(() => { signal.removeEventListener('abort', stop); resolve(); }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
