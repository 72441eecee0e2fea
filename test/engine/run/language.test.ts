/** What the playbook language means, played for real on local hosts. */
import test from 'ava';
import { onWeb, playFiles } from '../../support/play.ts';

test('stronger variables win: defaults, group_vars, host_vars, play vars, vars_files, role vars, block, task, set_fact, include params, -e', async (t) => {
  const show = (name: string) => `- debug: {msg: "{{ ${name} }}"}`;
  const { said } = await playFiles(t, {
    hosts: '[web]\nh1 ansible_connection=local a=inventory b=inventory\n',
    'group_vars/all.yml': 'a: all\nb: all\nc: all\nd: all\n',
    'group_vars/web.yml': 'b: group\nc: group\nd: group\n',
    'host_vars/h1.yml': 'c: host\nd: host\n',
    'v.yml': 'e: file\nf: file\n',
    'roles/r/defaults/main.yml': 'z: default\na: default\n',
    'roles/r/vars/main.yml': 'f: role\ng: role\nh: role\n',
    'roles/r/tasks/main.yml': `${show("[a, b, c, d, e, f, z] | join(' ')")}
- block:
    - debug: {msg: "{{ g }} {{ h }} {{ i }}"}
      vars: {h: task}
    - set_fact: {i: fact}
    - debug: {msg: "{{ i }} {{ j }}"}
  vars: {g: block, h: block, i: block}
`,
    'site.yml': '- hosts: web\n  gather_facts: false\n  vars: {d: play, e: play, j: play}\n  vars_files: [v.yml]\n  roles: [r]\n',
  }, { extra: ['j=extra'] });
  t.deepEqual(said, ['h1: inventory inventory host play file role default', 'h1: block task block', 'h1: fact extra']);
});

test('handlers run once, in the order in which they are defined, where a task changed, by name and by listen', async (t) => {
  const { told, said } = await playFiles(t, onWeb(
    `- {name: A, command: "true", notify: [second, topic]}
- {name: B, command: "true", changed_when: false, notify: third}
- {name: C, command: "true", notify: second, when: inventory_hostname == 'h2'}
- meta: flush_handlers
- debug: {msg: after}`,
    '  handlers:\n    - {name: first, debug: {msg: one}, listen: topic}\n    - {name: second, debug: {msg: two}}\n    - {name: third, debug: {msg: three}}\n',
  ));
  t.deepEqual(said.filter((each) => each.startsWith('h1')), ['h1: one', 'h1: two', 'h1: after']);
  t.false(told.some((each) => each.includes('third')));
});

test('a handler that is not flushed runs at the end of its section, and not where the host failed', async (t) => {
  const { said, hosts } = await playFiles(t, onWeb(
    "- {command: 'true', notify: h}\n- {command: 'false', when: inventory_hostname == 'h2'}\n- debug: {msg: last}",
    '  handlers:\n    - {name: h, debug: {msg: handled}}\n',
  ));
  t.deepEqual(said, ['h1: last', 'h1: handled']);
  t.is(hosts['h2']!.failed, 1);
});

test('rescue takes failures up with the failed task and its result, always runs for all', async (t) => {
  const { said, hosts } = await playFiles(t, onWeb(
    `- block:
    - {name: Break, shell: "echo out; exit 3", when: inventory_hostname == 'h1'}
    - debug: {msg: went well}
  rescue:
    - debug: {msg: "rescued {{ ansible_failed_task.name }} rc {{ ansible_failed_result.rc }}"}
  always:
    - debug: {msg: always}
- debug: {msg: next}`));
  t.deepEqual(said, ['h2: went well', 'h1: rescued Break rc 3', 'h1: always', 'h2: always', 'h1: next', 'h2: next']);
  t.like(hosts['h1'], { failed: 0, rescued: 1 });
});

test('a handler may be an include', async (t) => {
  const { said } = await playFiles(t, { ...onWeb("- {command: 'true', notify: h}", '  handlers: [{name: h, include_tasks: h.yml}]\n'), 'h.yml': '- debug: {msg: included}\n' }, { limit: 'h1' });
  t.deepEqual(said, ['h1: included']);
});

test('a failure in rescue fails the host, and always still runs', async (t) => {
  const { said, hosts } = await playFiles(t, onWeb("- block: [{command: 'false'}]\n  rescue: [{fail: {msg: no}}]\n  always: [{debug: {msg: always}}]\n- debug: {msg: not reached}"));
  t.deepEqual(said, ['h1: always', 'h2: always']);
  t.is(hosts['h1']!.failed, 1);
});

