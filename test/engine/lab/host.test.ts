/** What the lab finds out about its host. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readSystem } from '../../../engine/lab/host-check.ts';
import { ensureHostPackages, missingPackages } from '../../../engine/lab/host-packages.ts';
import { LabError } from '../../../engine/lab/lab-error.ts';
import { tailOf } from '../../../engine/lab/log.ts';
import { mounts } from '../../../engine/lab/mounts.ts';
import { tableText } from '../../../engine/lab/network.ts';
import { groupName, spawnName, tableName } from '../../../engine/lab/paths.ts';
import { hostsText, resolverText } from '../../../engine/lab/seed.ts';
import { parseSubnet } from '../../../engine/lab/subnet.ts';
import { scratch } from '../../support/scratch.ts';

const folder = scratch(test, 'host');
const temporary = (text: string): string => {
  const file = join(folder(), 'file');
  writeFileSync(file, text);
  return file;
};

test('Debian and Ubuntu are told by os-release, others are not taken for them', (t) => {
  t.deepEqual(readSystem('NAME="Debian GNU/Linux"\nVERSION_CODENAME=bookworm\nID=debian\n'), { id: 'debian', suite: 'bookworm' });
  t.deepEqual(readSystem('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME="noble"\n'), { id: 'ubuntu', suite: 'noble' });
  t.is(readSystem('ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\n'), undefined);
  t.is(readSystem('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), undefined);
  t.is(readSystem(''), undefined);
});

test('each package that a lacking command comes from is named once', (t) => {
  t.deepEqual(missingPackages((command) => command !== 'ssh' && command !== 'ssh-keygen' && command !== 'mmdebstrap'), ['mmdebstrap', 'openssh-client']);
  t.deepEqual(missingPackages(() => true), []);
});

test('a host that lacks nothing is not asked', async (t) => {
  if (missingPackages().length > 0) {
    const error = await t.throwsAsync(ensureHostPackages({ report: () => {} }), { instanceOf: LabError });
    t.regex(error.hint!, /apt-get install --yes .*--yes/);
    await t.throwsAsync(ensureHostPackages({ report: () => {}, confirm: async () => false }), { instanceOf: LabError });
  } else await t.notThrowsAsync(ensureHostPackages({ report: () => {}, confirm: async () => t.fail('asked') as never }));
});

test('two machines never share a control group, a link or a table name', (t) => {
  t.not(groupName('a-b', 'c'), groupName('a', 'b-c'));
  t.not(spawnName('a-b', 'c'), spawnName('a', 'b-c'));
  t.true(`vb-${spawnName('a-very-long-name-of-a-lab', 'and.a.machine')}`.length <= 15);
  t.is(tableName('a-b'), 'kplay_lab_a_b');
});

test('mounts are read with their spaces, and the type behind the dash', (t) => {
  const text = '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw\n50 27 0:40 / /srv/a\\040b rw shared:1 master:2 - overlay kplay rw,lowerdir=/x\n';
  t.deepEqual(mounts(text), [{ at: '/sys/fs/cgroup', type: 'tmpfs' }, { at: '/srv/a b', type: 'overlay' }]);
});

test('the nft table masks what goes out and drops what comes in unasked', (t) => {
  const text = tableText({ name: 'try', bridge: 'kp-try', subnet: parseSubnet('10.9.8.0/24')! });
  t.regex(text, /ip saddr 10\.9\.8\.0\/24 oifname != "kp-try" masquerade/);
  t.true(text.indexOf('oifname "kp-try" ct state established,related accept') < text.indexOf('oifname "kp-try" drop'));
});

test('machines are told each other by name, between marks', (t) => {
  const text = hostsText({ machines: [{ name: 'a', address: '10.9.8.11', groups: [], binds: [] }, { name: 'b', address: '10.9.8.12', groups: [], binds: [] }] });
  t.is(text, '# kplay lab begin\n10.9.8.11 a\n10.9.8.12 b\n# kplay lab end\n');
});

test('a machine gets the name servers that it can reach', (t) => {
  const stub = temporary('nameserver 127.0.0.53\noptions edns0\n');
  const real = temporary('# made by\nnameserver 192.0.2.53\nnameserver ::1\nsearch example.test\n');
  t.is(resolverText([stub, real]), '# kplay lab\nnameserver 192.0.2.53\nsearch example.test\n');
  t.regex(resolverText([stub, '/nonexistent']), /no name server/);
});

test('the end of a console is shown without terminal codes', (t) => {
  const file = temporary('first\r\n[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39mssh.service\u001b[0m.\r\n\u001b]0;title\u0007\n\nlast\n');
  t.is(tailOf(file, 2), '[  OK  ] Started ssh.service.\nlast');
  t.is(tailOf('/nonexistent'), '');
});
