/**
 * The modules that prepare a node, on a real machine: hosts_entries, timezone, mount, swap, selinux. What a container cannot do is
 * left to the unit tests: its kernel is this host's, so no swap is ever turned on or off here, and SELinux is not in it.
 */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { labDown } from '../../engine/lab/down.ts';
import { labPaths, machinePaths } from '../../engine/lab/paths.ts';
import { labUp } from '../../engine/lab/up.ts';
import { openForesight } from '../../engine/module/foresight.ts';
import type { Module } from '../../engine/module/module.ts';
import { connectLocal } from '../../engine/session/local.ts';
import { connect } from '../../engine/session/open.ts';
import { textOf, type Connection, type Session } from '../../engine/session/session.ts';
import hostsEntries from '../../modules/hosts_entries.ts';
import mount from '../../modules/mount.ts';
import selinux from '../../modules/selinux.ts';
import swap from '../../modules/swap.ts';
import timezone from '../../modules/timezone.ts';
import { tempFolder, tryModule, type Tried } from '../support/try-module.ts';
import { noLab, testLab } from './test-lab.ts';

const reason = noLab('the modules that prepare a node');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-node', '10.223.0', 1);
const options = { report: () => undefined };
let connection: Connection;
let session: Session;

test.before(async () => {
  if (reason) return;
  await labDown(lab, { ...options, purge: true });
  await labUp(lab, options);
  const { key, knownHosts } = labPaths(lab);
  connection = await connect({ host: 'm1', connection: 'ssh', address: lab.machines[0]!.address, user: 'root', privateKeyFile: key, knownHostsFile: knownHosts });
  session = await connection.session();
});
test.after.always(async () => {
  if (reason) return;
  await connection?.close();
  await labDown(lab, { ...options, purge: true });
});

/** Runs a shell line on the machine and gives its output. */
async function sh(script: string): Promise<string> {
  return textOf((await session.ask(['sh', '-c', `exec 2>&1; ${script}`])).stdout);
}

/** The machine's disk, every file with its times apart from logs, and what is mounted. */
async function state(): Promise<unknown> {
  const root = machinePaths(lab, 'm1').upper;
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !/^(var\/log|run)(\/|$)/.test(name));
  const files = names.map((name) => {
    const stat = lstatSync(path.join(root, name), { bigint: true });
    // An overlay marks a directory as it is read, which shows in its ctime.
    return [name, [stat.mode, stat.size, stat.uid, stat.mtimeNs, stat.isDirectory() ? '' : stat.ctimeNs].join(' ')];
  });
  return [Object.fromEntries(files), await sh('cut -d " " -f 4- /proc/self/mountinfo')];
}

/** Foretold without touching the machine, then done as foretold, then nothing to do. Gives the first run. */
async function settles(t: ExecutionContext, module: Module<any, any>, params: Record<string, unknown>, says?: readonly string[]): Promise<Tried> {
  const before = await state();
  const foretold = await tryModule(module, params, { session, check: true });
  t.deepEqual(await state(), before, 'a dry run leaves the machine as it is');
  const done = await tryModule(module, params, { session });
  t.is(done.kind, 'changed', [done.message, done.result['stderr']].filter(Boolean).join('\n'));
  t.deepEqual(foretold.summaries, done.summaries);
  if (says) t.deepEqual(done.summaries, says);
  const again = await tryModule(module, params, { session });
  t.is(again.kind, 'ok', again.message ?? again.summaries.join('; '));
  return done;
}

onLab('names of a cluster are found where hosts_entries puts them', async (t) => {
  const before = await sh('cat /etc/hosts');
  await sh('echo "127.0.1.1 node1.old node1 # by the installer" >> /etc/hosts');
  const entries = [{ address: '10.9.0.1', names: 'node1.example.org node1' }, { address: '10.9.0.2', names: ['node2'] }, { address: 'fd00:9::2', names: ['node2'] }];
  await settles(t, hostsEntries, { entries }, ['set node1.example.org, node1, node2 in /etc/hosts']);
  t.is(await sh('getent hosts node1; getent ahosts node2 | cut -d " " -f 1 | sort -u; getent hosts node1.old'), '10.9.0.1        node1.example.org node1\n10.9.0.2\nfd00:9::2\n127.0.1.1       node1.old');
  await settles(t, hostsEntries, { entries: [{ address: '10.9.0.3', names: ['node1', 'node1.example.org'] }] });
  t.is(await sh('getent hosts 10.9.0.1; getent hosts node1'), '10.9.0.3        node1 node1.example.org');
  await settles(t, hostsEntries, { entries: [{ names: ['node1', 'node2', 'node1.example.org', 'node1.old'] }], state: 'absent' });
  t.is(await sh('cat /etc/hosts'), before);
});

