/** The report as plain lines: events in, exact text out. */
import test from 'ava';
import type { Event, HostTotals, Outcome } from '../../../engine/event/event.ts';
import { count, noTotals } from '../../../engine/event/recap.ts';
import type { ReportOptions } from '../../../engine/report/report.ts';
import { change, failed, machines, outcome, playTask, task, type Cue } from '../../support/play-events.ts';
import { reported } from '../../support/report-output.ts';

interface Row {
  readonly events: readonly (Event | Cue)[];
  readonly with?: Partial<ReportOptions>;
  readonly says: string;
}

const unit = task('Write the unit file', { role: 'etcd', module: 'copy', place: 'roles/etcd/tasks/main.yml:15:3' });
const folders = task('Make the folders', { place: 'site.yml:9:5' });
const start = task('Start it', { module: 'systemd', place: 'site.yml:12:5' });
const wrote = outcome('changed', { changes: [change('write /etc/x', { of: '/etc/x', before: 'a\nb\n', after: 'a\nc\n' })] });
const noStart = failed(
  'etcd.service did not become active within 30 s',
  {
    place: 'site.yml:12:5', excerpt: ['12 |     - name: Start it', '   |       ^^^^^'], params: { name: 'etcd', state: 'started', lines: ['a', 'b'], content: 'two\nlines' },
    code: 1, stderr: 'Job failed\n', stdout: '', evidence: [{ title: 'journal of etcd.service', text: 'address already in use\nfailed' }], hint: 'ss -ltnp names the process',
  },
);

/** A failure's block, as it stands below its head. */
const story = `  task: Start it
  site.yml:12:5
  12 |     - name: Start it
     |       ^^^^^
  params of systemd:
    name: etcd
    state: started
    lines: ["a","b"]
    content: "two\\nlines"
  exit code: 1
  stderr:
    Job failed
  journal of etcd.service:
    address already in use
    failed
  = ss -ltnp names the process`;

