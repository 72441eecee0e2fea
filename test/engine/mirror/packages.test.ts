/** Packages of a mirror: apt's and dnf's own answers, from repositories that are made here, and mirrors that apt itself reads. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { commandExists } from '../../../engine/mirror/command-path.ts';
import { fetchPackages, type SourcesFile } from '../../../engine/mirror/fetch-packages.ts';
import type { MirrorPackages } from '../../../engine/mirror/mirror.ts';
import type { PackageNeed } from '../../../engine/mirror/needs.ts';
import type { PackageRepository } from '../../../engine/mirror/packages.ts';
import { readPlatform } from '../../../engine/mirror/platform.ts';
import { openWatch, type Told } from '../../../engine/mirror/watch.ts';
import { openRepository, type TestRepository } from '../../lab/apt-repository.ts';
import { tempFolder } from '../../support/try-module.ts';

const lacking = (...names: string[]): string[] => names.filter((name) => !commandExists(name));
function testWith(what: string, missing: readonly string[]): typeof test.serial | typeof test.skip {
  if (missing.length > 0) process.stderr.write(`\n*** THE TESTS OF A MIRROR'S ${what} ARE SKIPPED: this host lacks ${missing.join(' ')} ***\n\n`);
  return missing.length > 0 ? test.skip : test.serial;
}
const withApt = testWith('APT PACKAGES', lacking('apt-get', 'gpg', 'dpkg-deb'));
const withDnf = testWith('RPM PACKAGES', lacking('dnf', 'createrepo_c', 'rpmbuild'));

/** The key that signs mirrors is made in a home of the tests' own. */
test.before(() => { process.env['HOME'] = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim(); });
test.after.always(() => rmSync(process.env['HOME']!, { recursive: true, force: true }));

const bookworm = readPlatform('debian-12-amd64');
const rocky = readPlatform('rocky-9-x86_64');
const need = (platform: PackageNeed['platform'], ...names: string[]): PackageNeed => ({ platform, names, repositories: [], why: [] });

interface Fetched {
  readonly told: readonly string[];
  readonly missing: readonly string[];
  readonly repositories: readonly MirrorPackages[];
}

async function fetch(folder: string, needs: readonly PackageNeed[], sources?: SourcesFile): Promise<Fetched> {
  const told: string[] = [];
  const watch = openWatch((each: Told) => { if ('what' in each && each.kind !== 'step') told.push(`${each.kind} ${each.what}`); });
  const given = new Map(sources ? needs.map(({ platform }) => [platform.name, sources] as const) : []);
  const repositories = await fetchPackages(folder, needs, { release: 'none-0', apt: { sources: { list: '', stanzas: '' }, settings: [] }, given }, watch);
  return { told, missing: watch.missing, repositories };
}

async function repository(t: ExecutionContext): Promise<TestRepository & { readonly sources: SourcesFile; readonly folder: string }> {
  const folder = await tempFolder(t);
  const made = await openRepository(folder, '127.0.0.1');
  t.teardown(() => made.close());
  await made.publish([
    { name: 'app', version: '1:2.0+b1', fields: { Depends: 'lib (>= 1), either | other' } }, { name: 'lib', version: '1.5', fields: { Recommends: 'advice' } }, { name: 'advice', version: '1' },
    { name: 'either', version: '1' }, { name: 'other', version: '1' }, { name: 'unused', version: '1' },
  ]);
  return { ...made, folder, sources: { name: 'test.list', text: `deb [signed-by=${folder}/repository/key.asc] ${made.url} ./\n` } };
}

const files = (folder: string): string[] => readdirSync(path.join(folder, 'packages/apt/bookworm')).sort();