onLab('the zone is what the machine\'s clock shows; in a container timedated, which could move this host\'s clock, is never started', async (t) => {
  const shown = 'date -d @1750000000 +%Z; cat /etc/timezone; readlink -f /etc/localtime';
  await settles(t, timezone, { name: 'Europe/Berlin' }, ['set the time zone to Europe/Berlin, was Etc/UTC']);
  t.is(await sh('systemctl show -p ActiveEnterTimestampMonotonic --value systemd-timedated'), '0');
  t.is(await sh(`${shown}; timedatectl show -p Timezone --value`), 'CEST\nEurope/Berlin\n/usr/share/zoneinfo/Europe/Berlin\nEurope/Berlin');
  const unknown = await tryModule(timezone, { name: 'Asia/Beijing' }, { session, check: true });
  t.is(unknown.message, 'there is no time zone Asia/Beijing on the host');

  await sh('mv /usr/bin/timedatectl /root/; rm /etc/localtime; cp /usr/share/zoneinfo/Asia/Tokyo /etc/localtime');
  await settles(t, timezone, { name: 'Asia/Shanghai', hwclock: 'local' }, ['set the time zone to Asia/Shanghai', 'let the hardware clock run in local time']);
  t.is(await sh(`${shown}; cat /etc/adjtime`), 'CST\nAsia/Shanghai\n/usr/share/zoneinfo/Asia/Shanghai\n0.0 0 0.0\n0\nLOCAL');
  await settles(t, timezone, { name: 'Asia/Shanghai', hwclock: 'UTC' }, ['let the hardware clock run in UTC']);

  await sh('mv /usr/share/zoneinfo /root/');
  const lacking = await tryModule(timezone, { name: 'UTC' }, { session, check: true });
  t.is(lacking.kind, 'missing');
  t.regex(lacking.message!, /^the host has no time zones: \/usr\/share\/zoneinfo is empty/);
  await sh('mv /root/zoneinfo /usr/share/; mv /root/timedatectl /usr/bin/');
});

const tmpfs = { path: '/srv/my data', src: 'tmpfs', fstype: 'tmpfs', opts: 'size=1m,mode=0750', state: 'mounted' };

onLab('a file system is mounted, in fstab and a unit of systemd; other options reach it in place', async (t) => {
  await sh('printf "# caf\\351\\n\\n" > /etc/fstab');
  await settles(t, mount, tmpfs, ['mount tmpfs on /srv/my data', 'set /srv/my data in /etc/fstab']);
  t.is(await sh('sed 1,2d /etc/fstab; findmnt -rno FSTYPE,SIZE "/srv/my data"; stat -c %a "/srv/my data"'), 'tmpfs /srv/my\\040data tmpfs size=1m,mode=0750 0 0\ntmpfs 1M\n750');
  t.is(await sh('systemctl show "$(systemd-escape -p --suffix=mount "/srv/my data")" -p SourcePath,NeedDaemonReload'), 'SourcePath=/etc/fstab\nNeedDaemonReload=no');
  await sh('touch "/srv/my data/kept"');
  await settles(t, mount, { ...tmpfs, opts: 'size=2m,mode=0750,noexec' }, ['remount /srv/my data with size=2m,mode=0750,noexec', 'set /srv/my data in /etc/fstab']);
  t.is(await sh('findmnt -rno SIZE,OPTIONS "/srv/my data" | grep -o "2M\\|noexec"; ls "/srv/my data"'), '2M\nnoexec\nkept');
  await sh('mount -o remount,exec tmpfs "/srv/my data"');
  await settles(t, mount, { ...tmpfs, opts: 'size=2m,mode=0750,noexec' }, ['remount /srv/my data with size=2m,mode=0750,noexec']);
  t.is((await tryModule(mount, { path: '/srv/my data', state: 'remounted', opts: 'ro' }, { session })).kind, 'changed');
  t.is(await sh('touch "/srv/my data/x"'), "touch: cannot touch '/srv/my data/x': Read-only file system");
  t.is((await tryModule(mount, { path: '/srv/my data', state: 'remounted' }, { session })).kind, 'changed');
  t.is(await sh('touch "/srv/my data/x"'), '', 'without options, those of fstab count');

  await settles(t, mount, { path: '/srv/my data', state: 'unmounted' }, ['unmount /srv/my data, was tmpfs']);
  t.is(await sh('systemctl start "$(systemd-escape -p --suffix=mount "/srv/my data")"; findmnt -rno SIZE "/srv/my data"'), '2M', 'as it comes at boot');
  await settles(t, mount, { path: '/srv/my data/', state: 'absent' }, ['unmount /srv/my data/, was tmpfs', 'remove the mount point /srv/my data if it is empty', 'take /srv/my data/ out of /etc/fstab']);
  t.is(await sh('od -c /etc/fstab | head -n 1; ls -d "/srv/my data"; systemctl show -p LoadState --value "$(systemd-escape -p --suffix=mount "/srv/my data")"'), '0000000   #       c   a   f 351  \\n  \\n\nls: cannot access \'/srv/my data\': No such file or directory\nnot-found');
});

