/** The command line: exit codes, listings, help, and what wrong words are answered. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { kplay, root } from '../../support/kplay.ts';
import { onWeb, writeFiles } from '../../support/play.ts';

const hosts = '[all:vars]\nansible_connection=local\n[web]\nh1\nh2\n[db]\nh3 port=1\n';

for (const [title, files, options, code] of [
  ['all went well', onWeb('- command: "true"'), [], 0],
  ['a host failed', onWeb('- {command: "false", when: inventory_hostname == "h1"}'), [], 2],
  ['a host was out of reach and none failed', { 'site.yml': '- hosts: web\n  gather_facts: false\n  tasks: [{command: "true"}]\n', 'host_vars/h1.yml': 'ansible_connection: ssh\nansible_host: 127.0.0.1\nansible_port: 1\n' }, [], 4],
  ['a host failed and another was out of reach', { 'site.yml': '- hosts: web\n  gather_facts: false\n  tasks: [{command: "false"}]\n', 'host_vars/h1.yml': 'ansible_connection: ssh\nansible_host: 127.0.0.1\nansible_port: 1\n' }, [], 2],
  ['the text is wrong', onWeb('- comand: ls'), [], 1],
  ['an option is unknown', onWeb('- command: ls'), ['--chekc'], 1],
  ['a host failed in a dry run', onWeb('- fail: {msg: no}'), ['--check'], 2],
] as const) {
  test(`the exit code is ${code} where ${title}`, async (t) => {
    const folder = await writeFiles(t, { hosts, ...files });
    const ran = await kplay(['run', 'site.yml', '-i', 'hosts', ...options], { cwd: folder });
    t.is(ran.code, code, ran.stdout + ran.stderr);
  });
}

test('Ctrl-C ends the commands on the hosts, prints the recap and exits with 130', async (t) => {
  const folder = await writeFiles(t, { hosts, ...onWeb('- {name: Sleep, command: "sleep 4271"}\n- debug: {msg: not reached}') });
  const ran = await kplay(['run', 'site.yml', '-i', 'hosts', '--output', 'json'], {
    cwd: folder,
    watch: (child) => {
      let sent = false;
      child.stdout!.on('data', (text: Buffer) => {
        if (!sent && String(text).includes('host_start')) setTimeout(() => child.kill('SIGINT'), 300);
        sent ||= String(text).includes('host_start');
      });
    },
  });
  t.is(ran.code, 130);
  t.like(ran.events.at(-1), { event: 'recap', interrupted: true });
  const left = await kplay(['run', 'site.yml', '-i', 'hosts'], { cwd: await writeFiles(t, { hosts, ...onWeb('- {shell: "! pgrep -fx \'sleep 4271\'"}') }) });
  t.is(left.code, 0, left.stdout);
});

test('the last JSON line is the recap with Ansible\'s totals', async (t) => {
  const folder = await writeFiles(t, { hosts, ...onWeb('- {command: "true"}\n- {debug: {msg: x}, when: false}') });
  const { stdout } = await kplay(['run', 'site.yml', '-i', 'hosts', '--output', 'json'], { cwd: folder });
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
  t.like(last, { event: 'recap', hosts: { h1: { ok: 1, changed: 1, unreachable: 0, failed: 0, skipped: 1, rescued: 0, ignored: 0 } } });
  t.is(typeof last['duration_ms'], 'number');
});

test('--list-hosts, --list-tasks, --list-tags and --syntax-check touch no host', async (t) => {
  const folder = await writeFiles(t, { hosts: hosts.replace('local', 'ssh'), ...onWeb('- {name: One, command: ls, tags: [a, b]}\n- {name: Two, command: ls}') });
  const list = async (...options: string[]) => (await kplay(['run', 'site.yml', '-i', 'hosts', ...options], { cwd: folder })).stdout;
  t.regex(await list('--list-hosts'), /hosts \(2\):\n {6}h1\n {6}h2/);
  t.regex(await list('--list-tasks'), /One\tTAGS: \[a, b\]\n {6}Two\tTAGS: \[\]/);
  t.notRegex(await list('--list-tasks', '-t', 'a'), /Two/);
  t.regex(await list('--list-tags'), /TASK TAGS: \[a, b\]/);
  t.regex(await list('--syntax-check'), /no problems found/);
});

test('the inventory is shown as JSON, as a graph and host by host', async (t) => {
  const folder = await writeFiles(t, { hosts, 'group_vars/db.yml': 'a: "{{ port + 1 }}"\n' });
  const show = async (...options: string[]) => (await kplay(['inventory', '-i', 'hosts', ...options], { cwd: folder })).stdout;
  t.is(await show('--graph'), '@all:\n  |--@ungrouped:\n  |--@web:\n  |  |--h1\n  |  |--h2\n  |--@db:\n  |  |--h3\n');
  t.like(JSON.parse(await show('--host', 'h3')), { a: 2, port: 1 });
  t.deepEqual((JSON.parse(await show('--list')) as { web: { hosts: string[] } }).web.hosts, ['h1', 'h2']);
  t.is((await kplay(['inventory', '-i', 'hosts', '--host', 'h4'], { cwd: folder })).code, 1);
});

test('extra vars come as words, as JSON and from files, the last one winning', async (t) => {
  const folder = await writeFiles(t, { hosts, 'v.yml': 'b: file\nc: [1, 2]\n', ...onWeb('- debug: {msg: "{{ a }} {{ b }} {{ c | sum }} {{ d.e }}"}') });
  const { stdout } = await kplay(['run', 'site.yml', '-i', 'hosts', '-l', 'h1', '-e', 'a="two words" b=x', '-e', '@v.yml', '-e', '{"d": {"e": true}}'], { cwd: folder });
  t.regex(stdout, /two words file 3 True/);
});

test('a pipe that is closed early does not break a run', async (t) => {
  const folder = await writeFiles(t, { hosts, ...onWeb('- {command: "touch {{ playbook_dir }}/done-{{ inventory_hostname }}"}') });
  const ran = await kplay(['run', 'site.yml', '-i', 'hosts'], { cwd: folder, watch: (child) => child.stdout!.destroy() });
  t.is(ran.code, 0, ran.stderr);
});

for (const [argv, says] of [
  [['rnu'], /unknown command 'rnu'[^]*Did you mean run/],
  [['run'], /missing required argument 'playbooks'/],
  [['run', 'nowhere.yml'], /no playbook nowhere\.yml/],
  [['run', 'x.yml', '--forks', '0'], /whole number of at least 1/],
  [['run', 'x.yml', '--output', 'xml'], /Allowed choices are auto, tree, plain, json/],
  [['doc', 'fiel'], /no module "fiel"[^]*did you mean "file"\?/],
  [['inventory'], /give one of --list, --graph and --host/],
  [['lab', 'up', 'node9', '-i', 'inventory/lab.yml'], /node9/],
] as const) {
  test(`kplay ${argv.join(' ')} is answered with what is wrong and exit code 1`, async (t) => {
    const ran = await kplay(argv);
    t.is(ran.code, 1);
    t.regex(ran.stderr, says);
  });
}

test('help and version are there for every command', async (t) => {
  for (const command of [[], ['run'], ['inventory'], ['doc'], ['lab'], ['lab', 'up']]) {
    const help = await kplay([...command, '--help']);
    t.is(help.code, 0, command.join(' '));
    t.regex(help.stdout, /Usage: kplay/);
    t.regex((await kplay([...command, '--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  }
});

test('the command to go on with names the hosts that are not done, and none where all are not', async (t) => {
  const some = await kplay(['run', 'site.yml', '-i', 'hosts', '--output', 'plain'], { cwd: await writeFiles(t, { hosts, ...onWeb('- {command: "false", when: inventory_hostname == "h2"}') }) });
  t.regex(some.stdout, /kplay run site\.yml -i hosts --output plain --limit h2\n/);
  const once = await kplay(['run', 'site.yml', '-i', 'hosts'], { cwd: await writeFiles(t, { hosts, ...onWeb('- {command: "false", run_once: true}') }) });
  t.regex(once.stdout, /kplay run site\.yml -i hosts\n/);
});

test('a variable of a secret name on the command line is not repeated', async (t) => {
  const folder = await writeFiles(t, { hosts, ...onWeb('- {command: "false", when: inventory_hostname == "h1"}') });
  const { stdout } = await kplay(['run', 'site.yml', '-i', 'hosts', '-e', 'db_password=hunter22', '-e', 'colour=red'], { cwd: folder });
  t.notRegex(stdout, /hunter22/);
  t.regex(stdout, /-e HIDDEN -e colour=red --limit h1/);
});

test('what is found wrong only in the middle of a run is a failure, and nobody says that no host was touched', async (t) => {
  const folder = await writeFiles(t, { hosts, 'site.yml': '- hosts: web\n  gather_facts: false\n  tasks: [{command: "true"}]\n- hosts: web\n  gather_facts: false\n  vars_files: ["{{ inventory_hostname }}.yml"]\n  tasks: [{command: "true"}]\n' });
  const ran = await kplay(['run', 'site.yml', '-i', 'hosts'], { cwd: folder });
  t.is(ran.code, 2);
  t.regex(ran.stderr, /no file of variables "h1\.yml"/);
  t.notRegex(ran.stderr + ran.stdout, /no host was touched/);
});

test('the built command can be executed as it is', async (t) => {
  const { stdout } = await promisify(execFile)(`${root}dist/engine/cli/main.js`, ['--version']);
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/);
});