test('loops give results item by item, with loop_var, index_var and label', async (t) => {
  const { said, told } = await playFiles(t, onWeb(
    `- name: Loop
  command: "echo {{ thing.n }} {{ i }}"
  loop: [{n: a}, {n: b}]
  loop_control: {loop_var: thing, index_var: i, label: "{{ thing.n }}"}
  register: r
- debug: {msg: "{{ r.results | map(attribute='stdout') | list }} {{ r.results[1].thing.n }} {{ r is changed }}"}
- {name: Flat, debug: {msg: "{{ item }}"}, with_items: [1, [2, 3], [[4]]]}`));
  t.is(said[0], "h1: ['a 0', 'b 1'] b True");
  t.true(told.includes('h1 Loop [a]: changed'));
  t.deepEqual(told.filter((each) => each.startsWith('h1 Flat [')).length, 4);
});

test('when is judged for each item of a loop', async (t) => {
  const { told } = await playFiles(t, onWeb('- {name: L, debug: {msg: x}, loop: [1, 2, 3], when: item > 1}'));
  t.deepEqual(told.filter((each) => each.startsWith('h1 L [')), ['h1 L [1]: skipped', 'h1 L [2]: ok', 'h1 L [3]: ok']);
});

test('until tries again up to retries more times and registers the attempts', async (t) => {
  const { said, hosts } = await playFiles(t, onWeb(
    `- shell: "echo x >> {{ dir }}/{{ inventory_hostname }}; wc -l < {{ dir }}/{{ inventory_hostname }}"
  register: r
  until: r.stdout | int >= 3
  retries: 5
  delay: 0
- debug: {msg: "{{ r.attempts }}"}
- {command: "true", until: false, retries: 1, delay: 0, ignore_errors: true}
- {command: "false", register: f, until: f.rc == 0, retries: 1, delay: 0, ignore_errors: true}
- debug: {msg: "{{ f.attempts }} {{ f is failed }}"}`));
  t.deepEqual(said.filter((each) => each.startsWith('h1')), ['h1: 3', 'h1: 2 True']);
  t.is(hosts['h1']!.ignored, 2);
});

test('changed_when and failed_when have the last word', async (t) => {
  const { told, hosts } = await playFiles(t, onWeb(
    `- {name: ok, command: "true", changed_when: false}
- {name: changed, command: "true", register: r, changed_when: ["r.rc == 0", "true"]}
- {name: odd, shell: "exit 4", register: r, failed_when: "r.rc not in [0, 4]", changed_when: r.rc == 4}
- {name: bad, command: "true", failed_when: true, ignore_errors: true}`));
  t.deepEqual(told.filter((each) => each.startsWith('h1')), ['h1 ok: ok', 'h1 changed: changed', 'h1 odd: changed', 'h1 bad: failed']);
  t.is(hosts['h1']!.failed, 0);
});

test('run_once acts on the first host and registers for all', async (t) => {
  const { said, told } = await playFiles(t, onWeb('- {name: Once, command: "echo {{ inventory_hostname }}", run_once: true, register: r}\n- debug: {msg: "{{ r.stdout }}"}'));
  t.deepEqual(told.filter((each) => each.includes('Once')), ['h1 Once: changed']);
  t.deepEqual(said, ['h1: h1', 'h2: h1']);
});

test('delegate_to acts on the other host with the variables of the first', async (t) => {
  const { outcome, said } = await playFiles(t, onWeb('- {name: D, command: "echo {{ inventory_hostname }}", delegate_to: h3, register: r}\n- debug: {msg: "{{ r.stdout }}"}\n- {name: L, command: "true", delegate_to: localhost}'));
  t.is(outcome('h1', 'D').delegatedTo, 'h3');
  t.deepEqual(said, ['h1: h1', 'h2: h2']);
  t.is(outcome('h1', 'L').delegatedTo, 'localhost');
});

test('serial runs the whole play batch by batch', async (t) => {
  const { said, events } = await playFiles(t, { 'site.yml': '- hosts: all\n  gather_facts: false\n  serial: [1, "50%"]\n  tasks:\n    - debug: {msg: "{{ ansible_play_batch | join(\',\') }}"}\n    - debug: {msg: two}\n' });
  t.deepEqual(said, ['h1: h1', 'h1: two', 'h2: h2', 'h2: two', 'h3: h3', 'h3: two']);
  t.is(events.filter((event) => event.event === 'batch_start').length, 3);
});