onLab('folders and files are mounted once more, and what is mounted is told apart from what is asked', async (t) => {
  await sh('mkdir -p /srv/a /srv/b && touch /srv/a/one /srv/b/two && echo hello > /srv/file && ln -s /srv/at /srv/link');
  const bind = { path: '/srv/at', fstype: 'none', opts: 'bind,ro', state: 'ephemeral' };
  await settles(t, mount, { ...bind, src: '/srv/a' }, ['mount /srv/a on /srv/at']);
  t.is(await sh('ls /srv/at; touch /srv/at/x; grep -c /srv/at /etc/fstab'), "one\ntouch: cannot touch '/srv/at/x': Read-only file system\n0");
  t.regex((await tryModule(mount, { ...bind, src: '/srv/b' }, { session, check: true })).message!, /is mounted on \/srv\/at already/);
  await settles(t, mount, { ...bind, src: '/srv/b', opts: 'bind', state: 'mounted' });
  t.is(await sh('ls /srv/at; touch /srv/at/three; ls /srv/b'), 'two\nthree\ntwo');
  await settles(t, mount, { ...tmpfs, path: '/srv/at/three.d' });
  t.regex((await tryModule(mount, { path: '/srv/at', state: 'unmounted' }, { session })).message!, /^\/srv\/at cannot be unmounted: \/srv\/at\/three\.d is mounted below it$/);
  await settles(t, mount, { path: '/srv/link/three.d', state: 'unmounted' }, ['unmount /srv/link/three.d, was tmpfs']);
  await settles(t, mount, { path: '/srv/at/three.d', state: 'absent' });
  await settles(t, mount, { path: '/srv/at', state: 'absent_mount' }, [`unmount /srv/at, was ${await sh('findmnt -no SOURCE /srv/at | sed "s/\\[.*//"')}`, 'take /srv/at out of /etc/fstab']);
  await settles(t, mount, { ...bind, src: '/srv/file', path: '/srv/deep/copy' });
  t.is(await sh('cat /srv/deep/copy; umount /srv/deep/copy; cat /srv/deep/copy'), 'hello');
  await sh('touch /srv/at/left; mount -t tmpfs tmpfs /srv/at');
  t.is((await tryModule(mount, { path: '/srv/at', state: 'absent' }, { session })).result['msg'], '/srv/at stays: it is not empty');
});

onLab('what cannot be mounted gets no line in fstab', async (t) => {
  const before = await sh('cat /etc/fstab');
  const failed = await tryModule(mount, { ...tmpfs, path: '/srv/no', fstype: 'nosuchfs' }, { session });
  t.regex(failed.message!, /: mount: \/srv\/no: (unknown filesystem type|wrong fs type)/);
  t.is(await sh('ls /srv/no'), "ls: cannot access '/srv/no': No such file or directory");
  t.is((await tryModule(mount, { ...tmpfs, path: '/srv/no', src: 'UUID=0000-0000', fstype: 'ext4' }, { session })).message, 'UUID=0000-0000 is not on the host');
  t.is(await sh('cat /etc/fstab'), before);
});

