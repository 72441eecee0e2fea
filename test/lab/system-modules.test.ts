/** The modules of the system on a real machine: the dry run foretells, the first run does it, the second has nothing to do. */
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { commandExists } from '../../engine/mirror/command-path.ts';
import { labDown } from '../../engine/lab/down.ts';
import { labPaths, machinePaths } from '../../engine/lab/paths.ts';
import { labUp } from '../../engine/lab/up.ts';
import { evidenceOf } from '../../engine/module/carry-out.ts';
import { openForesight } from '../../engine/module/foresight.ts';
import type { Module } from '../../engine/module/module.ts';
import { connect } from '../../engine/session/open.ts';
import { textOf, type Connection, type Session } from '../../engine/session/session.ts';
import group from '../../modules/group.ts';
import hostname from '../../modules/hostname.ts';
import kernelModule from '../../modules/kernel_module.ts';
import packageModule from '../../modules/package.ts';
import setup from '../../modules/setup.ts';
import sysctl from '../../modules/sysctl.ts';
import systemd from '../../modules/systemd.ts';
import user from '../../modules/user.ts';
import { tempFolder, tryModule, type Tried } from '../support/try-module.ts';
import { openRepository, type TestRepository } from './apt-repository.ts';
import { testLab, whyNot } from './test-lab.ts';

const reason = whyNot() ?? (commandExists('gpg') ? undefined : 'this host lacks gpg, which signs the test repository');
if (reason) process.stderr.write(`\n*** THE SYSTEM MODULES ARE NOT TRIED ON A MACHINE: ${reason} ***\n\n`);
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-sys', '10.215.0', 1);
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
  // The machine's own repositories are not asked: these tests need no way out.
  await sh('rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*');
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

/** The machine's disk: every file with its times, apart from logs. */
function disk(): Map<string, string> {
  const root = machinePaths(lab, 'm1').upper;
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !/^(var\/log|run)(\/|$)/.test(name));
  return new Map(names.map((name) => {
    const stat = lstatSync(path.join(root, name), { bigint: true });
    // An overlay marks a directory as it is read, which shows in its ctime.
    return [name, [stat.mode, stat.size, stat.uid, stat.mtimeNs, stat.isDirectory() ? '' : stat.ctimeNs].join(' ')];
  }));
}

/** Foretold without touching the disk, then done as foretold, then nothing to do. Gives the first run. */
async function settles(t: ExecutionContext, module: Module<any, any>, params: Record<string, unknown>, says?: readonly string[]): Promise<Tried> {
  const before = disk();
  const foretold = await tryModule(module, params, { session, check: true });
  t.deepEqual(disk(), before, 'a dry run leaves the disk as it is');
  const done = await tryModule(module, params, { session });
  t.is(done.kind, 'changed', [done.message, done.result['stderr']].filter(Boolean).join('\n'));
  t.deepEqual(foretold.kind, 'changed');
  if (says) t.deepEqual(done.summaries, says);
  const again = await tryModule(module, params, { session });
  t.is(again.kind, 'ok', again.message ?? again.summaries.join('; '));
  return done;
}

onLab('hostname sets the name now and at boot', async (t) => {
  const done = await settles(t, hostname, { name: 'm1.lab.example' }, ['set the name at boot to m1.lab.example, was m1', 'set the name to m1.lab.example, was m1']);
  t.is(await sh('uname -n; cat /etc/hostname; hostnamectl --static'), 'm1.lab.example\nm1.lab.example\nm1.lab.example');
  t.like(done.result, { name: 'm1.lab.example' });
  await settles(t, hostname, { name: 'm1', use: 'generic' });
});

