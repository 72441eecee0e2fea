/** What holds for every reporter. */
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import { openReporter, type ReportKind, type ReportOptions } from '../../../engine/report/report.ts';

const warning: Event = { event: 'warning', message: 'careful' };

function options(stdout: ReportOptions['stdout'], stderr: ReportOptions['stderr'] = stdout): ReportOptions {
  return { stdout, stderr, isTTY: false, columns: () => 80, rows: () => 24, color: false, verbosity: 0, diff: true, check: false, clock: () => 0 };
}

for (const kind of ['plain', 'json'] as ReportKind[]) {
  test(`${kind} never throws: where it breaks the run goes on and stderr says so once`, async (t) => {
    const said: string[] = [];
    const bad = { write: (text: string, done?: () => void) => { if (text !== '') throw new Error('disk full'); done?.(); return true; } };
    const reporter = openReporter(kind, options(bad, { write: (text) => (said.push(text), true) }));
    t.notThrows(() => reporter.report(warning));
    t.notThrows(() => reporter.report(warning));
    await reporter.close();
    t.is(said.length, 1);
    t.regex(said[0]!, /^the report broke: Error: disk full/);
  });
}

test('closing waits until all is written', async (t) => {
  const order: string[] = [];
  const slow = { write: (text: string, done?: () => void) => { setTimeout(() => { order.push(text.trim()); done?.(); }, 20); return false; } };
  const reporter = openReporter('plain', options(slow));
  reporter.report(warning);
  await reporter.close();
  t.deepEqual(order, ['warning: careful', '']);
});

test('a reader that went away ends nothing', async (t) => {
  const { spawn } = await import('node:child_process');
  const script = `
    const { openReporter } = await import(${JSON.stringify(new URL('../../../engine/report/report.js', import.meta.url).href)});
    const reporter = openReporter('plain', { stdout: process.stdout, stderr: process.stderr, isTTY: false, columns: () => 80, rows: () => 24, color: false, verbosity: 0, diff: false, check: false, clock: Date.now });
    for (let at = 0; at < 200; at++) { reporter.report({ event: 'warning', message: 'x'.repeat(1000) }); await new Promise((done) => setTimeout(done, 1)); }
    await reporter.close();
    process.stderr.write('done');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((done) => child.on('close', done));
  t.deepEqual([code, errors], [0, 'done']);
});
