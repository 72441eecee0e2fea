import { readFileSync } from 'node:fs';
import test from 'ava';
import type { Result, Session } from '../../engine/session/session.ts';
import type { Run } from '../../engine/session/step.ts';
import reboot from '../../modules/reboot.ts';
import { answer, rebooted } from '../support/staged-host.ts';
import { tryModule } from '../support/try-module.ts';

test('the test command must succeed before the task is done', async (t) => {
  const { outcome, staged } = await rebooted(t, { looks: ['new'], tests: [1, 1, 0] }, '{test_command: systemctl is-active x}');
  t.is(outcome('h1', 'Reboot').status, 'changed');
  t.is(staged.asked.filter((each) => each === 'sh -c systemctl is-active x').length, 3);
  const late = await rebooted(t, { looks: ['new'], tests: [3] }, '{test_command: "false", reboot_timeout: 1}');
  t.regex(late.outcome('h1', 'Reboot').failure!.message, /the test command "false" ended with code 3: not ready$/);
  t.like(late.outcome('h1', 'Reboot').result, { rebooted: true });
});

test('a reboot command that says no is a failure at once; one that the shutdown ends by a signal is not', async (t) => {
  const refused = await rebooted(t, { performed: { code: 1, stderr: 'Call to Reboot failed: Access denied' }, looks: ['new'] });
  t.regex(refused.outcome('h1', 'Reboot').failure!.message, /ended with code 1: Call to Reboot failed: Access denied$/);
  t.is(refused.staged.timeouts.length, 1, 'the connection stays');
  t.is((await rebooted(t, { performed: { code: 143, stderr: '' }, looks: ['new'] })).outcome('h1', 'Reboot').status, 'changed');
  t.is((await rebooted(t, { performed: 'refused', looks: ['new'] })).outcome('h1', 'Reboot').status, 'unreachable');
});

test('a dry run foretells the reboot and does nothing', async (t) => {
  const { outcome, staged } = await rebooted(t, { looks: ['old'] }, '{}', { check: true });
  t.like(outcome('h1', 'Reboot'), { status: 'changed', changes: [{ summary: 'reboot' }], result: { rebooted: true } });
  t.deepEqual(staged.steps, []);
});

test('people who are logged in are told before the delay, and a command of one\'s own is run as it is written', async (t) => {
  const step = async (params: string): Promise<Run> => (await rebooted(t, { looks: ['new'] }, params)).staged.steps[0]!;
  const plain = await step(`{pre_reboot_delay: 90, msg: "it's time"}`);
  t.regex(plain.script!, /^set -- \/sbin\/shutdown 90 'it'\\''s time'\n/);
  t.is(plain.timeout, 150);
  const own = await step('{reboot_command: "touch /x && kexec -e", search_paths: [/opt/bin]}');
  t.regex(own.script!, /^set -- \/opt\/bin 'touch \/x && kexec -e'\nPATH=\$1:\$PATH/);
});

/** A session whose answers are those of a machine of its own, with these files. */
const elsewhere = (answers: (line: string) => Result): Session => ({
  host: 'h1', stat: async () => undefined, read: async () => undefined, ask: async (argv) => answers(argv.join(' ')),
  perform: () => { throw new Error('nothing is performed'); }, performTogether: () => [],
});

test('the controller is not rebooted, under whatever name', async (t) => {
  const own = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  const tried = await tryModule(reboot, { boot_time_command: 'date' }, { session: elsewhere((line) => answer(0, line.startsWith('cat') ? own : 'x')), check: true });
  t.like(tried, { kind: 'failed', message: 'this would reboot the controller itself', result: { rebooted: false, elapsed: 0 } });
});

test('reboot says what is missing: a program that reboots, a word that tells the boot', async (t) => {
  const none = await tryModule(reboot, {}, { session: elsewhere((line) => answer(0, line.startsWith('cat') ? 'id' : '')), check: true });
  t.like(none, { kind: 'missing', message: 'the host has neither shutdown nor reboot in /sbin, /bin, /usr/sbin, /usr/bin, /usr/local/sbin' });
  t.is((await tryModule(reboot, { reboot_command: 'x' }, { session: elsewhere((line) => answer(0, line.startsWith('cat') ? 'id' : '')), check: true })).kind, 'changed');
  t.regex((await tryModule(reboot, {}, { session: elsewhere(() => answer(1)), check: true })).message!, /does not tell its boot/);
  t.is((await tryModule(reboot, { boot_time_command: 'uptime -s' }, { session: elsewhere((line) => (line.startsWith('cat') ? answer(1) : answer(0, 'x'))), check: true })).kind, 'changed');
});
