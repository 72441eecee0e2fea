/** kube_preflight: what it reads of a machine's answer, what it finds wrong, and a look at this very machine. */
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { run } from '../../engine/lab/command.ts';
import kubePreflight from '../../modules/kube_preflight.ts';
import { holds, overlap, readRange } from '../../modules/shared/cidr.ts';
import { readMachine, type Machine } from '../../modules/shared/preflight-look.ts';
import { isAtLeast, judgeMachine } from '../../modules/shared/preflight-machine.ts';
import { preflightParams } from '../../modules/shared/preflight-params.ts';
import { joinedFile, preflightScript, preflightWords } from '../../modules/shared/preflight-script.ts';
import { sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const answer = {
  begin: '1000.5', ended: '1001.0', os: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian', kernel: '6.1.0-18-amd64', hostname: 'm1', cpus: '4',
  memory: 'MemTotal:        4028160 kB\nMemAvailable:    3028160 kB', swaps: '', uuid: 'AB-CD', machine: '4fba', systemd: 'yes', container: 'none', cgroup: 'cgroup2fs', groups: 'cpuset\ncpu\nio\nmemory\npids',
  joined: '', addresses: 'lo 127.0.0.1/8\neth0 10.0.0.11/24\neth0 10.0.0.100/32\neth0 fe80::1/64', macs: 'lo 00:00:00:00:00:00\neth0 52:54:00:00:00:01',
  route: 'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\ncni0\t0000F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\neth0\t0001F40A\t0C00000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n*\t0002F40A\t00000000\t0200\t0\t0\t0\tC0FFFFFF\t0\t0\t0',
  route6: 'fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000000 00000000 00000001     eth0',
  listen: 'tcp 192B 77\ntcp6 192B 78\nudp 2118 0\ntcp 280A 79', holders: '77 812 nginx\n78 812 nginx\n79 900 kubelet', disks: '801 256000 4096 /var/lib/containerd\n801 256000 4096 /var/lib/kubelet\n802 9999999 4096 /var/lib/etcd',
  filter: '', tries: '10.0.0.12 22 open\n10.0.0.12 6443 refused\nneighbour 52:54:00:00:00:02\n10.0.0.13 22 failed No route to host',
};
const session = sharedSession(test);
const machine = (over: Partial<Machine> = {}): Machine => ({ ...readMachine(answer, ['10.0.0.12 22', '10.0.0.12 6443', '10.0.0.13 22', '10.0.0.13 6443'], 900_000, 901_000), ...over });
const asked = (over: Record<string, unknown> = {}) => preflightParams.parse({ node_name: 'm1', address: '10.0.0.11', ...over });
const found = (over: Record<string, unknown>, seen: Partial<Machine> = {}): string[] => judgeMachine(asked(over), machine(seen), 'h').map(({ check, found }) => `${check}: ${found}`);

test('a machine\'s answer is read as it is', (t) => {
  t.like(machine(), {
    os: { id: 'debian', version: '12' }, cpus: 4, memoryMb: 3933, productUuid: 'ab-cd', cgroup: 2, joined: false, container: '', neighbour: '52:54:00:00:00:02',
    tries: [{ address: '10.0.0.12', port: 22, answer: 'open' }, { port: 6443, answer: 'refused' }, { address: '10.0.0.13', answer: 'failed', said: 'No route to host' }, { port: 6443, answer: 'silent' }],
  });
  t.deepEqual(machine().routes.map(({ text, interface: name, gateway, rejects }) => [text, name, gateway, rejects]), [
    ['10.0.0.0/24', 'eth0', '', false], ['10.244.0.0/24', 'cni0', '', false], ['10.244.1.0/24', 'eth0', '10.0.0.12', false], ['10.244.2.0/26', '*', '', true], ['fd00::/64', 'eth0', '', false],
  ]);
});

test('the clock is known as closely as the answer took, whatever the machine did meanwhile', (t) => {
  // Asked at 900 s and answered at 901 s by the controller; the machine read 1000.5 and 1001.0.
  t.deepEqual(machine().ahead, { least: 100, most: 100.5 });
  t.deepEqual(readMachine({ ...answer, begin: '1000.%N', ended: '1001.%N' }, [], 900_000, 901_000).ahead, { least: 100, most: 101 });
});

test('a machine that has what it needs has no problem', (t) => {
  const needs = { min_cpus: 4, min_memory_mb: 3900, min_kernel: '6.1', systems: { debian: '11' }, disk_mb: { '/var/lib/containerd': 500, '/var/lib/kubelet': 500 }, networks: { kube_service_subnet: '10.96.0.0/12' } };
  t.deepEqual(found(needs), []);
});

test('what it has too little of is named, with how much it has', (t) => {
  t.deepEqual(found({ min_cpus: 8, min_memory_mb: 5000, min_kernel: '6.2', systems: { debian: '13' } }), ['cpus: 4', 'memory: 3933 MiB', 'os: Debian GNU/Linux 12 (bookworm)', 'kernel: 6.1.0-18-amd64']);
  t.deepEqual(found({ systems: { ubuntu: '20.04' } }), ['os: Debian GNU/Linux 12 (bookworm)']);
});

test('folders on one disk need their room together; on a node that has its images already, less is enough', (t) => {
  const disk_mb = { '/var/lib/containerd': 600, '/var/lib/kubelet': 600, '/var/lib/etcd': 600 };
  t.deepEqual(found({ disk_mb }), ['disk: 1000 MiB free for /var/lib/containerd /var/lib/kubelet']);
  t.deepEqual(found({ disk_mb, joined_disk_mb: 900 }, { joined: true }), []);
});

test('a port is free, or held by the program that it is for', (t) => {
  const ports = [{ port: 6443, by: ['kube-apiserver'] }, { port: 10250, by: ['kubelet'] }, { port: 8472, proto: 'udp', by: [] }, { port: 2379, by: ['etcd'] }];
  t.deepEqual(found({ ports }), ['ports: nginx (process 812) at 6443/tcp']);
  t.deepEqual(found({ ports: [{ port: 6443, by: ['nginx'] }] }), []);
});

test('networks of the cluster are apart from those that the machine reaches; the cluster\'s own routes do not count', (t) => {
  const networks = { kube_pod_subnet: '10.244.0.0/16' };
  t.deepEqual(found({ networks, interfaces: ['cni*'], nodes: ['10.0.0.12'] }), []);
  t.deepEqual(found({ networks }), ['networks: it reaches 10.244.0.0/24 on cni0, 10.244.1.0/24 through 10.0.0.12']);
  t.deepEqual(found({ networks: { kube_pod_subnet: '10.8.0.0/16,fd00::/48' } }), ['networks: it reaches fd00::/64 on eth0']);
});

test('swap is a problem where kubelet would find it', (t) => {
  const swap = { devices: ['/dev/sda2'], usedMb: 100 };
  t.deepEqual(found({}, { swap }), []);
  t.deepEqual(found({ swap: 'allowed' }, { swap, container: 'lxc' }), []);
  t.deepEqual(found({ swap: 'kept' }, { swap }), ['swap: /dev/sda2, 100 MiB in use']);
  t.deepEqual(found({}, { swap, container: 'lxc' }), ['swap: /dev/sda2, 100 MiB in use']);
  t.deepEqual(found({}, { swap: { ...swap, usedMb: 99_999 } }), ['swap: /dev/sda2, 99999 MiB in use']);
});

test('control groups of version 1 are a problem where kubelet refuses them, and so are missing ones', (t) => {
  t.deepEqual(found({ cgroup_v1: false }, { cgroup: 1 }), ['cgroup: control groups of version 1']);
  t.deepEqual(found({}, { cgroup: 1, cgroupControllers: ['cpu', 'cpuset', 'pids'] }), ['cgroup: no control group memory']);
});

test('names, addresses and the address of the API are checked against the machine', (t) => {
  t.deepEqual(found({ node_name: 'My_Node' }), ['hostname: My_Node']);
  t.deepEqual(found({ address: '10.0.0.99' }), ['address: 10.0.0.11 10.0.0.100']);
  t.deepEqual(found({ vip: '10.0.0.200' }), []);
  t.deepEqual(found({ vip: '10.0.1.200' }), ['vip: its network is 10.0.0.0/24']);
});

test('a check that is skipped finds nothing', (t) => {
  t.deepEqual(found({ min_cpus: 8, min_memory_mb: 5000, skip: ['cpus', 'memory'] }), []);
});

test('versions are compared by their numbers', (t) => {
  t.true(isAtLeast('6.1.0-18-amd64', '5.13'));
  t.false(isAtLeast('5.4.0', '5.13'));
  t.true(isAtLeast('22.04', '20.04'));
  t.false(isAtLeast('', '1'));
});

test('ranges know what they hold and cross', (t) => {
  const range = (text: string) => readRange(text)!;
  t.true(overlap(range('10.0.0.0/8'), range('10.96.0.0/12')));
  t.false(overlap(range('10.244.0.0/16'), range('10.245.0.0/16')));
  t.false(overlap(range('10.0.0.0/8'), range('::/0')));
  t.true(holds(range('fd00::/48'), range('fd00::1:2:3')));
  t.false(holds(range('10.0.0.0/24'), range('10.0.1.0')));
  t.is(readRange('10.0.0.0/33'), undefined);
  t.is(readRange('host'), undefined);
});

test('this machine tells of itself: a port that something listens on, one that is refused, and a clock that is its own', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { kind, result, message } = await tryModule(kubePreflight, {
    node_name: 'here', address: '127.0.0.1', ports: [{ port, by: ['kubelet'] }], peers: [{ host: 'me', address: '127.0.0.1', ports: [port, 1] }], disk_mb: { '/var/lib/nothing/here': 999_999_999 }, skip: ['systemd', 'cgroup', 'address'],
  }, { session: await session() });
  t.is(kind, 'ok', message);
  const { problems, peers, clock } = result as { problems: { check: string; found: string }[]; peers: { tries: { answer: string }[] }[]; clock: { least: number; most: number } };
  t.deepEqual(problems.map(({ check }) => check), ['disk', 'ports']);
  t.regex(problems[1]!.found, new RegExp(`^\\S+ \\(process ${process.pid}\\) at ${port}/tcp$`));
  t.deepEqual(peers[0]!.tries.map(({ answer }) => answer), ['open', 'refused']);
  t.true(clock.least <= 0 && clock.most >= 0 && clock.most - clock.least < 5, JSON.stringify(clock));
});

