/** How often a host is asked: questions of coming tasks travel together, a loop's items too, and nothing old is believed. */
import test, { type ExecutionContext } from 'ava';
import { connectWith } from '../../../engine/session/open.ts';
import type { Connect, Session } from '../../../engine/session/session.ts';
import { playFolder, writeFiles, type Files, type Played } from '../../support/play.ts';

const oneHost = '[all:vars]\nansible_connection=local\n[web]\nh1\n';

/** Plays twice in a folder; requests to shells of each run. */
async function twice(t: ExecutionContext, files: Files, options: Parameters<typeof playFolder>[1] = {}): Promise<{ readonly first: Counted; readonly second: Counted }> {
  const folder = await writeFiles(t, { hosts: oneHost, ...files });
  return { first: await counted(folder, options), second: await counted(folder, options) };
}

type Counted = Played & { readonly requests: number };

async function counted(folder: string, options: Parameters<typeof playFolder>[1] = {}): Promise<Counted> {
  let requests = 0;
  const connect = connectWith({ meter: { begin: (_host, what) => { if (what === 'request') requests++; return () => undefined; } } });
  return { ...(await playFolder(folder, { connect, ...options })), requests };
}

const site = (tasks: string): Files => ({ 'site.yml': `- hosts: web\n  gather_facts: false\n  tasks:\n${tasks.split('\n').map((line) => `    ${line}`).join('\n')}\n` });
const copies = (count: number): string => Array.from({ length: count }, (_, index) => `- copy: {content: "number ${index}", dest: "{{ dir }}/file${index}"}`).join('\n');

test('a task that changes costs two round trips, and the same task one when it does not', async (t) => {
  const { first, second } = await twice(t, site('- copy: {content: text, dest: "{{ dir }}/a"}'));
  t.deepEqual([first.requests, second.requests], [2, 1]);
  t.is(second.hosts['h1']!.changed, 0);
});

test('thirty tasks that change cost at most two round trips each; unchanged, all of them cost three', async (t) => {
  const { first, second } = await twice(t, site(copies(30)));
  t.is(first.hosts['h1']!.changed, 30);
  t.true(first.requests <= 60, `${first.requests}`);
  t.is(second.hosts['h1']!.changed, 0);
  t.is(second.requests, 3);
});

test('a run that has changed something likely changes more: after a change the host is asked only what the next task needs', async (t) => {
  const folder = await writeFiles(t, { hosts: oneHost, ...site(copies(30)) });
  const asked: string[] = [];
  const connect: Connect = async (target) => {
    const connection = await connectWith({})(target);
    return { ...connection, session: async (become) => watched(await connection.session(become)) };
  };
  const watched = (session: Session): Session => ({ ...session, stat: (path, options) => { asked.push(path); return session.stat(path, options); } });
  const played = await playFolder(folder, { connect });
  t.is(played.hosts['h1']!.changed, 30);
  const times = asked.filter((path) => path.endsWith('/file20')).length;
  t.true(times > 0);
  t.is(asked.filter((path) => path.endsWith('/file29')).length, times);
  t.true(asked.filter((path) => path.endsWith('/file7')).length > times);
});

for (const [title, task] of [
  ['files that touch nothing in common', '- file: {path: "{{ dir }}/d{{ item }}", state: directory}\n  loop: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'],
  ['folders in each other', '- file: {path: "{{ dir }}/{{ item }}", state: directory, mode: "0711"}\n  loop: [a, a/b, a/b/c, d, d/e]'],
  ['lines of one file', '- lineinfile: {path: "{{ dir }}/lines", line: "line {{ item }}", create: true}\n  loop: [1, 2, 3, 4, 5]'],
  ['blocks of one file, between lines that come earlier', '- blockinfile: {path: "{{ dir }}/blocks", block: "{{ item }}", marker: "# {mark} {{ item }}", create: true}\n  loop: [one, two, three]'],
] as const) {
  test(`the items of a loop travel together: ${title}`, async (t) => {
    const { first, second } = await twice(t, site(task));
    t.is(first.outcome('h1', task.split(':')[0]!.slice(2)).status, 'changed');
    t.deepEqual([first.requests, second.requests], [2, 1]);
    t.is(second.hosts['h1']!.changed, 0);
  });
}

