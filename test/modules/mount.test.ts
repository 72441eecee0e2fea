/** mount: what it decides, and how it reads the kernel's table. */
import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import mount from '../../modules/mount.ts';
import { readMountinfo, type MountFound } from '../../modules/shared/mount-look.ts';
import { rows } from '../support/plan-rows.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const fstab = (content?: string) => ({ path: '/etc/fstab', real: '/etc/fstab', content, folders: [], ids: {} });
const bare: MountFound = { real: '/data', point: 'missing', stack: [], below: [], same: undefined, src: 'elsewhere', fstab: fstab('# empty\n'), systemd: false };
const disk = { path: '/data', source: '/dev/sdb1', fstype: 'ext4', opts: ['rw', 'noatime', 'rw', 'errors=continue'] };
const mounted: MountFound = { ...bare, point: 'covered', stack: [disk], same: true, fstab: fstab('LABEL=data /data ext4 noatime 0 0\n') };
const line = { path: '/data', src: 'LABEL=data', fstype: 'ext4', opts: 'noatime' };

rows<MountFound>('mount', mount, {
  'makes the mount point, mounts, and then writes fstab': {
    given: bare, asked: { ...line, state: 'mounted' }, says: ['mount LABEL=data on /data', 'set /data in /etc/fstab'],
    does: ['directory /data', 'script /data -t ext4 -o noatime -- LABEL=data /data', 'write /etc/fstab'], result: { name: '/data', src: 'LABEL=data', fstype: 'ext4', opts: 'noatime', dump: '0', passno: '0', fstab: '/etc/fstab' },
  },
  'has systemd read fstab anew': { given: { ...bare, systemd: true }, asked: { ...line, state: 'present' }, does: ['write /etc/fstab', "script ''"] },
  'has systemd read no other file anew': { given: { ...bare, systemd: true, fstab: { ...fstab(''), path: '/mnt/etc/fstab', real: '/mnt/etc/fstab' } }, asked: { ...line, state: 'present', fstab: '/mnt/etc/fstab' }, does: ['write /mnt/etc/fstab'] },
  'mounts again what a unit of an older line may have unmounted': { given: { ...bare, systemd: true, fstab: fstab('UUID=old /data ext4 noatime 0 0\n') }, asked: { ...line, state: 'mounted' }, does: ['directory /data', 'script /data -t ext4 -o noatime -- LABEL=data /data', 'write /etc/fstab', 'script /data'] },
  'leaves alone what is as asked': { given: mounted, asked: { ...line, state: 'mounted' }, says: [] },
  'mounts what is in fstab alone': { given: { ...mounted, stack: [], point: 'empty', same: undefined }, asked: { ...line, state: 'mounted' }, says: ['mount LABEL=data on /data'] },
  'writes a line for what somebody mounted': { given: { ...mounted, fstab: fstab('') }, asked: { ...line, opts: undefined, state: 'mounted' }, says: ['set /data in /etc/fstab'] },
  'remounts where the options of fstab change': {
    given: mounted, asked: { ...line, opts: 'noatime,commit=60', state: 'mounted' }, says: ['remount /data with noatime,commit=60', 'set /data in /etc/fstab'], does: ['script /data noatime,commit=60 remount,noatime,commit=60 LABEL=data ext4', 'write /etc/fstab'],
  },
  'remounts where what is mounted lacks an option': { given: { ...mounted, fstab: fstab('LABEL=data /data ext4 noexec,noatime 0 0\n') }, asked: { ...line, opts: 'noexec,noatime', state: 'mounted' }, says: ['remount /data with noexec,noatime'] },
  'does not remount for what only fstab knows': { given: mounted, asked: { ...line, opts: 'noatime,nofail,x-systemd.device-timeout=5', state: 'mounted' }, says: ['set /data in /etc/fstab'] },
  'does not remount what an error made read-only': { given: { ...mounted, stack: [{ ...disk, opts: ['ro', 'noatime'] }] }, asked: { ...line, state: 'mounted' }, says: [] },
  'puts another device in the place of one': { given: { ...mounted, same: false }, asked: { ...line, state: 'mounted' }, says: ['mount LABEL=data on /data, in place of /dev/sdb1'], does: ['umount -- /data', "script '' -t ext4 -o noatime -- LABEL=data /data"] },
  'cannot tell the devices of one btrfs apart': { given: { ...mounted, same: false, stack: [{ ...disk, fstype: 'btrfs' }] }, asked: { ...line, state: 'mounted' }, says: [] },
  'puts another export in the place of one': {
    given: { ...mounted, same: undefined, stack: [{ ...disk, source: 'nas:/old', fstype: 'nfs4', opts: ['rw'] }], fstab: fstab('nas:/old /data nfs defaults 0 0\n') }, asked: { path: '/data', src: 'nas:/new', fstype: 'nfs', state: 'mounted' },
    says: ['mount nas:/new on /data, in place of nas:/old', 'set /data in /etc/fstab'],
  },
  'keeps a tmpfs whose name alone differs': { given: { ...mounted, same: undefined, stack: [{ ...disk, source: 'none', fstype: 'tmpfs', opts: ['rw'] }], fstab: fstab('none /data tmpfs defaults 0 0\n') }, asked: { path: '/data', src: 'tmpfs', fstype: 'tmpfs', state: 'mounted' }, says: ['set /data in /etc/fstab'] },
  'puts a disk in the place of a tmpfs': { given: { ...mounted, same: undefined, stack: [{ ...disk, source: 'tmpfs', fstype: 'tmpfs' }] }, asked: { ...line, state: 'mounted' }, says: ['mount LABEL=data on /data, in place of tmpfs'] },
  'takes an automount for mounted': { given: { ...mounted, same: undefined, stack: [{ ...disk, source: 'systemd-1', fstype: 'autofs' }] }, asked: { ...line, state: 'mounted' }, says: [] },
  'makes a file to mount a file on': { given: { ...bare, src: 'file' }, asked: { path: '/data', src: '/srv/x', fstype: 'none', opts: 'bind,ro', state: 'ephemeral' }, does: ['directory /', 'write /data', "script '' -t none -o bind,ro -- /srv/x /data"] },
  'depends on a source that is not there': { given: { ...bare, src: 'missing' }, asked: { ...line, src: '/dev/sdz', state: 'mounted' }, fails: /^missing path \/dev\/sdz: \/dev\/sdz is not on the host/, says: ['mount /dev/sdz on /data', 'set /data in /etc/fstab'] },
  'leaves fstab alone for ephemeral': { given: bare, asked: { ...line, state: 'ephemeral' }, says: ['mount LABEL=data on /data'] },
  'does not put ephemeral in the place of another': { given: { ...mounted, same: false }, asked: { ...line, state: 'ephemeral' }, fails: /\/dev\/sdb1 is mounted on \/data already/ },
  'writes fstab alone for present': { given: bare, asked: { ...line, state: 'present', boot: false, passno: 2 }, says: ['set /data in /etc/fstab'], does: ['write /etc/fstab'], result: { opts: 'noatime,noauto', passno: '2' } },
  'unmounts all that is stacked, and leaves fstab': { given: { ...mounted, stack: [disk, { ...disk, source: 'tmpfs' }] }, asked: { path: '/data', state: 'unmounted' }, says: ['unmount /data, was /dev/sdb1 over tmpfs'], does: ['umount -- /data', 'umount -- /data'] },
  'has nothing to unmount': { given: bare, asked: { path: '/data', state: 'unmounted' }, says: [] },
  'does not unmount what something else is mounted below': { given: { ...mounted, below: ['/data/a', '/data/b'] }, asked: { path: '/data', state: 'unmounted' }, fails: /\/data\/a, \/data\/b are mounted below it/ },
  'unmounts, removes the mount point, and then the line': {
    given: mounted, asked: { path: '/data/', state: 'absent' }, says: ['unmount /data/, was /dev/sdb1', 'remove the mount point /data if it is empty', 'take /data/ out of /etc/fstab'], does: ['umount -- /data', 'script /data', 'write /etc/fstab'],
  },
  'unmounts what fstab never had': { given: { ...mounted, fstab: fstab('') }, asked: { path: '/data', state: 'absent_mount' }, says: ['unmount /data, was /dev/sdb1'] },
  'leaves a mount point that is not empty, and says so': { given: { ...mounted, stack: [], point: 'full' }, asked: { path: '/data', state: 'absent' }, says: ['take /data out of /etc/fstab'], result: { msg: '/data stays: it is not empty' } },
  'leaves a folder alone that was never a mount point': { given: { ...bare, point: 'empty' }, asked: { path: '/data', state: 'absent' }, says: [] },
  'takes out the line alone': { given: mounted, asked: { path: '/data', state: 'absent_from_fstab' }, says: ['take /data out of /etc/fstab'] },
  'never unmounts the root': { given: { ...mounted, real: '/', stack: [{ ...disk, path: '/' }] }, asked: { path: '/', state: 'absent' }, fails: /root cannot be unmounted/ },
  'remounts each time it is asked': { given: mounted, asked: { path: '/data', state: 'remounted' }, says: ['remount /data'], does: ["script /data '' remount, '' auto"] },
  'remounts with other options, fstab as it is': { given: mounted, asked: { path: '/data', state: 'remounted', opts: 'ro' }, does: ["script /data ro remount,ro '' auto"] },
  'cannot remount what is not mounted': { given: bare, asked: { path: '/data', state: 'remounted' }, fails: /nothing is mounted on \/data/ },
  'tells lines of swap apart by their source': { given: { ...bare, fstab: fstab('/a none swap sw 0 0\n/b none swap sw 0 0\n') }, asked: { path: 'none', src: '/b', fstype: 'swap', state: 'absent' }, says: ['take /b out of /etc/fstab'] },
  'does not turn on swap': { given: bare, asked: { path: 'none', src: '/b', fstype: 'swap', state: 'mounted' }, fails: /by the module swap/ },
  'shows neither options nor fstab where that is asked': { given: bare, asked: { ...line, opts: 'password=x', opts_no_log: true, state: 'mounted' }, does: ['directory /data', 'script /data -t ext4 -o password=x -- LABEL=data /data', 'write /etc/fstab'], result: { opts: undefined } },
});