onLab('groups and users are made, changed and removed', async (t) => {
  await settles(t, group, { name: 'etcd', system: true });
  await settles(t, group, { name: 'people', gid: 3333 });
  await settles(t, user, { name: 'etcd', system: true, group: 'etcd', home: '/srv/etcd', create_home: false, shell: '/usr/sbin/nologin' }, ['create the user etcd']);
  t.regex(await sh('getent passwd etcd; ls -d /srv/etcd'), /^etcd:x:\d{3}:\d{3}::\/srv\/etcd:\/usr\/sbin\/nologin\nls: cannot access/);
  const hash = '$6$salt$KJoKrZQ2CjCy1gZ4tSJCXoDUVcPBrdn1TqKAgVXvn0xC2jSsGNUuPPGAcjyHAVr9tLqTC8PyRH7h1SYE3UkWF1';
  const ann = await settles(t, user, { name: 'ann', groups: ['people', '3333'], comment: 'Ann O\'Neil', password: hash, expires: 1900000000, home: '/srv/people/ann', generate_ssh_key: true, ssh_key_type: 'ed25519' });
  t.is(await sh('getent shadow ann | cut -d: -f2,8; id -Gn ann; stat -c "%U %a" /srv/people/ann/.ssh/id_ed25519'), `${hash}:21990\nann people\nann 600`);
  t.regex(String(ann.result['ssh_public_key']), /^ssh-ed25519 \S+ ann@m1$/);
  await settles(t, user, { name: 'ann', groups: [], shell: '/bin/sh', password_lock: true, password_expire_max: 90 });
  await settles(t, user, { name: 'ann', password: '$6$other$x' });
  t.is(await sh('getent shadow ann | cut -d: -f2'), '!$6$other$x', 'a locked account stays locked when its password changes');
  await settles(t, user, { name: 'ann', password_lock: false });
  await settles(t, user, { name: 'ann', home: '/home/annie', move_home: true, uid: 4444 });
  t.is(await sh('stat -c "%U %u" /home/annie/.ssh'), 'ann 4444');
  await settles(t, user, { name: 'ann', state: 'absent', remove: true });
  await settles(t, group, { name: 'people', state: 'absent' });
  t.is((await tryModule(user, { name: 'x', group: 'nobody-made-this' }, { session })).message, 'there is no group nobody-made-this');
});

onLab('sysctl sets the running kernel and the next boot', async (t) => {
  await settles(t, sysctl, { values: { 'net.ipv4.ip_forward': 1, 'net.ipv4.ip_local_port_range': '30000 60999', 'net/ipv4/conf/lo/rp_filter': 2 } });
  t.is(await sh('cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_local_port_range; /lib/systemd/systemd-sysctl --cat-config | grep -A9 99-zz-kplay'), '1\n30000\t60999\n# /etc/sysctl.d/99-zz-kplay.conf\nnet.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 30000 60999\nnet/ipv4/conf/lo/rp_filter = 2');
  await settles(t, sysctl, { name: 'net.ipv4.ip_forward', state: 'absent' });
  const refused = await tryModule(sysctl, { name: 'net.ipv4.ip_forward', value: 'abc' }, { session });
  t.regex(refused.message!, /the kernel does not take "abc" for net\.ipv4\.ip_forward/);
  t.is((await tryModule(sysctl, { name: 'net.nothing.here', value: 1 }, { session, check: true })).kind, 'missing');
});

onLab('a module that is part of the kernel counts as loaded', async (t) => {
  const done = await settles(t, kernelModule, { name: 'overlay' }, ['write /etc/modules-load.d/overlay.conf']);
  t.is(done.result['found'], 'builtin');
  t.regex((await tryModule(kernelModule, { name: 'kplay_nothing' }, { session, check: true })).message!, /^there is no kernel module kplay_nothing/);
});

const sleeper = '[Service]\nExecStart=/bin/sleep 1000\n\n[Install]\nWantedBy=multi-user.target';

