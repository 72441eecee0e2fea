import path from 'node:path';
import test from 'ava';
import { checkPlaybookVars } from '../../../engine/inventory/check-variables.ts';
import { groupNames, groupsOf, hostMagic, variableLayers } from '../../../engine/inventory/variables.ts';
import { TextError } from '../../../engine/source/problem.ts';
import { inventoryOf, problemsOf, shown, varsOf } from './written.ts';

/** A file for each place in the order of precedence. */
const files = {
  'inv/hosts.yml': `
all:
  vars: {v0: inv all, v1: inv all, v2: inv all, v3: inv all, v4: inv all, v5: inv all, v6: inv all, v7: inv all, v8: inv all}
  children:
    outer:
      vars: {v1: inv outer, depth: outer}
      children:
        zone: {vars: {depth: zone}, hosts: {h1: {v6: inv h1, v7: inv h1, v8: inv h1}}}
    alpha: {vars: {rank: alpha, ansible_group_priority: 5}, hosts: {h1: }}
    beta: {vars: {rank: beta}, hosts: {h1: }}
`,
  'inv/group_vars/all.yml': 'v2: inv gv all\nv3: inv gv all\nv4: inv gv all\nv5: inv gv all\n',
  'inv/group_vars/outer.yaml': 'v4: inv gv outer\nv5: inv gv outer\nv6: inv gv outer\norder: outer\n',
  'inv/group_vars/zone/b.yml': 'order: zone b\nb: 1\n',
  'inv/group_vars/zone/c': 'c: 1\nb: c\n',
  'inv/group_vars/zone/a.json': '{"b": 0, "a": 0}',
  'inv/group_vars/zone/deep/d.yml': 'd: 1',
  'inv/group_vars/zone/x.txt': 'never: 1',
  'inv/group_vars/zone/.y.yml': 'never: 1',
  'inv/group_vars/zone/z~': 'never: 1',
  'inv/host_vars/h1.yml': 'v7: inv hv h1\nv8: inv hv h1\n',
  'two/more': '[outer]\nh3\n',
  'two/group_vars/outer': 'order: two outer\n',
  'pb/group_vars/all': 'v3: pb gv all\nv4: pb gv all\nv5: pb gv all\n',
  'pb/group_vars/outer.yml': 'v5: pb gv outer\n',
  'pb/host_vars/h1.json': '{"v8": "pb hv h1"}',
  'pb/host_vars/localhost.yml': 'me: true',
};

test('each layer wins over those before it, in Ansible\'s order', async (t) => {
  const inventory = await inventoryOf(t, files, ['inv/hosts.yml', 'two/more']);
  const vars = varsOf(inventory, 'h1', path.join(inventory.folder, 'pb'));
  t.like(vars, { v0: 'inv all', v1: 'inv outer', v2: 'inv gv all', v3: 'pb gv all', v4: 'inv gv outer', v5: 'pb gv outer', v6: 'inv h1', v7: 'inv hv h1', v8: 'pb hv h1' });
  t.is(vars['depth'], 'zone', 'a deeper group wins');
  t.is(vars['rank'], 'alpha', 'priority wins over the name among groups of one depth');
  t.is(vars['order'], 'two outer', 'a later source wins over deeper groups of an earlier one');
  t.like(vars, { a: 0, b: 'c', c: 1, d: 1 }, 'the files of a folder come by name');
  t.false('never' in vars);
});

