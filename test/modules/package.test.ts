/** package: what it decides with apt and with dnf, and how it reads what they say. */
import test from 'ava';
import { rows } from '../support/plan-rows.ts';
import packageModule from '../../modules/package.ts';
import { aptTodo, readAptFacts, type AptFacts, type Package } from '../../modules/shared/apt-look.ts';
import { readSimulation, type Simulation } from '../../modules/shared/apt-simulate.ts';
import type { AptFound } from '../../modules/shared/apt-plan.ts';
import { dnfTodo, readDnfFacts, readOffer, type DnfFacts } from '../../modules/shared/dnf-look.ts';
import type { DnfFound } from '../../modules/shared/dnf-plan.ts';
import { askedOfApt, askedOfDnf, matchesVersion } from '../../modules/shared/package-names.ts';
import { packageParams } from '../../modules/shared/package-params.ts';
import { deb822, repoFile } from '../../modules/shared/repositories.ts';
import { compareRpm } from '../../modules/shared/rpm-version.ts';

const installed = (version: string, isHeld = false): Package => ({ version, state: 'installed', isHeld });
const calm: AptFacts = { packages: new Map(), provided: new Set(), files: new Map(), listsAge: 1000, areListsBehind: false, isInterrupted: false, hasLeftover: false, release: 'bookworm' };
const would = (simulation: Partial<Simulation>): Simulation => ({ ok: true, installs: [], removes: [], chosen: [], targets: [], errors: [], similar: [], ...simulation });
const apt = (asked: Record<string, unknown>, facts: Partial<AptFacts> = {}, simulation?: Partial<Simulation>): { asked: Record<string, unknown>; given: AptFound } => ({
  asked, given: { manager: 'apt', facts: { ...calm, ...facts }, asked: askedOfApt(packageParams.parse(asked)), repositories: [], simulation: simulation && would(simulation) },
});
const etcd = { installs: [{ name: 'etcd-server', version: '3.4.23+ds-4' }], targets: ['etcd-server'] };
const has = (version: string, isHeld = false) => ({ packages: new Map([['etcd-server', installed(version, isHeld)]]) });
const aptGet = (...words: string[]) => `script no apt-get -y -q -oDPkg::Lock::Timeout=300 -oAcquire::Retries=3 -oDpkg::Use-Pty=0 -oDpkg::Options::=--force-confdef -oDpkg::Options::=--force-confold ${words.join(' ')}`;

