/** kube_preflight_report: what is wrong between machines and variables, all of it in one table. */
import test from 'ava';
import { ModuleFailure } from '../../engine/module/change.ts';
import type { Here } from '../../engine/module/module.ts';
import report from '../../modules/kube_preflight_report.ts';
import type { Problem } from '../../modules/shared/preflight-problem.ts';
import type { Seen } from '../../modules/shared/preflight-seen.ts';

/** A machine with which nothing is wrong. */
const seen = (number: number, over: Partial<Seen> = {}): Seen => ({
  problems: [], node_name: `m${number}`, hostname: `m${number}`, address: `10.0.0.1${number}`, joined: false, machine_id: `id${number}`, product_uuid: `uuid${number}`,
  mac: `52:54:00:00:00:0${number}`, macs: [`52:54:00:00:00:0${number}`], filters: [], holds_vip: false, neighbour: '', clock: { least: -0.01, most: 0.01 }, peers: [], ...over,
});
const three = (over: Readonly<Record<number, Partial<Seen>>> = {}) => Object.fromEntries([1, 2, 3].map((number) => [`m${number}`, seen(number, over[number])]));
const cluster = { version: '1.35.9', control_planes: ['m1', 'm2', 'm3'], nodes: ['m1', 'm2', 'm3'], pod_subnet: '10.244.0.0/16', service_subnet: '10.96.0.0/12', endpoint_by: 'local', endpoint_port: 8443 };
const vip = { endpoint_by: 'vip', endpoint_host: '10.0.0.100', vip: '10.0.0.100', load_balancers: ['m1', 'm2', 'm3'] };

function judge(hosts: Record<string, unknown>, over: Record<string, unknown> = {}): { problems: readonly Problem[]; warnings: readonly string[]; message: string } {
  try {
    const { warnings = [], result } = report.plan(report.params.parse({ hosts, ...cluster, ...over }), undefined, {} as Here);
    return { problems: result!['problems'] as Problem[], warnings, message: '' };
  } catch (error) {
    if (!(error instanceof ModuleFailure)) throw error;
    return { problems: error.result['problems'] as Problem[], warnings: error.result['warnings'] as string[], message: error.message };
  }
}
const says = (hosts: Record<string, unknown>, over: Record<string, unknown> = {}): string[] => judge(hosts, over).problems.map(({ hosts, check, found }) => `${hosts.join('+')} ${check}: ${found}`.trim());

test('machines that differ in all that has to differ pass', (t) => {
  t.deepEqual(judge(three()), { problems: [], warnings: [], message: '' });
});

test('every problem of every host stands in one table, hosts with the same one in one row', (t) => {
  const memory = { check: 'memory' as const, found: '512 MiB', expected: '1700 MiB or more', remedy: 'give it more memory' };
  const { message } = judge(three({ 1: { problems: [{ hosts: ['m1'], ...memory }] }, 2: { problems: [{ hosts: ['m2'], ...memory }], node_name: 'M1' } }), { version: 'v1.35.9' });
  t.deepEqual(message.split('\n').map((line) => line.trimEnd()), [
    '3 problems on 2 hosts, found before anything is changed',
    'HOST       CHECK     FOUND                 EXPECTED                  REMEDY',
    '(cluster)  version   kube_version v1.35.9  a version such as 1.35.9  set kube_version without v, all three',
    '                                                                     numbers',
    'm1 m2      memory    512 MiB               1700 MiB or more          give it more memory',
    'm1 m2      hostname  m1 on 2 hosts         another on each host      set kube_node_name for each host',
  ]);
});

