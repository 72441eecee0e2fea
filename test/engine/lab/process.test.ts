/** Processes by mark, locks, commands. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { must, run } from '../../../engine/lab/command.ts';
import { commandExists, searched } from '../../../engine/mirror/command-path.ts';
import { LabError } from '../../../engine/lab/lab-error.ts';
import { withLock } from '../../../engine/lab/lock.ts';
import { isAlive, parseStat, readMark, signal, until, withArgument, writeMark } from '../../../engine/lab/process.ts';
import { scratch } from '../../support/scratch.ts';

const folder = scratch(test, 'process')();
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a marked process is known by its id and start, through another program that it becomes', async (t) => {
  const file = join(folder, 'mark');
  const child = spawn('sh', ['-ec', `${writeMark}; exec sleep 60`, 'x', file], { stdio: 'ignore' });
  t.true(await until(() => isAlive(readMark(file)), 5));
  t.is(readMark(file)!.pid, child.pid!);
  signal({ ...readMark(file)!, start: '1' }, 'SIGKILL');
  signal({ ...readMark(file)!, boot: 'another boot' }, 'SIGKILL');
  t.true(isAlive(readMark(file)), 'a recycled id is left alone');
  signal(readMark(file), 'SIGKILL');
  t.true(await until(() => !isAlive(readMark(file)), 5));
});

test('a mark that was cut off counts as none', (t) => {
  for (const text of ['', 'boot-id\n', 'boot-id\n12 (sh) S 1', 'boot-id']) {
    writeFileSync(join(folder, 'cut'), text);
    t.is(readMark(join(folder, 'cut')), undefined);
  }
  t.is(readMark(join(folder, 'absent')), undefined);
});

test('a process name with spaces and parentheses does not shift the fields of its stat', (t) => {
  const rest = Array.from({ length: 40 }, (_, at) => String(at + 4)).join(' ');
  t.deepEqual(parseStat(`77 (a) b (c) Z ${rest}\n`), { pid: 77, state: 'Z', start: '22' });
});

onLinux('processes are found by a whole argument and not by a part of it', async (t) => {
  const child = spawn('sh', ['-c', 'sleep 60; true', 'kplay-test-argument'], { stdio: 'ignore' });
  t.true(await until(() => withArgument('kplay-test-argument').includes(child.pid!), 5));
  t.deepEqual(withArgument('kplay-test-argumen'), []);
  child.kill('SIGKILL');
});

test('programs that npm brings are not taken for those of this host', (t) => {
  const bin = join(folder, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'kplay-test-program'), '#!/bin/sh\n', { mode: 0o755 });
  t.false(commandExists('kplay-test-program', searched(`${bin}:/usr/bin`)));
  t.true(commandExists('kplay-test-program', `${bin}:/usr/bin`));
  t.true(searched(`${folder}::${bin}`).startsWith(`${folder}:/usr/sbin:`));
});

test('a command tells its code, its output and its lines, and an absent one is code 127', async (t) => {
  const lines: string[] = [];
  t.deepEqual(await run(['sh', '-c', 'cat; echo "$1"; exit 3', 'x', '$(id) "'], { input: 'in\n', onLine: (line) => lines.push(line) }), { code: 3, stdout: 'in\n$(id) "\n', stderr: '' });
  t.deepEqual(lines, ['in', '$(id) "']);
  t.is((await run(['kplay-no-such-command'])).code, 127);
  t.is((await run(['sleep', '60'], { timeout: 0.05 })).code, 124);
  t.regex((await t.throwsAsync(must(['sh', '-c', 'echo no >&2; exit 4']), { instanceOf: LabError })).message, /ended with code 4:\nno$/);
  t.true(commandExists('sh'));
  t.false(commandExists('kplay-no-such-command'));
});

onLinux('one holder of a lock at a time, and the next is told whom it waits for', async (t) => {
  const file = join(folder, 'lock');
  const said: string[] = [];
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await until(() => said.length > 0, 10); // however slow this machine is, the second finds the lock held
    order.push(`${name} ends`);
  };
  const first = withLock(file, { onWait: () => t.fail(), timeout: 5 }, work('first'));
  t.true(await until(() => order.length > 0, 5));
  await Promise.all([first, withLock(file, { onWait: (holder) => said.push(holder), timeout: 5 }, work('second'))]);
  t.deepEqual(order, ['first begins', 'first ends', 'second begins', 'second ends']);
  t.deepEqual(said, [String(process.pid)]);
});

onLinux('a lock that is kept too long is an error, and one whose holder was killed is free', async (t) => {
  const file = join(folder, 'kept');
  const script = `import { withLock } from ${JSON.stringify(new URL('../../../engine/lab/lock.js', import.meta.url).href)};
    await withLock(${JSON.stringify(file)}, { onWait() {}, timeout: 1 }, () => new Promise(() => { console.log('held'); setTimeout(() => {}, 60000); }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await t.throwsAsync(withLock(file, { onWait: () => {}, timeout: 1 }, async () => t.fail()), { instanceOf: LabError, message: new RegExp(`process ${child.pid}\\) has held`) });
  child.kill('SIGKILL');
  t.is(await withLock(file, { onWait: () => {}, timeout: 5 }, async () => 'mine'), 'mine');
});
