/** This host's apt settings, as far as a machine of the same distribution needs them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './command.ts';

/** A file of the host, to stand at the same path in a machine. */
export interface AptFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Package sources: one-line entries and deb822 stanzas, as text. */
export interface AptSources {
  readonly list: string;
  readonly stanzas: string;
}

/** The distribution's sources out of a host's source files; others (of a vendor, of a CD) are left out. */
export function distributionSources(files: readonly { readonly name: string; readonly text: string }[], suite: string): AptSources {
  const of = (ending: string, cut: RegExp): string[] =>
    files.filter(({ name }) => name.endsWith(ending)).flatMap(({ text }) => withoutComments(text).split(cut)).map((entry) => entry.trim());
  const list = of('.list', /\n/).filter((line) => isDistribution(lineWords(line), suite));
  const stanzas = of('.sources', /\n\s*\n/).filter((stanza) => isDistribution(stanzaWords(stanza), suite));
  return { list: list.map((line) => `${line}\n`).join(''), stanzas: stanzas.map((stanza) => `${stanza}\n`).join('\n') };
}

/** Reads the distribution's sources of this host. */
export function readSources(suite: string, apt = '/etc/apt'): AptSources {
  const folder = join(apt, 'sources.list.d');
  const names = existsSync(folder) ? readdirSync(folder).sort().map((name) => join(folder, name)) : [];
  const files = [join(apt, 'sources.list'), ...names].filter((name) => /\.(list|sources)$/.test(name) && existsSync(name));
  return distributionSources(files.map((name) => ({ name, text: readFileSync(name, 'utf8') })), suite);
}

/** The keyrings that sources name by path, and those that apt trusts anyway. */
export function readKeyrings(sources: AptSources, apt = '/etc/apt'): readonly AptFile[] {
  const text = `${sources.list}\n${sources.stanzas}`;
  const named = [...text.matchAll(/(?:signed-by=|Signed-By:\s*)([^\]\n]+)/gi)].flatMap(([, paths]) => paths!.match(/\/[^\s,]+/g) ?? []);
  const folder = join(apt, 'trusted.gpg.d');
  const trusted = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const paths = new Set([...named, join(apt, 'trusted.gpg'), ...trusted]);
  return [...paths].filter((path) => existsSync(path)).map((path) => ({ path, content: readFileSync(path) }));
}

/** How this host fetches packages: its proxies and date checks, one setting an item. */
export async function readFetchOptions(): Promise<readonly string[]> {
  return fetchOptions(await must(['apt-config', 'dump']), process.env);
}

/** Picks those settings out of `apt-config dump`; a proxy of the environment counts where apt has none. */
export function fetchOptions(dump: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const wanted = /^Acquire::(https?::|ftp::|Check-|Retries|Max-FutureTime)[^"]*"[^"]+";$/;
  const found = dump.split('\n').filter((line) => wanted.test(line) && !/proxy-auto-detect/i.test(line));
  for (const kind of ['http', 'https']) {
    const proxy = env[`${kind}_proxy`];
    const set = found.some((line) => line.toLowerCase().startsWith(`acquire::${kind}::proxy `));
    if (proxy && !set && !/["\s]/.test(proxy)) found.push(`Acquire::${kind}::Proxy "${proxy}";`);
  }
  return found;
}

/** The same settings seen from a machine, where this host is the gateway and not the loopback address. */
export function fetchOptionsBehind(options: readonly string[], gateway: string): readonly string[] {
  return options.map((line) => line.replace(/(:\/\/(?:[^@/"]*@)?)(?:127(?:\.\d+){3}|localhost|\[::1\])(?=[:/"])/i, `$1${gateway}`));
}

interface Words {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

/** What the archives of Debian and Ubuntu have and a vendor's seldom has: a suite by code name, a component `main`. */
function isDistribution({ uris, suites, components }: Words, suite: string): boolean {
  const reachable = uris.length > 0 && uris.every((uri) => /^(https?|mirror\+https?):\/\//.test(uri));
  const names = suites.some((name) => name === suite || name.startsWith(`${suite}-`) || name.startsWith(`${suite}/`));
  return reachable && names && components.includes('main');
}

function lineWords(line: string): Words {
  const [, uri = '', suite = '', rest = ''] = /^deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
  return { uris: [uri], suites: [suite], components: rest.split(/\s+/) };
}

function stanzaWords(stanza: string): Words {
  const value = (field: string): string[] => {
    const text = new RegExp(`^${field}:((?:.*)(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1] ?? '';
    return text.split(/\s+/).filter(Boolean);
  };
  const off = value('Enabled')[0] === 'no' || !value('Types').includes('deb');
  return { uris: off ? [] : value('URIs'), suites: value('Suites'), components: value('Components') };
}

function withoutComments(text: string): string {
  return text.split('\n').filter((line) => !line.startsWith('#')).map((line) => line.replace(/\s+#.*$/, '')).join('\n');
}