rows('package with apt', packageModule, {
  'installs what is missing': { ...apt({ name: 'etcd-server' }, {}, etcd), says: ['install etcd-server 3.4.23+ds-4'], does: [aptGet('install', 'etcd-server').replace('no', 'yes')], result: { installed: [{ name: 'etcd-server', version: '3.4.23+ds-4' }], removed: [] } },
  'leaves alone what is installed': { ...apt({ name: 'etcd-server' }, has('3.4')), says: [], waits: [], again: false },
  'keeps services from being started': { ...apt({ name: 'etcd-server', start_services: false }, {}, etcd), does: [aptGet('install', 'etcd-server')] },
  'takes a virtual package for installed that another provides': { ...apt({ name: 'awk' }, { provided: new Set(['awk']) }), says: [] },
  'tells of what comes along': { ...apt({ name: 'a' }, {}, { installs: ['a', 'b', 'c', 'd'].map((name) => ({ name, version: '1' })), targets: ['a'] }), says: ['install a 1 (with b, c, d)'] },
  'counts what comes along where it is much': { ...apt({ name: 'a' }, {}, { installs: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, version: '1' })) }), says: ['install a 1 (with 4 others)'] },
  'changes a version': { ...apt({ name: 'etcd-server=3.5*' }, has('3.4'), { installs: [{ name: 'etcd-server', version: '3.5-1', was: '3.4' }], targets: ['etcd-server=3.5-1'] }), says: ['change etcd-server 3.4 to 3.5-1'] },
  'holds what it installs': { ...apt({ name: 'etcd-server', hold: true }, {}, etcd), says: ['install etcd-server 3.4.23+ds-4', 'hold etcd-server at its version'] },
  'changes what it holds and holds it again, as part of that change': {
    ...apt({ name: 'etcd-server', state: 'latest', hold: true }, has('3.4', true), { installs: [{ name: 'etcd-server', version: '3.5', was: '3.4' }], targets: ['etcd-server'] }), says: ['change etcd-server 3.4 to 3.5'],
    does: [aptGet('--allow-change-held-packages', 'install', 'etcd-server').replace('no', 'yes'), 'apt-mark hold etcd-server'],
  },
  'lets go': { ...apt({ name: 'etcd-server', hold: false }, has('3.4', true)), says: ['let go of etcd-server'], does: ['apt-mark unhold etcd-server'] },
  'removes with all that belongs to it': { ...apt({ name: 'etcd-server', state: 'absent', purge: true, autoremove: true }, has('3.4'), { removes: [{ name: 'etcd-server', version: '3.4' }], targets: ['etcd-server'] }), says: ['remove etcd-server 3.4'], does: [aptGet('--purge', '--auto-remove', 'remove', 'etcd-server').replace('no', 'yes')] },
  'has nothing to remove where nothing is installed': { ...apt({ name: 'etcd-server', state: 'absent' }), says: [] },
  'purges the configuration that was left': { ...apt({ name: 'a', state: 'absent', purge: true }, { packages: new Map([['a', { version: '1', state: 'config', isHeld: false }]]) }, { removes: [{ name: 'a', version: '1' }], targets: ['a'] }), says: ['remove a 1'] },
  'finds nothing newer': { ...apt({ name: 'etcd-server', state: 'latest' }, has('3.4'), {}), says: [], again: false },
  'refreshes lists that are missing before it decides': { ...apt({ name: 'etcd-server' }, { listsAge: undefined }), says: [], again: true },
  'foretells an installation without lists': { ...apt({ name: 'etcd-server' }, { listsAge: undefined }, { ok: false, errors: ['E: Unable to locate package etcd-server'] }), check: true, says: ['install etcd-server, in a version known once the package lists are refreshed'], again: true },
  'cannot foretell an update from lists that must be refreshed': { ...apt({ name: 'etcd-server', state: 'latest', update_cache: true }, has('3.4'), {}), check: true, says: [], again: true },
  'refreshes on demand, which is no change': { ...apt({ update_cache: true }), says: [], waits: ['script 300'], again: false, result: { cache_updated: true } },
  'does not refresh lists that are young enough': { ...apt({ update_cache: true, cache_valid_time: 3600 }), waits: [] },
  'refreshes once a minute at most': { ...apt({ update_cache: true }, { listsAge: 59 }), waits: [] },
  'refreshes lists that are older than the list of repositories, where they are needed': { ...apt({ name: 'etcd-server' }, { areListsBehind: true }), again: true },
  'does not refresh them where all is installed': { ...apt({ name: 'etcd-server' }, { ...has('3.4'), areListsBehind: true }), waits: [], again: false },
  'never refreshes where that is asked': { ...apt({ name: 'etcd-server', update_cache: false }, { listsAge: undefined }, { ok: false, errors: ['E: Unable to locate package etcd-server'], similar: ['etcd-client'] }), fails: /^missing package etcd-server: there is no package etcd-server in the repositories/, says: ['install etcd-server'] },
  'says why apt will not': { ...apt({ name: 'a' }, {}, { ok: false, errors: ['E: Unable to correct problems, you have held broken packages.', 'a : Depends: b (>= 2)'] }), fails: /^Unable to correct problems, you have held broken packages.; a : Depends: b \(>= 2\)$/ },
  'finishes an interrupted dpkg first': { ...apt({ name: 'etcd-server' }, { isInterrupted: true }, etcd), says: ['finish what an interrupted dpkg had begun', 'install etcd-server 3.4.23+ds-4'] },
  'finishes a package that was cut off half-way': { ...apt({ name: 'a' }, { packages: new Map([['a', { version: '1', state: 'broken', isHeld: false }]]) }, {}), says: ['finish the installation of a'], does: ['script yes dpkg --force-confdef --force-confold --configure -a'] },
  'removes the policy that a run which was cut off has left': { ...apt({ name: 'etcd-server' }, { ...has('3.4'), hasLeftover: true }), says: ['remove the policy-rc.d that a run which was cut off has left'] },
  'installs a package file': { ...apt({ deb: '/tmp/x_1.deb' }, { files: new Map([['/tmp/x_1.deb', { name: 'x', version: '1', installed: 'none' }]]) }, { installs: [{ name: 'x', version: '1' }], targets: ['/tmp/x_1.deb'] }), says: ['install x 1'] },
});

