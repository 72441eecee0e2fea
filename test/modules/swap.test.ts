/**
 * swap: what it decides, and how it reads a host. Nothing here or in the lab turns swap on or off: machines of the lab share
 * this host's kernel, so that what would be done to it is looked at as a plan.
 */
import test from 'ava';
import swap from '../../modules/swap.ts';
import { readSwaps, readUnits, type SwapFound, type SwapUnit } from '../../modules/shared/swap-look.ts';
import { bytesOfSize } from '../../modules/shared/swap-params.ts';
import { rows } from '../support/plan-rows.ts';
import { sharedSession } from '../support/settles.ts';
import { tryModule } from '../support/try-module.ts';

const file = (content?: string) => ({ path: '/etc/fstab', real: '/etc/fstab', content, folders: [], ids: {} });
const none: SwapFound = { fstab: file('UUID=1 / ext4 defaults 0 1\n'), active: [], units: [], own: undefined, systemd: true, container: undefined, real: {}, target: undefined };
const disk = { name: '/dev/sda2', kind: 'partition', size: 1024 ** 3 } as const;
const swapfile = { name: '/swapfile', kind: 'file', size: 2 * 1024 ** 3 } as const;
const unit = (name: string, rest: Partial<SwapUnit>): SwapUnit => ({ name, file: '', madeOf: '', what: '', boot: '', active: false, ...rest });
const zram = unit('dev-zram0.swap', { file: '/run/systemd/generator/dev-zram0.swap', what: '/dev/zram0', boot: 'generated', active: true });
const gpt = unit('dev-disk-by\\x2ddiskseq-1\\x2dpart2.swap', { file: '/run/systemd/generator.late/dev-disk-by\\x2ddiskseq-1\\x2dpart2.swap', what: '/dev/disk/by-diskseq/1-part2', boot: 'generated' });
const ofFstab = unit('dev-sda2.swap', { file: '/run/systemd/generator/dev-sda2.swap', madeOf: '/etc/fstab', what: '/dev/sda2', boot: 'generated', active: true });
const off = { state: 'absent' };

