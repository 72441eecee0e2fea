/** Runs of steps that travel as one request. */
import { writeFileSync } from 'node:fs';
import { NotPerformed, type Session, type StepResult } from '../../../engine/session/session.ts';
import type { Step } from '../../../engine/session/step.ts';
import { inEachShell } from './with-session.ts';

const say = (text: string, code = 0, timeout?: number): Step => ({ kind: 'run', script: `echo ${text}; exit ${code}`, ...(timeout !== undefined && { timeout }) });
const told = (results: readonly StepResult[]): string[] => results.map(({ code, ok, stdout }) => `${stdout.toString().trim()} ${code} ${ok}`);
const all = (session: Session, runs: readonly (readonly Step[])[], options?: { chained?: boolean }): Promise<string[][]> =>
  Promise.all(session.performTogether(runs.map((steps) => ({ steps })), options).map((run) => run.then(told, (error: unknown) => [(error as Error).name])));

inEachShell('a run that fails ends itself alone, and each run gets its own output', async (t, session, folder) => {
  const runs: Step[][] = [[say('a'), say('b', 3), say('never')], [say('c')], [{ kind: 'write', path: `${folder}/none/x`, content: { text: '' } }, say('never')], [say('d'), { kind: 'write', path: `${folder}/x`, content: { text: 'x' } }]];
  const [first, second, third, fourth] = await all(session, runs);
  t.deepEqual([first, second, fourth], [['a 0 true', 'b 3 false'], ['c 0 true'], ['d 0 true', ' 0 true']]);
  t.deepEqual(third, [' 1 false']);
});

inEachShell('of chained runs nothing is performed after one that failed', async (t, session, folder) => {
  t.deepEqual(await all(session, [[say('a')], [say('b', 1), say('never')], [{ kind: 'write', path: `${folder}/x`, content: { text: 'x' } }], [say('d')]], { chained: true }), [['a 0 true'], ['b 1 false'], [NotPerformed.name], [NotPerformed.name]]);
  t.is(await session.stat(`${folder}/x`), undefined);
  t.deepEqual(await all(session, [[say('a')], [say('b')]], { chained: true }), [['a 0 true'], ['b 0 true']]);
});

inEachShell('a run whose time is up ends alone; those after it are performed, none twice', async (t, session, folder) => {
  const count: Step = { kind: 'run', script: `echo x >>${folder}/count` };
  const slow: Step = { kind: 'run', script: 'sleep 30', timeout: 0.3, codes: 'any' };
  const [first, second, third] = await all(session, [[count], [count, slow, count], [count]]);
  t.deepEqual([first, second?.map((each) => each.trim()), third], [[' 0 true'], ['0 true', '124 true', '0 true'], [' 0 true']]);
  t.is((await session.read(`${folder}/count`))?.toString(), 'x\n'.repeat(4));
});

inEachShell('an abort ends the run at hand, and those after it are not begun', async (t, session, folder) => {
  const abort = new AbortController();
  const options = { signal: abort.signal, onOutput: () => abort.abort() };
  const runs = [[say('a')], [{ kind: 'run', script: 'echo begun; sleep 30' } as Step], [{ kind: 'write', path: `${folder}/x`, content: { text: 'x' } } as Step]];
  const [, second, third] = await Promise.all(session.performTogether([{ steps: runs[0]! }, { steps: runs[1]!, options }, { steps: runs[2]!, options }].map((run) => ({ ...run, options: { ...run.options, signal: abort.signal } }))));
  t.is(second?.at(-1)?.code, 130);
  t.is(third?.[0]?.ok, false);
  t.is(await session.stat(`${folder}/x`), undefined);
});

inEachShell('a run with large content takes its place between the others', async (t, session, folder) => {
  writeFileSync(`${folder}/big`, 'b'.repeat(100_000));
  const copy = (from: { text: string } | { localPath: string }, to: string): Step => ({ kind: 'write', path: `${folder}/${to}`, content: from });
  const runs = [[copy({ text: 'small' }, 'file')], [copy({ localPath: `${folder}/big` }, 'file')], [{ kind: 'run', script: `wc -c <${folder}/file` } as Step], [copy({ text: 'last' }, 'file')]];
  const results = await all(session, runs);
  t.deepEqual(results.map((run) => run[0]?.replace(/\s+/g, ' ')), [' 0 true', ' 0 true', '100000 0 true', ' 0 true']);
  t.is((await session.read(`${folder}/file`))?.toString(), 'last');
});

inEachShell('each run is told of as soon as it has ended', async (t, session, folder) => {
  const wait: Step = { kind: 'run', script: `until [ -e ${folder}/go ]; do sleep 0.05; done`, timeout: 20 };
  const [first, second] = session.performTogether([{ steps: [say('a')] }, { steps: [wait] }]);
  t.deepEqual(told(await first!), ['a 0 true']);
  writeFileSync(`${folder}/go`, '');
  t.deepEqual(told(await second!), [' 0 true']);
});