const rows: Record<string, Row> = {
  'a play shows its name, hosts and place': {
    events: [{ event: 'play_start', play: 'Build it', place: 'site.yml:3:3', hosts: ['m1', 'm2'] }],
    says: 'PLAY [Build it] m1 m2, site.yml:3:3',
  },
  'a task shows its place, a line for each host that changed, and one for all where nothing was to do': {
    events: playTask(unit, { m1: wrote, m2: outcome('ok'), m3: outcome('ok'), m4: outcome('skipped', { message: 'x is false' }) }),
    says: `TASK [etcd : Write the unit file] roles/etcd/tasks/main.yml:15:3
changed: [m1] write /etc/x
ok: m2 m3; skipped: m4 (x is false)`,
  },
  'many hosts are counted': {
    events: playTask(folders, Object.fromEntries(machines(10).map((host) => [host, outcome('ok')]))),
    says: 'TASK [Make the folders] site.yml:9:5\nok: 10 hosts (m1 m2 m3 m4 m5 m6 m7 m8 …)',
  },
  '-v lists all of them': {
    events: playTask(folders, Object.fromEntries(machines(10).map((host) => [host, outcome('ok')]))),
    with: { verbosity: 1 },
    says: 'TASK [Make the folders] site.yml:9:5\nok: m1 m2 m3 m4 m5 m6 m7 m8 m9 m10',
  },
  '-vv shows results': {
    events: playTask(folders, { m1: outcome('ok', { result: { stat: { exists: true } } }) }),
    with: { verbosity: 2 },
    says: 'TASK [Make the folders] site.yml:9:5\nok: [m1]\n  {"stat":{"exists":true}}',
  },
  'a handler says that it is one': { events: [{ event: 'task_start', task: { ...folders, handler: true }, hosts: ['m1'] }], says: 'RUNNING HANDLER [Make the folders] site.yml:9:5' },
  'sections stand apart': {
    events: [
      { event: 'play_start', play: 'A', place: 'site.yml:1:3', hosts: ['m1'] },
      { event: 'batch_start', play: 'A', number: 1, of: 2, hosts: ['m1'] },
      ...playTask(folders, { m1: outcome('ok') }),
    ],
    says: 'PLAY [A] m1, site.yml:1:3\n\nBATCH 1 of 2 m1\n\nTASK [Make the folders] site.yml:9:5\nok: m1',
  },
  'debug says what it is told to, of many lines too': {
    events: playTask(folders, { m1: outcome('ok', { message: 'hello' }), m2: outcome('ok', { message: '{\n  "a": 1\n}' }) }),
    says: 'TASK [Make the folders] site.yml:9:5\nok: [m1] hello\nok: [m2]\n  {\n    "a": 1\n  }',
  },
  'items that changed have a line each, and their host no other': {
    events: [
      { event: 'task_start', task: folders, hosts: ['m1'] },
      { event: 'item', task: folders, host: 'm1', item: '/a', label: '/a', outcome: outcome('changed', { changes: [change('create /a')] }) },
      { event: 'item', task: folders, host: 'm1', item: '/b', label: '/b', outcome: outcome('ok') },
      { event: 'outcome', task: folders, host: 'm1', outcome: outcome('changed', { changes: [change('create /a')] }) },
      { event: 'task_end', task: folders },
    ],
    says: 'TASK [Make the folders] site.yml:9:5\nchanged: [m1] (item=/a) create /a',
  },
  'an item that failed tells the story, its host then one line': {
    events: [
      { event: 'item', task: start, host: 'm1', item: 'etcd', label: 'etcd', outcome: noStart },
      { event: 'outcome', task: start, host: 'm1', outcome: failed('1 of 1 items failed') },
      { event: 'task_end', task: start },
    ],
    says: `TASK [Start it] site.yml:12:5, continued\nfailed: [m1] (item=etcd) etcd.service did not become active within 30 s\n${story}\nfailed: [m1] 1 of 1 items failed`,
  },
  'a failure shows all there is to know': {
    events: playTask(start, { m2: noStart }),
    says: `TASK [Start it] site.yml:12:5\nfailed: [m2] etcd.service did not become active within 30 s\n${story}`,
  },
  'the same failure on another host is told in a line': {
    events: playTask(start, { m2: noStart, m3: noStart }),
    says: `TASK [Start it] site.yml:12:5\nfailed: [m2] etcd.service did not become active within 30 s\n${story}\nfailed: [m3] etcd.service did not become active within 30 s (as on m2)`,
  },
  'ignored and rescued failures are told in a line': {
    events: playTask(start, { m1: { ...noStart, ignored: true }, m2: { ...noStart, rescued: true } }),
    says: `TASK [Start it] site.yml:12:5
failed: [m1] etcd.service did not become active within 30 s (ignored)
failed: [m2] etcd.service did not become active within 30 s (rescued)`,
  },
  'a failure that counts is told in full after one that is ignored': {
    events: playTask(start, { m1: { ...noStart, ignored: true }, m2: noStart }),
    says: `TASK [Start it] site.yml:12:5
failed: [m1] etcd.service did not become active within 30 s (ignored)
failed: [m2] etcd.service did not become active within 30 s\n${story}`,
  },
  'a host out of reach says why': {
    events: playTask(start, { m1: outcome('unreachable', { failure: { message: 'connect to 10.0.0.1 port 22: timed out', hint: 'is the machine up?' } }) }),
    says: 'TASK [Start it] site.yml:12:5\nunreachable: [m1] connect to 10.0.0.1 port 22: timed out\n  task: Start it\n  site.yml:12:5\n  = is the machine up?',
  },
  'a delegated task names both hosts': {
    events: playTask(start, { m1: outcome('changed', { delegatedTo: 'm2', changes: [change('add m1')] }) }),
    says: 'TASK [Start it] site.yml:12:5\nchanged: [m1 -> m2] add m1',
  },
  'what only the run can tell says on what it depends': {
    events: playTask(start, { m1: outcome('unknown', { message: 'known once "token" is read' }) }),
    says: 'TASK [Start it] site.yml:12:5\nunknown: [m1] known once "token" is read',
  },
  'more than three changes are counted': {
    events: playTask(start, { m1: outcome('changed', { changes: ['a', 'b', 'c', 'd', 'e'].map((name) => change(name)) }) }),
    says: 'TASK [Start it] site.yml:12:5\nchanged: [m1] a; b; c; 2 more',
  },
  '--diff shows what changes, once where it is the same': {
    events: playTask(unit, { m1: wrote, m2: wrote }),
    with: { diff: true },
    says: `TASK [etcd : Write the unit file] roles/etcd/tasks/main.yml:15:3
changed: [m1] write /etc/x
--- before: /etc/x
+++ after: /etc/x
@@ -1,2 +1,2 @@
 a
-b
+c
changed: [m2] write /etc/x
(the same diff as on m1)`,
  },
  'lines of two tasks at a time stand under their own': {
    events: [
      { event: 'task_start', task: folders, hosts: ['m1'] },
      { event: 'task_start', task: start, hosts: ['m2'] },
      { event: 'outcome', task: folders, host: 'm1', outcome: outcome('changed', { changes: [change('create /a')] }) },
    ],
    says: 'TASK [Make the folders] site.yml:9:5\n\nTASK [Start it] site.yml:12:5\n\nTASK [Make the folders] site.yml:9:5, continued\nchanged: [m1] create /a',
  },
  'retries are shown at most every ten seconds for a host': {
    events: [
      { event: 'task_start', task: start, hosts: ['m1', 'm2'] },
      ...([[0, 'm1', 1], [0, 'm2', 1], [5000, 'm1', 2], [5000, 'm1', 3]] as const).map(([after, host, attempt]): Cue => ({
        after, event: { event: 'retry', task: start, host, attempt, retries: 30, delay: 5, message: 'not healthy yet' },
      })),
    ],
    says: 'TASK [Start it] site.yml:12:5\nretry: [m1] 1/30 in 5 s: not healthy yet\nretry: [m2] 1/30 in 5 s: not healthy yet\nretry: [m1] 3/30 in 5 s: not healthy yet',
  },
  'long work gives a sign of life every ten seconds': {
    events: [
      { event: 'task_start', task: start, hosts: ['m1', 'm2'] },
      { event: 'host_start', task: start, host: 'm1' },
      { event: 'host_start', task: start, host: 'm2' },
      ...[4, 8, 12, 16, 20, 24].map((done): Cue => ({ after: 4000, event: { event: 'progress', task: start, host: 'm2', message: 'uploading', done: done * 1e6, total: 40e6, unit: 'bytes' } })),
      { after: 0, event: { event: 'outcome', task: start, host: 'm2', outcome: outcome('ok') } },
      { event: 'task_end', task: start },
    ],
    says: `TASK [Start it] site.yml:12:5
after 12 s still at work: m2 (uploading 12.0 MB of 40.0 MB, 30 %), m1
after 24 s still at work: m2 (uploading 24.0 MB of 40.0 MB, 60 %), m1
ok: m2; cut off: m1 took 24 s`,
  },
  '-v shows live output as whole lines': {
    events: [
      { event: 'task_start', task: start, hosts: ['m1', 'm2'] },
      { event: 'output', task: start, host: 'm1', stream: 'stdout', text: 'one\ntw' },
      { event: 'output', task: start, host: 'm2', stream: 'stderr', text: 'other\n' },
      { event: 'output', task: start, host: 'm1', stream: 'stdout', text: 'o\nthr' },
      { event: 'outcome', task: start, host: 'm1', outcome: outcome('changed') },
    ],
    with: { verbosity: 1 },
    says: 'TASK [Start it] site.yml:12:5\n  m1 | one\n  m2 | other\n  m1 | two\n  m1 | thr\nchanged: [m1]',
  },
  'without -v live output is kept back': {
    events: [{ event: 'output', task: start, host: 'm1', stream: 'stdout', text: 'one\n' }],
    says: '',
  },
  'a warning names host and place': {
    events: [{ event: 'warning', message: 'no such group', host: 'm1', place: 'site.yml:3:3' }],
    says: 'warning: [m1] no such group (site.yml:3:3)',
  },
  'what hosts answer cannot steer the terminal': {
    events: [
      ...playTask(task('Task \x1b[2J\nTASK [fake]', { place: 'a\x07.yml:1:1' }), {
        'm1\x1b]0;t\x07': outcome('changed', { changes: [change('create /a\n/b\x1b[31m')] }),
        m2: failed('one\x1b[5m\ntwo', { stderr: '\x1b[31mred\x1b[0m\rover\x08', params: { name: 'x\x1b[2Jy' } }),
      }),
      { event: 'warning', message: '\x1bcboom', host: 'h\n' },
    ],
    says: `TASK [Task \\nTASK [fake]] a\\x07.yml:1:1
changed: [m1] create /a\\n/b
failed: [m2] one
  two
  task: Task \\nTASK [fake]
  a\\x07.yml:1:1
  params of file:
    name: xy
  stderr:
    red
    over\\x08
warning: [h\\n] boom`,
  },
  'a long output shows its end': {
    events: playTask(start, { m1: failed('no', { stdout: Array.from({ length: 50 }, (_, at) => `line ${at + 1}`).join('\n') }) }),
    says: `TASK [Start it] site.yml:12:5
failed: [m1] no
  task: Start it
  site.yml:12:5
  stdout:
    (the last 40 lines; -vvv shows all)
${Array.from({ length: 40 }, (_, at) => `    line ${at + 11}`).join('\n')}`,
  },
};