rows<SwapFound>('swap absent', swap, {
  'has nothing to do where there is none': { given: none, asked: off, says: [], result: { active: [], fstab_lines: [], remains: [] } },
  'keeps it off at boot first, and then turns it off': {
    given: { ...none, fstab: file('UUID=5 none swap sw 0 0\n'), active: [disk], units: [ofFstab], real: { 'UUID=5': '/dev/sda2' } }, asked: off,
    says: ['make swap a comment in /etc/fstab', 'turn off swap on /dev/sda2 (1 GiB)'], does: ['write /etc/fstab', 'systemctl daemon-reload', 'script /dev/sda2'], result: { active: ['/dev/sda2'], fstab_lines: ['UUID=5 none swap sw 0 0'], remains: [] },
  },
  'takes the lines out where that is asked': { given: { ...none, systemd: false, fstab: file('/dev/sda2 none swap sw 0 0\n') }, asked: { ...off, comment: false }, says: ['take swap out of /etc/fstab'], does: ['write /etc/fstab'] },
  'tells of swap whose source it does not know': { given: { ...none, active: [disk] }, asked: off, says: ['turn off swap on /dev/sda2 (1 GiB)'], warns: [/^neither fstab nor a unit that is known turns on swap on \/dev\/sda2/] },
  'tells of the file that stays on the disk': { given: { ...none, fstab: file('/swapfile none swap sw 0 0\n'), active: [swapfile] }, asked: off, result: { remains: ['the swap file /swapfile (2 GiB) stays on the disk'] } },
  'masks what a generator makes anew at each boot': { given: { ...none, units: [gpt] }, asked: off, says: [`mask ${gpt.name}`], does: [`systemctl mask -- ${gpt.name}`] },
  'masks zram, turns it off, and gives its memory back': {
    given: { ...none, active: [{ name: '/dev/zram0', kind: 'partition', size: 4 * 1024 ** 3 }], units: [zram, unit('systemd-zram-setup@zram0.service', { file: '/usr/lib/systemd/system/systemd-zram-setup@.service', boot: 'static', active: true })] }, asked: off,
    does: ['systemctl mask -- dev-zram0.swap', 'script /dev/zram0', 'systemctl stop -- systemd-zram-setup@zram0.service'], result: { remains: [] },
  },
  'leaves units of fstab to its lines, masked ones, and those that systemd only saw': { given: { ...none, units: [ofFstab, { ...zram, boot: 'masked' }, unit('dev-sdb.swap', { what: '/dev/sdb', active: true })] }, asked: off, says: [] },
  'disables a unit of the host\'s own, and masks one of a package': {
    given: { ...none, units: [unit('a.swap', { file: '/etc/systemd/system/a.swap', boot: 'enabled' }), unit('b.swap', { file: '/usr/lib/systemd/system/b.swap', boot: 'static' }), unit('c.swap', { file: '/usr/lib/systemd/system/c.swap', boot: 'disabled' })] }, asked: off,
    says: ['disable a.swap at boot', 'mask b.swap'], does: ['systemctl disable -- a.swap', 'systemctl mask -- b.swap'],
  },
  'tells of a unit that something else starts': { given: { ...none, units: [unit('a.swap', { file: '/etc/systemd/system/a.swap', boot: 'static', active: true })] }, asked: off, says: [], warns: [/^a\.swap has no \[Install\]/] },
  'disables the services that make zram, and stops them before': {
    given: { ...none, active: [{ name: '/dev/zram0', kind: 'partition', size: 4096 }], units: [unit('zramswap.service', { file: '/lib/systemd/system/zramswap.service', boot: 'enabled', active: true })] }, asked: off,
    says: ['disable zramswap.service at boot, and stop it', 'turn off swap on /dev/zram0 (4 KiB)'], does: ['systemctl disable --now -- zramswap.service', 'script /dev/zram0'], result: { remains: [] },
  },
  'leaves the running kernel alone where that is asked, and says so': { given: { ...none, active: [disk], units: [unit('zramswap.service', { file: '/x', boot: 'enabled', active: true })] }, asked: { ...off, now: false }, does: ['systemctl disable -- zramswap.service'], warns: [/^swap on \/dev\/sda2 stays on until the next boot$/] },
  'never touches the swap of a container\'s host, and says so': {
    given: { ...none, container: 'systemd-nspawn', fstab: file('/x none swap sw 0 0\n'), active: [disk] }, asked: off, says: ['make swap a comment in /etc/fstab'], warns: [/^this host is a container \(systemd-nspawn\): .* \/dev\/sda2 stays on$/], result: { remains: ['this host is a container (systemd-nspawn): swap of its kernel belongs to the host outside, and /dev/sda2 stays on'] },
  },
  'means one path alone where one is named, however it is written': {
    given: { ...none, fstab: file('UUID=5 none swap sw 0 0\n/other none swap sw 0 0\n'), active: [disk, swapfile], units: [zram, { ...gpt, what: '/dev/disk/by-partuuid/5' }], real: { '/dev/disk/by-label/swap': '/dev/sda2', 'UUID=5': '/dev/sda2', '/other': '/other', '/dev/disk/by-partuuid/5': '/dev/sda2' } },
    asked: { ...off, path: '/dev/disk/by-label/swap' }, says: ['make swap a comment in /etc/fstab', `mask ${gpt.name}`, 'turn off swap on /dev/sda2 (1 GiB)'], result: { fstab_lines: ['UUID=5 none swap sw 0 0'] },
  },
});

const missing = { kind: 'missing', size: 0, holds: '' } as const;
const made = { kind: 'file', size: 2 * 1024 ** 3, holds: 'swap' } as const;
const on = { state: 'present', path: '/swapfile', size: '2G' };
const kept: SwapFound = { ...none, target: made, active: [swapfile], fstab: file('/swapfile none swap sw 0 0\n') };