test('commands of a loop go in order and as one request, each with its own end', async (t) => {
  const { first } = await twice(t, site(`- shell: "echo {{ item }} >>{{ dir }}/log; echo said {{ item }}; exit {{ item }}"
  loop: [0, 1, 2]
  register: r
  failed_when: false
- command: cat {{ dir }}/log
  register: log
- debug: {msg: "{{ log.stdout_lines | join }} {{ r.results | map(attribute='rc') | list }} {{ r.results | map(attribute='stdout') | list }}"}`));
  t.deepEqual(first.said, ["h1: 012 [0, 1, 2] ['said 0', 'said 1', 'said 2']"]);
  t.is(first.requests, 2);
});

test('commands of a loop with creates and removes go as one request, and see what those before them made', async (t) => {
  const { first, second } = await twice(t, site(`- shell: "echo {{ item }} >>{{ dir }}/log; touch {{ dir }}/made-{{ item }}"
  args: {creates: "{{ dir }}/made-{{ item }}"}
  loop: [a, b, a]
  register: r
- command: "mv {{ dir }}/{{ item }} {{ dir }}/log"
  args: {removes: "{{ dir }}/{{ item }}"}
  loop: [none, log, never]
  ignore_errors: true
- debug: {msg: "{{ r.results | map(attribute='changed') | list }} {{ r.results[2].stdout | replace(dir, '') }}"}`));
  t.deepEqual(first.said, ['h1: [True, True, False] skipped, since /made-a exists']);
  t.deepEqual(first.told.filter((line) => line.includes('command [')), ['h1 command [none]: ok', 'h1 command [log]: failed', 'h1 command [never]: ok']);
  t.deepEqual([first.requests, second.requests], [2, 2]);
  t.is(second.outcome('h1', 'shell').status, 'ok');
});

test('a command that runs anyway costs one round trip, in a folder too; one with creates as well, where something has just changed', async (t) => {
  const { first, second } = await twice(t, site(`- command: pwd
  args: {chdir: "{{ dir }}"}
- copy: {content: text, dest: "{{ dir }}/a"}
- shell: touch b
  args: {chdir: "{{ dir }}", creates: "{{ dir }}/b"}
- command: pwd
  args: {chdir: "{{ dir }}/none"}
  ignore_errors: true`));
  t.deepEqual([first.requests, second.requests], [5, 3]);
  t.deepEqual(second.told, ['h1 command: changed', 'h1 copy: ok', 'h1 shell: ok', 'h1 command: failed']);
  t.is(second.outcome('h1', 'shell').result['stdout'], `skipped, since ${first.folder}/b exists`);
  t.is(second.events.findLast((event) => event.event === 'outcome')!.outcome.failure!.message, `the folder ${first.folder}/none to run in is not on the host`);
});

test('what a task changes is seen by the next one, though it was asked before', async (t) => {
  const tasks = `- stat: {path: "{{ dir }}/a"}
  register: before
- copy: {content: one, dest: "{{ dir }}/a"}
- stat: {path: "{{ dir }}/a"}
  register: between
- command: rm {{ dir }}/a
- stat: {path: "{{ dir }}/a"}
  register: after
- copy: {content: one, dest: "{{ dir }}/a"}
- copy: {content: one, dest: "{{ dir }}/a"}
- debug: {msg: "{{ before.stat.exists }} {{ between.stat.exists }} {{ after.stat.exists }}"}`;
  const { first } = await twice(t, site(tasks));
  t.deepEqual(first.said, ['h1: False True False']);
  t.deepEqual(first.told.filter((line) => line.includes(' copy:')), ['h1 copy: changed', 'h1 copy: changed', 'h1 copy: ok']);
});

test('what one host changes is seen by another one that was asked before', async (t) => {
  const played = await playFolder(await writeFiles(t, {
    hosts: '[all:vars]\nansible_connection=local\n[web]\nh1\nh2\n',
    ...site(`- stat: {path: "{{ dir }}/shared"}
- copy: {content: text, dest: "{{ dir }}/shared"}
  when: inventory_hostname == 'h1'
- copy: {content: text, dest: "{{ dir }}/shared"}
- copy: {content: from the other, dest: "{{ dir }}/shared"}
  delegate_to: h2
  run_once: true
- copy: {content: text, dest: "{{ dir }}/shared"}
  run_once: true`),
  }));
  t.deepEqual(played.told.filter((line) => line.includes(' copy:')).toSorted(), ['h1 copy: changed', 'h1 copy: changed', 'h1 copy: changed', 'h1 copy: ok', 'h2 copy: ok', 'h2 copy: skipped']);
});

