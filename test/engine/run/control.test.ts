/** What steers a run: throttle, timeouts, failure shares, forced handlers, order, facts, files of variables. */
import test from 'ava';
import { onWeb, playFiles } from '../../support/play.ts';

test('timeout ends a task that takes too long, and says so', async (t) => {
  const { outcome, hosts } = await playFiles(t, onWeb('- {name: Slow, command: sleep 20, timeout: 1}'), { limit: 'h1' });
  t.regex(outcome('h1', 'Slow').failure!.message, /timeout of 1 s/);
  t.is(hosts['h1']!.failed, 1);
});

test('throttle bounds how many hosts work at once, forks bounds all', async (t) => {
  const most = async (throttle: string, forks: number): Promise<number> => {
    const { events } = await playFiles(t, { 'site.yml': `- hosts: all\n  gather_facts: false\n  tasks: [{command: sleep 0.3${throttle}}]\n` }, { forks });
    let now = 0;
    let highest = 0;
    for (const event of events) {
      if (event.event === 'host_start') highest = Math.max(highest, ++now);
      if (event.event === 'outcome') now--;
    }
    return highest;
  };
  t.is(await most('', 10), 3);
  t.is(await most(', throttle: 1', 10), 1);
  t.is(await most('', 2), 2);
});

test('the play goes on until more than max_fail_percentage of the batch have failed', async (t) => {
  const files = (share: number) => ({ 'site.yml': `- hosts: all\n  gather_facts: false\n  max_fail_percentage: ${share}\n  tasks:\n    - {command: "false", when: inventory_hostname == "h1"}\n    - debug: {msg: on}\n` });
  t.is((await playFiles(t, files(40))).said.length, 2);
  t.is((await playFiles(t, files(30))).said.length, 0);
});

test('nothing comes after a play that any_errors_fatal or max_fail_percentage ended, or that all of its hosts failed; what does not begin is told', async (t) => {
  const ran = async (head: string, failing: string) => playFiles(t, { 'site.yml': `- hosts: h1, h2\n  name: first\n  gather_facts: false\n${head}  tasks: [{command: "false", when: 'inventory_hostname in ${failing}'}]
- {hosts: h3, name: second, gather_facts: false, tasks: [{debug: {msg: reached}}]}\n- {hosts: all, name: third, gather_facts: false, tasks: [{debug: {msg: reached}}]}\n` });
  for (const [head, failing] of [['  any_errors_fatal: true\n', '["h1"]'], ['  max_fail_percentage: 10\n', '["h2"]'], ['', '["h1", "h2"]'], ['  serial: 1\n', '["h1"]']] as const) {
    const { said, events } = await ran(head, failing);
    t.deepEqual(said, [], head);
    t.true(events.some((event) => event.event === 'warning' && event.message === 'the run ends with the play "first": not begun are "second", "third"'), head);
    t.deepEqual(events.flatMap((event) => (event.event === 'play_start' ? [event.play] : [])), ['first']);
  }
  t.deepEqual((await ran('', '["h1"]')).said, ['h3: reached', 'h2: reached', 'h3: reached']);
});

test('force_handlers runs handlers on hosts that failed too', async (t) => {
  const files = (head: string) => onWeb("- {command: 'true', notify: h}\n- {command: 'false'}", `${head}  handlers: [{name: h, debug: {msg: handled}}]\n`);
  t.deepEqual((await playFiles(t, files('  force_handlers: true\n'))).said, ['h1: handled', 'h2: handled']);
  t.deepEqual((await playFiles(t, files(''))).said, []);
});

test('order sorts the hosts of a play', async (t) => {
  const files = (order: string) => ({ 'site.yml': `- hosts: all\n  gather_facts: false\n  order: ${order}\n  serial: 1\n  tasks: [{debug: {msg: x}}]\n` });
  t.deepEqual((await playFiles(t, files('reverse_sorted'))).said, ['h3: x', 'h2: x', 'h1: x']);
  t.deepEqual((await playFiles(t, files('inventory'))).said, ['h1: x', 'h2: x', 'h3: x']);
});

test('facts are gathered once a host in a run, and anew where a play says yes itself', async (t) => {
  const { told, said } = await playFiles(t, { 'site.yml': `- hosts: h1
  tasks: [{debug: {msg: "{{ ansible_kernel is defined }} {{ ansible_facts.hostname is defined }}"}}]
- hosts: h1
  tasks: [{debug: {msg: again}}]
- hosts: h1
  gather_facts: true
  tasks: [{debug: {msg: anew}}]
` });
  t.deepEqual(told.filter((each) => each.includes('Gathering')).length, 2);
  t.is(said[0], 'h1: True True');
});