onLab('systemd writes a unit and its drop-ins, enables it and starts it, and reads its files anew only then', async (t) => {
  const asked = { name: 'sleeper', unit: sleeper, dropins: { limits: '[Service]\nLimitNOFILE=1234' }, state: 'started', enabled: true };
  const done = await settles(t, systemd, asked, ['create /etc/systemd/system/sleeper.service', 'create /etc/systemd/system/sleeper.service.d/limits.conf', 'enable sleeper.service at boot', 'start sleeper.service']);
  t.like(done.result['status'], { ActiveState: 'active', UnitFileState: 'enabled', NeedDaemonReload: 'no' });
  t.is(await sh('systemctl show sleeper -p LimitNOFILE --value'), '1234');
  await settles(t, systemd, { name: 'sleeper', dropins: { limits: null } }, ['remove /etc/systemd/system/sleeper.service.d/limits.conf']);
  t.is(await sh('systemctl show sleeper -p NeedDaemonReload --value'), 'no');
  const [, before] = await Promise.all([0, sh('systemctl show sleeper -p MainPID --value')]);
  t.is((await tryModule(systemd, { name: 'sleeper', state: 'restarted' }, { session })).kind, 'changed');
  t.not(await sh('systemctl show sleeper -p MainPID --value'), before);
  await settles(t, systemd, { name: 'sleeper', state: 'stopped', enabled: false });
  t.is((await tryModule(systemd, { name: 'nothing-there', state: 'started' }, { session, check: true })).kind, 'missing');
});

onLab('in a dry run, a unit that an earlier task would write is known', async (t) => {
  const foresight = openForesight();
  await tryModule(systemd, { name: 'later', unit: sleeper }, { session, check: true, foresight });
  const foretold = await tryModule(systemd, { name: 'later', state: 'started' }, { session, check: true, foresight });
  t.deepEqual(foretold.summaries, ['start later.service']);
});

onLab('a dry run of tasks that build on each other foretells which of them then change', async (t) => {
  const tasks: [Module<any, any>, Record<string, unknown>][] = [
    [group, { name: 'web', system: true }],
    [group, { name: 'web' }],
    [user, { name: 'web', group: 'web', groups: ['web'], system: true, create_home: false, shell: '/usr/sbin/nologin' }],
    [user, { name: 'web', group: 'web', shell: '/usr/sbin/nologin', create_home: false }],
    [user, { name: 'web', groups: ['adm'], append: true, create_home: false }],
    [user, { name: 'web', groups: ['adm'], append: true, create_home: false }],
    [user, { name: 'web', state: 'absent' }],
    [user, { name: 'web', state: 'absent' }],
    [sysctl, { name: 'net.ipv4.conf.lo.accept_redirects', value: 0 }],
    [sysctl, { name: 'net.ipv4.conf.lo.accept_redirects', value: 0 }],
    [systemd, { name: 'chain', unit: sleeper }],
    [systemd, { name: 'chain', enabled: true, state: 'started' }],
    [systemd, { name: 'chain', enabled: true, state: 'started', unit: sleeper }],
    [systemd, { name: 'chain', state: 'stopped', enabled: false }],
    [systemd, { name: 'chain', state: 'stopped', enabled: false }],
  ];
  const foresight = openForesight();
  const foretold: string[] = [];
  for (const [module, params] of tasks) foretold.push((await tryModule(module, params, { session, check: true, foresight })).kind);
  const done: string[] = [];
  for (const [module, params] of tasks) done.push((await tryModule(module, params, { session })).kind);
  t.deepEqual(foretold, done);
  t.deepEqual(done, ['changed', 'ok', 'changed', 'ok', 'changed', 'ok', 'changed', 'ok', 'changed', 'ok', 'changed', 'changed', 'ok', 'changed', 'ok']);
});

onLab('a service that does not start fails the task, with its exit code and its own words', async (t) => {
  const params = { name: 'broken', state: 'started', wait: 5, unit: '[Service]\nExecStart=/bin/sh -c "echo cannot read my config; exit 3"' };
  const failed = await tryModule(systemd, params, { session });
  t.is(failed.kind, 'failed');
  t.is(failed.message, 'broken.service did not start: its process ended with code 3');
  const evidence = await evidenceOf({ module: systemd as unknown as Module, params: systemd.params.parse(params), here: {} as never }, session);
  t.regex(evidence.map(({ text }) => text).join('\n'), /cannot read my config/);
});