test('a task that waits for a change by until asks anew at each try', async (t) => {
  const { first } = await twice(t, site(`- shell: "(sleep 0.6; touch {{ dir }}/late) >/dev/null 2>&1 & true"
- debug: {msg: begun}
- stat: {path: "{{ dir }}/late"}
  register: late
  until: late.stat.exists
  retries: 40
  delay: 0.1`));
  t.is(first.outcome('h1', 'stat').status, 'ok');
});

test('items on one file by two names see each other\'s edits', async (t) => {
  const folder = await writeFiles(t, { hosts: oneHost, real: 'first\n', ...site(`- file: {path: "{{ dir }}/other", src: "{{ dir }}/real", state: link}
- lineinfile: {path: "{{ dir }}/{{ item }}", line: "by {{ item }}"}
  loop: [real, other, real]
- command: cat {{ dir }}/real
  register: r
- debug: {msg: "{{ r.stdout_lines | join(', ') }}"}`) });
  t.deepEqual((await counted(folder)).said, ['h1: first, by real, by other']);
});

test('items on one file by two names, each named once, see each other\'s edits', async (t) => {
  const folder = await writeFiles(t, { hosts: oneHost, real: 'first\n', ...site(`- file: {path: "{{ dir }}/other", src: "{{ dir }}/real", state: link}
- lineinfile: {path: "{{ dir }}/{{ item }}", line: "by {{ item }}"}
  loop: [real, other]
- command: cat {{ dir }}/real
  register: r
- debug: {msg: "{{ r.stdout_lines | join(', ') }}"}`) });
  t.deepEqual((await counted(folder)).said, ['h1: first, by real, by other']);
});

test('an item that fails on the way leaves those after it to see what is there, and each tells its own end', async (t) => {
  const { first } = await twice(t, site(`- lineinfile: {path: "{{ dir }}/lines", line: "{{ item }}", create: true, validate: "awk '/bad/{exit 1}' %s"}
  loop: [a, bad, c]
  ignore_errors: true
- command: cat {{ dir }}/lines
  register: r
- debug: {msg: "{{ r.stdout_lines | join(', ') }}"}`));
  t.deepEqual(first.told.filter((line) => line.includes('[')), ['h1 lineinfile [a]: changed', 'h1 lineinfile [bad]: failed', 'h1 lineinfile [c]: changed']);
  t.deepEqual(first.said, ['h1: a, c']);
});

test('a dry run asks ahead too, and foresees all the same', async (t) => {
  const folder = await writeFiles(t, { hosts: oneHost, ...site(`${copies(30)}\n- file: {path: "{{ dir }}/file0", mode: "0600"}\n- command: cat {{ dir }}/file0`) });
  const dry = await counted(folder, { check: true });
  t.is(dry.hosts['h1']!.changed, 32);
  t.true(dry.requests <= 4, `${dry.requests}`);
});

test('a file of the controller that a task writes is read as it is then, not as it was when it was asked ahead', async (t) => {
  const { first, second } = await twice(t, {
    ...site(`- stat: {path: "{{ dir }}"}
- copy: {content: "new {{ stamp }}", dest: "{{ dir }}/templates/made.j2"}
- copy: {content: "new {{ stamp }}", dest: "{{ dir }}/files/made"}
- template: {src: made.j2, dest: "{{ dir }}/from-template"}
- copy: {src: made, dest: "{{ dir }}/from-file"}
- command: cat {{ dir }}/from-template {{ dir }}/from-file
  register: r
- debug: {msg: "{{ r.stdout }}"}`),
    'group_vars/all.yml': 'stamp: "{{ lookup(\'file\', dir ~ \'/stamp\') }}"\n', stamp: ' one', 'templates/made.j2': 'old', 'files/made': 'old',
  });
  t.deepEqual(first.said, ['h1: new  onenew  one']);
  t.is(second.hosts['h1']!.changed, 1);
});
