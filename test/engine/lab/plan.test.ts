/** Which inventories are labs, and what is said of those that are wrong. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { parse } from 'yaml';
import { chooseMachines, planLab, usualBinds, type LabHost } from '../../../engine/lab/plan.ts';
import { connectionVariables } from '../../../engine/lab/ssh.ts';
import { TextError } from '../../../engine/source/problem.ts';

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

test('the default inventory is a lab of four machines, three of them for etcd', (t) => {
  const { lab, etcd } = (parse(readFileSync('inventory/lab.yml', 'utf8')) as { all: { children: Record<string, { vars: LabHost['vars']; hosts: Record<string, { ansible_host: string }> }> } }).all.children;
  const shared = { lab_name: lab!.vars['lab_name'], lab_subnet: lab!.vars['lab_subnet'] };
  const plan = planLab(Object.entries(lab!.hosts).map(([name, vars]) => ({ name, address: vars.ansible_host, groups: [], vars: shared })));
  t.is(plan.machines.length, 4);
  t.is(Object.keys(etcd!.hosts).filter((name) => plan.machines.some((machine) => machine.name === name)).length, 3);
  const wanted = connectionVariables(plan);
  const rendered = (name: string): string => String(lab!.vars[name]).replaceAll('{{ lab_dir }}', plan.directory);
  for (const [name, value] of Object.entries(wanted)) t.is(rendered(name), value, 'the lab is reached as the lab says');
});