/** Disks of files, on this host, in a folder of its own and with an fstab of its own: machines of the lab have no block devices. */
(reason ?? (existsSync('/dev/loop-control') ? undefined : 'no loop devices') ? test.skip : test.serial)('devices are told apart by what they are, however they are named', async (t) => {
  const folder = await tempFolder(t);
  const here = await connectLocal({ host: 'here' });
  const own = await here.session();
  const shell = async (script: string): Promise<string> => textOf((await own.ask(['sh', '-c', `cd "$1" && { ${script}; }`, 'sh', folder])).stdout);
  const [one, two] = (await shell('for each in 1 2; do truncate -s 8M $each && mkfs.ext4 -q $each && losetup -f --show $each; done')).split('\n') as [string, string];
  t.teardown(async () => {
    await shell(`umount at; losetup -d ${one}; losetup -d ${two}`);
    await here.close();
  });
  const says = async (params: Record<string, unknown>): Promise<readonly string[]> => {
    const asked = { path: `${folder}/at`, fstype: 'ext4', fstab: `${folder}/fstab`, state: 'mounted', ...params };
    const done = await tryModule(mount, asked, { session: own });
    t.is(done.message, undefined);
    t.is((await tryModule(mount, asked, { session: own })).kind, 'ok', 'twice is once');
    return done.summaries.map((each) => each.replaceAll(`${folder}/`, ''));
  };
  const uuid = async (device: string): Promise<string> => `UUID=${await shell(`blkid -p -o value -s UUID ${device}`)}`;
  t.deepEqual(await says({ src: one }), [`mount ${one} on at`, 'set at in fstab']);
  t.deepEqual(await says({ src: await uuid(one) }), ['set at in fstab'], 'another name of what is mounted');
  t.deepEqual(await says({ src: two }), [`mount ${two} on at, in place of ${one}`, 'set at in fstab']);
  t.deepEqual(await says({ src: two, opts: 'ro,noexec' }), ['remount at with ro,noexec', 'set at in fstab']);
  t.regex(await shell('grep "$PWD/at " /proc/self/mountinfo'), new RegExp(` ro,noexec\\S* - ext4 ${two} `));
  t.deepEqual(await says({ state: 'absent' }), [`unmount at, was ${two}`, 'remove the mount point at if it is empty', 'take at out of fstab']);
});

const generator = `#!/bin/sh
printf '[Swap]\\nWhat=/dev/zram9\\n' > "$1/dev-zram9.swap"
mkdir -p "$3" && printf '[Swap]\\nWhat=/dev/disk/by-partuuid/0\\n' > "$3/dev-disk-by\\\\x2dpartuuid-0.swap"`;

onLab('swap is off at the next boot: in fstab, in units that are generated, in units and services of the machine', async (t) => {
  const fstab = '# caf\\351\\n/dev/sda1 / ext4 ro 0 1\\n UUID=5\\tnone swap\\tsw 0 0\\n#/old none swap sw 0 0\\n\\n/swapfile swap swap defaults';
  await sh(`printf '${fstab}' > /etc/fstab; mkdir -p /etc/systemd/system-generators; cat > /etc/systemd/system-generators/fake <<'END'\n${generator}\nEND\nchmod +x /etc/systemd/system-generators/fake`);
  await sh("printf '[Swap]\\nWhat=/own\\n[Install]\\nWantedBy=swap.target\\n' > /etc/systemd/system/own.swap; printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/zramswap.service; systemctl daemon-reload; systemctl enable own.swap zramswap");
  const done = await settles(t, swap, { state: 'absent' }, [
    'make swap a comment in /etc/fstab', 'disable own.swap at boot', 'mask dev-disk-by\\x2dpartuuid-0.swap', 'mask dev-zram9.swap', 'disable zramswap.service at boot',
  ]);
  t.like(done.result, { fstab_lines: [' UUID=5\tnone swap\tsw 0 0', '/swapfile swap swap defaults'] });
  t.is(await sh(`printf '${fstab.replace(' UUID', '#  UUID').replace('/swapfile', '# /swapfile')}' | cmp - /etc/fstab && systemctl is-enabled dev-zram9.swap 'dev-disk-by\\x2dpartuuid-0.swap' own.swap zramswap`), 'masked\nmasked\ndisabled\ndisabled');
});

