/** Mistakes in playbooks are found before any host is touched, all at once, each with its place and a remedy. */
import test from 'ava';
import { onWeb, problemsOf, type Files } from '../../support/play.ts';

interface Row {
  readonly files: Files;
  /** What each problem must say, in order. */
  readonly says: readonly RegExp[];
}

const rows: Readonly<Record<string, Row>> = {
  'an unknown keyword of a play': { files: { 'site.yml': '- hosts: web\n  taks: []\n' }, says: [/^site\.yml:2:3: unknown keyword "taks" in a play\n[^]*did you mean "tasks"\?/] },
  'an unknown module': { files: onWeb('- name: x\n  comand: ls'), says: [/^site\.yml:5:7: unknown module "comand"\n[^]*did you mean "command"\?/] },
  'two modules in one task': { files: onWeb('- command: ls\n  shell: ls'), says: [/two modules in one task: "command" and "shell"/] },
  'a task without a module': { files: onWeb('- name: x'), says: [/this task has no module/] },
  'a misspelt param': { files: onWeb('- file: {path: /x, staet: directory}'), says: [/^site\.yml:4:24: "file" has no param "staet"[^]*did you mean "state"\?/] },
  'a wrong choice': { files: onWeb('- file: {path: /x, state: directroy}'), says: [/^site\.yml:4:31: state: expected one of [^]*found "directroy"[^]*did you mean "directory"\?/] },
  'a wrong type': { files: onWeb('- copy: {dest: /x, content: y, backup: maybe}'), says: [/backup: expected yes or no, found "maybe"/] },
  'a missing param': { files: onWeb('- template: {src: t.j2}'), says: [/"template" needs the param "dest"/, /no template "t\.j2"/] },
  'a param that another one needs': { files: onWeb('- file: {path: /x, state: hard}'), says: [/^site\.yml:4:7: "file" with state: hard needs "src"/] },
  'a param that another one needs by its default': { files: onWeb('- lineinfile: {path: /x}'), says: [/"lineinfile" with state: present, its default, needs "line"/] },
  'a param that another one needs, in another word for yes': { files: onWeb('- lineinfile: {path: /x, line: y, backrefs: "yes"}'), says: [/"lineinfile" with backrefs: true needs "regexp"/] },
  'params that exclude each other': { files: { ...onWeb('- copy: {dest: /x, content: y, src: f}'), 'files/f': '' }, says: [/"copy" takes only one of/] },
  'an unquoted decimal mode': { files: onWeb('- file: {path: /x, mode: 755}'), says: [/the mode 755 without quotes is a decimal number[^]*write "0755" in quotes/] },
  'a template that does not parse': { files: onWeb('- debug: {msg: "{{ foo | }}"}'), says: [/^site\.yml:4:\d+: /] },
  'an unknown filter': { files: onWeb('- debug: {msg: "{{ 1 | defalt(2) }}"}'), says: [/there is no filter "defalt"[^]*default/] },
  'braces in a condition': { files: onWeb('- debug: {msg: x}\n  when: "{{ inventory_hostname }}"'), says: [/takes no braces[^]*write: inventory_hostname/] },
  'an undefined variable': { files: onWeb('- debug: {msg: "{{ colour }}"}', '  vars: {color: red}\n'), says: [/^site\.yml:5:\d+: the variable "colour" is not defined anywhere[^]*did you mean "color"\?/] },
  'an undefined variable in a template file': { files: { ...onWeb('- template: {src: t.j2, dest: /x}'), 'templates/t.j2': 'a\nb {{ nope }}\n' }, says: [/^templates\/t\.j2:2:6: the variable "nope" is not defined anywhere/] },
  'an undefined variable behind another': { files: onWeb('- debug: {msg: "{{ a }}"}', '  vars: {a: "{{ b }}"}\n'), says: [/^site\.yml:3:\d+: the variable "b" is not defined anywhere/] },
  'a variable that only a group without hosts has': { files: { ...onWeb('- debug: {msg: "{{ colour }}"}'), 'group_vars/none.yml': 'colour: red\n', hosts: '[web]\nh1 ansible_connection=local\n[none]\n' }, says: [/the variable "colour" is not defined anywhere/] },
  'a mistake in a template of a host that the play does not mean': { files: { ...onWeb('- command: ls'), 'host_vars/h9.yml': 'a: "{{ 1 | nope }}"\n', hosts: '[web]\nh1 ansible_connection=local\n[db]\nh9\n' }, says: [/^host_vars\/h9\.yml:1:12: there is no filter "nope"/] },
  'an undefined variable behind one of a host': { files: { ...onWeb('- debug: {msg: "{{ a }}"}'), 'host_vars/h1.yml': 'a: "{{ b }}"\n', hosts: '[web]\nh1 ansible_connection=local\n' }, says: [/^host_vars\/h1\.yml:1:\d+: the variable "b" is not defined anywhere/] },
  'a handler that is not there': { files: onWeb('- {command: ls, notify: restrat}', '  handlers: [{name: restart, command: ls}]\n'), says: [/no handler "restrat"[^]*did you mean "restart"\?/] },
  'a role that is not there': { files: { 'site.yml': '- hosts: web\n  roles: [etcdd]\n', 'roles/etcd/tasks/main.yml': '' }, says: [/^site\.yml:2:11: no role "etcdd"[^]*did you mean "etcd"\?/] },
  'a file that is not there': { files: { ...onWeb('- copy: {src: motdd, dest: /etc/motd}'), 'files/motd': 'x' }, says: [/no file "motdd"[^]*did you mean "motd"\?/] },
  'an import that is not there': { files: onWeb('- import_tasks: nope.yml'), says: [/no file of tasks "nope\.yml"/] },
  'a literal include that is not there': { files: onWeb('- include_tasks: nope.yml'), says: [/no file of tasks "nope\.yml"/] },
  'a playbook import that is not there': { files: { 'site.yml': '- import_playbook: nope.yml\n' }, says: [/no playbook "nope\.yml"/] },
  'a file of tasks that imports itself': { files: { ...onWeb('- import_tasks: a.yml'), 'a.yml': '- import_tasks: b.yml\n', 'b.yml': '- import_tasks: a.yml\n' }, says: [/imports itself: .*a\.yml → .*b\.yml → .*a\.yml/] },
  'a file that includes itself without a condition': { files: { ...onWeb('- include_tasks: a.yml'), 'a.yml': '- include_tasks: b.yml\n', 'b.yml': '- include_tasks: a.yml\n' }, says: [/includes itself for ever: .*a\.yml → .*b\.yml → .*a\.yml/] },
  'a pattern that matches no host': { files: { 'site.yml': '- hosts: wbe\n  tasks: []\n' }, says: [/^site\.yml:1:10: no group or host matches "wbe"[^]*did you mean "web"\?/] },
  'a pattern that many plays have wrong': { files: { 'site.yml': '- hosts: wbe\n  tasks: []\n'.repeat(3) }, says: [/^site\.yml:1:10: no group or host matches "wbe"[^]*did you mean "web"\?; so in 2 more places(?![^]*no group)/] },
  'a keyword that is not supported': { files: onWeb('- command: ls\n  async: 10\n  poll: 0'), says: [/"async" is not supported/, /"poll" is not supported/] },
  'a duplicate key': { files: { 'site.yml': '- hosts: web\n  hosts: db\n' }, says: [/the key "hosts" stands twice/] },
  'a loop that is a mapping': { files: onWeb('- debug: {msg: x}\n  loop: {a: 1}'), says: [/"loop" takes a list, found a mapping[^]*dict2items/] },
  'a yes-or-no keyword that is neither': { files: onWeb('- command: ls\n  become: perhaps'), says: [/"become" is yes or no, found perhaps/] },
  'a playbook that is not a list': { files: { 'site.yml': 'hosts: web\n' }, says: [/must be a list, found a mapping/] },
  'an empty playbook': { files: { 'site.yml': '\n' }, says: [/site\.yml is empty/] },
};

