import test from 'ava';
import { membersOf } from '../../../engine/inventory/groups.ts';
import { locate } from '../../../engine/source/source.ts';
import { spanWithin } from '../../../engine/source/tree.ts';
import { inventoryOf, problemsOf, shown, varsOf } from './written.ts';

// What ansible-core 2.14 makes of each value on a host line.
const onHostLine: readonly (readonly [string, unknown])[] = [
  ['6443', 6443], ['"6443"', 6443], [`'"6443"'`, '6443'], ['True', true], ['yes', 'yes'], ['0644', '0644'], ['1.10', 1.1], ['[1,2]', [1, 2]], ['None', null],
  ['"two words"', 'two words'], ['', ''], ['a=b', 'a=b'], [`"{'k': 1}"`, { k: 1 }], ['10.0.0.1', '10.0.0.1'], ['1,2', [1, 2]], ['"{{ x }}"', '{{ x }}'],
];

for (const [text, value] of onHostLine) test(`on a host line a=${text} is ${JSON.stringify(value)}`, async (t) => t.deepEqual(varsOf(await inventoryOf(t, { hosts: `h a=${text}\n` }), 'h'), { a: value }));

const inVars: readonly (readonly [string, unknown])[] = [
  ['"6443"', '6443'], ['6443', 6443], ['yes', 'yes'], ['True', true], ['two words', 'two words'], ["'a b'", 'a b'], ['', ''], ['80 # web', 80], ['a # b', 'a # b'], ['{{ x }}/y', '{{ x }}/y'], ['[1, 2]', [1, 2]],
];

for (const [text, value] of inVars) test(`under [g:vars] a = ${text} is ${JSON.stringify(value)}`, async (t) => t.deepEqual(varsOf(await inventoryOf(t, { hosts: `[g]\nh\n[g:vars]\na = ${text}\n` }), 'h'), { a: value }));

const sample = `# first
loose ; x=1

[web]
web[01:02].lan:8022 n=1
[k8s:children]
web
master   # the one
[k8s:vars]
v=k8s
[master]
m1
[all:vars]
v=all
[k8s:children]
edge
[edge]
m1 n=2
`;

test('sections, children named before their section, ports and ranges make the inventory', async (t) => {
  const inventory = await inventoryOf(t, { hosts: sample.replace(' ; x=1', '') });
  t.deepEqual([...inventory.groups.keys()], ['all', 'ungrouped', 'web', 'k8s', 'master', 'edge']);
  t.deepEqual(inventory.groups.get('k8s')!.children, ['web', 'master', 'edge']);
  t.deepEqual(membersOf(inventory, 'all'), ['loose', 'web01.lan', 'web02.lan', 'm1']);
  t.deepEqual(membersOf(inventory, 'ungrouped'), ['loose']);
  t.deepEqual(varsOf(inventory, 'web02.lan'), { v: 'k8s', ansible_port: 8022, n: 1 });
  t.deepEqual(varsOf(inventory, 'm1'), { v: 'k8s', n: 2 });
  t.deepEqual(varsOf(inventory, 'loose'), { v: 'all' });
  t.deepEqual(inventory.warnings, []);
});

test('a byte order mark and Windows line ends are no part of names and values', async (t) => {
  const inventory = await inventoryOf(t, { hosts: '\uFEFF[web]\r\nh1 a=x\r\n[web:vars]\r\nb=y\r\n' });
  t.deepEqual(membersOf(inventory, 'web'), ['h1']);
  t.deepEqual(varsOf(inventory, 'h1'), { a: 'x', b: 'y' });
});

test('a template in a value is marked where it stands, quotes or not', async (t) => {
  const inventory = await inventoryOf(t, { hosts: '[g]\nh a="x {{ y }}"\n[g:vars]\nb = x {{ y }}\nc = "x {{ y }}"\n' });
  const places = ['a', 'b', 'c'].map((name) => {
    const value = inventory.hosts.get('h')!.vars.get(name) ?? inventory.groups.get('g')!.vars.get(name)!;
    const tree = 'tree' in value ? value.tree : undefined;
    const span = tree?.kind === 'scalar' ? spanWithin(tree, 2, 9) : undefined;
    return span && [span.source.text.slice(span.start, span.end), locate(span).line, locate(span).column];
  });
  t.deepEqual(places, [['{{ y }}', 2, 8], ['{{ y }}', 4, 7], ['{{ y }}', 5, 8]]);
});

const broken = `[web
[my group]
under it
[web:childs]
x
[etcd]
h1 b={{ y }}
h2 ansible_port
h3 a="open
h4:99999
h[01:9]
[k8s:children]
etdc
h1 a=b
[nope:vars]
a=1
[etcd:vars]
a: 1
=3
ansible_group_priority=high
`;

test('all mistakes are told at once, each at its place, in their order', async (t) => {
  t.deepEqual(await problemsOf(t, { 'hosts.ini': broken }), [
    'hosts.ini:1:1 "[" is never closed in "[web"',
    'hosts.ini:2:1 "[my group]" is not a section',
    'hosts.ini:4:6 unknown kind of section "childs"',
    'hosts.ini:7:9 "y" is not name=value',
    'hosts.ini:8:4 "ansible_port" is not name=value',
    'hosts.ini:9:6 this " is never closed',
    'hosts.ini:10:1 port 99999 is not within 1 to 65535',
    'hosts.ini:11:1 the ends of the range "[01:9]" must have as many digits as each other, for "01" begins with a zero',
    'hosts.ini:13:1 [k8s:children] names the group "etdc", which has no section',
    'hosts.ini:14:1 under [k8s:children] stands one group name a line',
    'hosts.ini:15:2 [nope:vars] is for a group that has no section',
    'hosts.ini:18:1 under [etcd:vars] stands one name=value a line',
    'hosts.ini:19:1 under [etcd:vars] stands one name=value a line',
    'hosts.ini:20:24 ansible_group_priority of group "etcd" must be a whole number',
  ]);
});

test('traps that Ansible is silent about are warnings', async (t) => {
  const { warnings } = await inventoryOf(t, { hosts: 'x\n[x]\nh1\n[kube-node]\nh2 pass=a#b\n[x:vars]\na=b # c\n' });
  t.deepEqual(warnings.map(shown), [
    'hosts:4:2 the group name "kube-node" is no variable name because of "-"',
    'hosts:5:10 the comment begins within a word and cuts it short, as in Ansible',
    'hosts:7:5 the text from "#" on is part of the value of a, as in Ansible',
    'hosts:1:1 "x" is both a group and a host',
  ]);
});

test('garbage ends after fifty problems', async (t) => t.is((await problemsOf(t, { hosts: 'a b c\n'.repeat(100_000) })).length, 50));
