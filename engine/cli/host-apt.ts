/** This host's apt settings, for mirrors of its own release. */
import { readFileSync } from 'node:fs';
import { commandExists } from '../lab/command.ts';
import { readFetchOptions, readSources } from '../lab/apt.ts';
import type { HostApt } from '../mirror/apt-root.ts';

/** Reads them; none where this host has no apt. */
export async function hostApt(): Promise<HostApt> {
  if (!commandExists('apt-get')) return { release: '', sources: { list: '', stanzas: '' }, settings: [] };
  const os = new Map(readFileSync('/etc/os-release', 'utf8').split('\n').map((line) => line.split('=') as [string, string?]).map(([key, value = '']) => [key, value.replaceAll('"', '')]));
  return { release: `${os.get('ID')}-${os.get('VERSION_ID')}`, sources: readSources(os.get('VERSION_CODENAME') ?? ''), settings: await readFetchOptions() };
}