test('what a host says stays in its cell', (t) => {
  const { message } = judge(three({ 1: { problems: [{ hosts: ['m1'], check: 'os', found: 'evil\n\x1b[31mm2  os\t{{ 7 * 7 }}', expected: 'x', remedy: 'y' }] } }));
  t.true(message.split('\n').every((line) => !line.startsWith('m2')));
  t.regex(message, /evil \[31mm2 os \{\{ 7 \* 7 \}\}/);
});

test('names, addresses and ids that two machines share are found', (t) => {
  t.deepEqual(says(three({ 2: { machine_id: 'id1', product_uuid: 'uuid1', mac: '52:54:00:00:00:01', address: '10.0.0.11' } })), ['m1+m2 machine_id: id1 on 2 hosts', 'm1+m2 product_uuid: uuid1 on 2 hosts', 'm1+m2 mac: 52:54:00:00:00:01 on 2 hosts', 'm1+m2 address: 10.0.0.11 on 2 hosts']);
  t.deepEqual(says(three({ 1: { product_uuid: '' }, 2: { product_uuid: '' } })), [], 'a machine without firmware has no id to share');
  t.deepEqual(says(three({ 2: { hostname: 'm1' } })), [], 'the names of nodes count where machines are given them');
  t.deepEqual(says(three({ 2: { hostname: 'm1' } }), { keep_hostnames: true }), ['m1+m2 hostname: m1 on 2 hosts']);
});

test('clocks have to be certainly further off than the bound; what could not be read closely is a warning', (t) => {
  t.deepEqual(says(three({ 2: { clock: { least: 7.9, most: 8.1 } } })), ['m2 clock: 8.0 s ahead']);
  t.deepEqual(says(three({ 2: { clock: { least: -9, most: -8 } } }), { clock_skew: 10 }), []);
  const wide = judge(three({ 3: { clock: { least: -20, most: 0.1 } } }));
  t.deepEqual(wide.problems, []);
  t.regex(wide.warnings.join(), /the clock of m3 could not be read closely: between 20\.0 s behind and 0\.1 s ahead/);
  const all = judge(three({ 1: { clock: { least: 60, most: 60.1 } }, 2: { clock: { least: 60, most: 60.1 } }, 3: { clock: { least: 61, most: 61.1 } } }));
  t.is(all.problems.length, 3);
  t.true(all.problems.every(({ remedy }) => remedy.includes('clock of the controller')));
});

const peer = (host: string, ...answers: (readonly [number, string])[]) => ({ host, tries: answers.map(([port, answer]) => ({ address: '10.0.0.12', port, answer: answer as 'open', said: answer === 'failed' ? 'No route to host' : '' })) });

test('a machine that answers nothing is not reached; a port that alone stays silent is kept out on the way', (t) => {
  t.deepEqual(says(three({ 1: { peers: [peer('m2', [22, 'open'], [6443, 'refused'])] } })), []);
  t.deepEqual(says(three({ 1: { peers: [peer('m2', [22, 'silent'], [6443, 'failed'])] } })), ['m1 peers: m2 (10.0.0.12) does not answer at 22, 6443/tcp: No route to host']);
  t.deepEqual(says(three({ 1: { peers: [peer('m2', [22, 'open'], [6443, 'silent'])] } })), ['m1 peers: m2 (10.0.0.12) does not answer at 6443/tcp, but at other ports']);
});

test('a machine\'s own firewall, which is opened later, is no problem', (t) => {
  t.deepEqual(says(three({ 1: { peers: [peer('m2', [22, 'open'], [6443, 'silent'])] }, 2: { filters: ['ufw'] } })), []);
  const shut = judge(three({ 1: { peers: [peer('m2', [22, 'silent'])] }, 2: { filters: ['ufw'] } }));
  t.deepEqual([shut.problems.length, shut.warnings], [0, ['m2 does not answer m1 at 22/tcp; it may be its own firewall (ufw)']]);
  t.regex(judge(three({ 1: { peers: [peer('m2', [22, 'cannot'])] } })).warnings.join(), /m1 has neither bash nor nc nor curl/);
});

test('where the API answers one host it has to answer all', (t) => {
  const at = (answer: string, said = '') => ({ endpoint: { address: '10.0.0.100', port: 8443, answer: answer as 'open', said } });
  const over = { ...vip };
  t.deepEqual(says(three({ 1: at('silent'), 2: at('failed', 'No route to host'), 3: at('silent') }), over), [], 'nobody holds the address yet');
  t.deepEqual(says(three({ 1: { ...at('open'), joined: true }, 2: at('open'), 3: at('silent') }), over), ['m3 endpoint: no answer from 10.0.0.100 port 8443']);
  t.deepEqual(says(three({ 1: at('open'), 2: at('open'), 3: at('silent') }), over), [], 'before there is a cluster nobody need answer');
  t.deepEqual(says(three({ 1: at('refused'), 2: at('failed', 'Name or service not known'), 3: at('refused') }), { endpoint_by: 'external', endpoint_host: 'lb', endpoint_port: 6443 }), ['m2 endpoint: no answer from lb port 6443: Name or service not known']);
});

test('the address of the API is free or held by those that are to hold it', (t) => {
  t.deepEqual(says(three({ 1: { neighbour: '52:54:00:00:00:03' } }), vip), []);
  t.deepEqual(says(three({ 2: { neighbour: 'de:ad:be:ef:00:01' } }), vip), ['m2 vip: 10.0.0.100 is in use by de:ad:be:ef:00:01']);
  t.deepEqual(says(three({ 3: { holds_vip: true } }), { ...vip, load_balancers: ['m1', 'm2'] }), ['m3 vip: it has 10.0.0.100 itself']);
  t.deepEqual(says({ m1: seen(1, { neighbour: 'de:ad:be:ef:00:01' }) }, { ...vip, nodes: ['m1'] }), [], 'whom a run leaves out may hold it');
});

test('networks of pods, Services and hosts do not cross, and are neither too small nor too large', (t) => {
  t.deepEqual(says(three(), { pod_subnet: '10.96.0.0/16' }), ['networks: kube_pod_subnet 10.96.0.0/16 crosses kube_service_subnet 10.96.0.0/12']);
  t.deepEqual(says(three(), { pod_subnet: '10.0.0.0/16' }), ['m1 networks: its address is in kube_pod_subnet 10.0.0.0/16', 'm2 networks: its address is in kube_pod_subnet 10.0.0.0/16', 'm3 networks: its address is in kube_pod_subnet 10.0.0.0/16']);
  t.deepEqual(says(three(), { pod_subnet: '10.244.0.0/23' }), ['networks: kube_pod_subnet 10.244.0.0/23 has room for 2 nodes']);
  t.deepEqual(says(three(), { service_subnet: '172.0.0.0/8' }), ['networks: kube_service_subnet 172.0.0.0/8']);
  t.deepEqual(says(three(), { pod_subnet: '10.244.0.0', service_subnet: 'nothing' }), ['networks: kube_service_subnet nothing', 'networks: kube_pod_subnet 10.244.0.0 has room for 0 nodes']);
});

test('versions and ways that do not go together are found', (t) => {
  t.deepEqual(says(three(), { runtime: 'docker' }), ['version: container_runtime docker with 1.35.9']);
  t.deepEqual(says(three(), { version: '1.20.2', runtime: 'docker' }), []);
  t.deepEqual(says(three(), { version: '1.19.16' }), ['version: kube_version 1.19.16']);
  t.deepEqual(says(three(), { version: '1.28.1', proxy_mode: 'nftables' }), ['version: kube_proxy_mode nftables with 1.28.1']);
  t.regex(judge(three(), { proxy_mode: 'ipvs' }).warnings.join(), /ipvs is deprecated/);
});

test('addresses and ports of the API that cannot be are found; an even number of control planes is a warning', (t) => {
  t.deepEqual(says(three(), { ...vip, vip: '' }), ['inventory: kube_vip ""']);
  t.deepEqual(says(three(), { ...vip, vip: '10.0.0.12', endpoint_host: '10.0.0.12' }), ['inventory: kube_vip 10.0.0.12 is the address of m2']);
  t.deepEqual(says(three(), { ...vip, endpoint_port: 6443 }), ['inventory: kube_endpoint_port 6443 is kube_api_port too']);
  t.deepEqual(says(three(), { ...vip, endpoint_port: 6443, load_balancers: ['lb1'] }), [], 'a load balancer that is no control plane may use the same port');
  t.deepEqual(says(three(), { endpoint_by: 'external' }), ['inventory: no kube_endpoint_address']);
  t.regex(judge(three(), { control_planes: ['m1', 'm2'] }).warnings.join(), /2 control planes survive no more failures than 1/);
});

test('a host that could not be looked at is in the table too', (t) => {
  t.deepEqual(says({ ...three(), m4: {} }), ['m4 reachable: it could not be looked at']);
  t.deepEqual(says({ ...three(), m4: { unreachable: true } }, { skip: ['reachable'] }), []);
});
