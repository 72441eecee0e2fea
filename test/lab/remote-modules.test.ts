/** The modules that ask, fetch and reboot, on real machines over real ssh. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { labDown } from '../../engine/lab/down.ts';
import { machinePaths } from '../../engine/lab/paths.ts';
import { labUp } from '../../engine/lab/up.ts';
import { complaints, kplay, outcomes, type Ran } from '../support/kplay.ts';
import { inside, noLab, testLab } from './test-lab.ts';

const reason = noLab('fetch, reboot, slurp and uri');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-remote', '10.224.0', 2);
const folder = mkdtempSync(path.join(os.tmpdir(), 'kplay-remote-'));
const quiet = { report: () => undefined };
const inventory = `[all]
m1 ansible_host=10.224.0.11
m2 ansible_host=10.224.0.12
[all:vars]
ansible_ssh_private_key_file=${lab.directory}/ssh/id_ed25519
ansible_ssh_common_args="-o UserKnownHostsFile=${lab.directory}/ssh/known_hosts"
`;

let count = 0;
/** Plays tasks as a user; `head` are lines of the play. */
function playTasks(tasks: string, options: readonly string[] = [], { user = 'root', head = '' }: { user?: string; head?: string } = {}): Promise<Ran> {
  const name = path.join(folder, `site${count++}`);
  writeFileSync(`${name}.ini`, `${inventory}ansible_user=${user}\n`);
  writeFileSync(`${name}.yml`, `- hosts: all\n  gather_facts: false\n${head}  tasks:\n${tasks.split('\n').map((line) => `    ${line}`).join('\n')}\n`);
  return kplay(['run', `${name}.yml`, '-i', `${name}.ini`, '--output', 'json', ...options]);
}

const messages = (ran: Ran): string[] => ran.events.flatMap((event) => (event.event === 'outcome' && event.outcome.message !== undefined && event.task.module === 'debug' ? [`${event.host}: ${event.outcome.message}`] : []));
const bootIds = (): Promise<string[]> => Promise.all(['m1', 'm2'].map(async (name) => (await inside(lab, name, 'cat', '/proc/sys/kernel/random/boot_id')).stdout));

test.before(async () => {
  if (reason) return;
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, { ...quiet, confirm: async () => true });
});
test.after.always(async () => {
  if (!reason) await labDown(lab, { ...quiet, purge: true });
  rmSync(folder, { recursive: true, force: true });
});

onLab('files that only root may read are slurped and fetched, through sudo, with their modes; twice is once', async (t) => {
  const made = await playTasks(`- user: {name: ops, shell: /bin/sh}
- file: {path: /home/ops/.ssh, state: directory, mode: "0700", owner: ops}
- copy: {src: /root/.ssh/authorized_keys, dest: /home/ops/.ssh/authorized_keys, remote_src: true, owner: ops, mode: "0600"}
- copy: {dest: /etc/sudoers.d/kplay, content: "ops ALL=(ALL) NOPASSWD: ALL\\n", mode: "0440", validate: visudo -cf %s}
- copy: {dest: /root/secret, content: "of {{ inventory_hostname }}", mode: "0600"}
- command: dd if=/dev/urandom of=/root/large bs=1M count=40 status=none`);
  t.is(made.code, 0, complaints(made));
  const tasks = `- {name: Large, fetch: {src: /root/large, dest: got}}
- {name: Secret, fetch: {src: ~root/secret, dest: got}}
- {name: Open, fetch: {src: /etc/hostname, dest: "got/name-{{ inventory_hostname }}", flat: true}}
- {slurp: {src: /root/secret}, register: secret}
- debug: {msg: "{{ secret.content | b64decode }}"}`;
  const denied = await playTasks(tasks, [], { user: 'ops' });
  t.deepEqual(outcomes(denied, 'failed').sort(), ['m1: Large', 'm2: Large'], complaints(denied));
  t.regex(complaints(denied), /Permission denied/);
  const foretold = await playTasks(tasks, ['-b', '--check'], { user: 'ops' });
  t.is(foretold.code, 0, complaints(foretold));
  t.false(existsSync(path.join(folder, 'got')), 'a dry run writes nothing here');
  const ran = await playTasks(tasks, ['-b'], { user: 'ops' });
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(outcomes(ran, 'changed').sort(), outcomes(foretold, 'changed').sort());
  t.is(outcomes(ran, 'changed').length, 6);
  t.deepEqual(messages(ran).sort(), ['m1: of m1', 'm2: of m2']);
  for (const name of ['m1', 'm2']) {
    t.true(readFileSync(path.join(folder, 'got', name, 'root/large')).equals(readFileSync(path.join(machinePaths(lab, name).root, 'root/large'))));
    t.is(readFileSync(path.join(folder, 'got', name, 'root/secret'), 'utf8'), `of ${name}`);
    t.is(statSync(path.join(folder, 'got', name, 'root/secret')).mode & 0o777, 0o600);
    t.is(statSync(path.join(folder, 'got', `name-${name}`)).mode & 0o777, 0o644 & ~process.umask());
  }
  const again = await playTasks(tasks, ['-b'], { user: 'ops' });
  t.deepEqual([again.code, outcomes(again, 'changed')], [0, []], complaints(again));
});