/** In the machine alone, programs that note what they are told take the place of swapon and swapoff, and a file that of the kernel's list. */
const noSwap = `cd /root && cp /proc/swaps swaps && echo "/dev/sda9 partition 1024 0 -2" >> swaps && mount --bind swaps /proc/swaps
rm /usr/sbin/swapon /usr/sbin/swapoff
printf '#!/bin/sh\\necho "swapon $*" >> /root/told; echo "$4 file 1024 0 -2" >> /proc/swaps\\n' > /usr/sbin/swapon
printf '#!/bin/sh\\necho "swapoff $*" >> /root/told; grep -v "^$2 " /proc/swaps > /root/left; cat /root/left > /proc/swaps\\n' > /usr/sbin/swapoff
chmod +x /usr/sbin/swapon /usr/sbin/swapoff`;

onLab('a machine that shares its kernel with others never touches that kernel\'s swap, and says so', async (t) => {
  await sh(noSwap);
  const off = await tryModule(swap, { state: 'absent' }, { session });
  t.is(off.kind, 'ok');
  t.deepEqual(off.result['remains'], ['this host is a container (systemd-nspawn): swap of its kernel belongs to the host outside, and /dev/sda9 stays on']);
  const made = await settles(t, swap, { state: 'present', path: '/var/swap/file', size: '1M' }, ['make the swap file /var/swap/file (1 MiB)', 'set swap on /var/swap/file in /etc/fstab']);
  t.regex(String((made.result['remains'] as string[])[0]), /^this host is a container \(systemd-nspawn\), which cannot turn on swap/);
  t.is(await sh('stat -c "%a %s" /var/swap/file; blkid -o value -s TYPE /var/swap/file; ls -A /var/swap; tail -n 1 /etc/fstab; cat /root/told'), '600 1048576\nswap\nfile\n/var/swap/file none swap sw 0 0\ncat: /root/told: No such file or directory');
  t.is((await tryModule(swap, { state: 'present', path: '/var/swap/file', size: '2M' }, { session })).message, '/var/swap/file is of 1 MiB, not 2M');
  const full = await tryModule(swap, { state: 'present', path: '/var/swap/big', size: '999T' }, { session });
  t.regex(full.message!, /\/var\/swap\/ has \d+ MiB free, and swap of \d+ MiB is asked for$/);
  t.is(await sh('ls -A /var/swap'), 'file', 'nothing is left of it');
  await settles(t, swap, { state: 'absent', path: '/var/swap/file', comment: false }, ['take swap out of /etc/fstab']);
});

onLab('where the kernel is the machine\'s own, swap is turned on and off too', async (t) => {
  t.is(await sh('cat /usr/sbin/swapoff /usr/sbin/swapon | grep -c /root/told'), '2', 'no real program would be called');
  await sh('mv /run/systemd/container /root/; touch /root/environ; mount --bind /root/environ /proc/1/environ');
  await settles(t, swap, { state: 'present', path: '/var/swap/file', opts: 'sw,pri=5' }, ['turn on swap on /var/swap/file', 'set swap on /var/swap/file in /etc/fstab']);
  const off = await settles(t, swap, { state: 'absent' }, ['make swap a comment in /etc/fstab', 'turn off swap on /dev/sda9 (1 MiB)', 'turn off swap on /var/swap/file (1 MiB)']);
  t.deepEqual(off.result['remains'], ['neither fstab nor a unit that is known turns on swap on /dev/sda9: what does may do it again', 'the swap file /var/swap/file (1 MiB) stays on the disk']);
  t.is(await sh('cat /root/told; sed 1d /proc/swaps'), 'swapon -o sw,pri=5 -- /var/swap/file\nswapoff -- /dev/sda9\nswapoff -- /var/swap/file');
  await sh('echo "/dev/sda9 partition 1024 0 -2" >> /proc/swaps; printf "#!/bin/sh\\necho swapoff: Cannot allocate memory >&2; exit 4\\n" > /usr/sbin/swapoff');
  t.regex((await tryModule(swap, { state: 'absent' }, { session })).message!, /Cannot allocate memory$/);
  await sh('umount /proc/1/environ /proc/swaps; mv /root/container /run/systemd/');
});

