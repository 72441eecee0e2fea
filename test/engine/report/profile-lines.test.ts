/** The profile as people read it: a profile in, exact text out. */
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import type { Profile } from '../../../engine/event/profile.ts';
import { profileLines } from '../../../engine/report/profile-lines.ts';
import { openStyle } from '../../../engine/report/style.ts';
import { machines, task } from '../../support/play-events.ts';
import { reported } from '../../support/report-output.ts';

const plain = openStyle(false);
const profile: Profile = {
  wall_ms: 4512.3,
  cpu_ms: 571.2,
  shares: { network_ms: 3201, host_ms: 610.4, controller_ms: 590, other_ms: 110.9 },
  before: { start_ms: 150, read_ms: 120.2, check_ms: 40, whole_ms: 312 },
  after_ms: 20,
  tasks: [
    { task: task('Write the unit file', { role: 'etcd', place: 'roles/etcd/tasks/main.yml:31:3' }), wall_ms: 12_100, hosts: 2, round_trips: 4, most_round_trips: 2, slowest: { host: 'node3', ms: 12_000.4 } },
    { task: task('A name that is longer than any name in a table ought to be'), wall_ms: 95, hosts: 0, round_trips: 0, most_round_trips: 0 },
  ],
  hosts: [
    { host: 'node3', busy_ms: 3100, round_trips: 52, sent_bytes: 12_345, received_bytes: 45_000_000 },
    { host: 'a.longer.name.example.org', busy_ms: 3, round_trips: 7, sent_bytes: 12, received_bytes: 0 },
  ],
  connects: { count: 3, wall_ms: 410, hosts: [{ host: 'node3', ms: 400, count: 2 }, { host: 'node1', ms: 12, count: 1 }] },
};

/** As from a run of many hosts and tasks. */
const large: Profile = {
  ...profile,
  tasks: Array.from({ length: 30 }, (_, at) => ({ task: task(`Task ${at}`, { place: `site.yml:${at}:1` }), wall_ms: 1000 - at, hosts: 1000, round_trips: 1000, most_round_trips: 1, slowest: { host: 'm1', ms: 1 } })),
  hosts: machines(1000).map((host) => ({ host, busy_ms: 1, round_trips: 1, sent_bytes: 1, received_bytes: 1 })),
  connects: { count: 1000, wall_ms: 1, hosts: machines(1000).map((host) => ({ host, ms: 1, count: 1 })) },
};

test('shares, tasks, hosts, connects and what came before stand in columns', (t) => {
  t.is(`\n${profileLines(plain, 0, profile).join('\n')}\n`, `
PROFILE 4.512 s from the start of the process
  network     3.201 s  71 %  questions and answers on their way
  hosts       0.610 s  14 %  at work on what they were asked
  controller  0.590 s  13 %  this process at work, for 0.571 s on a processor
  other       0.111 s   2 %  nothing asked: pauses, delays, files of this machine

  slowest tasks                                     took  trips  slowest host
  etcd : Write the unit file                    12.100 s      2  node3         12.000 s  roles/etcd/tasks/main.yml:31:3
  A name that is longer than any name in a ta…   0.095 s      0  -                       site.yml:9:5

  slowest hosts                 busy  trips     sent  received
  node3                      3.100 s     52  12.3 kB   45.0 MB
  a.longer.name.example.org  0.003 s      7     12 B       0 B

  connects: 3 in 0.410 s; slowest node3 0.400 s (the slowest of 2), node1 0.012 s
  before the first task: 0.312 s (start 0.150 s, load 0.120 s, check 0.040 s); after the last: 0.020 s
`);
});

test('a task that was come to more than once is one row, with all its time', (t) => {
  const batch = (host: string, ms: number) => ({ task: task('Restart'), wall_ms: ms, hosts: 1, round_trips: 2, most_round_trips: 2, slowest: { host, ms } });
  const lines = profileLines(plain, 0, { ...profile, tasks: [profile.tasks[1]!, batch('m2', 40), batch('m1', 70), { ...profile.tasks[1]!, task: task('Other') }] });
  t.true(lines.includes('  Restart ×2                                    0.110 s      4  m1            0.070 s  site.yml:9:5'), lines.join('\n'));
  t.is(lines.filter((line) => line.includes('site.yml')).length, 3);
});

test('a run that did nothing has no tables', (t) => {
  const nothing: Profile = { ...profile, wall_ms: 0, tasks: [], hosts: [], connects: { count: 0, wall_ms: 0, hosts: [] } };
  const lines = profileLines(plain, 0, nothing);
  t.false(lines.some((line) => line.includes('slowest') || line.includes('NaN')), lines.join('\n'));
  t.true(lines.includes('  connects: none'));
});

test('of a thousand hosts the ten slowest tasks and five slowest hosts are shown, and how many more there are', (t) => {
  const lines = profileLines(plain, 0, large);
  t.true(lines.length < 35, lines.join('\n'));
  t.is(lines.filter((line) => /^ {2}Task \d/.test(line)).length, 10);
  t.is(lines.filter((line) => /^ {2}m\d/.test(line)).length, 5);
  t.true(lines.includes('  and 20 more tasks, 19.610 s together'), lines.join('\n'));
  t.true(lines.includes('  and 995 more hosts'));
  t.true(lines.every((line) => line.length < 120));
});

test('-v shows all of them', (t) => {
  const lines = profileLines(plain, 1, large);
  t.is(lines.filter((line) => /^ {2}Task \d/.test(line)).length, 30);
  t.is(lines.filter((line) => /^ {2}m\d/.test(line)).length, 1000);
  t.false(lines.some((line) => line.includes(' more ')));
});

test('names cannot bring control characters to the terminal, and there is colour only where it is wanted', (t) => {
  const evil = '\x1b[31mred\x9b2J\nline';
  const dirty: Profile = {
    ...profile, tasks: [{ ...profile.tasks[0]!, task: task(evil, { place: evil }), slowest: { host: evil, ms: 1 } }],
    hosts: [{ ...profile.hosts[0]!, host: evil }], connects: { count: 1, wall_ms: 1, hosts: [{ host: evil, ms: 1, count: 1 }] },
  };
  t.notRegex(profileLines(plain, 1, dirty).join(''), /[\x00-\x1f\x7f-\x9f]/);
  const bare = (line: string): string => line.replace(/\x1b\[\d*m/g, '');
  t.deepEqual(profileLines(openStyle(true), 0, profile).map(bare), profileLines(plain, 0, profile));
});

const recap: Event = { event: 'recap', hosts: {}, duration_ms: 4000 };

for (const kind of ['plain', 'tree'] as const) {
  test(`${kind}: the profile stands after the recap`, async (t) => {
    const text = await reported(kind, [{ event: 'profile', ...profile }, recap]);
    t.regex(text, /RECAP[^]*Done in 4\.0 s\.[^]*\n\nPROFILE 4\.512 s[^]*after the last: 0\.020 s\n/);
    t.notRegex(await reported(kind, [recap]), /PROFILE/);
  });
}