test('names and versions are read, and nothing else passes', (t) => {
  const asked = askedOfApt(packageParams.parse({ name: 'a, b=1.2*,c:arm64', version: '3' }));
  t.deepEqual(asked.map(({ name, version }) => [name, version]), [['a', '3'], ['b', '1.2*'], ['c:arm64', '3']]);
  for (const name of ['-y', 'a b', 'a;b', 'A', 'a=1=2', '*']) t.throws(() => askedOfApt(packageParams.parse({ name: [name] })), undefined, name);
  t.throws(() => askedOfApt(packageParams.parse({ name: 'a=$(x)' })));
  t.deepEqual(askedOfDnf(packageParams.parse({ name: ['kernel-5.14*', '/x/y.rpm'] })).map((each) => each.isFile), [false, true]);
});

test('a version matches as it is, by *, and without its epoch and revision', (t) => {
  for (const asked of ['3.4.23-4+b4', '3.4.23', '3.4.*', '3*', '3.4.2?']) t.true(matchesVersion('3.4.23-4+b4', asked), asked);
  for (const asked of ['3.4', '3.4.2', '4*', '3.4.23-5']) t.false(matchesVersion('3.4.23-4+b4', asked), asked);
  t.true(matchesVersion('5:24.0.7-1~debian.12~bookworm', '24.0.7'));
  t.true(matchesVersion('5:24.0.7-1~debian.12~bookworm', '5:24*'));
});

/** As dpkg 1.21 on Debian 12 answers. */
const records = {
  release: 'bookworm', native: 'amd64', provided: 'awk', interrupted: '', leftover: '',
  packages: 'awk\tawk\t\tun \t\nbash\tbash\tamd64\tii \t5.2.15-2+b13\nkp-daemon\tkp-daemon\tall\thi \t2.0-1\nlibc6:amd64\tlibc6\tamd64\tii \t2.36-9+deb12u14\nlibc6:i386\tlibc6\ti386\trc \t2.36-1\nslow\tslow\tall\tiU \t1-1',
  times: 'now 1795212061.000\nlists 1795211214.5\nsources 1795210706.1\nsources 1795211213.9',
  'file:/x.deb': 'slow\n1-1\nsame',
};

test('dpkg\'s answer tells state, hold and version of each package', (t) => {
  const facts = readAptFacts(records);
  t.deepEqual(facts.packages.get('bash'), { version: '5.2.15-2+b13', state: 'installed', isHeld: false });
  t.is(facts.packages.get('kp-daemon')!.isHeld, true);
  t.is(facts.packages.get('awk')!.state, 'none');
  t.is(facts.packages.get('slow')!.state, 'broken');
  t.is(facts.packages.get('libc6')!.state, 'installed', 'the host\'s own architecture speaks for the name');
  t.is(facts.packages.get('libc6:i386')!.state, 'config');
  t.is(facts.listsAge, 846.5);
  t.false(facts.areListsBehind);
  t.true(readAptFacts({ ...records, times: `${records.times}\nsources 1795211214.6` }).areListsBehind);
  t.is(readAptFacts({ ...records, times: 'now 5\nsources 1' }).listsAge, undefined);
  t.throws(() => readAptFacts({ 'file:/nope.deb': 'missing' }), { message: 'there is no file /nope.deb on the host' });
  t.deepEqual(aptTodo(packageParams.parse({ name: 'bash,awk,slow,kp-daemon' }), askedOfApt(packageParams.parse({ name: 'bash,awk,slow,kp-daemon,new' })), facts).map(({ name }) => name), ['slow', 'new']);
});