onLab('a service that keeps ending is not taken for started; one that comes late is waited for', async (t) => {
  const loop = await tryModule(systemd, { name: 'loop', state: 'started', wait: 2, unit: '[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=200ms\nExecStart=/bin/sh -c "sleep 0.1; exit 5"' }, { session });
  t.regex(loop.message!, /^loop\.service did not start: after 2 s it is .*, started again \d+ times$/);
  await tryModule(systemd, { name: 'loop', state: 'stopped' }, { session });
  const late = '[Service]\nType=notify\nNotifyAccess=all\nRestart=on-failure\nRestartSec=300ms\nExecStart=/bin/sh -c "test -e /run/second || { touch /run/second; exit 1; }; systemd-notify --ready; sleep 1000"';
  await settles(t, systemd, { name: 'late', state: 'started', unit: late });
  const condition = await tryModule(systemd, { name: 'condition', state: 'started', unit: '[Unit]\nConditionPathExists=/nothing\n[Service]\nExecStart=/bin/sleep 9' }, { session });
  t.regex(condition.message!, /did not start: .*conditions/);
});

onLab('setup tells a machine\'s facts in well under a second', async (t) => {
  const begun = Date.now();
  const { result } = await tryModule(setup, {}, { session });
  t.true(Date.now() - begun < 1000, `${Date.now() - begun} ms`);
  t.like(result['ansible_facts'], { ansible_distribution: 'Debian', ansible_os_family: 'Debian', ansible_hostname: 'm1', ansible_pkg_mgr: 'apt', ansible_service_mgr: 'systemd', ansible_virtualization_role: 'guest' });
  t.is(((result['ansible_facts'] as Record<string, Record<string, unknown>>)['ansible_default_ipv4'])!['address'], lab.machines[0]!.address);
});

const daemonUnit = '[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n';
const tool = (version: string) => ({ name: 'kp-tool', version, files: { '/usr/bin/kp-tool': '#!/bin/sh\n' } });
const daemon = { name: 'kp-daemon', version: '2.0-1', fields: { Depends: 'kp-tool' }, files: { '/usr/lib/systemd/system/kp-daemon.service': daemonUnit }, postinst: 'systemctl daemon-reload\ndeb-systemd-helper enable kp-daemon.service\ndeb-systemd-invoke start kp-daemon.service' };

async function openTestRepository(t: ExecutionContext): Promise<TestRepository> {
  const repository = await openRepository(await tempFolder(t), '10.215.0.1');
  t.teardown(() => repository.close());
  await repository.publish([tool('1.0-1'), daemon, { name: 'kp-bad', version: '1-1', postinst: 'echo this cannot work >&2; exit 9' }]);
  return repository;
}

