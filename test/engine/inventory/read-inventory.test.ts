import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { membersOf } from '../../../engine/inventory/groups.ts';
import { readInventory } from '../../../engine/inventory/read-inventory.ts';
import { textKind } from '../../../engine/inventory/source-kind.ts';
import { folderOf, inventoryOf, problemsOf, shown, varsOf } from './written.ts';

const kinds: readonly (readonly [string, string, 'yaml' | 'ini'])[] = [
  ['hosts', '[web]\nh1\n', 'ini'], ['hosts', 'h1\n', 'ini'], ['hosts', 'h1:2222 a=b\n', 'ini'], ['hosts', '# x\n\n; y\nh1\n', 'ini'], ['hosts', '', 'ini'], ['hosts', '[a:b]:22\n', 'ini'],
  ['hosts', 'all:\n', 'yaml'], ['hosts', '# x\n---\nall:\n', 'yaml'], ['hosts', '"all": {}\n', 'yaml'], ['hosts', '{"all": {}}', 'yaml'], ['hosts.prod', 'all:\n', 'yaml'],
  ['hosts.yml', 'h1\n', 'yaml'], ['hosts.yaml', '', 'yaml'], ['hosts.json', '{}', 'yaml'], ['hosts.yml', '[web]\nh1\n', 'ini'], ['hosts.ini', 'h1\n', 'ini'],
];

for (const [file, text, kind] of kinds) test(`${file} with ${JSON.stringify(text)} is ${kind}`, (t) => t.is(textKind(file, text), kind));

test('a list of hosts is an inventory', async (t) => {
  const inventory = await readInventory(['h1, h2:2222,10.0.0.[1:2],[::1]:22,']);
  t.deepEqual([...inventory.hosts.keys()], ['h1', 'h2', '10.0.0.1', '10.0.0.2', '::1']);
  t.deepEqual(varsOf(inventory, 'h2'), { ansible_port: 2222 });
  t.deepEqual(membersOf(inventory, 'ungrouped').length, 5);
});

test('a list may be longer than any path', async (t) => {
  const names = Array.from({ length: 2000 }, (_, i) => `host${i}`);
  t.deepEqual([...(await readInventory([names.join(',')])).hosts.keys()], names);
});

test('a folder gives all of its inventories in the order of their names, and leaves out what Ansible leaves out', async (t) => {
  const inventory = await inventoryOf(t, {
    'i/02.yml': 'web: {hosts: {b: {x: 2}}}', 'i/01': '[web]\na\nb x=1\n', 'i/sub/more': '[web]\nc\n', 'i/hosts.ini': 'never', 'i/README.md': 'never', 'i/.hidden': 'never',
    'i/old.bak': 'never', 'i/old~': 'never', 'i/x.orig': 'never', 'i/x.retry': 'never', 'i/x.pyc': 'never', 'i/group_vars/web.yml': 'g: 1', 'i/host_vars/c': 'h: 1',
  }, ['i']);
  t.deepEqual(membersOf(inventory, 'all'), ['a', 'b', 'c']);
  t.deepEqual(varsOf(inventory, 'b'), { g: 1, x: 2 });
  t.deepEqual(varsOf(inventory, 'c'), { g: 1, h: 1 });
  t.regex(inventory.warnings.map(shown).join('\n'), /^\S*hosts\.ini is not read: in a folder of inventories Ansible leaves out \.ini and \.cfg files$/);
});

test('a later source adds to an earlier one and wins over it', async (t) => {
  const inventory = await inventoryOf(t, { 'one/hosts': '[web]\na x=1 y=1\n[web:vars]\nv=1\n', 'one/group_vars/web': 'w: 1', 'two/hosts.yml': 'web: {hosts: {a: {x: 2}, b: }, vars: {v: 2}}', 'two/group_vars/web': 'w: 2' }, ['one/hosts', 'two/hosts.yml']);
  t.deepEqual(varsOf(inventory, 'a'), { v: 2, w: 2, x: 2, y: 1 });
  t.deepEqual(membersOf(inventory, 'web'), ['a', 'b']);
  t.is(inventory.hosts.get('a')!.file, path.join(inventory.folder, 'one/hosts'));
  t.is(inventory.hosts.get('b')!.folder, path.join(inventory.folder, 'two'));
});

test('the problems of all sources and of their variables come together', async (t) => {
  const found = await problemsOf(t, { a: 'h x\n', 'b.yml': 'all: {hots: {}}\nweb: {hosts: {h: }}', 'c.yml': 'all: [', 'group_vars/web.yml': '- 1\n', 'd.toml': '' }, ['a', 'b.yml', 'c.yml', 'd.toml', 'nothing.yml']);
  const patterns = [/^a:1:3 "x" is not name=value$/, /^b.yml:1:7 unknown key "hots"/, /^c.yml:1:\d+ not valid YAML/, /TOML are not supported$/, /there is no inventory ".*nothing.yml"$/, /^web.yml:1:1 a file of variables is a mapping, not a list$/];
  t.is(found.length, patterns.length);
  for (const pattern of patterns) t.true(found.some((line) => pattern.test(line)), `${pattern} in ${found.join('\n')}`);
});

test('no source, or an empty one, makes an inventory without hosts', async (t) => {
  t.is((await readInventory([])).hosts.size, 0);
  t.is((await inventoryOf(t, { 'hosts.yml': '# nothing yet\n' })).hosts.size, 0);
  t.is((await inventoryOf(t, { hosts: '' })).hosts.size, 0);
});

test('a file of ten megabytes is refused at once', async (t) => {
  const folder = folderOf(t, {});
  writeFileSync(path.join(folder, 'hosts'), 'h\n'.repeat(5_000_000));
  await t.throwsAsync(() => readInventory([path.join(folder, 'hosts')]), { message: /larger than 4 MiB/ });
});

test('hosts and groups past all reason are refused', async (t) => {
  t.regex((await problemsOf(t, { hosts: 'a[1:90000]\nb[1:90000]\n' }))[0]!, /more than 100000 hosts/);
  t.regex((await problemsOf(t, { hosts: Array.from({ length: 10_001 }, (_, i) => `[g${i}]`).join('\n') }))[0]!, /more than 10000 groups/);
});

test('a chain of a thousand groups is no trouble', async (t) => {
  const chain = Array.from({ length: 1000 }, (_, i) => `[g${i}:children]\ng${i + 1}\n`).join('');
  const inventory = await inventoryOf(t, { hosts: `${chain}[g1000]\nh\n` });
  t.deepEqual(membersOf(inventory, 'g0'), ['h']);
  t.is(inventory.groups.get('g1000')!.depth, 1001);
});

test('a thousand hosts in six groups are read', async (t) => {
  const names = Array.from({ length: 1000 }, (_, i) => `h${i}.lan`);
  const text = Array.from({ length: 6 }, (_, group) => `[g${group}]\n${names.map((name) => `${name} rack=r1 x="6443"`).join('\n')}\n`).join('');
  const inventory = await inventoryOf(t, { hosts: text });
  t.is(inventory.hosts.size, 1000);
});
