/** Totals per host, as Ansible counts. */
import test from 'ava';
import { count, noTotals, openRecap, totals } from '../../../engine/event/recap.ts';
import type { HostTotals } from '../../../engine/event/event.ts';
import { failed, outcome, task } from '../../support/play-events.ts';

const rows: Record<string, [Parameters<typeof count>[1], Partial<HostTotals>]> = {
  'what is as asked is ok': [outcome('ok'), { ok: 1 }],
  'what changed is ok too': [outcome('changed'), { ok: 1, changed: 1 }],
  'what was skipped is skipped alone': [outcome('skipped'), { skipped: 1 }],
  'a failure is failed alone': [failed('no'), { failed: 1 }],
  'an ignored failure is ok and ignored': [failed('no', {}, { ignored: true }), { ok: 1, ignored: 1 }],
  'an ignored failure that had changed something counts as a change': [failed('no', {}, { ignored: true, result: { changed: true } }), { ok: 1, ignored: 1, changed: 1 }],
  'a rescued failure is rescued alone': [failed('no', {}, { rescued: true }), { rescued: 1 }],
  'a host out of reach is unreachable alone': [outcome('unreachable'), { unreachable: 1 }],
  'an ignored unreachable host is ok and ignored': [outcome('unreachable', { ignored: true }), { ok: 1, ignored: 1 }],
  'what only the run can tell is unknown alone': [outcome('unknown'), { unknown: 1 }],
};
for (const [title, [ended, more]] of Object.entries(rows)) {
  test(title, (t) => {
    t.deepEqual(count(noTotals, ended), { ...noTotals, ...more });
  });
}

test('totals fold the outcomes of each host and leave those without any at nothing', (t) => {
  const outcomes = [{ host: 'm1', outcome: outcome('ok') }, { host: 'm2', outcome: failed('no') }, { host: 'm1', outcome: outcome('changed') }];
  t.deepEqual(totals(outcomes, ['m3']), { m3: noTotals, m1: { ...noTotals, ok: 2, changed: 1 }, m2: { ...noTotals, failed: 1 } });
});

test('items of a loop do not count', (t) => {
  const recap = openRecap();
  const info = task('loop');
  recap.take({ event: 'item', task: info, host: 'm1', item: 1, label: '1', outcome: outcome('changed') });
  recap.take({ event: 'item', task: info, host: 'm1', item: 2, label: '2', outcome: outcome('ok') });
  recap.take({ event: 'outcome', task: info, host: 'm1', outcome: outcome('changed') });
  t.deepEqual(recap.hosts(), { m1: { ...noTotals, ok: 1, changed: 1 } });
});