test('no difference of fstab is shown where options are not to be', (t) => {
  const { changes } = mount.plan(mount.params.parse({ ...line, opts_no_log: true, state: 'present' }), bare, undefined as never);
  t.is(changes[0]!.after, undefined);
  t.truthy(mount.plan(mount.params.parse({ ...line, state: 'present' }), bare, undefined as never).changes[0]!.after);
});

test('a line of the kernel\'s table is read with its escapes and its optional fields', (t) => {
  t.deepEqual(readMountinfo('36 35 98:0 /mnt1 /mnt/my\\040disk rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue'), { path: '/mnt/my disk', source: '/dev/root', fstype: 'ext3', opts: ['rw', 'noatime', 'rw', 'errors=continue'] });
  t.deepEqual(readMountinfo('25 1 0:23 / / ro - tmpfs - rw'), { path: '/', source: '-', fstype: 'tmpfs', opts: ['ro', 'rw'] });
});

const open = sharedSession(test);
test('mount edits a file of another root, and leaves every other byte', async (t) => {
  const folder = await tempFolder(t);
  const path = `${folder}/fstab`;
  const text = '# caf\xe9\nUUID=1\t/ ext4  ro 0 1\n\n';
  await writeFile(path, Buffer.from(text, 'latin1'), { mode: 0o600 });
  const session = await open();
  const asked = { path: '/kplay/my data', src: 'LABEL=data', fstype: 'xfs', fstab: path, state: 'present' };
  await settles(t, mount, asked, { session, folder });
  t.is(await readFile(path, 'latin1'), `${text}LABEL=data /kplay/my\\040data xfs defaults 0 0\n`);
  await settles(t, mount, { ...asked, passno: 2 }, { session, folder });
  await settles(t, mount, { path: '/kplay/my data/', fstab: path, state: 'absent_from_fstab' }, { session, folder });
  t.is(await readFile(path, 'latin1'), text);
});

test('mount knows the file systems of a real host', async (t) => {
  const session = await open();
  const unmounted = await tryModule(mount, { path: '/proc', state: 'unmounted' }, { session, check: true });
  t.true(unmounted.kind === 'changed' || /mounted below it/.test(unmounted.message!), unmounted.message);
  t.is((await tryModule(mount, { path: '/kplay-nothing', state: 'unmounted' }, { session, check: true })).kind, 'ok');
  t.is((await tryModule(mount, { path: '/x', src: '/kplay-nothing', fstype: 'ext4', state: 'ephemeral' }, { session, check: true })).kind, 'missing');
});
