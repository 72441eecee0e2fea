/** Packages of one release of Red Hat's family: what its hosts' installations take, as a dnf repository in the mirror. */
import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { lastWords, must, needCommand, run } from './command.ts';
import { MirrorError } from './mirror-error.ts';
import type { PackageNeed } from './needs.ts';
import type { PackageFile, PackagesFetched } from './packages.ts';
import type { Platform } from './platform.ts';
import { sumFile } from './sum-file.ts';
import { vendorText } from './vendor-repositories.ts';

export interface RpmFetch {
  /** Of the mirror's packages. */
  readonly folder: string;
  readonly platform: Platform;
  readonly needs: readonly PackageNeed[];
  /** Text of a .repo file; undefined takes this host's own repositories. */
  readonly repositories: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings them. dnf resolves for a root in which nothing is installed, and holds each package to the sum of its list and to the
 * signature that the repository asks for. Each need is resolved by itself. Throws a MirrorError where programs are missing.
 */
export async function fetchRpm({ folder, platform, needs, repositories, signal }: RpmFetch): Promise<PackagesFetched> {
  needCommand('dnf', 'dnf', `packages of ${platform.name}`);
  needCommand('createrepo_c', 'createrepo_c (createrepo-c on Debian)', `packages of ${platform.name}`);
  const at = path.join('rpm', `${platform.distribution}-${platform.version}`);
  const place = path.join(folder, at);
  const root = await mkdtemp(path.join(os.tmpdir(), 'kplay-dnf-'));
  try {
    await mkdir(place, { recursive: true });
    await mkdir(path.join(root, 'repos'));
    if (repositories !== undefined) await writeFile(path.join(root, 'repos/mirror.repo'), repositories);
    else for (const name of await readdir('/etc/yum.repos.d')) await copyFile(path.join('/etc/yum.repos.d', name), path.join(root, 'repos', name));
    await dropOthers(place);
    const before = await sumsIn(place);
    const missing: string[] = [];
    for (const need of needs) {
      const why = await bring(root, platform, place, need, signal);
      if (why !== undefined) missing.push(`packages ${need.names.join(' ')}: ${why}`);
    }
    const now = await sumsIn(place);
    const fetched = [...now].filter(([file, { sha256 }]) => before.get(file)?.sha256 !== sha256).length;
    if (fetched > 0 || !(await readdir(place)).includes('repodata')) await must(['createrepo_c', '--quiet', '--update', '--checksum', 'sha256', place], { signal });
    const packages = await packagesIn(place, now);
    return {
      repository: { kind: 'rpm', url: baseOf(repositories) ?? 'file:///etc/yum.repos.d', path: `packages/${at}`, distribution: platform.distribution, version: platform.version, signed: false, packages },
      count: packages.length, size: packages.reduce((sum, { size }) => sum + size, 0), fetched, missing,
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function dnf(root: string, { version, arch }: Platform): string[] {
  return ['dnf', '--quiet', '--assumeyes', `--installroot=${root}`, `--releasever=${version}`, `--forcearch=${arch}`, `--setopt=cachedir=${root}/cache`, '--setopt=skip_if_unavailable=0', `--setopt=reposdir=${root}/repos`, '--setopt=varsdir=/etc/dnf/vars'];
}

/**
 * Brings what installing some names together takes; gives why it could not be had. Packages come to a folder of their own, since dnf looks
 * at their signatures last: only then do they go to the others. One that is there and right is not fetched again.
 */
async function bring(root: string, platform: Platform, place: string, { names, recommends, repositories }: PackageNeed, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    await writeFile(path.join(root, 'repos/kplay-vendors.repo'), await vendorText(repositories, 'rpm', undefined, path.join(root, 'keys'), signal));
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return error.message;
  }
  const own = path.join(place, `.fetch-${createHash('sha256').update(JSON.stringify([names, recommends])).digest('hex').slice(0, 12)}`);
  await mkdir(own, { recursive: true });
  for (const file of await rpmsIn(place)) await link(path.join(place, file), path.join(own, file)).catch(() => {});
  const weak = recommends === undefined ? [] : [`--setopt=install_weak_deps=${recommends}`];
  // Where this is interrupted the folder stays, and the next time goes on with it.
  const result = await run([...dnf(root, platform), ...weak, '--downloadonly', '--destdir', own, 'install', ...names], { signal });
  if (result.code === 0) for (const file of await rpmsIn(own)) await rename(path.join(own, file), path.join(place, file));
  await rm(own, { recursive: true, force: true });
  return result.code === 0 ? undefined : complaint(result.stderr) || lastWords(result);
}

/** Removes what is called a package and is none: rpm would read it as a list of packages. */
async function dropOthers(place: string): Promise<void> {
  for (const file of await rpmsIn(place)) {
    const handle = await open(path.join(place, file));
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0).finally(() => handle.close());
    if (buffer.toString('hex') !== 'edabeedb') await rm(path.join(place, file));
  }
}

async function rpmsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.rpm')).sort();
}

async function sumsIn(place: string): Promise<Map<string, Pick<PackageFile, 'sha256' | 'size'>>> {
  const sums = new Map<string, Pick<PackageFile, 'sha256' | 'size'>>();
  for (const file of await rpmsIn(place)) sums.set(file, (await sumFile(path.join(place, file)))!);
  return sums;
}

/** The packages of a folder, as they call themselves. */
async function packagesIn(place: string, sums: ReadonlyMap<string, Pick<PackageFile, 'sha256' | 'size'>>): Promise<PackageFile[]> {
  const files = [...sums.keys()];
  if (files.length === 0) return [];
  const told = await must(['rpm', '--query', '--package', '--nosignature', '--queryformat', '%{NAME}\t%{EVR}\t%{ARCH}\n', ...files.map((file) => path.join(place, file))]);
  const rows = told.trim().split('\n').map((line) => line.split('\t'));
  if (rows.length !== files.length) throw new MirrorError(`rpm cannot tell what is in ${place}`);
  return files.map((file, i) => ({ name: rows[i]![0]!, version: rows[i]![1]!, arch: rows[i]![2]!, file, ...sums.get(file)! }));
}

/** dnf's errors. */
function complaint(stderr: string): string {
  return stderr.split('\n').filter((line) => /^ *(Error|Problem)[: ]/.test(line)).map((line) => line.trim()).join('; ');
}

function baseOf(repositories: string | undefined): string | undefined {
  const [, base] = /^(?:baseurl|metalink|mirrorlist) *= *(\S+)/m.exec(repositories ?? '') ?? [];
  return base && URL.canParse(base) ? base : undefined;
}