test('vars_files with a template in their name are read for each host', async (t) => {
  const { said } = await playFiles(t, { ...onWeb('- debug: {msg: "{{ colour }}"}', '  vars_files: ["{{ inventory_hostname }}.yml"]\n'), 'h1.yml': 'colour: red\n', 'h2.yml': 'colour: blue\n' });
  t.deepEqual(said, ['h1: red', 'h2: blue']);
});

test('facts that are delegated belong to the delegate', async (t) => {
  const { said } = await playFiles(t, onWeb('- {set_fact: {x: "{{ inventory_hostname }}"}, delegate_to: h3, delegate_facts: true, run_once: true}\n- debug: {msg: "{{ hostvars.h3.x }} {{ x is defined }}"}'));
  t.is(said[0], 'h1: h1 False');
});

test('a role that include_role makes public gives its defaults to the rest of the play', async (t) => {
  const { said } = await playFiles(t, { ...onWeb('- include_role: {name: r, public: true}\n- debug: {msg: "{{ d }}"}'), 'roles/r/defaults/main.yml': 'd: default\n', 'roles/r/tasks/main.yml': '- debug: {msg: in}\n' }, { limit: 'h1' });
  t.deepEqual(said, ['h1: in', 'h1: default']);
});

test('args, key=value text and a dict of params give the same task', async (t) => {
  const { said } = await playFiles(t, onWeb(`- {name: text, file: "path={{ dir }}/a state=directory mode=0700"}
- name: args
  command: "pwd"
  args: {chdir: "{{ dir }}/a"}
  register: r
- {name: inline, command: "pwd chdir={{ dir }}/a", register: i}
- {name: whole, file: "{{ params }}"}
- {stat: {path: "{{ dir }}/a"}, register: s}
- debug: {msg: "{{ r.stdout | basename }} {{ i.stdout == r.stdout }} {{ s.stat.mode }}"}`, '  vars: {params: {path: "{{ dir }}/a", state: directory, mode: "0750"}}\n'), { limit: 'h1' });
  t.is(said[0], 'h1: a True 0750');
});

test('a variable that stands for itself is an error that shows the circle', async (t) => {
  const { outcome } = await playFiles(t, onWeb('- {name: C, debug: {msg: "{{ a }}"}}', '  vars: {a: "{{ b }}", b: "{{ a }}"}\n'));
  t.regex(outcome('h1', 'C').failure!.message, /stands for itself: a → b → a/);
});

test('an included file that is wrong fails the hosts that include it, and the others go on', async (t) => {
  const { said, hosts } = await playFiles(t, { ...onWeb('- include_tasks: "{{ inventory_hostname }}.yml"\n- debug: {msg: next}'), 'h1.yml': '- comand: ls\n', 'h2.yml': '- debug: {msg: included}\n' });
  t.deepEqual(said, ['h2: included', 'h2: next']);
  t.is(hosts['h1']!.failed, 1);
});

test('a file may include itself under a condition, and one that never ends is a failure', async (t) => {
  const { said } = await playFiles(t, { ...onWeb('- include_tasks: a.yml\n  vars: {n: 3}'), 'a.yml': '- debug: {msg: "{{ n }}"}\n- include_tasks: a.yml\n  vars: {n: "{{ n | int - 1 }}"}\n  when: n | int > 100\n' }, { limit: 'h1' });
  t.deepEqual(said, ['h1: 3']);
  const { hosts, outcome } = await playFiles(t, { ...onWeb('- include_tasks: a.yml'), 'a.yml': '- {name: Again, include_tasks: a.yml, when: true}\n' }, { limit: 'h1' });
  t.is(hosts['h1']!.failed, 1);
  t.truthy(outcome('h1', 'Again'));
});

test('a failure in a rescue block counts as rescued, not as failed', async (t) => {
  const { events } = await playFiles(t, onWeb("- block: [{name: F, command: 'false'}]\n  rescue: [{debug: {msg: r}}]"), { limit: 'h1' });
  const failed = events.find((event) => event.event === 'outcome' && event.task.name === 'F');
  t.true(failed?.event === 'outcome' && failed.outcome.rescued);
});