for (const [title, { files, says }] of Object.entries(rows)) {
  test(`${title} is told with its place and a remedy`, async (t) => {
    const found = await problemsOf(t, files);
    t.is(found.length, says.length, found.join('\n---\n'));
    for (const [at, pattern] of says.entries()) t.regex(found[at]!, pattern);
  });
}

test('all problems of all files are told at once', async (t) => {
  const found = await problemsOf(t, { ...onWeb('- file: {paht: /x}\n- comand: ls\n- import_tasks: i.yml'), 'i.yml': '- debug: {mgs: x}\n- copy: {dest: 1}\n' });
  t.true(found.length >= 4, found.join('\n'));
  t.true(found.some((each) => each.startsWith('i.yml:1:11:')));
});

test('a guarded variable may be undefined', async (t) => {
  t.deepEqual(await problemsOf(t, onWeb('- debug: {msg: "{{ a | default(1) }} {{ b if b is defined else 2 }}"}\n- debug: {msg: "{{ c }}"}\n  when: c is defined')), []);
});

test('an unknown tag and an unknown task to start at are told', async (t) => {
  const files = onWeb('- {name: Install, command: ls, tags: install}');
  t.regex((await problemsOf(t, files, { tags: { only: ['instal'], skip: [] } }))[0]!, /no task has the tag "instal"[^]*did you mean "install"\?/);
  t.regex((await problemsOf(t, files, { startAtTask: 'Instal' }))[0]!, /no task is named "Instal"[^]*did you mean "Install"\?/);
});
