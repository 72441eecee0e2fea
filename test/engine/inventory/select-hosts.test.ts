import test from 'ava';
import { readInventory } from '../../../engine/inventory/read-inventory.ts';
import { selectHosts } from '../../../engine/inventory/select-hosts.ts';
import { TextError } from '../../../engine/source/problem.ts';
import { folderOf, inventoryOf, type Files } from './written.ts';

const files: Files = {
  hosts: `loose1
loose2
[web]
web[01:03].lan
db[a:c]
h[1:10:4]
[k8s:children]
web
master
[master]
m1
loose1
::1
[etcd]
m1
10.0.0.[1:3]
[none]
`,
};

// Each row gives what ansible-core 2.14 gives for the same inventory.
const rows: readonly (readonly [string | readonly string[], string])[] = [
  ['all', 'loose2 m1 10.0.0.1 10.0.0.2 10.0.0.3 web01.lan web02.lan web03.lan dba dbb dbc h1 h5 h9 loose1 ::1'],
  ['k8s', 'web01.lan web02.lan web03.lan dba dbb dbc h1 h5 h9 m1 loose1 ::1'],
  ['m1', 'm1'],
  ['m1,web01.lan,m1', 'm1 web01.lan'],
  ['etcd:&master', 'm1'],
  ['master:etcd', 'm1 loose1 ::1 10.0.0.1 10.0.0.2 10.0.0.3'],
  ['!m1:master', 'loose1 ::1'],
  ['k8s:!web', 'm1 loose1 ::1'],
  ['&etcd:master:!10.0.0.1', 'm1'],
  ['!k8s:!etcd', 'loose2'],
  ['&master', 'm1 loose1 ::1'],
  ['web*', 'web01.lan web02.lan web03.lan dba dbb dbc h1 h5 h9'],
  ['web0?.lan', 'web01.lan web02.lan web03.lan'],
  ['*.lan', 'web01.lan web02.lan web03.lan'],
  ['db[ab]', 'dba dbb'],
  ['db[!a]', 'dbb dbc'],
  ['~db[bc]', 'dbb dbc'],
  ['~(?i)LOOSE', 'loose1 loose2'],
  ['~.*[13]$', 'loose1 h1 m1 ::1 10.0.0.1 10.0.0.3'],
  ['web[0]', 'web01.lan'],
  ['web[-1]', 'h9'],
  ['web[1:3]', 'web02.lan web03.lan dba'],
  ['web[7:]', 'h5 h9'],
  ['etcd[1-2]', '10.0.0.1 10.0.0.2'],
  ['*.lan[0]', 'web01.lan'],
  ['master:!master[0]', 'loose1 ::1'],
  ['none', ''],
  ['ungrouped', 'loose2'],
  ['localhost', '::1'],
  ['::1', '::1'],
  [['master', '!m1'], 'loose1 ::1'],
  [['etcd[0]', 'loose2, dba'], 'm1 loose2 dba'],
];

for (const [pattern, names] of rows) {
  test(`${JSON.stringify(pattern)} means ${names || 'no host'}`, async (t) => {
    const { hosts, problems } = selectHosts(await inventoryOf(t, files), pattern);
    t.is(hosts.map((host) => host.name).join(' '), names);
    t.deepEqual(problems, []);
  });
}

test('a range means the hosts of it that are there', async (t) => t.deepEqual(selectHosts(await inventoryOf(t, files), 'h[1:5]').hosts.map((host) => host.name), ['h1', 'h5']));

test('localhost is there without being in an inventory, and in no group', async (t) => {
  const inventory = await readInventory(['a,']);
  const { hosts, problems } = selectHosts(inventory, 'localhost');
  t.deepEqual(hosts.map(({ name, implicit }) => [name, implicit]), [['localhost', true]]);
  t.deepEqual(problems, []);
  t.deepEqual(selectHosts(inventory, 'all:localhost').hosts.map((host) => host.name), ['a', 'localhost']);
  t.deepEqual(selectHosts(inventory, 'all').hosts.map((host) => host.name), ['a']);
});

