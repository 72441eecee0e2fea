/** The README of the reporters tells the truth about JSON. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import { reported } from '../../support/report-output.ts';

const task = { id: 7, name: 'Start the member', module: 'systemd', place: 'roles/etcd/tasks/main.yml:31:3', role: 'etcd', tags: ['etcd'] };
const totals = { ok: 4, changed: 3, unreachable: 0, failed: 1, skipped: 2, rescued: 0, ignored: 0 };

/** One of each, as the README shows them. */
const examples: { readonly [Name in Event['event']]: Extract<Event, { event: Name }> } = {
  run_start: { event: 'run_start', playbooks: ['playbooks/etcd-ha.yml'], check: false, diff: false, forks: 50 },
  play_start: { event: 'play_start', play: 'Build etcd', place: 'playbooks/etcd-ha.yml:3:3', hosts: ['m1', 'm2'] },
  batch_start: { event: 'batch_start', play: 'Build etcd', number: 1, of: 2, hosts: ['m1'] },
  task_start: { event: 'task_start', task, hosts: ['m1', 'm2'] },
  host_start: { event: 'host_start', task, host: 'm1' },
  progress: { event: 'progress', task, host: 'm1', message: 'uploading', done: 12300000, total: 45000000, unit: 'bytes' },
  output: { event: 'output', task, host: 'm1', stream: 'stdout', text: 'member started\n' },
  retry: { event: 'retry', task, host: 'm1', attempt: 3, retries: 30, delay: 5, message: 'not healthy yet' },
  item: { event: 'item', task, host: 'm1', item: { name: 'etcd' }, label: 'etcd', outcome: { status: 'ok', changes: [], result: { changed: false }, durationMs: 31 } },
  outcome: {
    event: 'outcome', task, host: 'm2',
    outcome: {
      status: 'failed', changes: [], result: { failed: true, msg: 'etcd.service did not start' }, durationMs: 30012,
      failure: {
        message: 'etcd.service did not start', hint: 'ss -ltnp names the process', place: 'roles/etcd/tasks/main.yml:31:3', excerpt: ['31 | - systemd:', '   |   ^^^^^^^'],
        params: { name: 'etcd', state: 'started' }, code: 1, stderr: 'Job for etcd.service failed.', evidence: [{ title: 'journal of etcd.service', text: 'bind: address already in use' }],
      },
    },
  },
  task_end: { event: 'task_end', task },
  warning: { event: 'warning', message: 'the group kube_node has no host', place: 'playbooks/etcd-ha.yml:30:3' },
  play_end: { event: 'play_end', play: 'Build etcd' },
  profile: {
    event: 'profile', wall_ms: 4512.3, cpu_ms: 571.2, shares: { network_ms: 3201, host_ms: 610.4, controller_ms: 590, other_ms: 110.9 }, before: { start_ms: 150, read_ms: 120.2, check_ms: 40, whole_ms: 312 }, after_ms: 20,
    tasks: [{ task, wall_ms: 2100, hosts: 2, round_trips: 4, most_round_trips: 2, slowest: { host: 'm2', ms: 2098.1 } }],
    hosts: [{ host: 'm2', busy_ms: 3100, round_trips: 52, sent_bytes: 12345, received_bytes: 45000 }],
    connects: { count: 2, wall_ms: 410, hosts: [{ host: 'm2', ms: 400, count: 1 }, { host: 'm1', ms: 310, count: 1 }] },
  },
  recap: { event: 'recap', hosts: { m2: totals }, duration_ms: 42000, failures: ['kplay run playbooks/etcd-ha.yml --limit m2'] },
};

for (const [name, event] of Object.entries(examples)) {
  test(`the README shows ${name} as it is written`, async (t) => {
    const line = (await reported('json', [event])).trimEnd();
    t.true(readFileSync('engine/report/README.md', 'utf8').split('\n').includes(line), line);
  });
}
