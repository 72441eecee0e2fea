import test from 'ava';
import { membersOf } from '../../../engine/inventory/groups.ts';
import { TextError } from '../../../engine/source/problem.ts';
import { placeText } from '../../../engine/source/source.ts';
import { inventoryOf, problemsOf, shown, varsOf } from './written.ts';

const sample = `all:
  vars: {a: yes, b: 0755, c: "0755", d: ~}
  hosts:
    top1:
    'top[2:3]:2022': {x: 1}
  children:
    k8s:
      children:
        masters:
          hosts: {m1: {}, m2: null}
        nodes: {hosts: {n1: , m1: }}
      vars: {k: "{{ a }}"}
    empty:
    one: {hosts: single}
extra:
  children: masters
`;

test('groups nest, bodies may be empty, a single name stands for itself', async (t) => {
  const inventory = await inventoryOf(t, { 'hosts.yml': sample });
  t.deepEqual([...inventory.groups.keys()], ['all', 'ungrouped', 'k8s', 'masters', 'nodes', 'empty', 'one', 'extra']);
  t.deepEqual(membersOf(inventory, 'k8s'), ['m1', 'm2', 'n1']);
  t.deepEqual(membersOf(inventory, 'extra'), ['m1', 'm2']);
  t.deepEqual(membersOf(inventory, 'one'), ['single']);
  t.deepEqual(membersOf(inventory, 'ungrouped'), ['top1', 'top2', 'top3']);
  t.deepEqual(varsOf(inventory, 'top3'), { a: true, b: 493, c: '0755', d: null, ansible_port: 2022, x: 1 });
  t.deepEqual(varsOf(inventory, 'm1'), { a: true, b: 493, c: '0755', d: null, k: '{{ a }}' });
  t.deepEqual(inventory.warnings, []);
});

test('a group that stands in two places is one group', async (t) => {
  const inventory = await inventoryOf(t, { 'hosts.yml': 'web: {hosts: {a: {x: 1, y: 1}}, vars: {v: 1}}\nall: {children: {web: {hosts: {a: {x: 2}, b: }, vars: {w: 2}}}}\n' });
  t.deepEqual(inventory.groups.get('web')!.hosts, ['a', 'b']);
  t.deepEqual(varsOf(inventory, 'a'), { v: 1, w: 2, x: 2, y: 1 });
});

test('a value keeps its tree, so that errors can point at it', async (t) => {
  const inventory = await inventoryOf(t, { 'hosts.yml': 'all:\n  hosts:\n    h:\n      a: "{{ b }}"\n' });
  const value = inventory.hosts.get('h')!.vars.get('a')!;
  t.true('tree' in value && placeText(value.tree.span).endsWith('hosts.yml:4:10'));
});

const broken = `all:
  host:
    h1:
  children:
    - web
  vars: [1]
web:
  db:
    hosts: {x: }
  h9:
  hosts:
    10: {}
    "h[1:2": {}
    "a b":
    "a,b":
    h2: text
  ntp: 1
children:
  x:
bad group:
`;

test('all mistakes are told at once, each at its place', async (t) => {
  t.deepEqual(await problemsOf(t, { 'hosts.yml': broken }), [
    'hosts.yml:2:3 unknown key "host" in group "all"; a group has hosts, children and vars',
    'hosts.yml:5:5 "children" of group "all" must be a mapping, not a list',
    'hosts.yml:6:9 "vars" of group "all" must be a mapping, not a list',
    'hosts.yml:8:3 unknown key "db" in group "web"; a group has hosts, children and vars',
    'hosts.yml:10:3 unknown key "h9" in group "web"; a group has hosts, children and vars',
    'hosts.yml:12:5 the host name 10 is not text to YAML',
    'hosts.yml:13:5 "[" is never closed in "h[1:2"',
    'hosts.yml:14:5 a host name cannot hold spaces or control characters',
    'hosts.yml:15:5 a host name cannot hold a comma: write one host a line',
    'hosts.yml:16:9 host "h2" must be a mapping, not a single value',
    'hosts.yml:17:3 unknown key "ntp" in group "web"; a group has hosts, children and vars',
    'hosts.yml:18:1 "children" stands outside of any group',
    'hosts.yml:20:1 "bad group": a group name cannot hold spaces, commas or colons',
  ]);
});

const hints: readonly (readonly [string, string])[] = [
  ['all: {host: {h: }}', 'did you mean "hosts"?'],
  ['all: {web: {hosts: {h: }}}', 'a group inside a group stands under `children:`'],
  ['all: {h1: }', 'a host stands under `hosts:`, a group under `children:`'],
  ['all: {port: 22}', 'a variable stands under `vars:`'],
  ['all: {hosts: [h1]}', 'write each name as a key: `name:` without a dash'],
  ['hosts: {h1: }', 'put it under a group: `all:`'],
  ['all: {hosts: {10.5: }}', 'quote it: "10.5"'],
  ['plugin: aws_ec2', 'use a static inventory, or an executable that answers --list with JSON'],
  ['- a', 'begin with `all:`, and under it `hosts:` and `children:`'],
];

for (const [text, hint] of hints) {
  test(`${text} is answered: ${hint}`, async (t) => {
    const error = await t.throwsAsync(() => inventoryOf(t, { 'hosts.yml': text }), { instanceOf: TextError });
    t.deepEqual((error as TextError).problems.map((problem) => problem.hint), [hint]);
  });
}

test('groups that hold each other are an error that shows the circle', async (t) => {
  t.deepEqual(await problemsOf(t, { 'hosts.yml': 'a: {children: {b: {children: {c: }}}}\nc: {children: {a: }}\n' }), ['hosts.yml:2:16 groups hold each other in a circle: a > b > c > a']);
  t.deepEqual(await problemsOf(t, { 'hosts.yml': 'a: {children: {a: }}\n' }), ['hosts.yml:1:16 groups hold each other in a circle: a > a']);
  t.deepEqual(await problemsOf(t, { 'hosts.yml': 'web: {children: {all: }}\n' }), ['hosts.yml:1:18 groups hold each other in a circle: all > web > all']);
  t.deepEqual(await problemsOf(t, { hosts: '[a:children]\nb\n[b:children]\na\n' }), ['hosts:4:1 groups hold each other in a circle: a > b > a']);
});

test('a key that stands twice is an error', async (t) => t.regex((await problemsOf(t, { 'hosts.yml': 'all:\n  hosts:\n    h:\n    h:\n' }))[0]!, /^hosts.yml:4:5 .*twice/));

test('aliases that multiply are refused', async (t) => {
  const lines = [...'bcdefghi'].map((name, i) => `${name}: &${name} [${Array<string>(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`);
  t.regex((await problemsOf(t, { 'hosts.yml': `a: &a [x,x,x,x,x,x,x,x,x]\n${lines.join('\n')}\n` }))[0]!, /more than 500000 values/);
});

test('an odd group name is a warning', async (t) => {
  const { warnings } = await inventoryOf(t, { 'hosts.yml': 'kube-node: {hosts: {a: }}\n1st: {hosts: {a: }}\n' });
  t.deepEqual(warnings.map(shown), ['hosts.yml:1:1 the group name "kube-node" is no variable name because of "-"', 'hosts.yml:2:1 the group name "1st" is no variable name because of "1"']);
});