test('a batch in which all fail ends the play', async (t) => {
  const { told } = await playFiles(t, { 'site.yml': '- hosts: all\n  gather_facts: false\n  serial: 1\n  tasks: [{name: F, command: "false"}]\n' });
  t.deepEqual(told, ['h1 F: failed']);
});

test('any_errors_fatal ends the play for all hosts', async (t) => {
  const { said } = await playFiles(t, onWeb("- {command: 'false', when: inventory_hostname == 'h1'}\n- debug: {msg: not reached}", '  any_errors_fatal: true\n'));
  t.deepEqual(said, []);
});

test('tags choose tasks, always and never keep their meaning', async (t) => {
  const files = onWeb('- {name: a, debug: {msg: a}, tags: [x]}\n- {name: b, debug: {msg: b}, tags: y}\n- {name: c, debug: {msg: c}, tags: always}\n- {name: d, debug: {msg: d}, tags: [never, n]}\n- {name: e, debug: {msg: e}}');
  const ran = async (only: string[], skip: string[] = []) => (await playFiles(t, files, { tags: { only, skip }, limit: 'h1' })).said.map((each) => each.slice(4)).join('');
  t.is(await ran([]), 'abce');
  t.is(await ran(['x']), 'ac');
  t.is(await ran(['n']), 'cd');
  t.is(await ran(['tagged']), 'abc');
  t.is(await ran(['untagged']), 'ce');
  t.is(await ran([], ['x', 'always']), 'be');
});

test('start-at-task passes over what stands before it', async (t) => {
  const files = onWeb('- {name: one, debug: {msg: 1}}\n- {name: two, debug: {msg: 2}}\n- {name: three, debug: {msg: 3}}');
  t.deepEqual((await playFiles(t, files, { startAtTask: 'tw*', limit: 'h1' })).said, ['h1: 2', 'h1: 3']);
});

test('imports stand in place, includes are read when they are reached, item by item', async (t) => {
  const { said } = await playFiles(t, {
    ...onWeb('- import_tasks: i.yml\n  vars: {v: imported}\n  when: inventory_hostname == "h1"\n- include_tasks: "{{ name }}.yml"\n  loop: [a, b]\n  loop_control: {loop_var: name}\n- include_role: {name: r}\n  vars: {p: given}', '  vars: {v: play}\n'),
    'i.yml': '- debug: {msg: "{{ v }}"}\n',
    'a.yml': '- debug: {msg: "a {{ name }} {{ v }}"}\n',
    'b.yml': '- debug: {msg: "b {{ name }}"}\n  when: inventory_hostname == "h2"\n',
    'roles/r/tasks/main.yml': '- debug: {msg: "{{ p }} {{ d }} {{ role_name }}"}\n',
    'roles/r/defaults/main.yml': 'd: default\n',
  });
  t.deepEqual(said, ['h1: imported', 'h1: a a play', 'h2: a a play', 'h2: b b', 'h1: given default r', 'h2: given default r']);
});

test('role dependencies run first and once, pre_tasks before and post_tasks after', async (t) => {
  const { said } = await playFiles(t, {
    'site.yml': '- hosts: h1\n  gather_facts: false\n  post_tasks: [{debug: {msg: post}}]\n  pre_tasks: [{debug: {msg: pre}}]\n  roles: [a, {role: b, x: 1}]\n  tasks: [{debug: {msg: tasks}}]\n',
    'roles/base/tasks/main.yml': '- debug: {msg: base}\n',
    'roles/a/meta/main.yml': 'dependencies: [base]\n', 'roles/a/tasks/main.yml': '- debug: {msg: a}\n',
    'roles/b/meta/main.yml': 'dependencies: [{role: base}]\n', 'roles/b/tasks/main.yml': '- debug: {msg: "b {{ x }}"}\n',
  });
  t.deepEqual(said, ['h1: pre', 'h1: base', 'h1: a', 'h1: b 1', 'h1: tasks', 'h1: post']);
});

test('import_playbook plays another in place and hands its tags, vars and when down', async (t) => {
  const { said } = await playFiles(t, {
    'site.yml': '- import_playbook: sub/other.yml\n  vars: {v: down}\n  when: inventory_hostname == "h1"\n- hosts: h3\n  gather_facts: false\n  tasks: [{debug: {msg: own}}]\n',
    'sub/other.yml': '- hosts: web\n  gather_facts: false\n  tasks: [{debug: {msg: "{{ v }} {{ playbook_dir | basename }}"}}]\n',
  });
  t.deepEqual(said, ['h1: down sub', 'h3: own']);
});