test('layers say where they come from', async (t) => {
  const inventory = await inventoryOf(t, files, ['inv/hosts.yml', 'two/more']);
  const labels = variableLayers(inventory, 'h1', path.join(inventory.folder, 'pb')).map((layer) => layer.label.replace(`${inventory.folder}/`, '').replace(/^.*kplay-inventory-[^/]*\//, ''));
  t.deepEqual(labels, [
    'inventory: group all', 'inventory: group beta', 'inventory: group outer', 'inventory: group alpha', 'inventory: group zone', 'inv/group_vars/all.yml', 'pb/group_vars/all',
    'inv/group_vars/outer.yaml', 'inv/group_vars/zone/a.json', 'inv/group_vars/zone/b.yml', 'inv/group_vars/zone/c', 'inv/group_vars/zone/deep/d.yml', 'two/group_vars/outer', 'pb/group_vars/outer.yml',
    'inventory: host h1', 'inv/host_vars/h1.yml', 'pb/host_vars/h1.json',
  ]);
});

test('the implicit localhost has what is said of all and of localhost', async (t) => {
  const inventory = await inventoryOf(t, files, ['inv/hosts.yml']);
  t.like(varsOf(inventory, 'localhost', path.join(inventory.folder, 'pb')), { v0: 'inv all', v3: 'pb gv all', ansible_connection: 'local', me: true });
  t.deepEqual(groupNames(inventory, 'localhost'), []);
});

test('magic variables are as in Ansible', async (t) => {
  const inventory = await inventoryOf(t, { 'inv/hosts': 'lone\n10.0.0.1\n[b]\na.b.c\n[z:children]\nb\n' });
  t.deepEqual(groupsOf(inventory), { all: ['lone', '10.0.0.1', 'a.b.c'], ungrouped: ['lone', '10.0.0.1'], b: ['a.b.c'], z: ['a.b.c'] });
  t.deepEqual(groupNames(inventory, 'a.b.c'), ['b', 'z']);
  t.deepEqual(groupNames(inventory, 'lone'), ['ungrouped']);
  const file = path.join(inventory.folder, 'inv/hosts');
  t.deepEqual(hostMagic(inventory, 'a.b.c'), { inventory_hostname: 'a.b.c', inventory_hostname_short: 'a', inventory_dir: path.dirname(file), inventory_file: file });
  t.is(hostMagic(inventory, '10.0.0.1').inventory_hostname_short, '10.0.0.1');
  t.is(hostMagic(inventory, 'localhost').inventory_dir, null);
});

test('mistakes in variable files are found when the inventory is read, those of other inventories never', async (t) => {
  const found = await problemsOf(t, { hosts: '[web]\nh1\n', 'group_vars/web/a.yml': 'a: [\n', 'group_vars/web/b.yml': '- x', 'host_vars/h1': 'just text', 'group_vars/other.yml': 'a: [' });
  t.is(found.length, 3);
  t.regex(found[0]!, /^a\.yml:\d+:\d+ not valid YAML/);
  t.deepEqual(found.slice(1), ['b.yml:1:1 a file of variables is a mapping, not a list', 'h1:1:1 a file of variables is a mapping, not a single value']);
});

test('an empty file of variables is no mistake', async (t) => {
  const inventory = await inventoryOf(t, { hosts: '[web]\nh1\n', 'group_vars/web': '# later\n', 'host_vars/h1.yml': '' });
  t.deepEqual(varsOf(inventory, 'h1'), {});
});

test('files that are surely misnamed, doubled or without effect are warnings', async (t) => {
  const { warnings } = await inventoryOf(t, { hosts: '[etcd]\nh1\n', 'group_vars/ectd.yml': '', 'group_vars/windows.yml': '', 'host_vars/h2.yml': '', 'group_vars/all/a.yml': '', 'group_vars/all.yml': 'x: 1', 'group_vars/etcd.yml': 'ansible_group_priority: 3' });
  const lines = warnings.map((warning) => `${shown(warning)} = ${warning.hint}`.replace(/\S*group_vars\//, ''));
  t.deepEqual(lines, [
    'all.yml is not read: all of the same name comes before it, as in Ansible = move it into a folder of that name, which may hold several files',
    'etcd.yml:1:25 ansible_group_priority works in the inventory file alone, as in Ansible = move it to the vars of the group in the inventory',
    'ectd.yml belongs to no group of the inventory = did you mean "etcd"?',
  ]);
});

test('the variables beside a playbook are checked before it runs', async (t) => {
  const inventory = await inventoryOf(t, { hosts: '[etcd]\nh1\n', 'pb/group_vars/etcd.yml': 'a: [', 'ok/group_vars/ectd.yml': '' });
  const error = t.throws(() => checkPlaybookVars(inventory, path.join(inventory.folder, 'pb')), { instanceOf: TextError });
  t.is(error.problems.length, 1);
  t.is(checkPlaybookVars(inventory, path.join(inventory.folder, 'ok')).length, 1);
});
