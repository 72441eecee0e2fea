/** selinux: what it decides, and how it edits its file. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import selinux from '../../modules/selinux.ts';
import { readSelinux, withSelinux } from '../../modules/shared/selinux-config.ts';
import { rows } from '../support/plan-rows.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const path = '/etc/selinux/config';
const text = '# SELINUX= can be one of enforcing, permissive, disabled\nSELINUX=enforcing\n# SELINUXTYPE= too\nSELINUXTYPE=targeted \n\n';
const file = (content?: string) => ({ path, real: path, content, folders: [], ids: {} });
const on = { file: file(text), now: 'enforcing', policies: ['targeted', 'mls'], barred: false, kernels: undefined } as const;
const none = { ...on, file: file(), now: undefined, policies: [] } as const;

rows('selinux', selinux, {
  'becomes permissive now and at boot': {
    given: on, asked: { state: 'permissive' }, says: [`set SELinux to permissive at boot in ${path}`, 'set SELinux to permissive, was enforcing'], does: [`write ${path}`, 'script 0'],
    result: { state: 'permissive', policy: 'targeted', reboot_required: false },
  },
  'becomes enforcing now and at boot': { given: { ...on, file: file(text.replace('=enforcing', '=permissive')), now: 'permissive' }, asked: { state: 'enforcing', policy: 'targeted' }, does: [`write ${path}`, 'script 1'] },
  'leaves alone what is as asked': { given: on, asked: { state: 'enforcing', policy: 'targeted' }, says: [] },
  'changes the running kernel alone where the file says it already': { given: { ...on, file: file(text.replace('=enforcing', '=permissive')) }, asked: { state: 'permissive' }, says: ['set SELinux to permissive, was enforcing'] },
  'is permissive until the boot that disables it': {
    given: on, asked: { state: 'disabled' }, says: [`set SELinux to disabled at boot in ${path}`, 'set SELinux to permissive, was enforcing'], warns: [/^SELinux becomes disabled with the next boot/], result: { reboot_required: true },
  },
  'still tells of the boot that is due': { given: { ...on, file: file(text.replace('=enforcing', '=disabled')), now: 'permissive' }, asked: { state: 'disabled' }, says: [], warns: [/next boot/], result: { reboot_required: true } },
  'is disabled once the kernel runs without it': { given: { ...on, file: file(text.replace('=enforcing', '=disabled')), now: undefined }, asked: { state: 'disabled' }, says: [], result: { reboot_required: false } },
  'comes with the next boot where the kernel runs without it': {
    given: { ...on, now: undefined, barred: true }, asked: { state: 'permissive' }, says: [`set SELinux to permissive at boot in ${path}`], warns: [/becomes permissive with the policy targeted with the next boot/, /started with selinux=0/], result: { reboot_required: true },
  },
  'changes the policy with the next boot': { given: on, asked: { state: 'enforcing', policy: 'mls' }, says: [`set SELinux to enforcing at boot in ${path}`], result: { policy: 'mls', reboot_required: true } },
  'depends on the policy': { given: on, asked: { state: 'enforcing', policy: 'minimum' }, fails: /^missing path \/etc\/selinux\/minimum: the SELinux policy minimum is not on the host/, says: [`set SELinux to enforcing at boot in ${path}`] },
  'has nothing to do for permissive where there is no SELinux': { given: none, asked: { state: 'permissive' }, says: [], result: { state: 'disabled', msg: 'there is no SELinux on this host: nothing to do', reboot_required: false } },
  'has nothing to do for disabled where there is no SELinux': { given: none, asked: { state: 'disabled' }, says: [], result: { msg: 'there is no SELinux on this host: nothing to do' } },
  'cannot enforce where there is no SELinux': { given: none, asked: { state: 'enforcing' }, fails: /^missing path \/etc\/selinux\/config: there is no SELinux on this host/ },
  'makes the file where SELinux runs without one': { given: { ...on, file: file() }, asked: { state: 'permissive' }, does: [`write ${path}`, 'script 0'] },
  'puts selinux=0 on the command line of every kernel': {
    given: { ...on, kernels: ['args="ro quiet selinux=0"', 'args="ro quiet"'] }, asked: { state: 'disabled', update_kernel_param: true }, does: [`write ${path}`, 'script 0', 'grubby --update-kernel ALL --args selinux=0'],
  },
  'takes selinux=0 off the command line': { given: { ...on, kernels: ['args="selinux=0 ro"'] }, asked: { state: 'enforcing', update_kernel_param: true }, does: ['grubby --update-kernel ALL --remove-args selinux'] },
  'leaves command lines alone that are as asked': { given: { ...on, kernels: ['args="ro xselinux=0"'] }, asked: { state: 'enforcing', update_kernel_param: true }, says: [] },
  'needs grubby for that': { given: on, asked: { state: 'disabled', update_kernel_param: true }, fails: /needs grubby/ },
});

test('every line of a key gets the value, and every other byte stays', (t) => {
  const given = '#SELINUX=x\nSELINUX= enforcing \r\n SELINUX=indented\nSELINUXTYPE=targeted # caf\xe9\nSELINUX=disabled';
  t.is(withSelinux(given, { state: 'permissive' }), '#SELINUX=x\nSELINUX= permissive \r\n SELINUX=indented\nSELINUXTYPE=targeted # caf\xe9\nSELINUX=permissive');
  t.is(withSelinux('# nothing', { state: 'disabled', policy: 'targeted' }), '# nothing\nSELINUX=disabled\nSELINUXTYPE=targeted\n');
  t.deepEqual(readSelinux(given), { state: 'enforcing', policy: 'targeted' });
  t.deepEqual(readSelinux('#SELINUX=x\n'), { state: undefined, policy: undefined });
});

const open = sharedSession(test);
// Where this machine has SELinux, the test would set it.
(existsSync('/sys/fs/selinux/enforce') ? test.skip : test)('selinux edits a file of another root, where a policy stands beside it', async (t) => {
  const folder = await tempFolder(t);
  const configfile = `${folder}/config`;
  await writeFile(configfile, text, { mode: 0o600 });
  const session = await open();
  const asked = { configfile, state: 'disabled' };
  await settles(t, selinux, asked, { session, folder });
  t.is(await readFile(configfile, 'utf8'), text.replace('SELINUX=enforcing', 'SELINUX=disabled'));
  t.is((await tryModule(selinux, { configfile, state: 'permissive' }, { session })).kind, 'missing', 'a policy that is not there would not boot');
  await mkdir(`${folder}/targeted/policy`, { recursive: true });
  t.is((await tryModule(selinux, { configfile, state: 'permissive' }, { session, check: true })).kind, 'changed');
});