test('hostvars, groups and magic names are there', async (t) => {
  const { said } = await playFiles(t, onWeb('- {set_fact: {mine: "{{ inventory_hostname }}!"}}\n- debug: {msg: "{{ groups.web | map(\'extract\', hostvars, \'mine\') | join(\' \') }} {{ group_names }} {{ hostvars.h3.inventory_hostname }} {{ groups[\'all\'] | length }}"}'));
  t.is(said[0], "h1: h1! h2! ['web'] h3 3");
});

test('what came from a host is data and is never evaluated as a template', async (t) => {
  const { said } = await playFiles(t, onWeb("- {shell: \"printf '{{ '{{' }} 7 * 7 }}'\", register: r}\n- {set_fact: {x: '{{ r.stdout }}'}}\n- debug: {msg: '{{ x }} {{ r.stdout_lines }}'}"));
  t.is(said[0], "h1: {{ 7 * 7 }} ['{{ 7 * 7 }}']");
});

test('numbers keep what they are: whole floats, text of digits, and what arithmetic gives', async (t) => {
  const { said } = await playFiles(t, onWeb('- debug: {msg: "{{ v }} {{ w }} {{ x + 1 }} {{ v + 1 }}"}', '  vars: {v: 2.0, w: "1.10", x: 010}\n'), { limit: 'h1' });
  t.is(said[0], 'h1: 2.0 1.10 9 3.0');
});

test('environment reaches commands, inner values winning', async (t) => {
  const { said } = await playFiles(t, onWeb('- {shell: "echo $A $B", environment: {B: task}, register: r}\n- debug: {msg: "{{ r.stdout }}"}', '  environment: {A: play, B: play}\n'));
  t.is(said[0], 'h1: play task');
});

test('no_log hides params, results, items and diffs everywhere', async (t) => {
  const { events } = await playFiles(t, onWeb('- {name: S, shell: "echo hunter22; exit 1", no_log: true, ignore_errors: true}\n- {copy: {content: "hunter22", dest: "{{ dir }}/s"}, no_log: true}\n- {command: "echo {{ item }}", loop: [hunter22], no_log: true}\n- {shell: "echo hunter22 >&2; exit 1", no_log: true, until: false, retries: 1, delay: 0, ignore_errors: true}\n- {debug: {msg: x}, loop: "{{ secret }}", no_log: true, ignore_errors: true}', '  vars: {secret: hunter22}\n'));
  t.notRegex(JSON.stringify(events.filter((event) => event.event !== 'run_start')), /hunter22/);
});

test('ignore_errors goes on, a failed host takes part in nothing more', async (t) => {
  const { said, hosts } = await playFiles(t, onWeb("- {command: 'false', ignore_errors: true}\n- debug: {msg: next}\n- {command: 'false', when: inventory_hostname == 'h1'}\n- debug: {msg: h2 alone}"));
  t.deepEqual(said, ['h1: next', 'h2: next', 'h2: h2 alone']);
  t.like(hosts['h1'], { failed: 1, ignored: 1 });
});

test('meta end_host and end_play end quietly', async (t) => {
  const { said, hosts } = await playFiles(t, onWeb("- {meta: end_host, when: inventory_hostname == 'h1'}\n- debug: {msg: next}\n- meta: end_play\n- debug: {msg: not reached}"));
  t.deepEqual(said, ['h2: next']);
  t.is(hosts['h1']!.failed, 0);
});

test('a failure shows where it was written, its params, code and stderr', async (t) => {
  const { outcome } = await playFiles(t, onWeb('- name: F\n  shell: "echo why >&2; exit 7"'));
  const { failure } = outcome('h1', 'F');
  t.regex(failure!.place!, /site\.yml:5:7$/);
  t.is(failure!.code, 7);
  t.is(failure!.stderr, 'why');
  t.truthy(failure!.excerpt);
});

test('a wrong value after rendering is a failure at the param itself', async (t) => {
  const { outcome } = await playFiles(t, onWeb('- name: F\n  file:\n    path: "{{ dir }}/x"\n    state: "{{ s }}"', '  vars: {s: directroy}\n'));
  const { failure } = outcome('h1', 'F');
  t.regex(failure!.place!, /site\.yml:8:16$/);
  t.regex(failure!.message, /state: expected one of .*found "directroy"/);
  t.is(failure!.hint, 'did you mean "directory"?');
});