onLab('a machine without SELinux has nothing to do for permissive and disabled, and cannot enforce', async (t) => {
  for (const state of ['permissive', 'disabled']) {
    const tried = await tryModule(selinux, { state }, { session });
    t.is(tried.kind, 'ok');
    t.is(tried.result['msg'], 'there is no SELinux on this host: nothing to do');
  }
  t.is((await tryModule(selinux, { state: 'enforcing' }, { session })).message, 'there is no SELinux on this host: neither /etc/selinux/config nor /sys/fs/selinux/enforce is there');
});

onLab('SELinux is set in its file and in the kernel\'s switch; files stand for both here, at the place of old kernels', async (t) => {
  await sh('mkdir -p /selinux /etc/selinux/targeted/policy; printf 1 > /selinux/enforce; printf "# SELINUX=\\nSELINUX=enforcing\\nSELINUXTYPE=targeted\\n" > /etc/selinux/config; chmod 600 /etc/selinux/config');
  await settles(t, selinux, { state: 'permissive', policy: 'targeted' }, ['set SELinux to permissive at boot in /etc/selinux/config', 'set SELinux to permissive, was enforcing']);
  t.is(await sh('cat /selinux/enforce; echo; cat /etc/selinux/config; stat -c %a /etc/selinux/config'), '0\n# SELINUX=\nSELINUX=permissive\nSELINUXTYPE=targeted\n600');
  const off = await settles(t, selinux, { state: 'disabled' }, ['set SELinux to disabled at boot in /etc/selinux/config']);
  t.true(off.result['reboot_required']);
  await sh('printf "#!/bin/sh\\nprintf %s \\"\\$1\\" > /selinux/enforce\\n" > /usr/sbin/setenforce; chmod +x /usr/sbin/setenforce');
  await settles(t, selinux, { state: 'enforcing' }, ['set SELinux to enforcing at boot in /etc/selinux/config', 'set SELinux to enforcing, was permissive']);
  t.is((await tryModule(selinux, { state: 'enforcing', policy: 'mls' }, { session })).message, 'the SELinux policy mls is not on the host: there is no /etc/selinux/mls/policy');
});

onLab('a dry run of tasks that build on each other foretells which of them then change', async (t) => {
  const tasks: [Module<any, any>, Record<string, unknown>][] = [
    [mount, { ...tmpfs, path: '/srv/chain' }],
    [mount, { ...tmpfs, path: '/srv/chain' }],
    [mount, { ...tmpfs, path: '/srv/chain/in' }],
    [mount, { path: '/srv/chain/in', state: 'absent' }],
    [mount, { path: '/srv/chain', state: 'unmounted' }],
    [mount, { path: '/srv/chain', state: 'unmounted' }],
    [mount, { path: '/srv/chain', state: 'absent' }],
    [mount, { path: '/srv/chain', state: 'absent' }],
    [timezone, { name: 'Asia/Tokyo' }],
    [timezone, { name: 'Asia/Tokyo' }],
    [hostsEntries, { entries: [{ address: '10.9.9.9', names: ['chain'] }] }],
    [hostsEntries, { entries: [{ address: '10.9.9.9', names: ['chain'] }] }],
    [swap, { state: 'present', path: '/swapchain', size: '1M' }],
    [swap, { state: 'present', path: '/swapchain', size: '1M' }],
    [swap, { state: 'absent' }],
    [swap, { state: 'absent' }],
    [selinux, { state: 'permissive' }],
    [selinux, { state: 'permissive' }],
  ];
  const foresight = openForesight();
  const foretold: (readonly string[])[] = [];
  for (const [module, params] of tasks) foretold.push((await tryModule(module, params, { session, check: true, foresight })).summaries);
  const done: (readonly string[])[] = [];
  for (const [module, params] of tasks) done.push((await tryModule(module, params, { session })).summaries);
  t.deepEqual(foretold, done);
  t.deepEqual(done.map((each) => each.length), [2, 0, 2, 3, 1, 0, 2, 0, 1, 0, 1, 0, 2, 0, 1, 0, 2, 0]);
});
