/** Fetches the packages of a mirror, one platform after the other. */
import type { HostApt } from './apt-root.ts';
import { fetchApt } from './fetch-apt.ts';
import { fetchRpm } from './fetch-rpm.ts';
import { MirrorError } from './mirror-error.ts';
import { mirrorPaths, type MirrorPackages } from './mirror.ts';
import type { PackageNeed } from './needs.ts';
import type { PackagesFetched } from './packages.ts';
import type { Platform } from './platform.ts';
import type { Watch } from './watch.ts';

/** A file of sources: .list, .sources or .repo. */
export interface SourcesFile {
  readonly name: string;
  readonly text: string;
}

export interface PackageSources {
  /** `debian-12`: what this host is. */
  readonly release: string;
  readonly apt: HostApt;
  /** By platform; instead of what is known of it. */
  readonly given: ReadonlyMap<string, SourcesFile>;
}

/** Brings them; gives the repositories that are there. */
export async function fetchPackages(folder: string, needs: readonly PackageNeed[], sources: PackageSources, watch: Watch): Promise<readonly MirrorPackages[]> {
  const there: MirrorPackages[] = [];
  for (const name of new Set(needs.map(({ platform }) => platform.name))) {
    const some = needs.filter(({ platform }) => platform.name === name);
    watch.step(`packages of ${name}: asking ${some[0]!.platform.manager === 'apt' ? 'apt' : 'dnf'} what ${[...new Set(some.flatMap(({ names }) => names))].join(' ')} take`);
    const found = await watch.attempt(`packages of ${name}`, () => fetchPlatform(mirrorPaths(folder).packages, some[0]!.platform, some, sources, watch.signal));
    if (!found) continue;
    for (const each of found.missing) watch.lack(each.slice(0, each.indexOf(':')), each);
    watch.done(`${found.count} packages of ${name}`, found.size, found.fetched > 0 ? 'fetched' : 'here');
    there.push(found.repository);
  }
  return there;
}

async function fetchPlatform(folder: string, platform: Platform, needs: readonly PackageNeed[], { release, apt, given }: PackageSources, signal: AbortSignal | undefined): Promise<PackagesFetched> {
  const file = given.get(platform.name);
  const isOwn = release === `${platform.distribution}-${platform.version}`;
  if (platform.manager === 'apt') {
    const own = file ? (file.name.endsWith('.list') ? { list: file.text, stanzas: '' } : { list: '', stanzas: file.text }) : isOwn ? apt.sources : { list: '', stanzas: '' };
    if (own.list === '' && own.stanzas === '') throw unknownSources(platform, 'sources');
    return fetchApt({ folder, platform, needs, sources: own, settings: apt.settings, signal });
  }
  if (!file && !isOwn) throw unknownSources(platform, 'repo');
  return fetchRpm({ folder, platform, needs, repositories: file?.text, signal });
}

/** Sources are those of this host for its own release; of others it knows none. */
function unknownSources({ name }: Platform, ending: 'sources' | 'repo'): MirrorError {
  return new MirrorError(`where the packages of ${name} come from is not known on this host`, `give its repositories: --sources ${name}=FILE.${ending}`);
}
