/** Where this host has its packages from, for mirrors of its own release. */
import { readFileSync } from 'node:fs';
import { readFetchOptions, readSources } from '../lab/apt.ts';
import { commandExists } from '../mirror/command-path.ts';
import type { PackageSources } from '../mirror/fetch-packages.ts';

/** Reads it. */
export async function hostPackages(): Promise<Pick<PackageSources, 'release' | 'apt'>> {
  const [id, version, codename] = osRelease('ID', 'VERSION_ID', 'VERSION_CODENAME');
  // Packages of Red Hat's family fit a major version.
  const release = `${id}-${commandExists('apt-get') ? version : version?.split('.')[0]}`;
  if (!commandExists('apt-get')) return { release, apt: { sources: { list: '', stanzas: '' }, settings: [] } };
  return { release, apt: { sources: readSources(codename ?? ''), settings: await readFetchOptions() } };
}

function osRelease(...names: string[]): (string | undefined)[] {
  const text = readFileSync('/etc/os-release', 'utf8');
  return names.map((name) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1]);
}
