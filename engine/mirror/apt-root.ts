/** An apt of its own: sources, keys and lists of a platform, and nothing that is installed. This host's own apt is not touched. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastWords, needCommand, run } from './command.ts';
import { MirrorError } from './mirror-error.ts';
import type { Platform } from './platform.ts';

/** Sources as apt reads them: one-line entries and deb822 stanzas. */
export interface AptSources {
  readonly list: string;
  readonly stanzas: string;
}

/** How this host fetches packages. */
export interface HostApt {
  /** Of its own release; empty where it has no apt. */
  readonly sources: AptSources;
  /** Settings of apt.conf, one an item: proxies and date checks. */
  readonly settings: readonly string[];
}

/** Folder and environment of one. */
export interface AptRoot {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

const helper = '/usr/lib/apt/apt-helper';

/** Makes one in an empty folder and reads its package lists. Throws a MirrorError where they cannot be had. */
export async function openAptRoot(folder: string, platform: Platform, sources: AptSources, settings: readonly string[], signal?: AbortSignal): Promise<AptRoot> {
  needCommand(helper, 'apt', 'packages of Debian and Ubuntu');
  for (const each of ['state/lists/partial', 'cache/archives/partial', 'etc/sources.list.d', 'etc/preferences.d', 'etc/apt.conf.d']) await mkdir(path.join(folder, each), { recursive: true });
  await writeFile(path.join(folder, 'state/status'), '');
  await writeFile(path.join(folder, 'etc/sources.list'), sources.list);
  await writeFile(path.join(folder, 'etc/sources.list.d/mirror.sources'), sources.stanzas);
  await writeFile(path.join(folder, 'apt.conf'), confOf(folder, platform, settings));
  const root: AptRoot = { folder, env: { APT_CONFIG: path.join(folder, 'apt.conf') } };
  const result = await run(['apt-get', '-qq', '-o', 'Acquire::Retries=3', '-o', 'APT::Update::Error-Mode=any', 'update'], { env: root.env, signal });
  if (result.code !== 0 || /Some index files failed/.test(result.stderr)) throw new MirrorError(`the package lists of ${platform.name} cannot be had: ${lastWords(result)}`);
  return root;
}

/** Downloads files by apt's own ways, each held to its sum. What fails is told by apt; the others are there all the same. */
export async function aptDownload(root: AptRoot, wanted: readonly { readonly uri: string; readonly to: string; readonly sha256: string }[], signal?: AbortSignal): Promise<string | undefined> {
  if (wanted.length === 0) return undefined;
  const result = await run([helper, '-o', 'Acquire::Retries=3', 'download-file', ...wanted.flatMap(({ uri, to, sha256 }) => [uri, to, `SHA256:${sha256}`])], { env: root.env, signal });
  return result.code === 0 ? undefined : result.stderr.split('\n').find((line) => line.startsWith('E: '))?.slice(3) ?? lastWords(result);
}

function confOf(folder: string, { arch }: Platform, settings: readonly string[]): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Dir::Etc', `${folder}/etc/`], ['Dir::Etc::sourcelist', 'sources.list'], ['Dir::Etc::sourceparts', 'sources.list.d'], ['Dir::Etc::parts', 'apt.conf.d'], ['Dir::Etc::main', 'apt.conf'],
    ['Dir::Etc::preferences', 'preferences'], ['Dir::Etc::preferencesparts', 'preferences.d'],
    // Keys and passwords are this host's own.
    ['Dir::Etc::trusted', '/etc/apt/trusted.gpg'], ['Dir::Etc::trustedparts', '/etc/apt/trusted.gpg.d'], ['Dir::Etc::netrc', '/etc/apt/auth.conf'], ['Dir::Etc::netrcparts', '/etc/apt/auth.conf.d'],
    ['Dir::State', `${folder}/state/`], ['Dir::State::status', `${folder}/state/status`], ['Dir::State::extended_states', `${folder}/state/extended_states`],
    ['Dir::Cache', `${folder}/cache/`], ['Dir::Log', `${folder}/`],
    ['APT::Architecture', arch], ['APT::Architectures', arch], ['Acquire::Languages', 'none'], ['APT::Sandbox::User', 'root'],
  ];
  return [...rows.map(([name, value]) => `${name} "${value}";`), ...settings, ''].join('\n');
}
