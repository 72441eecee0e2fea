/** The report as JSON lines. */
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import { outcome, task } from '../../support/play-events.ts';
import { reported } from '../../support/report-output.ts';

const info = task('Show', { id: 1, module: 'debug' });
const totals = { ok: 1, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 };
const events: Event[] = [
  { event: 'run_start', playbooks: ['site.yml'], check: false, diff: false, forks: 50 },
  { event: 'task_start', task: info, hosts: ['m1'] },
  { event: 'outcome', task: info, host: 'm1', outcome: outcome('ok', { message: 'two\nlines \x1b[31m\x9b2J\u2028end', result: { msg: [1, null, 'é'] } }) },
  { event: 'recap', hosts: { m1: totals }, duration_ms: 12 },
];

test('each event is one line, as it was sent, with its time', async (t) => {
  const text = await reported('json', events);
  t.true(text.endsWith('\n'));
  const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line) as object);
  t.deepEqual(lines, events.map((event) => ({ ...event, time: '2026-11-20T20:00:00.000Z' })));
});

test('the last line is the recap', async (t) => {
  const text = await reported('json', events);
  t.is(
    text.trimEnd().split('\n').at(-1),
    '{"event":"recap","hosts":{"m1":{"ok":1,"changed":0,"unreachable":0,"failed":0,"skipped":0,"rescued":0,"ignored":0}},"duration_ms":12,"time":"2026-11-20T20:00:00.000Z"}',
  );
});

test('no control character stands bare in a line', async (t) => {
  t.notRegex(await reported('json', events), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]/);
});

test('colour and verbosity do not touch it', async (t) => {
  t.is(await reported('json', events, { color: true, verbosity: 3, isTTY: true }), await reported('json', events));
});