onLab('machines reboot side by side and are back with another boot id; what comes after runs on them as before', async (t) => {
  const before = await bootIds();
  const foretold = await playTasks('- reboot:', ['--check']);
  t.deepEqual([foretold.code, outcomes(foretold, 'changed').sort()], [0, ['m1: reboot', 'm2: reboot']], complaints(foretold));
  t.deepEqual(await bootIds(), before);
  const ran = await playTasks(`- {name: Fleeting, copy: {dest: /run/before, content: x}}
- {name: Reboot, reboot: {msg: "it's time", test_command: systemctl is-system-running --wait, reboot_timeout: 120}, register: r}
- {stat: {path: /run/before}, register: fleeting}
- {command: id -un, register: me}
- debug: {msg: "{{ r.rebooted }} {{ r.elapsed is number }} {{ fleeting.stat.exists }} {{ me.stdout }}"}`, ['-b'], { user: 'ops' });
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(messages(ran).sort(), ['m1: True True False root', 'm2: True True False root']);
  const after = await bootIds();
  t.true(after.every((id, index) => id !== '' && id !== before[index]));
});

onLab('a machine that does not reboot, or not well, fails the task and says why', async (t) => {
  const before = await bootIds();
  const same = await playTasks('- reboot: {reboot_command: "true", reboot_timeout: 3}');
  t.is(same.code, 2, complaints(same));
  t.regex(complaints(same), /is not back after \d+ s: it is still in the boot that it was in/);
  const refused = await playTasks('- reboot: {reboot_command: "echo no way >&2; exit 5"}');
  t.regex(complaints(refused), /ended with code 5: no way/);
  t.deepEqual(await bootIds(), before);
  const sick = await playTasks('- reboot: {test_command: "echo no life; exit 4", reboot_timeout: 15}', ['-l', 'm2']);
  t.is(sick.code, 2, complaints(sick));
  t.regex(complaints(sick), /the test command .* ended with code 4: no life/);
  t.not((await bootIds())[1], before[1]);
});

onLab('a machine that goes down for good is a failure, and comes back by the lab', async (t) => {
  const ran = await playTasks('- reboot: {reboot_command: systemctl poweroff, reboot_timeout: 12, connect_timeout: 2}', ['-l', 'm2']);
  t.is(ran.code, 2, complaints(ran));
  t.regex(complaints(ran), /is not back after \d+ s: .*(10\.224\.0\.12|no route)/);
  await labUp(lab, quiet);
  t.is((await inside(lab, 'm2', 'true')).code, 0);
});

onLab('machines ask a server, with what only they may know; without curl they say so, in a dry run too', async (t) => {
  const server = createServer((request, response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ method: request.method, token: request.headers['x-token'] })));
  server.listen(0, '10.224.0.1');
  await once(server, 'listening');
  t.teardown(() => { server.closeAllConnections(); server.close(); });
  const url = `http://10.224.0.1:${(server.address() as AddressInfo).port}/`;
  const tasks = `- {name: Ask, uri: {url: "${url}", headers: {X-Token: "it's"}}, register: r}\n- {name: Tell, uri: {url: "${url}", method: POST, body: {a: 1}, body_format: json}, register: p}\n- debug: {msg: "{{ r.json.token }} {{ r.status }} {{ p.json.method }}"}`;
  for (const options of [[], ['--check']]) {
    const bare = await playTasks(tasks, options);
    t.is(bare.code, 2, complaints(bare));
    t.regex(complaints(bare), /the host has no curl to make the request with/);
  }
  const install = '- {name: Install, package: {name: curl, update_cache: true}}\n';
  const foretold = await playTasks(install + tasks, ['--check']);
  t.is(foretold.code, 0, complaints(foretold));
  const ran = await playTasks(install + tasks);
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(messages(ran).sort(), ["m1: it's 200 POST", "m2: it's 200 POST"]);
  t.deepEqual(outcomes(ran, 'changed').sort(), ['m1: Install', 'm1: Tell', 'm2: Install', 'm2: Tell']);
  const again = await playTasks(tasks, ['--check']);
  t.deepEqual(outcomes(again, 'changed').sort(), ['m1: Tell', 'm2: Tell'], complaints(again));
});