/** A port where nobody takes connections for a while: those that wait fill the queue, and who comes then hears nothing. */
async function openBusyPort(): Promise<{ port: number; free: () => void; close: () => Promise<unknown> }> {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(`
    const { parentPort, workerData } = require('node:worker_threads');
    const server = require('node:net').createServer(() => undefined).listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setTimeout(() => Atomics.wait(workerData, 0, 0), 50);
    });`, { eval: true, workerData: flag });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  await sleep(500);
  const waiting = [1, 2, 3, 4].map(() => connect({ port, host: '127.0.0.1' }).on('error', () => undefined));
  await sleep(500);
  const free = (): void => {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  };
  const close = async (): Promise<unknown> => {
    free();
    for (const each of waiting) each.destroy();
    return worker.terminate();
  };
  return { port, free, close };
}

test('in a cluster the endpoint gets a second chance', async (t) => {
  const { port, free, close } = await openBusyPort();
  t.teardown(close);
  const file = join(await tempFolder(t), 'kubelet.conf');
  await writeFile(file, '');
  const endpoint = `127.0.0.1 ${port}`;
  const words = preflightWords({ wait: 1, vip: '', ports: [], paths: [], tries: [endpoint], again: [], endpoint });
  const looking = run(['bash', '-c', preflightScript.replaceAll(joinedFile, file), 'sh', ...words], { timeout: 60 });
  await sleep(2000);
  free();
  t.true((await looking).stdout.includes(` ${endpoint} open\n`));
});
