/** Runs on real machines over real ssh: become, facts, hosts that go away in the middle, checks of host keys. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { labDown } from '../../engine/lab/down.ts';
import { stopMachine } from '../../engine/lab/stop.ts';
import { labUp } from '../../engine/lab/up.ts';
import { complaints, kplay, outcomes, type Ran, type RunOptions } from '../support/kplay.ts';
import { inside, noLab, testLab } from './test-lab.ts';

const reason = noLab('runs');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-run', '10.217.0', 2);
const folder = mkdtempSync(path.join(os.tmpdir(), 'kplay-run-'));
const quiet = { report: () => undefined };
const connection = `ansible_ssh_private_key_file=${lab.directory}/ssh/id_ed25519\nansible_ssh_common_args="-o UserKnownHostsFile=${lab.directory}/ssh/known_hosts"\n`;
const machines = '[all]\nm1 ansible_host=10.217.0.11\nm2 ansible_host=10.217.0.12\n[all:vars]\n';

let count = 0;
/** Plays tasks on both machines; `head` are lines of the play. */
function playTasks(tasks: string, options: readonly string[] = [], { head = '', user = 'root', watch }: { head?: string; user?: string; watch?: RunOptions['watch'] } = {}): Promise<Ran> {
  const name = path.join(folder, `site${count++}`);
  writeFileSync(`${name}.ini`, `${machines}${connection}ansible_user=${user}\n`);
  writeFileSync(`${name}.yml`, `- hosts: all\n  gather_facts: false\n${head}  tasks:\n${tasks.split('\n').map((line) => `    ${line}`).join('\n')}\n`);
  return kplay(['run', `${name}.yml`, '-i', `${name}.ini`, '--output', 'json', ...options], watch ? { watch } : {});
}

/** Does something once, when a task of this name has begun. */
function when(name: string, act: () => void): NonNullable<RunOptions['watch']> {
  let done = false;
  return (child) => child.stdout!.on('data', (text: Buffer | string) => {
    if (done || !String(text).includes(`"host_start"`) || !String(text).includes(name)) return;
    done = true;
    setTimeout(act, 700);
  });
}

const messages = (ran: Ran): string[] => ran.events.flatMap((event) => (event.event === 'outcome' && event.outcome.message !== undefined && event.task.module === 'debug' ? [`${event.host}: ${event.outcome.message}`] : []));

test.before(async () => {
  if (reason) return;
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, { ...quiet, confirm: async () => true });
});
test.after.always(async () => {
  if (!reason) await labDown(lab, { ...quiet, purge: true });
  rmSync(folder, { recursive: true, force: true });
});

onLab('facts have Ansible\'s names', async (t) => {
  const ran = await playTasks('- setup:\n- debug: {msg: "{{ ansible_hostname }} {{ ansible_facts.os_family }} {{ ansible_default_ipv4.address }} {{ ansible_memtotal_mb > 100 }} {{ ansible_pkg_mgr }} {{ ansible_service_mgr }}"}');
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(messages(ran).sort(), ['m1: m1 Debian 10.217.0.11 True apt systemd', 'm2: m2 Debian 10.217.0.12 True apt systemd']);
});

onLab('users are made, and become acts as them and as root, with and without a password', async (t) => {
  const made = await playTasks(`- user: {name: ops, shell: /bin/sh, password: "{{ 'geheim7x' | password_hash('sha512', 'saltsalt') }}"}
- user: {name: free, shell: /bin/sh}
- file: {path: "/home/{{ item }}/.ssh", state: directory, mode: "0700", owner: "{{ item }}"}
  loop: [ops, free]
- copy: {src: /root/.ssh/authorized_keys, dest: "/home/{{ item }}/.ssh/authorized_keys", remote_src: true, owner: "{{ item }}", mode: "0600"}
  loop: [ops, free]
- copy: {dest: /etc/sudoers.d/kplay, content: "ops ALL=(ALL) ALL\\nfree ALL=(ALL) NOPASSWD: ALL\\n", mode: "0440", validate: visudo -cf %s}`);
  t.is(made.code, 0, complaints(made));
  const tasks = '- {command: id -un, register: me, become: false}\n- {command: id -un, register: root}\n- {command: id -un, register: other, become_user: daemon}\n- copy: {content: "x", dest: "/root/by-{{ me.stdout }}", mode: "0600"}\n- debug: {msg: "{{ me.stdout }} {{ root.stdout }} {{ other.stdout }}"}';
  const secret = path.join(folder, 'secret');
  writeFileSync(secret, 'geheim7x\n', { mode: 0o600 });
  for (const [user, options] of [['ops', ['--become-password-file', secret]], ['free', []]] as const) {
    const ran = await playTasks(tasks, ['-b', ...options], { user });
    t.is(ran.code, 0, complaints(ran));
    t.deepEqual(messages(ran).sort(), [`m1: ${user} root daemon`, `m2: ${user} root daemon`]);
    t.notRegex(ran.stdout, /geheim7x/);
    t.is((await inside(lab, 'm1', 'stat', '-c', '%U:%a', `/root/by-${user}`)).stdout, 'root:600\n');
  }
  writeFileSync(secret, 'wrong\n');
  const wrong = await playTasks(tasks, ['-b', '--become-password-file', secret], { user: 'ops' });
  t.is(wrong.code, 4, complaints(wrong));
  t.regex(complaints(wrong), /sudo/);
  const none = await playTasks(tasks, ['-b'], { user: 'ops' });
  t.is(none.code, 4);
});

