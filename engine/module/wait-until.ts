/** Waits for what comes true by itself, and tells why it is not so yet whenever the reason changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LookFailed, type PerformOptions, type Probe } from '../session/session.ts';
import type { NotYet, Until } from './change.ts';

/** Seconds that were waited, and what is wrong where it did not come true in time. */
export interface Waited {
  readonly elapsed: number;
  readonly failure?: { readonly message: string; readonly hint: string | undefined; readonly result: Readonly<Record<string, unknown>> } | undefined;
}

/** Looks until it is so, its time is up, or the task was ended. Throws ModuleFailure where it will never be, and Unreachable. */
export async function waitUntil({ timeout, every, look, message, hint }: Until, probe: Probe, { onOutput, signal }: PerformOptions): Promise<Waited> {
  const begun = performance.now();
  let told: string | undefined;
  for (;;) {
    const now = await lookOnce(look, probe);
    const elapsed = Math.round((performance.now() - begun) / 1000);
    if (!now) return { elapsed };
    if (signal?.aborted || elapsed >= timeout) return { elapsed, failure: { message: `${message} after ${elapsed} s: ${now.why}`, hint, result: { ...now.result, elapsed } } };
    if (now.why !== told) onOutput?.(`waiting: ${now.why}\n`, 'stderr');
    told = now.why;
    await sleep(every * 1000, undefined, { signal }).catch(() => undefined);
  }
}

/** What cannot be looked at for now may be there at the next look. */
async function lookOnce(look: Until['look'], probe: Probe): Promise<NotYet | undefined> {
  try {
    return await look(probe);
  } catch (error) {
    if (error instanceof LookFailed) return { why: error.message };
    throw error;
  }
}