rows<SwapFound>('swap present', swap, {
  'makes the file, turns it on, and then writes fstab': {
    given: { ...none, target: missing }, asked: on, says: ['make the swap file /swapfile (2 GiB)', 'turn on swap on /swapfile', 'set swap on /swapfile in /etc/fstab'],
    does: ['script /swapfile 2147483648', 'swapon -o sw -- /swapfile', 'write /etc/fstab', 'systemctl daemon-reload'],
  },
  'leaves alone what is as asked': { given: kept, asked: on, says: [] },
  'turns on what is there, and unmasks its unit': { given: { ...kept, active: [], own: 'swapfile.swap', units: [unit('swapfile.swap', { boot: 'masked' })] }, asked: { ...on, opts: 'sw,pri=5' }, says: ['turn on swap on /swapfile', 'unmask swapfile.swap', 'set swap on /swapfile in /etc/fstab'] },
  'keeps the way in which fstab names a device': { given: { ...none, target: { kind: 'device', size: 0, holds: 'swap' }, active: [disk], real: { '/dev/sda2': '/dev/sda2', 'UUID=5': '/dev/sda2' }, fstab: file('UUID=5 swap swap sw 0 0\n') }, asked: { state: 'present', path: '/dev/sda2' }, says: [] },
  'makes swap on a device that holds nothing': { given: { ...none, target: { kind: 'device', size: 0, holds: '' } }, asked: { state: 'present', path: '/dev/sdb' }, does: ['mkswap /dev/sdb', 'swapon -o sw -- /dev/sdb', 'write /etc/fstab', 'systemctl daemon-reload'] },
  'does not write on a device that holds something': { given: { ...none, target: { kind: 'device', size: 0, holds: 'ext4' } }, asked: { state: 'present', path: '/dev/sdb' }, fails: /^\/dev\/sdb holds ext4$/ },
  'does not write on a device that it cannot read': { given: { ...none, target: { kind: 'device', size: 0, holds: 'unknown' } }, asked: { state: 'present', path: '/dev/sdb' }, fails: /there is no blkid to tell/ },
  'does not write on a file that is no swap': { given: { ...none, target: { kind: 'file', size: 9, holds: '' } }, asked: on, fails: /is a file that holds no swap/ },
  'does not change the size of a file': { given: { ...none, target: { ...made, size: 1024 ** 3 } }, asked: on, fails: /^\/swapfile is of 1 GiB, not 2G$/ },
  'makes no device': { given: { ...none, target: missing }, asked: { ...on, path: '/dev/sdz' }, fails: /there is no device \/dev\/sdz/ },
  'depends on a path that is not there and that it is not to make': { given: { ...none, target: missing }, asked: { state: 'present', path: '/swapfile' }, fails: /^missing path \/swapfile/, says: ['turn on swap on /swapfile', 'set swap on /swapfile in /etc/fstab'] },
  'turns nothing on in a container, and says so': { given: { ...none, target: made, container: 'docker' }, asked: on, says: ['set swap on /swapfile in /etc/fstab'], warns: [/container \(docker\), which cannot turn on swap/] },
  'leaves the running kernel alone where that is asked': { given: { ...none, target: made }, asked: { ...on, now: false }, says: ['set swap on /swapfile in /etc/fstab'], warns: [/comes on with the next boot/] },
});

test('the kernel\'s list of swap is read with its escapes', (t) => {
  t.deepEqual(readSwaps('/dev/dm-1                               partition\t1000444\t\t0\t\t-2\n/my\\040swap file 2048 12 -3'), [{ name: '/dev/dm-1', kind: 'partition', size: 1000444 * 1024 }, { name: '/my swap', kind: 'file', size: 2048 * 1024 }]);
});

test('units are told by systemctl show, each once, those that are not there left out', (t) => {
  const shown = 'Id=a.swap\nLoadState=loaded\nActiveState=active\nUnitFileState=generated\nFragmentPath=/run/a\nSourcePath=/etc/fstab\nWhat=/dev/a\n\nId=b.service\nLoadState=not-found\n\nId=c.swap\nLoadState=masked\nUnitFileState=\n\nId=a.swap\nLoadState=loaded\nActiveState=active\nUnitFileState=generated\nFragmentPath=/run/a\nSourcePath=/etc/fstab\nWhat=/dev/a';
  t.deepEqual(readUnits(shown), [{ name: 'a.swap', file: '/run/a', madeOf: '/etc/fstab', what: '/dev/a', boot: 'generated', active: true }, { name: 'c.swap', file: '', madeOf: '', what: '', boot: 'masked', active: false }]);
  t.deepEqual(readUnits(''), []);
});

test('sizes are in powers of 1024', (t) => {
  t.deepEqual(['4096', '1K', '1.5g', '2GiB', '512 MB'].map(bytesOfSize), [4096, 1024, 1.5 * 1024 ** 3, 2 * 1024 ** 3, 512 * 1024 ** 2]);
  for (const size of ['', 'much', '-1', '2GG']) t.false(swap.params.safeParse({ state: 'present', path: '/x', size }).success, size);
});

const open = sharedSession(test);
test('swap reads a real host, and changes nothing in a dry run', async (t) => {
  const session = await open();
  const tried = await tryModule(swap, { state: 'absent' }, { session, check: true });
  t.true(Array.isArray(tried.result['active']), tried.message);
  t.is((await tryModule(swap, { state: 'present', path: '/kplay-nothing' }, { session, check: true })).kind, 'missing');
});
