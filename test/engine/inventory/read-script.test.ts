import { chmodSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { membersOf } from '../../../engine/inventory/groups.ts';
import { inventoryOf, problemsOf, shown, varsOf } from './written.ts';

const answering = (answer: unknown): string => `#!/bin/sh\n[ "$1" = --list ] || exit 9\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`;

test('a script answers with groups, children, vars and hostvars', async (t) => {
  const answer = { g: { hosts: ['s1', 's2'], vars: { a: '{{ x }}', n: 1 }, children: ['c'] }, c: ['s3'], s9: { v: 1 }, e: {}, _meta: { hostvars: { s1: { q: [1] }, other: { a: 1 } } } };
  const inventory = await inventoryOf(t, { inv: answering(answer) });
  t.deepEqual(membersOf(inventory, 'g'), ['s1', 's2', 's3']);
  t.deepEqual(varsOf(inventory, 's1'), { a: '{{ x }}', n: 1, q: [1] });
  t.deepEqual(varsOf(inventory, 's9'), { v: 1 });
  t.false(inventory.hosts.has('other'));
  t.deepEqual(membersOf(inventory, 'e'), []);
});

test('what a script answers is data and never a template', async (t) => {
  const inventory = await inventoryOf(t, { inv: answering({ g: { hosts: ['s'], vars: { a: '{{ x }}' } }, _meta: { hostvars: { s: { b: '{{ y }}' } } } }) });
  t.deepEqual(inventory.groups.get('g')!.vars.get('a'), { data: '{{ x }}' });
  t.deepEqual(inventory.hosts.get('s')!.vars.get('b'), { data: '{{ y }}' });
});

test('a script without _meta is asked about each host', async (t) => {
  const inventory = await inventoryOf(t, { inv: `#!/bin/sh\nif [ "$1" = --list ]; then echo '{"g": ["a", "b", "c"]}'; elif [ "$2" != c ]; then printf '{"who": "%s"}' "$2"; fi\n` });
  t.deepEqual(['a', 'b', 'c'].map((host) => varsOf(inventory, host)), [{ who: 'a' }, { who: 'b' }, {}]);
});

test('a script in a folder of inventories is run too', async (t) => {
  const inventory = await inventoryOf(t, { 'i/10-hosts': '[g]\na\n', 'i/20-more.sh': answering({ g: ['b'], _meta: { hostvars: {} } }) }, ['i']);
  t.deepEqual(membersOf(inventory, 'g'), ['a', 'b']);
});

test('what a script writes to stderr is a warning', async (t) => {
  const { warnings } = await inventoryOf(t, { inv: `#!/bin/sh\necho careful >&2\necho '{"_meta": {"hostvars": {}}}'\n` });
  t.regex(warnings.map(shown).join(), /inv wrote to stderr: careful$/);
});

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['prints half an answer', '#!/bin/sh\necho "{\\"a\\": [1,"\n', /^inv --list:1:10 not valid JSON$/],
  ['prints garbage', '#!/bin/sh\necho hello\n', /not valid JSON/],
  ['prints nothing', '#!/bin/sh\n', /is empty$/],
  ['prints a list', '#!/bin/sh\necho []\n', /answers with a JSON object$/],
  ['prints no UTF-8', "#!/bin/sh\nprintf '\\377'\n", /not UTF-8/],
  ['nests without end', `#!/bin/sh\nawk 'BEGIN { printf "{\\"a\\":"; for (i = 0; i < 5000; i++) printf "["; for (i = 0; i < 5000; i++) printf "]"; print "}" }'\n`, /nested deeper than 100 levels/],
  ['prints without end', '#!/bin/sh\nexec yes\n', /answered more than 32 MiB/],
  ['fails', '#!/bin/sh\nexit 3\n', /ended with code 3$/],
  ['is killed', '#!/bin/sh\nkill -9 $$\n', /was ended by SIGKILL$/],
  ['has no interpreter', '#!/nowhere/python\n', /cannot be run/],
  ['names a host that is none', answering({ g: ['a b', 5] }), /"a b" in group "g": a host name cannot hold spaces/],
  ['gives hosts as text', answering({ g: { hosts: 'a' } }), /"hosts" of group "g" must be a list/],
  ['gives hostvars as a list', answering({ g: ['a'], _meta: { hostvars: { a: [] } } }), /the variables of host "a" must be an object/],
];

for (const [what, script, message] of bad) {
  test(`a script that ${what} is an error`, async (t) => t.regex((await problemsOf(t, { inv: script })).join('\n'), message));
}

test('a script that hangs is ended with all that it started', async (t) => {
  const mark = path.join(tmpdir(), `kplay-hang-${process.pid}`);
  const found = await problemsOf(t, { inv: `#!/bin/sh\n(sleep 1; echo x > '${mark}') &\nsleep 60\n` }, ['inv'], { scriptTimeout: 0.4 });
  t.regex(found[0]!, /gave no answer within 0.4 s$/);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  t.false(existsSync(mark));
});

test('a script that leaves a child behind is not waited for', async (t) => {
  const inventory = await inventoryOf(t, { inv: `#!/bin/sh\nsleep 12 &\necho '{"g": ["a"], "_meta": {"hostvars": {}}}'\n` }, ['inv'], { scriptTimeout: 5 });
  t.true(inventory.hosts.has('a'));
});

test('a script that is not executable says how to make it so', async (t) => {
  const files = { inv: '#!/bin/sh\necho {}\n' };
  const inventory = await inventoryOf(t, files);
  t.is(inventory.hosts.size, 0);
  chmodSync(path.join(inventory.folder, 'inv'), 0o644);
  const { readInventory } = await import('../../../engine/inventory/read-inventory.ts');
  await t.throwsAsync(() => readInventory([path.join(inventory.folder, 'inv')]), { message: /begins as a script \(#!\) but is not executable[^]*chmod \+x/ });
});

test('a list of hosts with the executable bit is read and never run', async (t) => {
  const { folder } = await inventoryOf(t, { hosts: '[web]\nh1\n' });
  chmodSync(path.join(folder, 'hosts'), 0o755);
  const { readInventory } = await import('../../../engine/inventory/read-inventory.ts');
  t.deepEqual([...(await readInventory([path.join(folder, 'hosts')])).hosts.keys()], ['h1']);
});
