/** A lab of two real machines: up, kept, cut off, rebuilt, down. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { must, run } from '../../engine/lab/command.ts';
import { labDown } from '../../engine/lab/down.ts';
import { LabError } from '../../engine/lab/lab-error.ts';
import { labPaths, machinePaths } from '../../engine/lab/paths.ts';
import { until } from '../../engine/lab/process.ts';
import { labRebuild } from '../../engine/lab/rebuild.ts';
import { labExec } from '../../engine/lab/shell.ts';
import { labStatus } from '../../engine/lab/status.ts';
import { labUp } from '../../engine/lab/up.ts';
import { inside, noLab, testLab, traces } from './test-lab.ts';

const reason = noLab('the lab');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-test', '10.214.0', 2);
const other = testLab('kplay-test2', '10.214.2', 1);
const said: string[] = [];
const options = { report: ({ machine = 'lab', text }: { machine?: string | undefined; text: string }) => void said.push(`${machine}: ${text}`) };
const forwarding = (): string => readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim();
let found = '';

test.before(async () => {
  if (reason) return;
  await labDown(lab, { ...options, purge: true });
  await labDown(other, { ...options, purge: true });
  found = forwarding();
});
test.after.always(async () => {
  if (reason) return;
  await run(['ip', 'netns', 'delete', 'kplay-test']);
  await labDown(other, { ...options, purge: true });
  await labDown(lab, { ...options, purge: true });
});

onLab('up gives machines that have booted and know each other, reached with a checked host key', async (t) => {
  const { machines, changed } = await labUp(lab, options);
  t.true(changed);
  t.deepEqual(machines.map(({ outcome, failedUnits }) => [outcome, failedUnits]), [['created', []], ['created', []]], said.join('\n'));
  for (const { name } of lab.machines) {
    t.is((await inside(lab, name, 'hostname; systemctl is-system-running')).stdout, `${name}\nrunning\n`);
    t.regex((await inside(lab, name, 'getent', 'hosts', 'm1', 'm2')).stdout, /10\.214\.0\.11 +m1\n10\.214\.0\.12 +m2/);
  }
  t.is(await labExec(lab, 'm2', ['sh', '-c', 'test "$1" = "$(printf "a b")" && exit 7', 'x', 'a b']), 7);
});

onLab('a second up starts nothing', async (t) => {
  const before = await traces(lab);
  const { machines, changed } = await labUp(lab, options);
  t.false(changed);
  t.deepEqual(machines.map(({ outcome }) => outcome), ['kept', 'kept']);
  t.deepEqual(await traces(lab), before);
});

onLab('status tells state, age, memory and process of each machine', async (t) => {
  const { machines, network } = await labStatus(lab);
  t.true(network);
  for (const { state, since, memory, pid } of machines) {
    t.is(state, 'up');
    t.true(Math.abs(Date.now() - Date.parse(since!)) < 120_000);
    t.true(memory === undefined || (memory > 2 ** 20 && memory < 2 ** 30), `${memory} bytes`);
    t.regex(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /^systemd-nspawn\0/);
  }
});

onLab('a machine reaches its package registry', async (t) => {
  const { code, stdout, stderr } = await inside(lab, 'm1', 'apt-get', 'update', '-q', '--error-on=any');
  t.is(code, 0, stdout + stderr);
});

onLab('a machine is like a server: /sys/module shows, control groups can be made, forwarding is off', async (t) => {
  t.is((await inside(lab, 'm1', 'cat', '/proc/sys/net/ipv4/ip_forward')).stdout, '0\n');
  t.is(forwarding(), '1', 'while this host forwards for it');
  const script = 'set -e; ls /sys/module >/dev/null; echo 0 > /proc/sys/net/ipv4/ip_forward; test -c /dev/kmsg; '
    + 'for at in $(awk \'$3 ~ /^cgroup/ { print $2 }\' /proc/self/mounts); do mkdir $at/kplay-try; rmdir $at/kplay-try; done';
  t.like(await inside(lab, 'm1', script), { code: 0, stderr: '' });
  const ids = await Promise.all(lab.machines.map(({ name }) => inside(lab, name, 'cat /etc/machine-id')));
  t.not(ids[0]!.stdout, ids[1]!.stdout);
});

onLab('nothing reaches a machine from outside, and the machine reaches out', async (t) => {
  const namespace = (...argv: string[]): ReturnType<typeof run> => run(['ip', 'netns', 'exec', 'kplay-test', ...argv], { timeout: 20 });
  await must(['ip', 'netns', 'add', 'kplay-test']);
  await must(['ip', 'link', 'add', 'kp-outside', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'kplay-test']);
  await must(['ip', 'address', 'add', '10.214.9.1/24', 'dev', 'kp-outside']);
  await must(['ip', 'link', 'set', 'kp-outside', 'up']);
  for (const line of ['link set lo up', 'address add 10.214.9.2/24 dev eth0', 'link set eth0 up', 'route add default via 10.214.9.1']) await must(['ip', '-n', 'kplay-test', ...line.split(' ')]);
  const knock = (address: string): string => `const s = require('net').connect({ host: '${address}', port: 22 }); setTimeout(() => { console.log('nothing'); process.exit() }, 1500);
    s.on('error', (e) => { console.log(e.code); process.exit() }); s.on('data', (d) => { console.log(String(d)); process.exit() });`;
  t.is((await namespace(process.execPath, '-e', knock('10.214.0.11'))).stdout, 'nothing\n');
  t.is((await namespace(process.execPath, '-e', knock('10.214.0.1'))).stdout, 'nothing\n', 'nor is what this host serves to the lab');
  t.not((await namespace(process.execPath, '-e', knock('10.214.9.1'))).stdout, 'nothing\n', 'this host itself is reached');
  const listen = `require('net').createServer((s) => s.end('from ' + s.remoteAddress + '\\n')).listen(4000, () => console.log('listening')); setTimeout(() => process.exit(), 10000)`;
  const server = spawn('ip', ['netns', 'exec', 'kplay-test', process.execPath, '-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => server.stdout.once('data', resolve));
  t.is((await inside(lab, 'm1', 'bash -c "cat < /dev/tcp/10.214.9.2/4000"')).stdout, 'from ::ffff:10.214.9.1\n');
  server.kill('SIGKILL');
  await must(['ip', 'netns', 'delete', 'kplay-test']);
  t.true(await until(() => !existsSync('/sys/class/net/kp-outside'), 5));
});

onLab('a machine that reboots comes back by itself', async (t) => {
  const boot = async (): Promise<string> => (await inside(lab, 'm2', 'cat', '/proc/sys/kernel/random/boot_id')).stdout;
  const before = await boot();
  await inside(lab, 'm2', 'systemctl', 'reboot');
  t.true(await until(async () => ![before, ''].includes(await boot()), 30));
  t.false((await labUp(lab, options)).changed);
});

onLab('a second lab lives beside the first, cut off from it, and its end does no harm', async (t) => {
  await labUp(other, options);
  const refused = testLab('kplay-test3', '10.214.2', 1);
  t.is((await inside(other, 'm1', 'hostname')).stdout, 'm1\n');
  t.not((await inside(lab, 'm1', 'timeout 2 bash -c "cat < /dev/tcp/10.214.2.11/22"')).code, 0);
  await t.throwsAsync(labUp(refused, options), { instanceOf: LabError, message: /subnet 10\.214\.2\.0\/24 is in use/ });
  await t.throwsAsync(labUp({ ...refused, bridge: lab.bridge }, options), { instanceOf: LabError, message: /bridge .* is not this lab's/ });
  await labDown({ ...refused, bridge: lab.bridge }, options);
  await labDown(refused, { ...options, purge: true });
  t.true((await traces(other)).some((line) => line.includes('blackhole')), 'the end of a lab that was refused takes nothing of the others');
  await labDown(other, { ...options, purge: true });
  t.deepEqual(await traces(other), []);
  t.is(forwarding(), '1');
  t.is((await inside(lab, 'm1', 'bash -c "head -c 4 < /dev/tcp/10.214.0.12/22"')).stdout, 'SSH-');
});

onLab('two commands at once wait for each other', async (t) => {
  const both = await Promise.all([labDown(lab, { ...options, only: ['m2'] }), labDown(lab, { ...options, only: ['m2'] })]);
  t.deepEqual(both.map(({ changed }) => changed).toSorted(), [false, true]);
  t.is((await labStatus(lab)).machines[1]!.state, 'down');
  const ups = await Promise.all([labUp(lab, options), labUp(lab, options)]);
  t.deepEqual(ups.map(({ changed }) => changed).toSorted(), [false, true]);
});

onLab('a command that was killed at any moment does no harm to the next', async (t) => {
  await inside(lab, 'm1', 'echo kept > /root/mine; sync');
  const program = fileURLToPath(new URL('cut-off.js', import.meta.url));
  const cut = async (command: string, delay: number): Promise<void> => {
    const child = spawn(process.execPath, [program, command, JSON.stringify(lab)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await sleep(delay);
    child.kill('SIGKILL');
  };
  for (const delay of [0, 60, 110, 200, 300, 400]) {
    await cut('down', delay);
    if (delay % 20 === 0) {
      await labDown(lab, options);
      t.deepEqual(await traces(lab), [], `down cut off after ${delay} ms`);
      await cut('up', delay * 2);
      await labDown(lab, options);
      t.deepEqual(await traces(lab), [], `up cut off after ${delay * 2} ms`);
    }
    await labUp(lab, options);
    t.is((await inside(lab, 'm1', 'cat', '/root/mine')).stdout, 'kept\n', `cut off after ${delay} ms`);
  }
  await cut('rebuild', 150);
  await labUp(lab, options);
  t.is((await inside(lab, 'm1', 'systemctl', 'is-system-running')).stdout, 'running\n');
});

onLab('rebuild gives a fresh machine with the host key it had', async (t) => {
  await inside(lab, 'm1', 'touch /root/mine /var/lib/etcd/mine');
  await inside(lab, 'm2', 'touch /root/mine');
  const known = readFileSync(labPaths(lab).knownHosts, 'utf8');
  const id = (await inside(lab, 'm1', 'cat', '/etc/machine-id')).stdout;
  const begun = Date.now();
  const { machines } = await labRebuild(lab, { ...options, only: ['m1'] });
  t.true(Date.now() - begun < 20_000, `${Date.now() - begun} ms`);
  t.deepEqual(machines.map(({ name, outcome }) => [name, outcome]), [['m1', 'created']]);
  t.is((await inside(lab, 'm1', 'ls /root /var/lib/etcd')).stdout, '/root:\n\n/var/lib/etcd:\n');
  t.not((await inside(lab, 'm1', 'cat', '/etc/machine-id')).stdout, id);
  t.is((await inside(lab, 'm2', 'ls', '/root')).stdout, 'mine\n', 'the other machine was left alone');
  t.is(readFileSync(labPaths(lab).knownHosts, 'utf8'), known);
  t.false(existsSync(machinePaths(lab, 'm1').trash));
});

onLab('a machine that was killed, or whose process id was taken by another, is brought up again', async (t) => {
  const { machines } = await labStatus(lab);
  process.kill(machines[0]!.pid!, 'SIGKILL');
  const mark = machinePaths(lab, 'm2').mark;
  await labDown(lab, { ...options, only: ['m2'] });
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
  writeFileSync(mark, `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}${bystander.pid} (systemd-nspawn) S ${Array.from({ length: 40 }, () => 1).join(' ')}\n`);
  t.deepEqual((await labUp(lab, options)).machines.map(({ outcome }) => outcome), ['started', 'started']);
  t.is(bystander.exitCode, null);
  bystander.kill('SIGKILL');
});

onLab('a machine that does not boot is named with the end of its console', async (t) => {
  await inside(lab, 'm2', 'systemctl mask ssh.service; poweroff');
  t.true(await until(async () => (await labStatus(lab)).machines[1]!.state === 'down', 20));
  const error = await t.throwsAsync(labUp(lab, { ...options, bootTimeout: 3 }), { instanceOf: LabError });
  t.regex(error.message, /m2 does not answer on 10\.214\.0\.12 port 22 after 3 s; its console ends with:\n[^]*Reached target/);
  await labRebuild(lab, { ...options, only: ['m2'] });
  t.is((await inside(lab, 'm2', 'true')).code, 0);
});

onLab('down leaves no process, mount, control group, link, route or table, and purge no folder', async (t) => {
  t.true((await traces(lab)).length > 5, 'the traces are seen while it is up');
  t.true((await labDown(lab, options)).changed);
  t.deepEqual(await traces(lab), []);
  const others = (await run(['nft', 'list', 'tables'])).stdout.includes(' kplay_lab_');
  t.is(forwarding(), others ? '1' : found, 'as it was found, once no lab is up');
  t.false((await labDown(lab, options)).changed);
  t.true(existsSync(machinePaths(lab, 'm1').disk));
  await labDown(lab, { ...options, purge: true });
  t.false(existsSync(lab.directory));
});
