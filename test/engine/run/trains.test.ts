/** Tasks whose changes travel together: nobody can tell the difference but by the round trips. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connectWith } from '../../../engine/session/open.ts';
import { playFolder, writeFiles, type Files, type Played } from '../../support/play.ts';
import { randomPlaybook } from '../../support/random-playbook.ts';

const hosts = (count: number, connection: string): string => `[all:vars]\nansible_connection=${connection}\n[web]\n${Array.from({ length: count }, (_, index) => `h${index + 1}`).join('\n')}\n`;
const site = (tasks: string, rest = ''): Files => ({ 'site.yml': `- hosts: web\n  gather_facts: false\n${rest}  tasks:\n${tasks.split('\n').map((line) => `    ${line}`).join('\n')}\n` });

type Counted = Played & { readonly requests: number; readonly tree: string };

/** Plays in a folder, on hosts that look far away where `apart` is false; each host works in a folder of its own below `dir`. */
async function counted(folder: string, options: Parameters<typeof playFolder>[1] = {}): Promise<Counted> {
  let requests = 0;
  const meter = { begin: (_host: string, what: string) => { if (what === 'request') requests++; return () => undefined; } };
  const connect = connectWith({ meter });
  const work = path.join(folder, 'work');
  mkdirSync(work, { recursive: true });
  const played = await playFolder(folder, { connect: (target) => connect({ ...target, connection: 'local' }), extra: [`dir=${work}`], ...options });
  const tree = execFileSync('sh', ['-c', 'cd "$1" && find . -printf "%p %y %m %u:%g %l\\n" | sort; find . -type f ! -name "*~" | sort | xargs -r sha256sum', 'sh', work], { encoding: 'utf8' });
  return { ...played, requests, tree: tree.replaceAll(folder, '').replaceAll(/@[\d:]+~|\.\d{4}-\d\d-\d\d/g, '') };
}

/** The same by trains and apart. */
async function compared(t: ExecutionContext, files: Files, count = 1): Promise<{ readonly together: Counted; readonly apart: Counted }> {
  const folder = await writeFiles(t, { ...files, hosts: hosts(count, 'ssh') });
  const together = await counted(folder);
  const apart = await counted(await writeFiles(t, { ...files, hosts: hosts(count, 'local') }));
  return { together, apart };
}

const timely = ['durationMs', 'start', 'end', 'delta'];

/** All that was told, but for times and the folder. */
function plainly({ events, folder }: Played): unknown {
  const text = JSON.stringify(events.filter(({ event }) => event === 'outcome' || event === 'item' || event === 'task_start'), (key, value: unknown) => (timely.includes(key) ? undefined : value));
  return JSON.parse(text.replaceAll(folder, '').replaceAll(path.relative(process.cwd(), folder), '').replaceAll(/cannot (look at|read) [^:]*/g, 'cannot look').replaceAll(/\.kplay-[0-9a-f]+/g, '').replaceAll(/"id":\d+,/g, '').replaceAll(/\d{4}-\d\d-\d\d@[\d:]+/g, 'then')) as unknown;
}

const small = `- file: {path: "{{ dir }}/{{ item }}", state: directory, mode: "0755"}
  loop: [a, a/b, c]
- copy: {content: "page {{ item }}", dest: "{{ dir }}/a/b/{{ item }}", mode: "0644"}
  loop: [one, two]
- template: {src: t.j2, dest: "{{ dir }}/c/settings", mode: "0600"}
  notify: tell
- lineinfile: {path: "{{ dir }}/c/limits", line: "a{{ item }}=", create: true, mode: "0644"}
  loop: [1, 2]
- lineinfile: {path: "{{ dir }}/c/limits", regexp: ^b=, line: b=3}
- file: {src: "{{ dir }}/a", path: "{{ dir }}/current", state: link}
- copy: {content: left out, dest: "{{ dir }}/no"}
  when: false
- copy: {content: last, dest: "{{ dir }}/last"}
  register: last`;
const smallFiles: Files = { ...site(small, '  handlers:\n    - {name: tell, debug: {msg: told}}\n'), 'templates/t.j2': 'of {{ inventory_hostname }}\n' };

