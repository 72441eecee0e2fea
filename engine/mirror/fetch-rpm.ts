/** Packages of one release of Red Hat's family: what its hosts' installations take, as a dnf repository in the mirror. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { lastWords, must, needCommand, run } from './command.ts';
import { MirrorError } from './mirror-error.ts';
import type { PackageNeed } from './needs.ts';
import type { PackageFile, PackagesFetched } from './packages.ts';
import type { Platform } from './platform.ts';
import { sumFile } from './sum-file.ts';

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
    const before = await packagesIn(place);
    const missing: string[] = [];
    for (const { names, recommends } of needs) {
      const argv = [...dnf(root, platform, repositories === undefined), ...(recommends === undefined ? [] : [`--setopt=install_weak_deps=${recommends}`])];
      // What is there and right is left alone.
      const result = await run([...argv, '--downloadonly', '--destdir', place, 'install', ...names], { signal });
      if (result.code !== 0) missing.push(`packages ${names.join(' ')}: ${complaint(result.stderr) || lastWords(result)}`);
    }
    const now = await packagesIn(place);
    const isSame = before.length === now.length && now.every((each) => before.some((old) => old.file === each.file && old.sha256 === each.sha256));
    if (!isSame || !(await readdir(place)).includes('repodata')) await must(['createrepo_c', '--quiet', '--update', '--checksum', 'sha256', place], { signal });
    return {
      repository: { kind: 'rpm', url: baseOf(repositories) ?? 'file:///etc/yum.repos.d', path: `packages/${at}`, distribution: platform.distribution, version: platform.version, signed: false, packages: now },
      count: now.length, size: now.reduce((sum, { size }) => sum + size, 0), fetched: now.filter((each) => !before.some((old) => old.file === each.file && old.sha256 === each.sha256)).length, missing,
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function dnf(root: string, { version, arch }: Platform, own: boolean): string[] {
  return ['dnf', '--quiet', '--assumeyes', `--installroot=${root}`, `--releasever=${version}`, `--forcearch=${arch}`, `--setopt=cachedir=${root}/cache`, '--setopt=skip_if_unavailable=0', ...(own ? ['--setopt=reposdir=/etc/yum.repos.d', '--setopt=varsdir=/etc/dnf/vars'] : [`--setopt=reposdir=${root}/repos`])];
}

/** The packages of a folder, as they call themselves. */
async function packagesIn(place: string): Promise<PackageFile[]> {
  const files = (await readdir(place)).filter((name) => name.endsWith('.rpm')).sort();
  if (files.length === 0) return [];
  const told = await must(['rpm', '--query', '--package', '--nosignature', '--queryformat', '%{NAME}\t%{EVR}\t%{ARCH}\n', ...files.map((file) => path.join(place, file))]);
  const rows = told.trim().split('\n').map((line) => line.split('\t'));
  if (rows.length !== files.length) throw new MirrorError(`rpm cannot tell what is in ${place}`);
  return Promise.all(files.map(async (file, i) => ({ name: rows[i]![0]!, version: rows[i]![1]!, arch: rows[i]![2]!, file, ...(await sumFile(path.join(place, file)))! })));
}

/** dnf's errors. */
function complaint(stderr: string): string {
  return stderr.split('\n').filter((line) => /^ *(Error|Problem)[: ]/.test(line)).map((line) => line.trim()).join('; ');
}

function baseOf(repositories: string | undefined): string | undefined {
  const [, base] = /^(?:baseurl|metalink|mirrorlist) *= *(\S+)/m.exec(repositories ?? '') ?? [];
  return base && URL.canParse(base) ? base : undefined;
}