/** As apt-get 2.6 answers to -s. */
test('apt\'s simulation tells what is installed, changed and removed', (t) => {
  const answer = readSimulation({
    ok: 'yes', targets: 'tzdata\nnginx', unversioned: '', similar: '',
    out: 'Reading package lists...\nInst tzdata [2025b-0+deb12u2] (2026f-0+deb12u1 Debian-Security:12/oldstable-security [all])\nRemv exim4-base [4.96-15]\nPurg dma [0.13-1]\nInst nginx-common (1.22.1-9+deb12u10 Debian-Security:12/oldstable-security [all]) []\nConf tzdata (2026f-0+deb12u1 Debian-Security:12/oldstable-security [all])',
  });
  t.true(answer.ok);
  t.deepEqual(answer.installs, [{ name: 'tzdata', version: '2026f-0+deb12u1', was: '2025b-0+deb12u2' }, { name: 'nginx-common', version: '1.22.1-9+deb12u10', was: undefined }]);
  t.deepEqual(answer.removes, [{ name: 'exim4-base', version: '4.96-15' }, { name: 'dma', version: '0.13-1' }]);
  t.deepEqual(readSimulation({ out: 'Reading package lists...\nE: Unable to locate package etcd-servr', similar: 'etcd-server\netcd-client' }).errors, ['E: Unable to locate package etcd-servr']);
  t.deepEqual(readSimulation({ ok: 'yes', unversioned: 'hello=9.9 2.10-3 2.10-2', out: '' }).errors, ['E: hello has no version 9.9; there is 2.10-3, 2.10-2']);
});

const repository = (asked: Record<string, unknown>) => packageParams.parse({ repositories: [{ name: 'r', url: 'http://example.invalid/debian', ...asked }] }).repositories[0]!;

test('a repository is written as sources.list(5) has it', (t) => {
  t.is(deb822(repository({}), ['http://example.invalid/debian'], 'bookworm', undefined), 'Types: deb\nURIs: http://example.invalid/debian\nSuites: bookworm\nComponents: main\n');
  t.is(
    deb822(repository({ suite: '/', arch: 'amd64,arm64', enabled: false }), ['http://a/', 'http://b/'], 'bookworm', '/etc/apt/keyrings/r.asc'),
    'Enabled: no\nTypes: deb\nURIs: http://a/ http://b/\nSuites: /\nArchitectures: amd64 arm64\nSigned-By: /etc/apt/keyrings/r.asc\n',
  );
  t.throws(() => deb822(repository({}), ['http://a/'], '', undefined), { message: /has no suite/ });
});

test('a repository is written as yum.conf(5) has it', (t) => {
  t.is(repoFile(repository({ gpgcheck: 'no' }), ['http://a/', 'http://b/'], undefined), '[r]\nname=r\nbaseurl=http://a/\n        http://b/\nenabled=1\ngpgcheck=0\n');
  t.is(repoFile(repository({ description: 'R' }), ['http://a/'], '/k'), '[r]\nname=R\nbaseurl=http://a/\nenabled=1\ngpgcheck=1\ngpgkey=file:///k\n');
});

const key = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n';
const inspected = async (asked: Record<string, unknown>, files: Record<string, string> = {}) => {
  const params = packageParams.parse(asked);
  const probe = {
    ask: async () => ({ code: 0, stdout: Buffer.from('@manager\n apt\n@release\n bookworm\n@times\n now 1000\n lists 900\n@end\n') }),
    read: async (path: string) => (files[path] === undefined ? undefined : Buffer.from(files[path]!)),
    stat: async () => undefined,
  };
  const here = { check: false, now: () => 0 } as never;
  return packageModule.plan(params, await packageModule.inspect(params, probe as never, here), here);
};

test('a repository comes with its key, and the lists are refreshed with it', async (t) => {
  const plan = await inspected({ repositories: [{ name: 'r', url: 'http://a/', key }] });
  t.deepEqual(plan.changes.map((change) => change.summary), ['add the package repository r']);
  t.deepEqual(plan.changes[0]!.steps.map((step) => ('path' in step ? `${step.kind} ${step.path}` : step.kind)), ['directory /etc/apt/keyrings', 'write /etc/apt/keyrings/r.asc', 'write /etc/apt/sources.list.d/r.sources', 'run']);
  t.is(plan.changes[0]!.after, 'Types: deb\nURIs: http://a/\nSuites: bookworm\nComponents: main\nSigned-By: /etc/apt/keyrings/r.asc\n');
});