test.serial('eight tasks that change files cost two round trips, and one when nothing changes', async (t) => {
  const { together, apart } = await compared(t, smallFiles);
  const again = await counted(together.folder);
  t.deepEqual([together.requests, again.requests], [2, 1]);
  t.is(apart.requests, 14);
  t.is(together.tree, apart.tree);
  t.deepEqual(plainly(together), plainly(apart));
  t.is(again.hosts['h1']!.changed, 0);
});

test.serial('a link among the folders above hinders nobody', async (t) => {
  const { together, apart } = await compared(t, site(`- shell: mkdir {{ dir }}/real; ln -s real {{ dir }}/alias
- lineinfile: {path: "{{ dir }}/alias/f", line: "line {{ item }}", create: true}
  loop: [1, 2, 3]
- copy: {content: x, dest: "{{ dir }}/alias/g"}
- file: {path: "{{ dir }}/alias/h", state: directory}`));
  t.is(together.requests, 3);
  t.is(together.tree, apart.tree);
  t.deepEqual(plainly(together), plainly(apart));
});

test.serial('nothing travels ahead where a host is this machine, under whatever address of its own', async (t) => {
  for (const [address, requests] of [['127.0.0.1', 14], ['localhost', 14], ['192.0.2.1', 2]] as const) {
    const folder = await writeFiles(t, { ...smallFiles, hosts: `[all:vars]\nansible_connection=ssh\n[web]\nh1 ansible_host=${address}\n` });
    t.is((await counted(folder)).requests, requests, address);
  }
});

test('of what travelled with another, nothing is told before its turn', async (t) => {
  const { together } = await compared(t, smallFiles);
  let current = -1;
  for (const event of together.events) {
    if (event.event === 'task_start') current = event.task.id;
    if (event.event === 'outcome' || event.event === 'item') t.is(event.task.id, current);
  }
});

test('where a change fails, nothing that comes after it is done', async (t) => {
  const { together, apart } = await compared(t, site(`- file: {path: "{{ dir }}/a", state: directory}
- copy: {content: one, dest: "{{ dir }}/a/one"}
- copy: {content: two, dest: "{{ dir }}/a/two", validate: "false %s"}
- copy: {content: three, dest: "{{ dir }}/a/three"}`));
  t.deepEqual(together.told, ['h1 file: changed', 'h1 copy: changed', 'h1 copy: failed']);
  t.false(together.tree.includes('three'));
  t.is(together.tree, apart.tree);
  t.deepEqual(plainly(together), plainly(apart));
});

test('what is judged by its result waits: failed_when and register', async (t) => {
  const { together, apart } = await compared(t, site(`- copy: {content: one, dest: "{{ dir }}/one"}
- copy: {content: two, dest: "{{ dir }}/two"}
  register: two
- copy: {content: "{{ two.size }}", dest: "{{ dir }}/size"}
- copy: {content: four, dest: "{{ dir }}/four"}
  failed_when: true
- copy: {content: five, dest: "{{ dir }}/five"}`));
  t.false(together.tree.includes('five'));
  t.is(together.tree, apart.tree);
  t.deepEqual(plainly(together), plainly(apart));
});

test('a name of a handler that only the run can tell is judged before what comes after', async (t) => {
  const { together, apart } = await compared(t, site(`- copy: {content: one, dest: "{{ dir }}/one"}
- copy: {content: two, dest: "{{ dir }}/two"}
  notify: "{{ inventory_hostname }} has no such handler"
- copy: {content: three, dest: "{{ dir }}/three"}`, '  handlers:\n    - {name: tell, debug: {msg: told}}\n'));
  t.is(together.outcome('h1', 'copy').status, 'changed');
  t.is(together.hosts['h1']!.failed, 1);
  t.false(together.tree.includes('three'));
  t.is(together.tree, apart.tree);
  t.deepEqual(plainly(together), plainly(apart));
});