onLab('a connection that breaks in the middle of a task is opened again and the task looked at anew', async (t) => {
  const ran = await playTasks('- {name: Wait, wait_for: {path: /tmp/go, timeout: 60, sleep: 1}}\n- {name: After, copy: {content: y, dest: /tmp/after}}', [], {
    watch: when('Wait', () => void (async () => {
      await inside(lab, 'm1', "pkill -f 'sshd: root@notty'");
      for (const name of ['m1', 'm2']) await inside(lab, name, 'touch', '/tmp/go');
    })()),
  });
  t.is(ran.code, 0, complaints(ran));
  t.regex(ran.stdout, /connection lost, trying again/);
  t.deepEqual(outcomes(ran, 'changed').sort(), ['m1: After', 'm2: After']);
});

onLab('a command that was running when the connection broke is of unknown outcome, never success', async (t) => {
  const ran = await playTasks('- {name: Command, command: sleep 8}\n- {name: After, command: "true"}', [], { watch: when('Command', () => void inside(lab, 'm1', "pkill -f 'sshd: root@notty'")) });
  t.is(ran.code, 4, complaints(ran));
  t.deepEqual(outcomes(ran, 'unreachable'), ['m1: Command']);
  t.deepEqual(outcomes(ran, 'changed').sort(), ['m2: After', 'm2: Command']);
  t.regex(complaints(ran), /not known/);
});

onLab('Ctrl-C leaves no process on the machines', async (t) => {
  const ran = await playTasks('- {name: Command, shell: "sleep 4272; true"}', [], {
    watch: (child) => when('Command', () => child.kill('SIGINT'))(child),
  });
  t.is(ran.code, 130);
  t.is(ran.events.at(-1)!.event, 'recap');
  for (const name of ['m1', 'm2']) t.is((await inside(lab, name, "pgrep -af 'sleep 427[2]'")).stdout, '');
});

onLab('a machine that goes away is unreachable, and the others go on', async (t) => {
  const ran = await playTasks('- {name: Work, command: sleep 6}\n- {name: After, command: "true"}', ['-T', '3'], { watch: when('Work', () => void stopMachine(lab, 'm1', 0)) });
  t.is(ran.code, 4, complaints(ran));
  t.deepEqual(outcomes(ran, 'unreachable'), ['m1: Work']);
  t.deepEqual(outcomes(ran, 'changed').sort(), ['m2: After', 'm2: Work']);
  await labUp(lab, quiet);
});

onLab('a host key that has changed is refused with both fingerprints and the line to look at', async (t) => {
  const name = path.join(folder, 'key');
  const known = path.join(folder, 'known_hosts');
  const { stdout } = await inside(lab, 'm2', 'cat', '/etc/ssh/ssh_host_ed25519_key.pub');
  writeFileSync(known, `10.217.0.11 ${stdout.split(' ').slice(0, 2).join(' ')}\n`);
  writeFileSync(`${name}.ini`, `${machines}${connection.replace(/UserKnownHostsFile=[^"]*/, `UserKnownHostsFile=${known}`)}ansible_user=root\n`);
  writeFileSync(`${name}.yml`, '- hosts: m1\n  gather_facts: false\n  tasks: [{command: "true"}]\n');
  const ran = await kplay(['run', `${name}.yml`, '-i', `${name}.ini`, '--output', 'json']);
  t.is(ran.code, 4);
  t.regex(complaints(ran), /SHA256:[^]*SHA256:/);
  t.regex(complaints(ran), /known_hosts:1/);
});

onLab('a service is predicted before its unit file is there, starts, and settles', async (t) => {
  const tasks = `- {name: Unit, copy: {content: "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n", dest: /etc/systemd/system/kplay-try.service}}
- {name: Start, systemd: {name: kplay-try, state: started, enabled: true}}
- {name: Nowhere, systemd: {name: kplay-nowhere, state: started}, ignore_errors: true}`;
  const dry = await playTasks(tasks, ['--check']);
  t.deepEqual(outcomes(dry, 'changed').sort(), ['m1: Start', 'm1: Unit', 'm2: Start', 'm2: Unit'], complaints(dry));
  t.deepEqual(outcomes(dry, 'failed').sort(), ['m1: Nowhere', 'm2: Nowhere']);
  t.deepEqual(outcomes(await playTasks(tasks), 'changed').sort(), ['m1: Start', 'm1: Unit', 'm2: Start', 'm2: Unit']);
  t.deepEqual(outcomes(await playTasks(tasks), 'changed'), []);
});
