/** Where the time went: waits and events with known times in, shares out. */
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import type { Profile } from '../../../engine/event/profile.ts';
import { openFairShare } from '../../../engine/report/fair-share.ts';
import { openProfiler, type Profiler } from '../../../engine/report/profiler.ts';
import type { Waited, Waiting } from '../../../engine/session/wire.ts';
import { outcome, task } from '../../support/play-events.ts';

const recap: Event = { event: 'recap', hosts: {}, duration_ms: 0 };

/** A profiler whose time passes only as told: at work, or idle. */
function stage() {
  const time = { now: 0, idle: 0, cpu: 0 };
  const events: Event[] = [];
  const work = (ms: number): void => { time.now += ms; time.cpu += ms / 2; };
  const wait = (ms: number): void => { time.now += ms; time.idle += ms; };
  work(100);
  const profiler: Profiler = openProfiler({ now: () => time.now, idle: () => time.idle, cpu: () => time.cpu });
  const report = profiler.over((event) => void events.push(event));
  const ask = (host: string, what: Waiting, waited: Partial<Waited> = {}) => {
    const end = profiler.meter.begin(host, what);
    const since = time.now;
    return () => end({ ms: time.now - since, networkMs: 0, sent: 0, received: 0, ...waited });
  };
  const profile = (): Profile => {
    report(recap);
    const found = events.find((event) => event.event === 'profile');
    if (!found) throw new Error('no profile was sent');
    return found;
  };
  return { work, wait, report, ask, profile, profiler, events };
}

test('the four shares make up the whole: idle time is divided among those who wait, the rest is the controller', (t) => {
  const { work, wait, ask, profile } = stage();
  const first = ask('m1', 'request', { networkMs: 50 });
  const second = ask('m2', 'request', { networkMs: 40 });
  wait(50);
  first();
  wait(50);
  second();
  work(30);
  wait(120);
  const { wall_ms, cpu_ms, shares } = profile();
  t.deepEqual([wall_ms, cpu_ms], [350, 65]);
  // 25 of the first 50 ms were m1's, all of it network; m2 had the other 25 and the next 50, four tenths of it network.
  t.deepEqual(shares, { network_ms: 25 + 30, host_ms: 45, controller_ms: 130, other_ms: 120 });
});

test('one slow host among many fast ones is what the run waited for', (t) => {
  const { wait, ask, profile } = stage();
  const fast = Array.from({ length: 99 }, (_, at) => ask(`m${at + 2}`, 'request', { networkMs: 50 }));
  const slow = ask('m1', 'request', { networkMs: 50 });
  wait(50);
  for (const end of fast) end();
  wait(9950);
  slow();
  const { network_ms: network, host_ms: host } = profile().shares;
  t.is(Math.round(network + host), 10_000);
  t.true(host > 9900, `${host}`);
});

test('what waits while the controller is at work is not counted twice', (t) => {
  const { work, ask, profile } = stage();
  const end = ask('m1', 'request', { networkMs: 10 });
  work(500);
  end();
  t.deepEqual(profile().shares, { network_ms: 0, host_ms: 0, controller_ms: 600, other_ms: 0 });
});

test('a wait that has no end yet takes nothing from the whole', (t) => {
  const { wait, ask, profile } = stage();
  ask('m1', 'request');
  wait(40);
  t.deepEqual(profile().shares, { network_ms: 0, host_ms: 0, controller_ms: 100, other_ms: 40 });
});

test('what came before the first task and after the last is told apart', (t) => {
  const { work, wait, report, profile, profiler } = stage();
  const info = task('Do');
  work(50);
  profiler.read();
  work(7);
  report({ event: 'run_start', playbooks: [], check: false, diff: false, forks: 1 });
  work(3);
  report({ event: 'task_start', task: info, hosts: ['m1'] });
  wait(200);
  report({ event: 'task_end', task: info });
  wait(20);
  t.like(profile(), { before: { start_ms: 100, read_ms: 50, check_ms: 7, whole_ms: 160 }, after_ms: 20, wall_ms: 380 });
});

test('a round trip belongs to the task that its host is at, else to the one that began last; log-ins and shells are none', (t) => {
  const { wait, report, ask, profile } = stage();
  const [one, two] = [task('One'), task('Two')];
  ask('m1', 'connect')();
  report({ event: 'task_start', task: one, hosts: ['m1', 'm2'] });
  report({ event: 'host_start', task: one, host: 'm1' });
  for (const what of ['shell', 'request', 'request', 'transfer'] as const) ask('m1', what)();
  wait(300);
  report({ event: 'task_start', task: two, hosts: ['m3'] });
  report({ event: 'host_start', task: two, host: 'm3' });
  ask('m1', 'request')();
  ask('m3', 'request')();
  ask('delegate', 'request')();
  report({ event: 'outcome', task: one, host: 'm1', outcome: outcome('ok', { durationMs: 250 }) });
  report({ event: 'outcome', task: one, host: 'm2', outcome: outcome('ok', { durationMs: 290 }) });
  report({ event: 'task_end', task: one });
  ask('m1', 'request')();
  wait(10);
  report({ event: 'task_end', task: two });
  const { tasks, hosts } = profile();
  t.deepEqual(tasks, [
    { task: one, wall_ms: 300, hosts: 2, round_trips: 4, most_round_trips: 4, slowest: { host: 'm2', ms: 290 } },
    { task: two, wall_ms: 10, hosts: 0, round_trips: 3, most_round_trips: 1, slowest: undefined },
  ]);
  t.deepEqual(hosts.map(({ host, round_trips: trips }) => [host, trips]), [['m1', 5], ['m3', 1], ['delegate', 1]]);
});

test('a host is busy while anything is asked of it, however much at once; its log-in is told apart', (t) => {
  const { wait, ask, profile } = stage();
  const login = ask('m1', 'connect');
  wait(70);
  login();
  const again = ask('m1', 'connect');
  wait(30);
  again();
  const [first, second] = [ask('m1', 'request', { sent: 10, received: 200 }), ask('m1', 'transfer', { sent: 5000 })];
  wait(20);
  first();
  wait(5);
  second();
  wait(1000);
  const { hosts, connects } = profile();
  t.deepEqual(hosts, [{ host: 'm1', busy_ms: 25, round_trips: 2, sent_bytes: 5010, received_bytes: 200 }]);
  t.deepEqual(connects, { count: 2, wall_ms: 100, hosts: [{ host: 'm1', ms: 70, count: 2 }] });
});

test('the profile comes just before the recap, of an interrupted run too, and all else goes by as it is', (t) => {
  const { report, profile, events, wait } = stage();
  const info = task('Cut off');
  report({ event: 'task_start', task: info, hosts: ['m1'] });
  wait(40);
  t.like(profile().tasks[0], { task: info, wall_ms: 40, hosts: 0 });
  t.deepEqual(events.map(({ event }) => event), ['task_start', 'profile', 'recap']);
});

test('time is divided fairly, whoever comes and goes', (t) => {
  let now = 1000;
  const { begin } = openFairShare(() => now);
  const a = begin();
  now += 10;
  const b = begin();
  now += 10;
  t.is(a(), 15);
  now += 10;
  const c = begin();
  t.is(c(), 0);
  t.is(b(), 15);
  now += 500;
  t.is(begin()(), 0);
});