for (const [title, tasks] of [
  ['a link on the way', `- command: ln -s {{ dir }}/real {{ dir }}/alias
- file: {path: "{{ dir }}/real", state: directory}
- lineinfile: {path: "{{ dir }}/real/f", line: one, create: true}
- lineinfile: {path: "{{ dir }}/alias/f", line: two, create: true}
- lineinfile: {path: "{{ dir }}/real/f", line: three}`],
  ['a link that is made on the way', `- file: {path: "{{ dir }}/real", state: directory}
- file: {path: "{{ dir }}/alias", src: "{{ dir }}/real", state: link}
- lineinfile: {path: "{{ dir }}/real/f", line: one, create: true}
- lineinfile: {path: "{{ dir }}/alias/f", line: two, create: true}`],
  ['a link to a folder in one that goes', `- shell: mkdir -p {{ dir }}/b/c; ln -s b/c {{ dir }}/a; touch {{ dir }}/b/c/f
- file: {path: "{{ dir }}/b", state: absent}
- file: {path: "{{ dir }}/a/f", state: absent}
- file: {path: "{{ dir }}/b", state: directory}`],
  ['two names of one file', `- shell: "echo old >{{ dir }}/f; ln {{ dir }}/f {{ dir }}/g"
- lineinfile: {path: "{{ dir }}/f", line: one}
- lineinfile: {path: "{{ dir }}/g", line: two}
- lineinfile: {path: "{{ dir }}/f", line: three}`],
  ['a folder that hands down its group', `- command: install -d -m 2775 -g 12 {{ dir }}/g
- file: {path: "{{ dir }}/g/h", state: directory, mode: "0755"}
- copy: {content: x, dest: "{{ dir }}/g/h/f"}
- file: {path: "{{ dir }}/g/h/f", group: root}
- file: {path: "{{ dir }}/g/h", mode: "0755", group: root}`],
  ['bits that a change of owner takes away', `- copy: {content: x, dest: "{{ dir }}/f", mode: "4755"}
- file: {path: "{{ dir }}/f", owner: "1"}
- file: {path: "{{ dir }}/f", mode: "4755"}
- file: {path: "{{ dir }}/d", state: directory, mode: "2755"}
- file: {path: "{{ dir }}/d", mode: "0755"}
- file: {path: "{{ dir }}/d", mode: "2755"}`],
  ['a folder made by the umask', `- file: {path: "{{ dir }}/d", state: directory}
- file: {path: "{{ dir }}/d", mode: "0755"}
- copy: {content: x, dest: "{{ dir }}/d/f"}
- file: {path: "{{ dir }}/d/f", mode: "0644"}`],
  ['something removed and made again', `- copy: {content: x, dest: "{{ dir }}/d"}
- file: {path: "{{ dir }}/d", state: absent}
- file: {path: "{{ dir }}/d/e", state: directory}
- copy: {content: y, dest: "{{ dir }}/d/e/f"}
- file: {path: "{{ dir }}/d", state: absent}
- file: {path: "{{ dir }}/d", state: directory}
- lineinfile: {path: "{{ dir }}/d/e/f", line: z, create: true}
  ignore_errors: true`],
  ['a block that fails, its rescue and always', `- block:
    - copy: {content: one, dest: "{{ dir }}/one"}
    - copy: {content: two, dest: "{{ dir }}/missing/two"}
    - copy: {content: never, dest: "{{ dir }}/never"}
  rescue:
    - copy: {content: rescued, dest: "{{ dir }}/rescued"}
    - lineinfile: {path: "{{ dir }}/log", line: rescue, create: true}
  always:
    - lineinfile: {path: "{{ dir }}/log", line: always, create: true}
- lineinfile: {path: "{{ dir }}/log", line: after, create: true}`],
  ['a block that fails without a rescue', `- copy: {content: zero, dest: "{{ dir }}/zero"}
- block:
    - copy: {content: two, dest: "{{ dir }}/missing/two"}
  always:
    - lineinfile: {path: "{{ dir }}/log", line: always, create: true}
    - lineinfile: {path: "{{ dir }}/log", line: ever, create: true}
- lineinfile: {path: "{{ dir }}/log", line: never, create: true}`],
  ['an include in a loop', `- copy: {content: zero, dest: "{{ dir }}/zero"}
- include_tasks: more.yml
  loop: [1, 2]
- lineinfile: {path: "{{ dir }}/log", line: after, create: true}`],
] as const) {
  test(`it is as if each had gone alone: ${title}`, async (t) => {
    const more = { 'more.yml': '- lineinfile: {path: "{{ dir }}/log", line: "a {{ item }}", create: true}\n- lineinfile: {path: "{{ dir }}/log", line: "b {{ item }}"}\n' };
    const { together, apart } = await compared(t, { ...site(tasks), ...more });
    t.is(together.tree, apart.tree);
    t.deepEqual(plainly(together), plainly(apart));
  });
}

