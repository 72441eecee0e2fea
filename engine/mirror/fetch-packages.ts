/** Fetches the packages of a mirror, one platform after the other. */
import type { AptSources, HostApt } from './apt-root.ts';
import { aptSources } from './apt-sources.ts';
import { fetchApt } from './fetch-apt.ts';
import { mirrorPaths, type MirrorPackages } from './mirror.ts';
import type { PackageNeed } from './needs.ts';
import type { Watch } from './watch.ts';

export interface PackageSources {
  readonly host: HostApt;
  /** By platform; instead of what is known of it. */
  readonly given: ReadonlyMap<string, AptSources>;
}

/** Brings them; gives the repositories that are there. */
export async function fetchPackages(folder: string, needs: readonly PackageNeed[], sources: PackageSources, watch: Watch): Promise<readonly MirrorPackages[]> {
  const there: MirrorPackages[] = [];
  for (const name of new Set(needs.map(({ platform }) => platform.name))) {
    const some = needs.filter(({ platform }) => platform.name === name);
    const { platform } = some[0]!;
    watch.step(`packages of ${name}: asking ${platform.manager} what ${[...new Set(some.flatMap(({ names }) => names))].join(' ')} take`);
    const found = await watch.attempt(`packages of ${name}`, async () => fetchApt({
      folder: mirrorPaths(folder).packages, platform, needs: some, sources: sources.given.get(name) ?? aptSources(platform, sources.host), settings: sources.host.settings, signal: watch.signal,
    }));
    if (!found) continue;
    for (const each of found.missing) watch.lack(each.slice(0, each.indexOf(':')), each);
    watch.done(`${found.count} packages of ${name}`, found.size, found.fetched > 0 ? 'fetched' : 'here');
    there.push(found.repository);
  }
  return there;
}
