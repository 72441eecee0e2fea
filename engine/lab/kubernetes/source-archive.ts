/** Source packages of this host's distribution, without a line for them in its own apt configuration. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFetchOptions, type AptSources } from '../apt.ts';
import { must } from '../command.ts';
import { distributionOf } from '../debootstrap.ts';
import type { HostSystem } from '../host-check.ts';

/** apt with lists and sources of its own: the option that leads to them. */
export type SourceArchive = readonly string[];

/** Opens the archive and reads its newest lists into a folder; throws a LabError where it is out of reach. */
export async function openSourceArchive(folder: string, system: HostSystem): Promise<SourceArchive> {
  const at = (name: string): string => join(folder, name);
  for (const name of ['sources', 'lists/partial', 'cache/archives/partial']) await mkdir(at(name), { recursive: true, mode: 0o755 });
  const { list, stanzas } = withSources(distributionOf(system));
  await writeFile(at('sources/kplay.list'), list);
  await writeFile(at('sources/kplay.sources'), stanzas);
  await writeFile(at('apt.conf'), configText(folder, await readFetchOptions()), { mode: 0o600 });
  const archive = ['--config-file', at('apt.conf')];
  await must(['apt-get', ...archive, '--error-on=any', 'update'], { timeout: 600 });
  return archive;
}

/** The newest version of a package that the archive has; undefined where it has none. */
export async function newestVersion(archive: SourceArchive, name: string, kind: 'Sources' | 'Packages'): Promise<string | undefined> {
  return newestOf(await must(['apt-cache', ...archive, 'madison', name]), name, kind);
}

/** Downloads a source package, its sums checked against the signed lists, into a folder; gives the name of its .dsc file. */
export async function downloadSource(archive: SourceArchive, name: string, version: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await must(['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', folder, 'apt-get', ...archive, 'source', '--download-only', `${name}=${version}`], { timeout: 1200 });
  return `${name}_${version.replace(/^\d+:/, '')}.dsc`;
}

/** The same sources with the source packages of each. */
export function withSources({ list, stanzas }: AptSources): AptSources {
  const lines = list.split('\n').filter(Boolean).flatMap((line) => [line, line.replace(/^deb\b/, 'deb-src')]);
  return { list: lines.map((line) => `${line}\n`).join(''), stanzas: stanzas.replace(/^Types:.*$/gm, 'Types: deb deb-src') };
}

/** The newest of `apt-cache madison`, whose lines are "name | version | source", newest first. */
export function newestOf(madison: string, name: string, kind: 'Sources' | 'Packages'): string | undefined {
  const rows = madison.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.find(([named, , from = '']) => named === name && from.endsWith(` ${kind}`))?.[1];
}

/** apt's settings: this host's proxies and checks, folders of our own, and none of the host's hooks. */
function configText(folder: string, fetching: readonly string[]): string {
  const hooks = ['APT::Update::Pre-Invoke', 'APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success'];
  const folders = {
    'Dir::Etc::sourcelist': '/dev/null', 'Dir::Etc::sourceparts': join(folder, 'sources'), 'Dir::State::lists': join(folder, 'lists'), 'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root', 'Acquire::Languages': 'none',
  };
  return [...hooks.map((name) => `#clear ${name};`), ...Object.entries(folders).map(([name, value]) => `${name} "${value}";`), ...fetching, ''].join('\n');
}