test('handlers run between sections, before what comes after them', async (t) => {
  const { together, apart } = await compared(t, { 'site.yml': `- hosts: web
  gather_facts: false
  pre_tasks:
    - lineinfile: {path: "{{ dir }}/log", line: before, create: true}
      notify: handle
  tasks:
    - lineinfile: {path: "{{ dir }}/log", line: after}
      notify: handle
    - meta: flush_handlers
    - lineinfile: {path: "{{ dir }}/log", line: last}
  handlers:
    - name: handle
      lineinfile: {path: "{{ dir }}/log", line: handled}
    - name: handle too
      listen: handle
      lineinfile: {path: "{{ dir }}/log", line: handled too}
` });
  t.is(together.tree, apart.tree);
  t.deepEqual(plainly(together), plainly(apart));
});

test('nothing travels ahead where the failure of one host ends the play for others', async (t) => {
  const tasks = `- copy: {content: one, dest: "{{ dir }}/{{ inventory_hostname }}", validate: "{{ 'false' if inventory_hostname == 'h2' else 'true' }} %s"}
- copy: {content: two, dest: "{{ dir }}/{{ inventory_hostname }}-two"}`;
  for (const rest of ['  any_errors_fatal: true\n', '  max_fail_percentage: 10\n']) {
    const { together } = await compared(t, site(tasks, rest), 3);
    t.false(together.tree.includes('-two'));
  }
});

test('an interrupt ends a train where it is', async (t) => {
  const folder = await writeFiles(t, { hosts: hosts(1, 'ssh'), ...site(`- copy: {content: one, dest: "{{ dir }}/one"}
- copy: {content: two, dest: "{{ dir }}/two", validate: "sh -c 'touch {{ dir }}/begun; sleep 60' %s"}
- copy: {content: three, dest: "{{ dir }}/three"}`) });
  const controller = new AbortController();
  const watch = setInterval(() => { if (existsSync(path.join(folder, 'work/begun'))) controller.abort(); }, 50);
  const begun = Date.now();
  const played = await counted(folder, { signal: controller.signal }).finally(() => clearInterval(watch));
  t.true(Date.now() - begun < 30_000);
  t.like(played.events.at(-1), { event: 'recap', interrupted: true });
  t.regex(played.tree, /\.\/one f/);
  t.notRegex(played.tree, /two|three/);
});

test('who still takes part is what it is when the turn has come', async (t) => {
  const { together, apart } = await compared(t, site(`- copy: {content: one, dest: "{{ dir }}/{{ inventory_hostname }}", validate: "{{ 'false' if inventory_hostname == 'h2' else 'true' }} %s"}
- copy: {content: "{{ ansible_play_hosts | join(' ') }}", dest: "{{ dir }}/{{ inventory_hostname }}-hosts"}
- copy: {content: three, dest: "{{ dir }}/{{ inventory_hostname }}-three"}`), 3);
  t.is(together.tree, apart.tree);
  t.true(together.tree.includes('h1-three'));
});

test.serial('hosts do not wait for each other in what travels, and each is told in its turn', async (t) => {
  const { together, apart } = await compared(t, { ...site(small.replaceAll('{{ dir }}/', '{{ dir }}/{{ inventory_hostname }}-'), '  handlers:\n    - {name: tell, debug: {msg: told}}\n'), 'templates/t.j2': 'of {{ inventory_hostname }}\n' }, 3);
  t.is(together.tree, apart.tree);
  t.deepEqual([together.requests, (await counted(together.folder)).requests], [6, 3]);
  t.deepEqual(together.told.toSorted(), apart.told.toSorted());
});

for (let seed = 1; seed <= 40; seed++) {
  test(`a playbook of chance leaves and tells the same as if each task had gone alone: ${seed}`, async (t) => {
    const { together, apart } = await compared(t, randomPlaybook(seed));
    t.is(together.tree, apart.tree);
    t.deepEqual(plainly(together), plainly(apart));
  });
}