withApt('a mirror has what apt would install on a bare machine, with sums, under an index that is signed', async (t) => {
  const { sources } = await repository(t);
  const to = await tempFolder(t);
  const { told, missing, repositories } = await fetch(to, [need(bookworm, 'app')], sources);
  t.deepEqual([told, missing], [['fetched 4 packages of debian-12-amd64'], []]);
  t.deepEqual(files(to), ['InRelease', 'Packages', 'Packages.gz', 'Release', 'advice_1_all.deb', 'app_2.0+b1_all.deb', 'either_1_all.deb', 'lib_1.5_all.deb', 'mirror.asc']);
  const made = repositories[0] as PackageRepository;
  t.like(made, { kind: 'apt', path: 'packages/apt/bookworm', signed: true, key: 'mirror.asc' });
  t.deepEqual(made.packages.map(({ name, version }) => `${name} ${version}`), ['advice 1', 'app 1:2.0+b1', 'either 1', 'lib 1.5']);
  t.is(made.packages[1]!.sha256, execFileSync('sha256sum', [path.join(to, made.path, 'app_2.0+b1_all.deb')], { encoding: 'utf8' }).slice(0, 64));
});

withApt('apt installs from the mirror alone, and from nothing that is not signed by its key', async (t) => {
  const { sources } = await repository(t);
  const to = await tempFolder(t);
  await fetch(to, [need(bookworm, 'app')], sources);
  const place = path.join(to, 'packages/apt/bookworm');
  const [first, again] = [await tempFolder(t), await tempFolder(t)];
  const mirror: SourcesFile = { name: 'mirror.list', text: `deb [signed-by=${place}/mirror.asc] file:${place} /\n` };
  t.like(await fetch(first, [need(bookworm, 'app')], mirror), { told: ['fetched 4 packages of debian-12-amd64'], missing: [] });
  t.deepEqual(files(first), files(to));
  writeFileSync(path.join(place, 'InRelease'), readFileSync(path.join(place, 'InRelease'), 'utf8').replace(/^Label: .*$/m, 'Label: another'));
  const { missing } = await fetch(again, [need(bookworm, 'app')], mirror);
  t.regex(missing.join(), /package lists of debian-12-amd64 cannot be had[^]*(BADSIG|invalid|not signed)/);
});

withApt('without recommended packages there are fewer, and each role is resolved by itself', async (t) => {
  const { sources } = await repository(t);
  const to = await tempFolder(t);
  await fetch(to, [{ ...need(bookworm, 'app'), recommends: false }, need(bookworm, 'other')], sources);
  t.deepEqual(files(to).filter((name) => name.endsWith('.deb')), ['app_2.0+b1_all.deb', 'either_1_all.deb', 'lib_1.5_all.deb', 'other_1_all.deb']);
});

withApt('what is there and right is not fetched again, what is damaged is, and nothing that is there is lost', async (t) => {
  const { sources, folder } = await repository(t);
  const to = await tempFolder(t);
  await fetch(to, [need(bookworm, 'app')], sources);
  const place = path.join(to, 'packages/apt/bookworm');
  const index = readFileSync(path.join(place, 'InRelease'), 'utf8');
  for (const name of readdirSync(path.join(folder, 'repository')).filter((each) => each.endsWith('.deb') && !each.startsWith('lib') && !each.startsWith('unused'))) rmSync(path.join(folder, 'repository', name));
  t.deepEqual((await fetch(to, [need(bookworm, 'app')], sources)).told, ['here 4 packages of debian-12-amd64']);
  t.is(readFileSync(path.join(place, 'InRelease'), 'utf8'), index);
  for (const damage of ['', 'short', 'x'.repeat(5000)]) {
    writeFileSync(path.join(place, 'lib_1.5_all.deb'), damage);
    t.deepEqual((await fetch(to, [need(bookworm, 'app')], sources)).told, ['fetched 4 packages of debian-12-amd64'], `damaged with ${damage.length} bytes`);
  }
  t.deepEqual((await fetch(to, [need(bookworm, 'unused')], sources)).told, ['fetched 1 packages of debian-12-amd64']);
  t.true(files(to).includes('app_2.0+b1_all.deb'));
  t.regex(readFileSync(path.join(place, 'Packages'), 'utf8'), /^Package: app$[^]*^Package: unused$/m);
});