onLab('package sets up a signed repository, installs from it without starting services, holds and updates', async (t) => {
  const repository = await openTestRepository(t);
  const one = { name: 'kp', url: repository.url, suite: '/', key: repository.key };
  const begun = await settles(t, packageModule, { name: 'kp-daemon', repositories: [one], start_services: false, hold: true }, ['add the package repository kp', 'install kp-daemon 2.0-1 (with kp-tool)', 'hold kp-daemon at its version']);
  t.deepEqual(begun.result['installed'], [{ name: 'kp-tool', version: '1.0-1', was: undefined }, { name: 'kp-daemon', version: '2.0-1', was: undefined }]);
  t.is(await sh('systemctl is-active kp-daemon; systemctl is-enabled kp-daemon; apt-mark showhold; ls /usr/sbin/policy-rc.d'), 'inactive\nenabled\nkp-daemon\nls: cannot access \'/usr/sbin/policy-rc.d\': No such file or directory');

  const foresight = openForesight();
  const foretell = async (params: Record<string, unknown>) => (await tryModule(packageModule, params, { session, check: true, foresight })).summaries;
  t.deepEqual(await foretell({ name: 'kp-bad', hold: true }), ['install kp-bad 1-1', 'hold kp-bad at its version']);
  t.deepEqual(await foretell({ name: ['kp-bad', 'kp-tool'], hold: true }), ['hold kp-tool at its version'], 'a dry run knows what it would have installed');
  t.deepEqual(await foretell({ name: 'kp-bad', state: 'latest', hold: true }), []);

  await repository.publish([tool('1.1-1')]);
  await sh('touch -d 2020-01-01 /var/lib/apt/lists; touch -d 2019-01-01 /etc/apt/sources.list.d /etc/apt/sources.list.d/*');
  const open = await tryModule(packageModule, { name: 'kp-tool', state: 'latest', update_cache: true }, { session, check: true });
  t.deepEqual(open.summaries, [], 'old lists know nothing of the new version');
  const updated = await tryModule(packageModule, { name: 'kp-tool', state: 'latest', update_cache: true }, { session });
  t.deepEqual(updated.summaries, ['change kp-tool 1.0-1 to 1.1-1']);
  t.is((await tryModule(packageModule, { name: 'kp-tool', state: 'latest', update_cache: true }, { session })).kind, 'ok');

  t.regex((await tryModule(packageModule, { name: 'kp-tool', version: '1.0' }, { session })).message!, /downgraded/);
  await settles(t, packageModule, { name: 'kp-tool', version: '1.0', allow_downgrade: true, hold: true }, ['change kp-tool 1.1-1 to 1.0-1', 'hold kp-tool at its version']);
  t.regex((await tryModule(packageModule, { name: 'kp-tool', state: 'latest' }, { session })).message!, /Held packages/);
  await settles(t, packageModule, { name: 'kp-tool', state: 'latest', hold: true }, ['change kp-tool 1.0-1 to 1.1-1']);
  await settles(t, packageModule, { name: ['kp-daemon', 'kp-tool'], state: 'absent', hold: false, purge: true });
  await settles(t, packageModule, { name: 'kp-daemon' });
  t.is(await sh('systemctl is-active kp-daemon'), 'active', 'a package starts its service where nobody says otherwise');
  await settles(t, packageModule, { repositories: [{ name: 'kp', state: 'absent' }] }, ['remove the package repository kp']);
});

onLab('package says what went wrong, and the next run mends what was cut off', async (t) => {
  const repository = await openTestRepository(t);
  const wrong = { name: 'kp2', url: repository.url, suite: '/', key_url: `${repository.url}key.asc`, key_sha256: '0'.repeat(64) };
  t.regex((await tryModule(packageModule, { repositories: [wrong] }, { session })).message!, /has the SHA-256 sum [0-9a-f]{64}, expected 0{64}/);
  await settles(t, packageModule, { repositories: [{ ...wrong, key_sha256: repository.keySha256 }] }, ['add the package repository kp2']);

  const unknown = await tryModule(packageModule, { name: 'kp-toll' }, { session });
  t.is(unknown.message, 'there is no package kp-toll in the repositories of this host');
  t.regex((await tryModule(packageModule, { name: 'kp-tool', version: '9' }, { session })).message!, /kp-tool has no version 9; there is/);
  const bad = await tryModule(packageModule, { name: 'kp-bad' }, { session });
  t.regex(bad.message!, /installed kp-bad package post-installation script subprocess returned error exit status 9/);
  await settles(t, packageModule, { name: 'kp-bad', state: 'absent' });

  await sh('apt-get download kp-tool >/dev/null 2>&1; dpkg --unpack kp-tool_*.deb; dpkg -s kp-tool > /var/lib/dpkg/updates/0001; printf "#!/bin/sh\\n# kplay 1 7\\nexit 101\\n" > /usr/sbin/policy-rc.d');
  const mended = await settles(t, packageModule, { name: 'kp-tool' });
  t.deepEqual(mended.summaries, ['remove the policy-rc.d that a run which was cut off has left', 'finish what an interrupted dpkg had begun']);
  t.is(await sh('dpkg-query -W -f "\\${db:Status-Abbrev}" kp-tool; ls /var/lib/dpkg/updates; ls /usr/sbin/policy-rc.d 2>/dev/null'), 'ii ');
  await settles(t, packageModule, { repositories: [{ name: 'kp2', state: 'absent' }] });
});