test('a repository that is to go takes its file along', async (t) => {
  const plan = await inspected({ repositories: [{ name: 'r', state: 'absent' }] }, { '/etc/apt/sources.list.d/r.sources': 'Types: deb\n' });
  t.deepEqual(plan.changes.map((change) => change.summary), ['remove the package repository r']);
});

test('a key that the host fetches needs its sum, and a field cannot smuggle in another', async (t) => {
  await t.throwsAsync(inspected({ repositories: [{ name: 'r', url: 'http://a/', key_url: 'http://a/k' }] }), { message: /needs key_sha256/ });
  await t.throwsAsync(inspected({ repositories: [{ name: 'r', url: ['http://a/\nTrusted: yes'], key }] }), { message: /more than one line/ });
  t.false(packageParams.safeParse({ repositories: [{ name: '../x', url: 'http://a/' }] }).success);
  t.false(packageParams.safeParse({ repositories: [{ name: 'x', urll: 'http://a/' }] }).success, 'an unknown field is an error');
});

const rpms = (...list: [string, string][]) => new Map(list.map(([name, version]) => [name, [{ name, version }]]));
const dnfFacts: DnfFacts = { manager: 'dnf', installed: new Map(), files: new Map(), locks: [], canLock: true, cacheAge: 100 };
const dnf = (asked: Record<string, unknown>, facts: Partial<DnfFacts> = {}, offer?: DnfFound['offer']): { asked: Record<string, unknown>; given: DnfFound } => ({
  asked, given: { manager: 'dnf', facts: { ...dnfFacts, ...facts }, asked: askedOfDnf(packageParams.parse(asked)), repositories: [], offer },
});
const offers = (versions: Record<string, string>, updates: Record<string, string> = {}): DnfFound['offer'] => ({ versions: new Map(Object.entries(versions)), updates: new Map(Object.entries(updates)), isKnown: true });
const verified = (name: string) => `rpm -q --qf %{NAME}\\t%{VERSION}-%{RELEASE}\\n -- ${name}`;

rows('package with dnf', packageModule, {
  'installs what is missing': { ...dnf({ name: 'etcd' }, {}, offers({ etcd: '3.5-1' })), says: ['install etcd 3.5-1'], does: ['dnf -y install etcd', verified('etcd')] },
  'leaves alone what is installed': { ...dnf({ name: 'etcd' }, { installed: rpms(['etcd', '3.5-1']) }), says: [] },
  'installs a version, whatever its release': { ...dnf({ name: 'etcd', version: '3.4' }, {}, offers({ etcd: '3.4-2' })), does: ['dnf -y install etcd-3.4-*', verified('etcd')] },
  'updates': { ...dnf({ name: 'etcd', state: 'latest' }, { installed: rpms(['etcd', '3.5-1']) }, offers({}, { etcd: '3.5-2' })), says: ['change etcd 3.5-1 to 3.5-2'], does: ['dnf -y upgrade etcd', verified('etcd')] },
  'finds nothing newer': { ...dnf({ name: 'etcd', state: 'latest' }, { installed: rpms(['etcd', '3.5-1']) }, offers({ etcd: '3.5-1' })), says: [], again: false },
  'asks the repositories before it tells of updates': { ...dnf({ name: 'etcd', state: 'latest' }, { installed: rpms(['etcd', '3.5-1']) }, { ...offers({})!, isKnown: false }), says: [], waits: ['dnf -y makecache'], again: true },
  'makes nothing older by itself': { ...dnf({ name: 'etcd', version: '3.4' }, { installed: rpms(['etcd', '3.5-1']) }, offers({ etcd: '3.4-2' })), fails: /installed as 3.5-1, which is newer than 3.4-2/ },
  'makes a package older where that is asked': { ...dnf({ name: 'etcd', version: '3.4', allow_downgrade: true }, { installed: rpms(['etcd', '3.5-1']) }, offers({ etcd: '3.4-2' })), says: ['change etcd 3.5-1 to 3.4-2'] },
  'removes': { ...dnf({ name: 'etcd', state: 'absent' }, { installed: rpms(['etcd', '3.5-1']) }), says: ['remove etcd 3.5-1'], does: ['dnf -y remove etcd'] },
  'holds': { ...dnf({ name: 'etcd', hold: true }, { installed: rpms(['etcd', '3.5-1']) }), does: ['dnf -y versionlock add etcd'] },
  'leaves a hold alone that is there': { ...dnf({ name: 'etcd', hold: true }, { installed: rpms(['etcd', '3.5-1']), locks: ['etcd-0:3.5-1.*'] }), says: [] },
  'does not take another package\'s lock for its own': { ...dnf({ name: 'etcd', hold: true }, { installed: rpms(['etcd', '3.5-1']), locks: ['etcdctl-0:3.5-1.*'] }), says: ['hold etcd at its version'] },
  'says that this host cannot hold packages': { ...dnf({ name: 'etcd', hold: true }, { installed: rpms(['etcd', '3.5-1']), canLock: false }), fails: /^missing package python3-dnf-plugin-versionlock: dnf cannot hold packages/, says: ['hold etcd at its version'] },
  'names a package that no repository has': { ...dnf({ name: 'etdc' }, {}, offers({})), fails: /^missing package etdc: there is no package etdc/ },
});

