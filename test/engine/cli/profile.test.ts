/** `kplay run --profile` on real local connections. Counts are exact; no time is asserted. */
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import { kplay } from '../../support/kplay.ts';
import { onWeb, writeFiles } from '../../support/play.ts';

const hosts = '[all:vars]\nansible_connection=local\n[web]\nh1\nh2\n';
const tasks = '- {name: Run, command: echo hello}\n- {name: Say, debug: {msg: x}}\n- {name: Run once more, command: "true"}';

test('each part of the profile stands after the recap', async (t) => {
  const folder = await writeFiles(t, { hosts, ...onWeb(tasks) });
  const { stdout, code } = await kplay(['run', 'site.yml', '-i', 'hosts', '--profile'], { cwd: folder });
  t.is(code, 0, stdout);
  const text = stdout.slice(stdout.indexOf('RECAP'));
  for (const part of [/\nPROFILE \d+\.\d{3} s/, /\n {2}network +0\.000 s +0 %/, /\n {2}hosts +\d/, /\n {2}controller +\d/, /\n {2}other +\d/]) t.regex(text, part);
  t.regex(text, /slowest tasks +took +trips +slowest host\n/);
  t.regex(text, /\n {2}Run +[\d.]+ s +1 +h[12] +[\d.]+ s +site\.yml:4:7\n/);
  t.regex(text, /\n {2}Say +[\d.]+ s +0 +h[12]/);
  t.regex(text, /slowest hosts +busy +trips +sent +received\n {2}h[12] +[\d.]+ s +2 /);
  t.regex(text, /connects: none/);
  t.regex(text, /before the first task: [\d.]+ s \(start [\d.]+ s, load [\d.]+ s, check [\d.]+ s\); after the last: [\d.]+ s\n$/);
});

test('as JSON it is one event before the recap, whose shares make up the whole', async (t) => {
  const folder = await writeFiles(t, { hosts, ...onWeb(tasks) });
  const { events } = await kplay(['run', 'site.yml', '-i', 'hosts', '--profile', '--output', 'json'], { cwd: folder });
  const [profile, last] = events.slice(-2) as [Extract<Event, { event: 'profile' }>, Event];
  t.is(profile.event, 'profile');
  t.is(last.event, 'recap');
  const trips = profile.tasks.toSorted((a, b) => a.task.id - b.task.id).map(({ task, hosts: many, round_trips: all, most_round_trips: most }) => [task.name, many, all, most]);
  t.deepEqual(trips, [['Run', 2, 2, 1], ['Say', 2, 0, 0], ['Run once more', 2, 2, 1]]);
  t.deepEqual(profile.hosts.map(({ host, round_trips: all }) => [host, all]).toSorted(), [['h1', 2], ['h2', 2]]);
  t.true(profile.hosts.every((host) => host.sent_bytes > 0 && host.received_bytes > 'hello\n'.length));
  const { network_ms, host_ms, controller_ms, other_ms } = profile.shares;
  t.is(network_ms, 0);
  t.true([host_ms, controller_ms, other_ms].every((ms) => ms >= 0));
  t.true(Math.abs(network_ms + host_ms + controller_ms + other_ms - profile.wall_ms) < 1, JSON.stringify(profile.shares));
  t.true(profile.before.read_ms > 0, 'reading is told apart from checking');
  t.deepEqual(profile.connects, { count: 0, wall_ms: 0, hosts: [] });
});

test('without --profile nothing is told of it', async (t) => {
  const folder = await writeFiles(t, { hosts, ...onWeb('- command: "true"') });
  const { events } = await kplay(['run', 'site.yml', '-i', 'hosts', '--output', 'json'], { cwd: folder });
  t.false(events.some(({ event }) => event === 'profile'));
});
