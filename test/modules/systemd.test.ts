/** systemd: what it decides, and how it reads what systemctl says. */
import test from 'ava';
import { rows } from '../support/plan-rows.ts';
import service from '../../modules/service.ts';
import systemd, { type SystemdFound } from '../../modules/systemd.ts';
import systemdService from '../../modules/systemd_service.ts';
import { statusAfter } from '../../modules/shared/unit-steps.ts';
import { isEnabled, readStatus, unitName, whyDown, type UnitStatus } from '../../modules/shared/unit.ts';

const up: UnitStatus = { Id: 'etcd.service', LoadState: 'loaded', ActiveState: 'active', SubState: 'running', UnitFileState: 'enabled', NeedDaemonReload: 'no', CanReload: 'no' };
const down: UnitStatus = { ...up, ActiveState: 'inactive', SubState: 'dead', UnitFileState: 'disabled' };
const gone: UnitStatus = { Id: 'etcd.service', LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead', UnitFileState: '', NeedDaemonReload: 'no' };
const found = (status: UnitStatus, files: Record<string, string | undefined> = {}, hasFile = false): SystemdFound => ({ status, files: new Map(Object.entries(files)), hasFile });
const file = '/etc/systemd/system/etcd.service';
const dropin = '/etc/systemd/system/etcd.service.d/limits.conf';
const unit = '[Service]\nExecStart=/usr/bin/etcd';
const reload = 'systemctl daemon-reload';
const step = (verb: string, wait = 30, block = "''") => new RegExp(`^script etcd.service ${verb} ${wait} ${block} `);

rows<SystemdFound>('systemd', systemd, {
  'leaves alone what runs and starts at boot': { given: found(up), asked: { name: 'etcd', state: 'started', enabled: true }, says: [], waits: [], result: { name: 'etcd', state: 'started', enabled: true, status: up } },
  'enables and starts': { given: found(down), asked: { name: 'etcd', state: 'started', enabled: true }, says: ['enable etcd.service at boot', 'start etcd.service'] },
  'disables and stops': { given: found(up), asked: { name: 'etcd', state: 'stopped', enabled: false }, says: ['disable etcd.service at boot', 'stop etcd.service'] },
  'counts a failed unit as stopped': { given: found({ ...down, ActiveState: 'failed' }), asked: { name: 'etcd', state: 'stopped' }, says: [] },
  'starts a failed unit': { given: found({ ...down, ActiveState: 'failed' }), asked: { name: 'etcd', state: 'started' }, says: ['start etcd.service'] },
  'restarts each time it is asked': { given: found(up), asked: { name: 'etcd', state: 'restarted' }, says: ['restart etcd.service'] },
  'starts a stopped unit that is to be restarted': { given: found(down), asked: { name: 'etcd', state: 'restarted' }, says: ['start etcd.service'] },
  'starts a stopped unit that is to be reloaded': { given: found(down), asked: { name: 'etcd', state: 'reloaded' }, says: ['start etcd.service'] },
  'reloads a unit that can be': { given: found({ ...up, CanReload: 'yes' }), asked: { name: 'etcd', state: 'reloaded' }, says: ['reload etcd.service'] },
  'says that a unit cannot be reloaded': { given: found(up), asked: { name: 'etcd', state: 'reloaded' }, fails: /no ExecReload=/ },
  'waits for a unit that is on its way, which is no change': { given: found({ ...up, ActiveState: 'activating' }), asked: { name: 'etcd', state: 'started' }, says: [] },
  'writes a unit, has systemd read it, enables and starts it': {
    given: found(gone, { [file]: undefined }), asked: { name: 'etcd', unit, state: 'started', enabled: true },
    says: [`create ${file}`, 'enable etcd.service at boot', 'start etcd.service'],
  },
  'reads its files anew once, between writing them and what follows': {
    given: found(down, { [file]: 'old\n', [dropin]: undefined }), asked: { name: 'etcd', unit, dropins: { limits: '[Service]\nLimitNOFILE=65536' }, enabled: true },
    does: [`write ${file}`, 'directory /etc/systemd/system/etcd.service.d', `write ${dropin}`, reload, 'systemctl enable etcd.service'],
  },
  'reads its files anew where only they change': { given: found(up, { [file]: 'old\n' }), asked: { name: 'etcd', unit }, does: [`write ${file}`] },
  'removes a drop-in': { given: found(up, { [dropin]: 'x' }), asked: { name: 'etcd', dropins: { 'limits.conf': null } }, does: [`remove ${dropin}`] },
  'leaves files alone that are as asked': { given: found(up, { [file]: `${unit}\n`, [dropin]: '[Service]\nA=1\n' }), asked: { name: 'etcd', unit, dropins: { limits: '[Service]\nA=1\n' } }, says: [], waits: [] },
  'reads files anew that systemd calls stale, which is no change': { given: found({ ...up, NeedDaemonReload: 'yes' }), asked: { name: 'etcd', state: 'started' }, says: [], waits: [reload] },
  'reads files anew where that is asked alone': { given: { status: undefined, files: new Map(), hasFile: false }, asked: { daemon_reload: true }, says: [], waits: [reload] },
  'starts systemd anew first': { given: { status: undefined, files: new Map(), hasFile: false }, asked: { daemon_reexec: true, daemon_reload: true }, waits: ['systemctl daemon-reexec', reload] },
  'names a unit that is missing, and what would be done once it is there': { given: found(gone), asked: { name: 'etcd', state: 'started', enabled: true }, fails: /^missing unit etcd.service: there is no unit etcd.service/, says: ['enable etcd.service at boot', 'start etcd.service'] },
  'knows a unit whose file is there though systemd has not read it': { given: found(gone, {}, true), asked: { name: 'etcd', state: 'started' }, says: ['start etcd.service'] },
  'masks': { given: found(down), asked: { name: 'etcd', masked: true }, does: ['systemctl mask etcd.service'] },
  'masks a unit that does not exist': { given: found(gone), asked: { name: 'etcd', masked: true }, does: ['systemctl mask etcd.service'] },
  'says that a unit\'s own file is in the way of a mask': { given: found(down, {}, true), asked: { name: 'etcd', masked: true }, fails: /its own file stands in/ },
  'unmasks before it starts': { given: found({ ...down, LoadState: 'masked', UnitFileState: 'masked' }), asked: { name: 'etcd', masked: false, state: 'started' }, says: ['unmask etcd.service', 'start etcd.service'] },
  'says that a masked unit cannot be started': { given: found({ ...down, LoadState: 'masked', UnitFileState: 'masked' }), asked: { name: 'etcd', state: 'started' }, fails: /is masked/ },
  'says what is wrong with a unit\'s file': { given: found({ ...down, LoadState: 'bad-setting', LoadError: 'org.freedesktop.systemd1.BadUnitSetting "Unit etcd.service has a bad unit file setting."' }), asked: { name: 'etcd', state: 'started' }, fails: /cannot load it \(bad-setting\): Unit etcd.service has a bad unit file setting/ },
  'enables the unit behind an alias': { given: found({ ...down, Id: 'ssh.service' }), asked: { name: 'sshd', enabled: true }, says: ['enable sshd.service at boot'], does: ['systemctl enable ssh.service'] },
  'cannot enable or disable what has no [Install]': { given: found({ ...up, UnitFileState: 'static' }), asked: { name: 'etcd', enabled: false }, says: [] },
  'enables for good what is enabled until the next boot': { given: found({ ...up, UnitFileState: 'enabled-runtime' }), asked: { name: 'etcd', enabled: true }, says: ['enable etcd.service at boot'] },
  'takes a lone word in `unit` for the name, as Ansible does': { given: found(down), asked: { unit: 'etcd.service', enabled: true }, says: ['enable etcd.service at boot'] },
  'needs a name for the text of a unit': { given: found(down), asked: { unit }, fails: /needs the name of the unit/ },
});

test('a unit is started and watched in one step', (t) => {
  const plan = systemd.plan(systemd.params.parse({ name: 'etcd', state: 'started', wait: 5, no_block: true }), found(down), {} as never);
  const [only] = plan.changes.flatMap((change) => change.steps);
  t.regex(`script ${(only as { script: string }).script.split('\n')[0]!.replace('set -- ', '')}`, step('start', 5, 'yes'));
});

test('service and systemd_service are systemd', (t) => {
  t.is(service, systemd);
  t.is(systemdService, systemd);
});

test('units of users are refused', (t) => t.regex(systemd.params.safeParse({ name: 'x', scope: 'user' }).error!.issues[0]!.message, /units of the system/));

test('a bare word is a service', (t) => {
  t.is(unitName('etcd'), 'etcd.service');
  t.is(unitName('getty@tty1'), 'getty@tty1.service');
  t.is(unitName('docker.socket'), 'docker.socket');
  t.is(unitName('kube.v1'), 'kube.v1.service');
});

/** As systemctl 252 prints it for a unit whose process ended with code 3. */
const ended = readStatus('Type=simple\nResult=exit-code\nNRestarts=0\nExecMainStartTimestamp=Fri 2026-11-20 21:39:20 UTC\nExecMainCode=1\nExecMainStatus=3\nId=bad.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nDropInPaths=\nUnitFileState=static\nConditionResult=yes\nLoadError=');

test('why a unit is down is told in words', (t) => {
  t.is(whyDown(ended), 'its process ended with code 3');
  t.is(whyDown({ ...ended, ExecMainStatus: '203' }), 'its process ended with code 203: the program of ExecStart= cannot be run');
  t.is(whyDown({ ...ended, Result: 'signal', ExecMainStatus: '9' }), 'its process was killed by signal 9');
  t.regex(whyDown({ ...ended, Result: 'start-limit-hit' }), /too often/);
});

test('what is enabled, what is not, and what can be neither', (t) => {
  const table: [string, boolean | undefined][] = [['enabled', true], ['disabled', false], ['', false], ['linked', false], ['static', undefined], ['indirect', undefined], ['generated', undefined]];
  for (const [state, wanted] of table) t.is(isEnabled({ UnitFileState: state }), wanted, state);
});

const answer = (text: string) => [{ step: { kind: 'run', script: '' }, ok: true, code: 0, stdout: Buffer.from(text), stderr: Buffer.alloc(0), truncated: false, duration: 1 }] as never;

test('a unit that does not start fails with its reason; one that does gives its status', (t) => {
  const show = '@show\n ActiveState=failed\n Result=exit-code\n ExecMainStatus=3\n ExecMainCode=1\n LoadState=loaded\n';
  t.throws(() => statusAfter('bad.service', answer(`@verb\n start\n@said\n \n@code\n 0\n@verdict\n failed\n${show}`), 30), { message: 'bad.service did not start: its process ended with code 3' });
  t.throws(() => statusAfter('loop.service', answer('@verb\n start\n@code\n 0\n@verdict\n timeout\n@show\n ActiveState=activating\n SubState=auto-restart\n NRestarts=12\n'), 4), { message: 'loop.service did not start: after 4 s it is activating (auto-restart), started again 12 times' });
  t.throws(() => statusAfter('x.service', answer('@verb\n restart\n@said\n A dependency job for x.service failed. See \'journalctl -xe\' for details.\n@code\n 1\n@verdict\n failed\n@show\n ActiveState=inactive\n Result=success\n LoadState=loaded\n'), 4), { message: /did not start again: A dependency job for x.service failed/ });
  t.is(statusAfter('good.service', answer('@verb\n start\n@code\n 0\n@verdict\n ok\n@show\n ActiveState=active\n'), 30)?.ActiveState, 'active');
  t.is(statusAfter('good.service', [], 30), undefined);
});

test('the journal is part of the evidence, and its absence is said', async (t) => {
  const probe = (journal: string) => ({ ask: async () => ({ code: 0, stdout: Buffer.from(`@status\n x bad.service\n@journal\n${journal}@end\n`) }) }) as never;
  const params = systemd.params.parse({ name: 'bad' });
  const [status, journal] = await systemd.evidence!(params, probe(' 2026-11-20 m1 sh[1]: no config\n'), {} as never);
  t.deepEqual([status!.text, journal!.text], ['x bad.service', '2026-11-20 m1 sh[1]: no config']);
  t.regex((await systemd.evidence!(params, probe(' -- No entries --\n'), {} as never))[1]!.text, /has no lines of bad.service; is a journal kept/);
});