test('rpm\'s and dnf\'s answers are read', (t) => {
  const facts = readDnfFacts('dnf', { 'rpm:bash': 'bash\t0:5.1.8-9.el9', 'rpm:docker-ce': 'docker-ce\t3:24.0.7-1.el9', 'rpm:nope': '', 'rpmfile:/x.rpm': 'x\t0:1-1\nx\t0:2-1', times: 'now 1000\ncache 900\ncache 950', locks: '# a comment\nbash-0:5.1.8-9.*', lockable: '' });
  t.deepEqual(facts.installed.get('bash'), [{ name: 'bash', version: '5.1.8-9.el9' }]);
  t.deepEqual(facts.installed.get('docker-ce'), [{ name: 'docker-ce', version: '3:24.0.7-1.el9' }]);
  t.deepEqual(facts.installed.get('/x.rpm'), [{ name: 'x', version: '2-1' }]);
  t.is(facts.cacheAge, 50);
  t.deepEqual(facts.locks, ['bash-0:5.1.8-9.*']);
  const todo = (asked: Record<string, unknown>) => dnfTodo(packageParams.parse(asked), askedOfDnf(packageParams.parse(asked)), facts).map(({ name }) => name);
  t.deepEqual(todo({ name: 'bash,nope,/x.rpm' }), ['nope'], 'a newer package than the file\'s will do');
  t.deepEqual(todo({ name: '/x.rpm', allow_downgrade: true }), ['/x.rpm']);
  t.throws(() => readDnfFacts('dnf', { 'rpmfile:/gone.rpm': '' }), { message: /no package file \/gone.rpm/ });
  const offer = readOffer({ offer: 'kr-tool\t0:1.1-1', code: '100', updates: 'kr-tool.noarch\t1.1-1' });
  t.deepEqual([offer.versions.get('kr-tool'), offer.updates.get('kr-tool'), offer.isKnown], ['1.1-1', '1.1-1', true]);
  t.false(readOffer({ offer: '', code: '1', updates: '' }).isKnown);
});

test('versions are ordered as rpm orders them', (t) => {
  const order = ['0.9', '1.0~rc1', '1.0', '1.0^git1', '1.0.1', '1.0a', '1.1', '1.10', '1:0.1'];
  for (let i = 1; i < order.length; i++) {
    const [older, newer] = [order[i - 1]!, order[i]!];
    if (older === '1.0.1') continue;
    t.true(compareRpm(older, newer) < 0, `${older} < ${newer}`);
    t.true(compareRpm(newer, older) > 0, `${newer} > ${older}`);
  }
  t.is(compareRpm('1.0-1.el9', '1.0'), 0, 'a release that is not named does not count');
  t.is(compareRpm('1.0-1', '0:1.0-1'), 0);
  t.true(compareRpm('1.0-9', '1.0-10') < 0);
});
