/** Changes that break the connection on purpose: what counts as being back, and what does not. */
import test from 'ava';
import { onWeb, playFiles } from '../../support/play.ts';
import { rebooted, stage } from '../../support/staged-host.ts';

test('a reboot is done once the host tells another boot id over a new connection', async (t) => {
  const { outcome, staged, said } = await rebooted(t, { performed: 'lost', looks: ['gone', 'new'] });
  t.like(outcome('h1', 'Reboot'), { status: 'changed', changes: [{ summary: 'reboot' }], result: { changed: true, rebooted: true } });
  t.true(Number.isInteger(outcome('h1', 'Reboot').result['elapsed']));
  t.is(staged.steps.length, 1);
  t.deepEqual([staged.timeouts.length, staged.mostOpen, staged.open], [3, 1, 0]);
  t.deepEqual(said, ['h1: after']);
});

test('a host that goes down slowly is waited for: an old boot id, a broken look, an empty answer are no success', async (t) => {
  const { outcome, staged } = await rebooted(t, { looks: ['old', 'lost', '', 'new'] });
  t.is(outcome('h1', 'Reboot').status, 'changed');
  t.is(staged.steps.length, 1, 'it is never told to reboot twice');
});

test('a reboot that leaves the boot id as it was is a failure, whatever the command said', async (t) => {
  for (const performed of [undefined, 'lost'] as const) {
    const { outcome, staged, said, hosts } = await rebooted(t, { ...(performed && { performed }), looks: ['old'] }, '{reboot_timeout: 1}');
    t.is(outcome('h1', 'Reboot').status, 'failed');
    t.regex(outcome('h1', 'Reboot').failure!.message, /^the host is not back after \d+ s: it is still in the boot that it was in$/);
    t.like(outcome('h1', 'Reboot').result, { rebooted: false, changed: false });
    t.is(outcome('h1', 'Reboot').failure!.hint, 'look at the console of the host; reboot_timeout gives it longer');
    t.is(staged.steps.length, 1);
    t.deepEqual(said, []);
    t.is(hosts['h1']!.failed, 1);
  }
});

test('a host that does not come back is a failure that says why it is not reached', async (t) => {
  const { outcome } = await rebooted(t, { performed: 'lost', looks: ['gone'] }, '{reboot_timeout: 1}');
  t.is(outcome('h1', 'Reboot').status, 'failed');
  t.regex(outcome('h1', 'Reboot').failure!.message, /^the host is not back after \d+ s: nobody is at home$/);
});

test('connects get the time that is asked while the host comes back, and their usual time again after that', async (t) => {
  const { staged } = await rebooted(t, { looks: ['gone', 'new'] }, '{connect_timeout: 3}', { defaults: { become: false, becomeUser: 'root', timeout: 7 } });
  t.deepEqual(staged.timeouts, [7, 3, 3, 7]);
  t.is(staged.mostOpen, 1, 'none is left open beside');
});

test('a wait ends when the task\'s own time is up', async (t) => {
  const staged = stage({ looks: ['old'] });
  const { outcome } = await playFiles(t, onWeb('- {name: Reboot, reboot: {reboot_timeout: 100}, timeout: 1}'), { limit: 'h1', connect: staged.connect });
  t.regex(outcome('h1', 'Reboot').failure!.message, /timeout of 1 s/);
});

test('a wait ends when the run is interrupted', async (t) => {
  const staged = stage({ looks: ['old'] });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1000);
  const { events } = await playFiles(t, onWeb('- {name: Reboot, reboot: {reboot_timeout: 100}}'), { limit: 'h1', connect: staged.connect, signal: controller.signal });
  t.like(events.at(-1), { event: 'recap', interrupted: true });
});