withApt('packages that are not to be had are all named, and the others come', async (t) => {
  const { sources, folder } = await repository(t);
  rmSync(path.join(folder, 'repository/advice_1_all.deb'));
  const to = await tempFolder(t);
  const { missing } = await fetch(to, [need(bookworm, 'nowhere', 'neither', 'app'), need(bookworm, 'lib')], sources);
  t.is(missing.length, 2, missing.join('\n'));
  t.regex(missing[0]!, /^packages nowhere neither app: Unable to locate package nowhere; Unable to locate package neither/);
  t.regex(missing[1]!, /^package advice 1 \(all\): .*advice_1_all\.deb.*404/);
  t.deepEqual(files(to).filter((name) => name.endsWith('.deb')), ['lib_1.5_all.deb']);
  t.false(readFileSync(path.join(to, 'packages/apt/bookworm/Packages'), 'utf8').includes('advice_1_all.deb'));
});

withApt('a package whose content is not that of the signed list is never in the mirror', async (t) => {
  const { sources, folder } = await repository(t);
  writeFileSync(path.join(folder, 'repository/lib_1.5_all.deb'), readFileSync(path.join(folder, 'repository/either_1_all.deb')));
  const to = await tempFolder(t);
  const { missing } = await fetch(to, [need(bookworm, 'lib')], sources);
  t.regex(missing.join(), /package lib 1\.5 \(all\)/);
  t.false(files(to).some((name) => name.startsWith('lib')), files(to).join());
});

withApt('further repositories that a role names are known by their keys, and count for that role alone', async (t) => {
  const [own, vendor] = [await repository(t), await repository(t)];
  const to = await tempFolder(t);
  await vendor.publish([{ name: 'lib', version: '9' }, { name: 'vendors', version: '3', fields: { Depends: 'lib (>= 9)' } }]);
  const shown = execFileSync('gpg', ['--homedir', to, '--batch', '--with-colons', '--show-keys', `${vendor.folder}/repository/key.asc`], { encoding: 'utf8' });
  const [, fingerprint = ''] = /^fpr:(?:[^:]*:){8}(\w+):/m.exec(shown)!;
  const given = { name: 'vendor', url: vendor.url, suite: '/', key_url: `${vendor.url}key.asc`, key_fingerprint: fingerprint };
  const { missing } = await fetch(to, [need(bookworm, 'app'), { ...need(bookworm, 'vendors'), repositories: [given] }], own.sources);
  t.deepEqual(missing, []);
  t.deepEqual(files(to).filter((name) => /^(lib|vendors)/.test(name)), ['lib_1.5_all.deb', 'lib_9_all.deb', 'vendors_3_all.deb']);
  for (const [key, message] of [[{ key_fingerprint: 'A'.repeat(40) }, /fingerprint/], [{ key_fingerprint: undefined }, /neither key_sha256 nor key_fingerprint/], [{ key_fingerprint: undefined, key_sha256: 'a'.repeat(64) }, /SHA-256/]] as const) {
    const refused = await fetch(await tempFolder(t), [need(bookworm, 'other'), { ...need(bookworm, 'vendors'), repositories: [{ ...given, ...key }] }], own.sources);
    t.is(refused.missing.length, 1);
    t.regex(refused.missing[0]!, message);
    t.deepEqual(refused.told.filter((each) => each.startsWith('fetched')), ['fetched 1 packages of debian-12-amd64'], 'the others come');
  }
});

test('of another release than this host\'s the sources are not known, and are to be given', async (t) => {
  const to = await tempFolder(t);
  for (const [platform, file] of [['ubuntu-24.04-amd64', 'sources'], ['rocky-9-x86_64', 'repo']] as const) {
    const { missing } = await fetch(to, [need(readPlatform(platform), 'app')]);
    t.true(missing.some((each) => each.includes(`where the packages of ${platform} come from is not known on this host`) && each.includes(`--sources ${platform}=FILE.${file}`)), missing.join());
  }
});