for (const [title, row] of Object.entries(rows)) {
  test(title, async (t) => {
    t.is((await reported('plain', row.events, row.with)).trimEnd(), row.says);
  });
}

function recap(ended: Readonly<Record<string, readonly Outcome[]>>, more: object = {}): Event {
  const hosts = Object.fromEntries(Object.entries(ended).map(([host, all]) => [host, all.reduce<HostTotals>(count, noTotals)]));
  return { event: 'recap', hosts, duration_ms: 72_000, ...more };
}

const ends: Record<string, Row> = {
  'the recap is a table in columns, hosts in order': {
    events: [...playTask(folders, { m10: wrote, m2: outcome('ok') }), recap({ m10: Array(12).fill(wrote), m2: [outcome('ok'), outcome('skipped')] })],
    says: `PLAY RECAP
m2  : ok=1  changed=0  unreachable=0 failed=0 skipped=1 rescued=0 ignored=0
m10 : ok=12 changed=12 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0

Done in 1 min 12 s. 1 task changed 1 host.`,
  },
  'of many hosts those that ended alike are one line, and those that failed stand last': {
    events: [...playTask(start, Object.fromEntries(machines(41).map((host) => [host, host === 'm7' ? noStart : outcome('ok')]))), recap({ ...Object.fromEntries(machines(41).map((host) => [host, [outcome('ok')]])), m2: [wrote], m7: [noStart] })],
    says: `PLAY RECAP
39 hosts (m1 m3 m4 m5 m6 m8 m9 m10 …) : ok=1 changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0
m2                                    : ok=1 changed=1 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0
m7                                    : ok=0 changed=0 unreachable=0 failed=1 skipped=0 rescued=0 ignored=0

FAILED
  m7: Start it (site.yml:12:5): etcd.service did not become active within 30 s

Failed on 1 of 41 hosts after 1 min 12 s. Nothing changed.`,
  },
  'where many failed, those of one task and message share a line': {
    events: [
      ...playTask(start, Object.fromEntries(machines(11).map((host) => [host, host === 'm5' ? failed('no space left', { place: 'site.yml:12:5' }) : noStart]))),
      recap(Object.fromEntries(machines(11).map((host) => [host, [noStart]]))),
    ],
    says: `FAILED
  10 hosts (m1 m2 m3 m4 m6 m7 m8 m9 …): Start it (site.yml:12:5): etcd.service did not become active within 30 s
  m5: Start it (site.yml:12:5): no space left

Failed on 11 of 11 hosts after 1 min 12 s. Nothing changed.`,
  },
  'a run that changes nothing says so': {
    events: [...playTask(folders, { m1: outcome('ok') }), recap({ m1: [outcome('ok')] })],
    says: 'PLAY RECAP\nm1 : ok=1 changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0\n\nDone in 1 min 12 s. Nothing changed.',
  },
  'who failed at what stands at the very end, and how to go on': {
    events: [
      ...playTask(start, { m1: outcome('ok'), m2: noStart, m3: { ...noStart, ignored: true } }),
      recap({ m1: [outcome('ok')], m2: [noStart] }, { failures: ['kplay run site.yml --limit m2'] }),
    ],
    says: `PLAY RECAP
m1 : ok=1 changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0
m2 : ok=0 changed=0 unreachable=0 failed=1 skipped=0 rescued=0 ignored=0

FAILED
  m2: Start it (site.yml:12:5): etcd.service did not become active within 30 s

TO GO ON FROM THERE
  kplay run site.yml --limit m2

Failed on 1 of 2 hosts after 1 min 12 s. Nothing changed.`,
  },
  'a check tells what would change, and of what only the run can tell': {
    events: [
      ...playTask(folders, { m1: wrote, m2: wrote }), ...playTask(unit, { m1: wrote, m2: outcome('unknown') }), ...playTask(start, { m1: outcome('unknown') }),
      recap({ m1: [wrote, wrote, outcome('unknown')], m2: [wrote, outcome('unknown')] }),
    ],
    with: { check: true },
    says: `PLAY RECAP
m1 : ok=2 changed=2 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0 unknown=1
m2 : ok=1 changed=1 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0 unknown=1

Done in 1 min 12 s. 2 tasks would change 2 hosts; of 1 more task only the run can tell. This was a check: nothing was touched.`,
  },
  'a check may find nothing to do': {
    events: [...playTask(folders, { m1: outcome('ok') }), recap({ m1: [outcome('ok')] })],
    with: { check: true },
    says: `PLAY RECAP
m1 : ok=1 changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0 unknown=0

Done in 1 min 12 s. Nothing would change. This was a check: nothing was touched.`,
  },
  'an interrupted run says what it left, and that it was cut off': {
    events: [
      { event: 'task_start', task: folders, hosts: ['m1', 'm2'] },
      { event: 'host_start', task: folders, host: 'm1' },
      { event: 'host_start', task: folders, host: 'm2' },
      { event: 'outcome', task: folders, host: 'm2', outcome: outcome('ok') },
      recap({ m2: [outcome('ok')] }, { interrupted: true }),
    ],
    says: 'ok: m2; cut off: m1\n\nPLAY RECAP\nm2 : ok=1 changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0\n\nInterrupted after 1 min 12 s.',
  },
};

test('-v lists each of many hosts in the recap', async (t) => {
  const text = await reported('plain', [...playTask(folders, { m1: outcome('ok') }), recap(Object.fromEntries(machines(41).map((host) => [host, [outcome('ok')]])))], { verbosity: 1 });
  t.is([...text.matchAll(/^m\d+ +: ok=1 /gm)].length, 41);
});

for (const [title, row] of Object.entries(ends)) {
  test(title, async (t) => {
    const text = (await reported('plain', row.events, row.with)).trimEnd();
    t.is(text.slice(text.indexOf(row.says.slice(0, 10))), row.says);
  });
}

test('colours are used where they are asked for, and reset', async (t) => {
  const text = await reported('plain', playTask(folders, { m1: wrote, m2: outcome('ok') }), { color: true });
  t.is(text, '\x1b[1mTASK [Make the folders]\x1b[0m \x1b[2msite.yml:9:5\x1b[0m\n\x1b[33mchanged: [m1]\x1b[0m write /etc/x\n\x1b[32mok: m2\x1b[0m\n');
});

test('auto is plain where there is no terminal', async (t) => {
  const events = playTask(folders, { m1: wrote });
  t.is(await reported('auto', events), await reported('plain', events));
});
