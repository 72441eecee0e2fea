import test from 'ava';
import { act, type Call } from '../../../engine/module/carry-out.ts';
import { ModuleFailure, type NotYet, type Until } from '../../../engine/module/change.ts';
import type { Module } from '../../../engine/module/module.ts';
import { waitUntil } from '../../../engine/module/wait-until.ts';
import { LookFailed, Unreachable, type Session } from '../../../engine/session/session.ts';
import type { Step } from '../../../engine/session/step.ts';

/** Looks that give these in turn, the last one again and again. */
function looks(...answers: readonly (NotYet | Error | undefined)[]): Until['look'] {
  let at = -1;
  return async () => {
    const answer = answers[Math.min(++at, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

const session = { host: 'h1', perform: async (steps: readonly Step[]) => steps.map((step) => ({ step, ok: true, code: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false, duration: 0 })) } as unknown as Session;
const quick = { timeout: 5, every: 0.01, message: 'not ready' };

test('what is so at once is not waited for', async (t) => {
  t.deepEqual(await waitUntil({ ...quick, look: looks(undefined) }, session, {}), { elapsed: 0 });
});

test('each new reason is told once', async (t) => {
  const told: string[] = [];
  const look = looks({ why: 'a' }, { why: 'a' }, new LookFailed('no answer'), { why: 'b' }, undefined);
  t.is((await waitUntil({ ...quick, look }, session, { onOutput: (text) => told.push(text) })).failure, undefined);
  t.deepEqual(told, ['waiting: a\n', 'waiting: no answer\n', 'waiting: b\n']);
});

test('what does not come true in time fails with its last reason', async (t) => {
  const { failure } = await waitUntil({ ...quick, timeout: 0, hint: 'help', look: looks({ why: 'it sleeps', result: { x: 1 } }) }, session, {});
  t.deepEqual(failure, { message: 'not ready after 0 s: it sleeps', hint: 'help', result: { x: 1, elapsed: 0 } });
});

test('what will never be true, and a lost host, end the wait', async (t) => {
  await t.throwsAsync(waitUntil({ ...quick, look: looks(new ModuleFailure('never')) }, session, {}), { message: 'never' });
  await t.throwsAsync(waitUntil({ ...quick, look: looks(new Unreachable('h1', 'lost', 'gone')) }, session, {}), { message: 'gone' });
});

test('a task that is ended waits no longer', async (t) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  const { failure } = await waitUntil({ ...quick, timeout: 600, every: 60, look: looks({ why: 'x' }) }, session, { signal: controller.signal });
  t.regex(failure!.message, /^not ready after 0 s: x$/);
});

const call = { module: { inspect: () => undefined, plan: () => ({ changes: [] }) } as unknown as Module, params: {}, here: {} as never } satisfies Call;
const change = { summary: 'x', steps: [{ kind: 'run', argv: ['x'] }] } as const;

test('a plan waits after its changes, and what is found then is registered', async (t) => {
  let seen = 0;
  const until: Until = { ...quick, look: async () => (++seen < 3 ? { why: 'x' } : undefined), result: () => ({ seen }) };
  const acted = await act(call, { plan: { changes: [change], result: { a: 1 }, until }, found: undefined }, session);
  t.deepEqual(acted, { kind: 'done', result: { a: 1, seen: 3 }, changes: [change] });
});

test('a plan that fails to come true is a failure', async (t) => {
  const acted = await act(call, { plan: { changes: [], until: { ...quick, timeout: 0, look: looks({ why: 'x' }) } }, found: undefined }, session);
  t.like(acted, { kind: 'failed', failure: { message: 'not ready after 0 s: x' } });
});
