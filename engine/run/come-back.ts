/** Changes that break the connection on purpose: it is opened anew, until the host is as the module wants it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { act, type Acted } from '../module/carry-out.ts';
import type { Cut, NotYet, Plan } from '../module/change.ts';
import { LookFailed, Unreachable, type Session } from '../session/session.ts';
import type { CallOptions } from './call.ts';
import { sessionFor } from './reach.ts';

type Going = Pick<CallOptions, 'run' | 'call' | 'reach' | 'settings' | 'perform'>;

/** Milliseconds between two looks. */
const between = 1000;

/** Performs a plan, takes the loss of the connection for its due end, and waits. What is registered has `elapsed`, in seconds. */
export async function actAndComeBack(going: Going, looked: { readonly plan: Plan; readonly found: unknown }, session: Session, cut: Cut): Promise<Acted> {
  try {
    const acted = await act(going.call, looked, session, going.perform);
    if (acted.kind === 'failed') return acted;
  } catch (error) {
    if (!(error instanceof Unreachable) || error.why !== 'lost') throw error;
  }
  const begun = performance.now();
  const last = await comeBack(going, cut);
  const elapsed = Math.round((performance.now() - begun) / 1000);
  if (!last) return { kind: 'done', changes: looked.plan.changes, result: { ...looked.plan.result, elapsed } };
  return { kind: 'failed', failure: { message: `the host is not back after ${elapsed} s: ${last.why}`, hint: cut.hint, result: { ...last.result, elapsed } } };
}

/** Waits until the host is as it should be; gives why it is not where its time is up, or the task was ended. */
async function comeBack({ run, reach, settings, perform: { onOutput, signal } }: Going, cut: Cut): Promise<NotYet | undefined> {
  const target = cut.connectTimeout === undefined ? reach.target : { ...reach.target, connectTimeout: cut.connectTimeout };
  const wait = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal }).catch(() => undefined);
  let last: NotYet = { why: 'it was not looked at' };
  await run.connections.reset(reach.target);
  await wait(cut.delay * 1000);
  const deadline = performance.now() + cut.timeout * 1000;
  for (;;) {
    const now = await lookOnce({ run, reach: { ...reach, target }, settings }, cut);
    if (!now || now.why !== last.why) onOutput?.(now ? `waiting: ${now.why}\n` : 'the host is back\n', 'stderr');
    if (!now && target !== reach.target) await run.connections.reset(target);
    if (!now) return undefined;
    last = { ...last, ...now };
    if (signal?.aborted || performance.now() >= deadline) return last;
    await wait(between);
  }
}

/** One look over a connection that is opened for it where there is none. A host that does not let us in yet is not back. */
async function lookOnce({ run, reach, settings }: Pick<Going, 'run' | 'reach' | 'settings'>, cut: Cut): Promise<NotYet | undefined> {
  try {
    // What was asked ahead is no answer for one who waits for it to change.
    return await cut.until(await sessionFor(run, reach, settings.environment, Infinity));
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof LookFailed)) throw error;
    await run.connections.reset(reach.target);
    return { why: error.message };
  }
}