const unmatched: readonly (readonly [string, string, string | undefined])[] = [
  ['etdc', 'no group or host matches "etdc"', 'did you mean "etcd"?'],
  ['web:nope*', 'no group or host matches "nope*"', undefined],
  ['web:!dbz', 'no group or host matches "dbz"', 'did you mean "dba"?'],
  ['web[9]', '"web[9]" is beyond the 9 hosts it picks from', 'the first has number 0, the last -1'],
  ['m1[1]', '"m1[1]" is beyond the one host it picks from', 'the first has number 0, the last -1'],
  ['web[20:30]', '"web[20:30]" is beyond the 9 hosts it picks from', 'the first has number 0, the last -1'],
  ['web:etcd,m1', 'no group or host matches "web:etcd"', 'use commas or colons between terms, not both'],
];

for (const [pattern, message, hint] of unmatched) {
  test(`${pattern}: ${message}`, async (t) => {
    const { problems } = selectHosts(await inventoryOf(t, files), pattern);
    t.deepEqual(problems.map((problem) => problem.message), [message]);
    if (hint !== undefined) t.is(problems[0]!.hint, hint);
  });
}

test('a broken regular expression is a problem at the place of the pattern', async (t) => {
  const span = { source: { name: 'site.yml', text: 'hosts: ~(' }, start: 7, end: 9 };
  const { problems, hosts } = selectHosts(await inventoryOf(t, files), '~(', { span });
  t.deepEqual(hosts, []);
  t.regex(problems[0]!.message, /^"~\(" is not a valid pattern/);
  t.is(problems[0]!.span, span);
});

test('a limit narrows and keeps the order of the pattern', async (t) => {
  const inventory = await inventoryOf(t, files);
  const names = (limit: string): string => selectHosts(inventory, 'etcd:master', { limit }).hosts.map((host) => host.name).join(' ');
  t.is(names('loose1,m1'), 'm1 loose1');
  t.is(names('!m1'), '10.0.0.1 10.0.0.2 10.0.0.3 loose1 ::1');
  t.is(names('k8s:&etcd'), 'm1');
  t.is(names(''), 'm1 10.0.0.1 10.0.0.2 10.0.0.3 loose1 ::1');
  t.deepEqual(selectHosts(inventory, 'etcd', { limit: 'mx1' }).problems.map((problem) => problem.message), ['--limit: no group or host matches "mx1"']);
});

test('a limit may name a file with a term on each line', async (t) => {
  const inventory = await inventoryOf(t, files);
  const folder = folderOf(t, { retry: 'm1\n\n loose1 \n10.0.0.1\n!loose1\n' });
  t.is(selectHosts(inventory, 'all', { limit: `@${folder}/retry` }).hosts.map((host) => host.name).join(' '), 'm1 10.0.0.1');
  t.throws(() => selectHosts(inventory, 'all', { limit: `@${folder}/nothing` }), { instanceOf: TextError, message: /cannot read .*nothing: no such file/ });
});

test('a name of both a group and a host means the host, and the group where it is taken out', async (t) => {
  const inventory = await inventoryOf(t, { hosts: '[x]\na\n[y]\nx\nb\n' });
  t.is(selectHosts(inventory, 'x').hosts.map((host) => host.name).join(' '), 'x');
  t.is(selectHosts(inventory, 'all:!x').hosts.map((host) => host.name).join(' '), 'x b');
});

test('patterns pick from twenty thousand hosts', async (t) => {
  const inventory = await inventoryOf(t, { hosts: '[a]\nh[1:20000].lan\n[b]\nh[1:20000:2].lan\n' });
  t.is(selectHosts(inventory, 'a:&b:!h1*', { limit: '~h[2-9]' }).hosts.length, 4444);
});
