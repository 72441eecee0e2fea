/** Check mode tells the truth: what it predicts is what then changes, and it touches nothing. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { onWeb, playFolder, writeFiles } from '../../support/play.ts';

const oneHost = '[web]\nh1 ansible_connection=local\n';

/** Everything of a tree that a change would show in. */
function fingerprint(folder: string): string {
  return execFileSync('sh', ['-c', 'find . -printf "%p %m %u %g %s %T@ %l\\n" | sort; find . -type f -exec sha256sum {} + | sort'], { cwd: folder, encoding: 'utf8' });
}

const predicted = (told: readonly string[]) => told.filter((each) => /: (changed|unknown)$/.test(each)).map((each) => each.replace(/: \w+$/, ''));
const changed = (told: readonly string[]) => told.filter((each) => each.endsWith(': changed')).map((each) => each.replace(/: \w+$/, ''));

test('a chain of files that do not exist yet is predicted exactly, and the dry run leaves the disk untouched', async (t) => {
  const folder = await writeFiles(t, {
    hosts: oneHost, 'templates/t.j2': 'x={{ inventory_hostname }}\n',
    ...onWeb(`- {name: dir, file: {path: "{{ dir }}/out/a/b", state: directory, mode: "0750"}}
- {name: copy, copy: {content: "one\\ntwo\\n", dest: "{{ dir }}/out/a/f", mode: "0640"}}
- {name: line, lineinfile: {path: "{{ dir }}/out/a/f", line: three}}
- {name: line again, lineinfile: {path: "{{ dir }}/out/a/f", line: two}}
- {name: block, blockinfile: {path: "{{ dir }}/out/a/f", block: "in block"}}
- {name: template, template: {src: t.j2, dest: "{{ dir }}/out/a/t"}}
- {name: link, file: {src: f, dest: "{{ dir }}/out/a/l", state: link}}
- {name: stat, stat: {path: "{{ dir }}/out/a/f"}, register: s}
- {name: mode, file: {path: "{{ dir }}/out/a/f", mode: "0600"}, when: s.stat.exists}
- {name: same mode, file: {path: "{{ dir }}/out/a/f", mode: "0600"}}
- {name: gone, file: {path: "{{ dir }}/out/a/b", state: absent}}
- {name: still gone, file: {path: "{{ dir }}/out/a/b", state: absent}}`),
  });
  mkdirSync(path.join(folder, 'out'));
  const before = fingerprint(folder);
  const dry = await playFolder(folder, { check: true });
  t.is(fingerprint(folder), before);
  t.is(dry.hosts['h1']!.failed, 0);
  const real = await playFolder(folder);
  t.deepEqual(predicted(dry.told), changed(real.told));
  t.deepEqual(changed(real.told).map((each) => each.slice(3)), ['dir', 'copy', 'line', 'block', 'template', 'link', 'mode', 'gone']);
  const dryAgain = await playFolder(folder, { check: true });
  const again = await playFolder(folder);
  t.deepEqual(predicted(dryAgain.told), changed(again.told));
});

test('the result of a command that was not run is unknown, and so is what depends on it', async (t) => {
  const folder = await writeFiles(t, {
    hosts: oneHost,
    ...onWeb(`- {name: make, command: "echo token", register: r}
- {name: use, copy: {content: "{{ r.stdout }}", dest: "{{ dir }}/token"}}
- {name: maybe, command: "true", when: r.rc == 0}
- {name: known false, command: "true", when: r.rc == 0 and false}
- {name: read only, command: "echo looked", check_mode: false, changed_when: false, register: l}
- {name: after, debug: {msg: "{{ l.stdout }}"}}
- {name: loop, debug: {msg: "{{ item }}"}, loop: "{{ r.stdout_lines }}"}
- {name: test, debug: {msg: fine}, when: r is succeeded}`),
  });
  const { told, said, hosts } = await playFolder(folder, { check: true });
  t.deepEqual(told.map((each) => each.slice(3)), ['make: changed', 'use: unknown', 'maybe: unknown', 'known false: skipped', 'read only: ok', 'after: ok', 'loop: ok', 'test: ok']);
  t.deepEqual(said.filter((each) => each.includes('looked')), ['h1: looked']);
  t.is(hosts['h1']!.failed, 0);
});

test('a command that only reads depends on the task that would make what it reads, and fails where none would', async (t) => {
  const folder = await writeFiles(t, { hosts: oneHost, ...onWeb('- {name: early, command: "cat {{ dir }}/made", check_mode: false, ignore_errors: true}\n- {name: make, shell: "echo x > {{ dir }}/made"}\n- {name: read, command: "cat {{ dir }}/made", check_mode: false, register: r}\n- {name: use, debug: {msg: "{{ r.stdout }}"}}') });
  const { told, hosts } = await playFolder(folder, { check: true });
  t.deepEqual(told.map((each) => each.slice(3)), ['early: failed', 'make: changed', 'read: unknown', 'use: ok']);
  t.is(hosts['h1']!.failed, 0);
});

test('a task that only reads changes nothing, though only the run can tell what it finds', async (t) => {
  const folder = await writeFiles(t, { hosts: oneHost, ...onWeb('- {name: make, shell: "echo x > {{ dir }}/made", register: r}\n- {name: read, slurp: {src: "{{ dir }}/made"}, register: s}\n- {name: asked, stat: {path: "{{ r.stdout }}"}}\n- {name: use, copy: {content: "{{ s.content }}", dest: "{{ dir }}/used"}}') });
  const { told, outcome } = await playFolder(folder, { check: true });
  t.deepEqual(told.map((each) => each.slice(3)), ['make: changed', 'read: ok', 'asked: ok', 'use: unknown']);
  t.regex(outcome('h1', 'read').message ?? '', /^changes nothing; what it gives is known only at run: depends on "make"/);
});

test('changed_when: false is no mark that a command only reads', async (t) => {
  const folder = await writeFiles(t, { hosts: oneHost, ...onWeb('- {name: writes, command: "touch {{ dir }}/written", changed_when: false}') });
  const before = fingerprint(folder);
  const { told } = await playFolder(folder, { check: true });
  t.is(fingerprint(folder), before);
  t.deepEqual(told, ['h1 writes: ok']);
});

test('handlers are predicted as they will run', async (t) => {
  const files = { hosts: oneHost, ...onWeb('- {name: f, copy: {content: x, dest: "{{ dir }}/f"}, notify: h}\n- {name: d, debug: {msg: x}, notify: other}', '  handlers:\n    - {name: h, command: "true"}\n    - {name: other, command: "true"}\n') };
  const folder = await writeFiles(t, files);
  const dry = await playFolder(folder, { check: true });
  const real = await playFolder(folder);
  t.deepEqual(predicted(dry.told), changed(real.told));
  t.deepEqual(changed((await playFolder(folder)).told), []);
});
