/** Which inventories are labs, and what is said of those that are wrong. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { readExtraVars } from '../../../engine/cli/extra-vars.ts';
import { readInventory } from '../../../engine/inventory/read-inventory.ts';
import { chooseMachines, planLab, usualBinds, type LabHost } from '../../../engine/lab/plan.ts';
import { mirrorUrl } from '../../../engine/lab/mirror-server.ts';
import { connectionVariables } from '../../../engine/lab/ssh.ts';
import { addressNumber, contains } from '../../../engine/lab/subnet.ts';
import { hostVariables } from '../../../engine/run/host-variables.ts';
import { TextError } from '../../../engine/source/problem.ts';
import { tempFolder } from '../../support/try-module.ts';

const vars = { lab_name: 'try', lab_subnet: '10.9.8.0/24' };
const host = (name: string, address: string | undefined, more: Record<string, unknown> = {}): LabHost => ({ name, address, groups: ['etcd'], vars: { ...vars, ...more } });

test('the hosts with a lab_subnet are the lab, others are left out', (t) => {
  const plan = planLab([host('a', '10.9.8.11'), { name: 'server', address: '192.0.2.1', groups: [], vars: {} }, host('b', '10.9.8.12')]);
  t.like(plan, { name: 'try', bridge: 'kp-try', directory: '/var/lib/kplay/lab/try', subnet: { text: '10.9.8.0/24', bits: 24 } });
  t.deepEqual(plan.machines, [
    { name: 'a', address: '10.9.8.11', groups: ['etcd'], binds: usualBinds },
    { name: 'b', address: '10.9.8.12', groups: ['etcd'], binds: usualBinds },
  ]);
});

test('the folder, the bridge and the binds can be chosen', (t) => {
  const chosen = { lab_dir: '/srv/lab', lab_bridge: 'br-lab', lab_binds: ['/data'] };
  t.like(planLab([host('a', '10.9.8.11', chosen)]), { directory: '/srv/lab', bridge: 'br-lab', machines: [{ binds: ['/data'] }] });
  t.is(planLab([host('a', '10.9.8.11')], '/srv').directory, '/srv/try');
  t.is(planLab([{ ...host('a', '10.9.8.11'), vars: { lab_subnet: '10.9.8.0/24' } }]).name, 'local');
});

test('a mirror is a folder and a port of this host, 8080 unless another is asked for, and none by default', (t) => {
  const of = (more: Record<string, unknown>): unknown[] => { const { mirror, mirrorPort } = planLab([host('a', '10.9.8.11', more)]); return [mirror, mirrorPort]; };
  t.deepEqual(of({}), [undefined, 8080]);
  t.deepEqual(of({ lab_mirror: '' }), [undefined, 8080]);
  t.deepEqual(of({ lab_mirror: '/srv/my mirror', lab_mirror_port: 8081 }), ['/srv/my mirror', 8081]);
  t.is(mirrorUrl(planLab([host('a', '10.9.8.11', { lab_mirror: '/srv/m', lab_mirror_port: '90' })])), 'http://10.9.8.1:90');
});

test('a long name gives a bridge name that an interface can have, another for each lab', (t) => {
  const bridge = (name: string): string => planLab([host('a', '10.9.8.11', { lab_name: name })]).bridge;
  t.is(bridge('a-rather-long-name-1').length, 15);
  t.not(bridge('a-rather-long-name-1'), bridge('a-rather-long-name-2'));
});

const wrong: Record<string, { hosts: LabHost[]; says: RegExp[] }> = {
  'no host at all': { hosts: [], says: [/the inventory has no host/] },
  'no lab machine': { hosts: [{ name: 'server', groups: [], vars: {} }], says: [/none of the inventory's 1 hosts has the variable lab_subnet/] },
  'no address': { hosts: [host('a', undefined)], says: [/lab machine a has no address/, /set ansible_host; addresses of this lab go from 10\.9\.8\.2 to 10\.9\.8\.254/] },
  'no IPv4 address': { hosts: [host('a', 'a.example.org')], says: [/has the address "a\.example\.org", expected an IPv4 address/] },
  'an address outside of the subnet': { hosts: [host('a', '10.9.9.11')], says: [/10\.9\.9\.11, which is not in the lab's subnet 10\.9\.8\.0\/24/] },
  'the gateway': { hosts: [host('a', '10.9.8.1')], says: [/10\.9\.8\.1, which is this host's own/] },
  'the network itself': { hosts: [host('a', '10.9.8.0')], says: [/10\.9\.8\.0, which no machine can have/] },
  'the broadcast address': { hosts: [host('a', '10.9.8.255')], says: [/10\.9\.8\.255, which no machine can have/] },
  'one address twice': { hosts: [host('a', '10.9.8.11'), host('b', '10.9.8.11')], says: [/lab machines a and b have the same address 10\.9\.8\.11/] },
  'a name that is no host name': { hosts: [host('../a', '10.9.8.11')], says: [/"\.\.\/a" cannot be the name of a lab machine/] },
  'a subnet with host bits': { hosts: [host('a', '10.9.8.11', { lab_subnet: '10.9.8.1/24' })], says: [/lab_subnet is "10\.9\.8\.1\/24", expected a subnet/] },
  'a subnet that is a number': { hosts: [host('a', '10.9.8.11', { lab_subnet: 10 })], says: [/lab_subnet is 10, expected a subnet/] },
  'two subnets': { hosts: [host('a', '10.9.8.11'), host('b', '10.9.7.11', { lab_subnet: '10.9.7.0/24' })], says: [/differ in lab_subnet: "10\.9\.8\.0\/24" for a, "10\.9\.7\.0\/24" for b/] },
  'a name with a slash': { hosts: [host('a', '10.9.8.11', { lab_name: '../x' })], says: [/lab_name is "\.\.\/x", expected/] },
  'a folder that would end a mount option': { hosts: [host('a', '10.9.8.11', { lab_dir: '/srv/a,b' })], says: [/lab_dir is "\/srv\/a,b", expected an absolute path/] },
  'a folder that was not rendered': { hosts: [host('a', '10.9.8.11', { lab_dir: '{{ nothing }}/a' })], says: [/lab_dir is "\{\{ nothing \}\}\/a", expected/] },
  'a bind that leads elsewhere': { hosts: [host('a', '10.9.8.11', { lab_binds: ['/var/../etc:/etc'] })], says: [/lab_binds of a is .*, expected a list of absolute paths/] },
  'a mirror that is no absolute path': { hosts: [host('a', '10.9.8.11', { lab_mirror: 'mirror' })], says: [/lab_mirror is "mirror", expected the absolute path of a mirror folder/] },
  'a mirror on no port': { hosts: [host('a', '10.9.8.11', { lab_mirror_port: 0 })], says: [/lab_mirror_port is .*, expected a port/] },
  'several things at once': { hosts: [host('a', undefined), host('b', '10.9.9.1')], says: [/machine a has no address/, /10\.9\.9\.1, which is not in/] },
};
for (const [what, { hosts, says }] of Object.entries(wrong)) {
  test(`${what} is refused with a reason`, (t) => {
    const error = t.throws(() => planLab(hosts), { instanceOf: TextError });
    for (const words of says) t.regex(error.message, words);
  });
}

test('a command about a machine that does not exist names the nearest', (t) => {
  const plan = planLab([host('node1', '10.9.8.11'), host('node2', '10.9.8.12')]);
  t.deepEqual(chooseMachines(plan, []), plan.machines);
  t.deepEqual(chooseMachines(plan, ['node2']).map(({ name }) => name), ['node2']);
  t.regex(t.throws(() => chooseMachines(plan, ['nod2']), { instanceOf: TextError }).message, /has no machine "nod2"[^]*did you mean "node2"/);
});

test('the default inventory is a lab of five machines, three of them for etcd and control planes', (t) => {
  const { lab, etcd, kube_control_plane: control, kube_node: node } = (parse(readFileSync('inventory/lab.yml', 'utf8')) as { all: { children: Record<string, { vars: LabHost['vars']; hosts: Record<string, { ansible_host: string }> }> } }).all.children;
  const shared = { lab_name: lab!.vars['lab_name'], lab_subnet: lab!.vars['lab_subnet'] };
  const plan = planLab(Object.entries(lab!.hosts).map(([name, vars]) => ({ name, address: vars.ansible_host, groups: [], vars: shared })));
  const members = (group: typeof lab): number => Object.keys(group!.hosts).filter((name) => plan.machines.some((machine) => machine.name === name)).length;
  t.deepEqual([plan.machines.length, members(etcd), members(control), members(node)], [5, 3, 3, 2]);
  const vip = addressNumber(String(lab!.vars['kube_vip']))!;
  t.true(contains(plan.subnet, vip) && !plan.machines.some(({ address }) => addressNumber(address) === vip), 'the virtual address is free');
  const wanted = connectionVariables(plan);
  const rendered = (name: string): string => String(lab!.vars[name]).replaceAll('{{ lab_dir }}', plan.directory);
  for (const [name, value] of Object.entries(wanted)) t.is(rendered(name), value, 'the lab is reached as the lab says');
});

test('the default lab takes what `kplay lab kubernetes` wrote, and released Kubernetes where it wrote nothing', async (t) => {
  const labs = await tempFolder(t);
  mkdirSync(path.join(labs, 'local'));
  process.env['KPLAY_LAB_DIR'] = labs;
  t.teardown(() => { delete process.env['KPLAY_LAB_DIR']; });
  const inventory = await readInventory(['inventory/lab.yml']);
  const names = ['mirror_url', 'lab_mirror', 'kube_version', 'kube_network', 'kube_dns_enabled'];
  const read = (): unknown[] => { const vars = hostVariables(inventory, readExtraVars([]))('node1'); return names.map((name) => vars[name]); };
  const defaults = parse(readFileSync('playbooks/roles/kube_defaults/defaults/main.yml', 'utf8')) as Record<string, unknown>;
  const released = ['', '', defaults['kube_version'], defaults['kube_network'], true];
  t.deepEqual(read(), released);
  writeFileSync(path.join(labs, 'local/kubernetes.json'), '{}\n');
  t.deepEqual(read(), released);
  writeFileSync(path.join(labs, 'local/kubernetes.json'), JSON.stringify({ mirror_url: 'http://10.213.0.1:8080', version: '1.20.2', folder: '/var/cache/x' }));
  t.deepEqual(read(), ['http://10.213.0.1:8080', '/var/cache/x', '1.20.2', 'routes', false]);
});