/** A repository of packages built here. */
async function rpms(t: ExecutionContext): Promise<{ readonly folder: string; readonly sources: SourcesFile }> {
  const folder = await tempFolder(t);
  const build = (name: string, more = ''): void => {
    writeFileSync(`${folder}/${name}.spec`, `Name: ${name}\nVersion: 1\nRelease: 1\nSummary: for tests\nLicense: none\nBuildArch: noarch\n${more}%description\nfor tests\n%files\n`);
    execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${folder}/build`, '--define', `_rpmdir ${folder}/repository`, `${folder}/${name}.spec`], { stdio: 'ignore' });
  };
  build('app', 'Requires: lib\nRecommends: advice\n');
  for (const name of ['lib', 'advice', 'unused']) build(name);
  execFileSync('createrepo_c', ['--quiet', `${folder}/repository`]);
  return { folder, sources: { name: 'test.repo', text: `[test]\nname=test\nbaseurl=file://${folder}/repository\ngpgcheck=0\n` } };
}

withDnf('a mirror has what dnf would install on a bare machine, as a repository that dnf reads', async (t) => {
  const { sources } = await rpms(t);
  const to = await tempFolder(t);
  const { told, missing, repositories } = await fetch(to, [need(rocky, 'app')], sources);
  t.deepEqual([told, missing], [['fetched 3 packages of rocky-9-x86_64'], []]);
  t.like(repositories[0], { kind: 'rpm', path: 'packages/rpm/rocky-9' });
  t.deepEqual((await fetch(to, [need(rocky, 'app')], sources)).told, ['here 3 packages of rocky-9-x86_64']);
  const mirror: SourcesFile = { name: 'mirror.repo', text: `[mirror]\nname=mirror\nbaseurl=file://${to}/packages/rpm/rocky-9\ngpgcheck=0\n` };
  const again = await tempFolder(t);
  t.like(await fetch(again, [{ ...need(rocky, 'app'), recommends: false }], mirror), { told: ['fetched 2 packages of rocky-9-x86_64'], missing: [] });
});

withDnf('rpm packages that are damaged are fetched again, and those that are not to be had are named', async (t) => {
  const { sources, folder } = await rpms(t);
  const to = await tempFolder(t);
  await fetch(to, [need(rocky, 'app')], sources);
  const lib = path.join(to, 'packages/rpm/rocky-9/lib-1-1.noarch.rpm');
  writeFileSync(lib, 'damaged');
  t.deepEqual((await fetch(to, [need(rocky, 'app')], sources)).missing, []);
  t.true(readFileSync(lib).equals(readFileSync(`${folder}/repository/noarch/lib-1-1.noarch.rpm`)));
  const { missing } = await fetch(to, [need(rocky, 'nowhere', 'neither')], sources);
  t.regex(missing.join(), /^packages nowhere neither: Error: Unable to find a match: nowhere neither/);
});

withDnf('further dnf repositories that a role names count for that role', async (t) => {
  const [own, vendor] = [await rpms(t), await rpms(t)];
  const repositories = [{ name: 'vendor', url: `file://${vendor.folder}/repository`, gpgcheck: false }];
  const to = await tempFolder(t);
  const none = { ...own.sources, text: own.sources.text.replace(/file:.*/, `file://${vendor.folder}/nothing`) };
  t.is((await fetch(to, [need(rocky, 'app')], none)).missing.length, 1);
  t.deepEqual((await fetch(to, [{ ...need(rocky, 'app'), repositories }], { name: 'empty.repo', text: '' })).missing, []);
});

withDnf('a package that its repository wants signed and is not, does not come', async (t) => {
  const { sources } = await rpms(t);
  const to = await tempFolder(t);
  const { missing } = await fetch(to, [need(rocky, 'app')], { ...sources, text: sources.text.replace('gpgcheck=0', 'gpgcheck=1') });
  t.is(missing.length, 1);
  t.deepEqual(readdirSync(path.join(to, 'packages/rpm/rocky-9')), ['repodata']);
});

test('packages of a release whose repositories nobody has told are missing, with how to tell them', async (t) => {
  const watch = openWatch(() => undefined);
  await fetchPackages(await tempFolder(t), [need(rocky, 'app')], { release: 'debian-12', apt: { sources: { list: '', stanzas: '' }, settings: [] }, given: new Map() }, watch);
  t.regex(watch.missing.join(), /--sources rocky-9-x86_64=FILE\.repo/);
});

