/** What the live tree shows, by the room there is. */
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import { liveRows, type Row } from '../../../engine/report/rows.ts';
import { openStyle } from '../../../engine/report/style.ts';
import { note, openTally, type Tally } from '../../../engine/report/tally.ts';
import { failed, machines, outcome, task } from '../../support/play-events.ts';

const copy = task('Copy it');

function after(events: readonly Event[]): Tally {
  const tally = openTally();
  for (const event of events) note(tally, event, 0);
  return tally;
}

/** The rows as text, each level moved in. */
function drawn(tally: Tally, budget: number, now = 12_000): string[] {
  const lines = (rows: readonly Row[], level: number): string[] => rows.flatMap((row) => [`${'  '.repeat(level)}${row.status} ${row.text}`, ...lines(row.rows, level + 1)]);
  return lines(liveRows(tally, openStyle(false), budget, now), 0);
}

function begin(hosts: readonly string[], started: number): Event[] {
  return [
    { event: 'play_start', play: 'Build', place: 'site.yml:1:3', hosts },
    { event: 'task_start', task: copy, hosts },
    ...hosts.slice(0, started).map((host): Event => ({ event: 'host_start', task: copy, host })),
  ];
}

test('play, task and hosts stand below each other', (t) => {
  const tally = after([...begin(['m1', 'm2'], 2), { event: 'progress', task: copy, host: 'm2', message: 'uploading', done: 1e6, total: 4e6, unit: 'bytes' }]);
  t.deepEqual(drawn(tally, 10), [
    'running Build  2 hosts, 0 tasks done, 12 s',
    '  running Copy it  0 of 2 hosts done, 12 s',
    '    running m2  uploading 1.0 MB of 4.0 MB, 25 %  12 s',
    '    running m1  12 s',
  ]);
});

test('failed hosts stand first, what is done is counted', (t) => {
  const tally = after([
    ...begin(machines(5), 4),
    { event: 'outcome', task: copy, host: 'm1', outcome: outcome('ok') },
    { event: 'outcome', task: copy, host: 'm2', outcome: outcome('changed') },
    { event: 'outcome', task: copy, host: 'm3', outcome: failed('no space\nleft') },
    { event: 'retry', task: copy, host: 'm4', attempt: 2, retries: 5, delay: 3, message: 'busy' },
  ]);
  t.deepEqual(drawn(tally, 10).slice(1), [
    '  running Copy it  3 of 5 hosts done, 1 failed, 1 changed, 12 s',
    '    failed m3  no space',
    '    running m4  retry 2/5 in 3 s: busy  12 s',
    '    more 1 waiting',
  ]);
});

test('hosts that do not fit are counted', (t) => {
  t.deepEqual(drawn(after(begin(machines(200), 50)), 6), [
    'running Build  200 hosts, 0 tasks done, 12 s',
    '  running Copy it  0 of 200 hosts done, 12 s',
    '    running m1  12 s',
    '    running m2  12 s',
    '    running m3  12 s',
    '    more +47 more at work, 150 waiting',
  ]);
});

test('there are never more rows than there is room for', (t) => {
  const many = Array.from({ length: 30 }, (_, at) => task(`Task ${at}`));
  const hosts = machines(40);
  const events: Event[] = [{ event: 'play_start', play: 'Build', place: 'site.yml:1:3', hosts }];
  for (const [at, info] of many.entries()) {
    events.push({ event: 'task_start', task: info, hosts }, ...hosts.slice(0, at).map((host): Event => ({ event: 'host_start', task: info, host })));
    if (at % 2 === 0) events.push(...hosts.slice(0, 5).map((host): Event => ({ event: 'outcome', task: info, host, outcome: failed('no') })));
    for (let budget = 0; budget < 40; budget++) t.true(drawn(after(events), budget).length <= budget);
  }
});

test('before the first play there is nothing to draw', (t) => {
  t.deepEqual(drawn(after([{ event: 'run_start', playbooks: [], check: false, diff: false, forks: 5 }]), 10), []);
});
