import test from 'ava';
import { membersOf } from '../../../engine/inventory/groups.ts';
import { growInventory } from '../../../engine/inventory/grow-inventory.ts';
import { groupNames } from '../../../engine/inventory/variables.ts';
import { TextError } from '../../../engine/source/problem.ts';
import { inventoryOf, varsOf } from './written.ts';

const files = { hosts: 'lone\n[web]\nw1 a=1\n[web:vars]\nv=1\n', 'group_vars/fresh.yml': 'f: 1' };

test('a host is added with groups and variables, and the old inventory stays as it was', async (t) => {
  const before = await inventoryOf(t, files);
  const after = growInventory(before, [{ host: 'n1:2222', groups: ['web', 'fresh'], vars: { b: '{{ c }}' } }]);
  t.deepEqual(varsOf(after, 'n1'), { v: 1, f: 1, ansible_port: 2222, b: '{{ c }}' });
  t.deepEqual(after.hosts.get('n1')!.vars.get('b'), { data: '{{ c }}' });
  t.deepEqual(membersOf(after, 'web'), ['w1', 'n1']);
  t.deepEqual([before.hosts.has('n1'), before.groups.has('fresh'), membersOf(before, 'web')], [false, false, ['w1']]);
});

test('group_by puts hosts into groups, parents included, without moving them', async (t) => {
  const before = await inventoryOf(t, files);
  const after = growInventory(before, ['lone', 'w1'].map((host) => ({ host, groups: [`os_${host}`], parents: ['os'], existing: true })));
  t.deepEqual(groupNames(after, 'lone'), ['os', 'os_lone']);
  t.deepEqual(groupNames(after, 'w1'), ['os', 'os_w1', 'web']);
  t.deepEqual(membersOf(after, 'os'), ['lone', 'w1']);
  t.deepEqual([...membersOf(after, 'all')].sort(), [...membersOf(before, 'all')].sort());
  t.is(after.groups.get('os_w1')!.depth, 2);
});

test('an implicit localhost that is grouped stays out of all', async (t) => {
  const after = growInventory(await inventoryOf(t, files), [{ host: 'localhost', groups: ['here'], existing: true }]);
  t.deepEqual(membersOf(after, 'here'), ['localhost']);
  t.false(membersOf(after, 'all').includes('localhost'));
  t.deepEqual(varsOf(after, 'localhost'), { ansible_connection: 'local' });
});

test('bad names and circles are errors', async (t) => {
  const before = await inventoryOf(t, files);
  t.throws(() => growInventory(before, [{ host: 'a b', groups: ['c d'] }]), { instanceOf: TextError, message: /"a b"[^]*"c d"/ });
  t.throws(() => growInventory(before, [{ host: 'w1', groups: ['web'], parents: ['web'] }]), { instanceOf: TextError, message: /circle/ });
});
