/** Package repositories: their files on the host, as apt and dnf read them, and the keys that sign them. */
import { createHash } from 'node:crypto';
import { ModuleFailure, type Change, type Here, type Probe, type Run, type Step } from '../../engine/module/kit.ts';
import type { Repository } from './package-params.ts';
import { scriptStep } from './script.ts';

/** A file as it is to be; no content where it is to go. */
interface WantedFile {
  readonly path: string;
  readonly content?: string | Buffer | undefined;
}

/** A key that the host fetches by itself. */
interface FetchedKey {
  readonly path: string;
  readonly url: string;
  readonly sha256: string;
}

/** A repository that was asked for, and what of it is on the host. */
export interface RepositoryFound {
  readonly repository: Repository;
  readonly key: WantedFile | FetchedKey | undefined;
  /** Text of its file; undefined where there is none. */
  readonly listNow: string | undefined;
  /** Hex; undefined where there is no key. */
  readonly keyNow: string | undefined;
}

export type Manager = 'apt' | 'dnf';

/** Looks at the files of a task's repositories, as one package manager or the other would have them. */
export async function lookAtRepositories(repositories: readonly Repository[], probe: Probe, here: Here): Promise<Readonly<Record<Manager, readonly RepositoryFound[]>>> {
  const look = async (manager: Manager): Promise<RepositoryFound[]> => {
    const keys = await Promise.all(repositories.map((repository) => keyOf(repository, manager, here)));
    return Promise.all(repositories.map(async (repository, i) => {
      const key = keys[i];
      const [list, stat] = await Promise.all([probe.read(listPath(repository, manager)), key ? probe.stat(key.path, { follow: true, sha256: true }) : undefined]);
      return { repository, key, listNow: list?.toString('utf8'), keyNow: stat?.sha256 };
    }));
  };
  const [apt, dnf] = repositories.length === 0 ? [[], []] : await Promise.all([look('apt'), look('dnf')]);
  return { apt, dnf };
}

/** The changes that make a repository's files as asked, none where they are; `release` is the suite of one that names none. Throws ModuleFailure. */
export function repositoryChanges({ repository, key, listNow, keyNow }: RepositoryFound, manager: Manager, release: string): Change[] {
  const { name } = repository;
  const path = listPath(repository, manager);
  const content = repository.state === 'absent' ? undefined : contentFor(repository, manager, release, key?.path ?? repository.signed_by);
  const steps: Step[] = [];
  if (key && content === undefined && keyNow !== undefined) steps.push({ kind: 'remove', path: key.path });
  if (key && content !== undefined && keyNow !== sumOf(key)) {
    steps.push({ kind: 'directory', path: key.path.slice(0, key.path.lastIndexOf('/')), mode: '0755' });
    steps.push('url' in key ? fetchStep(key, manager) : { kind: 'write', path: key.path, content: contentOf(key), mode: '0644' });
  }
  const isSameList = content === listNow;
  if (!isSameList) steps.push(content === undefined ? { kind: 'remove', path } : { kind: 'write', path, content: { text: content }, mode: '0644' });
  if (steps.length === 0) return [];
  const what = content === undefined ? 'remove' : listNow === undefined ? 'add' : isSameList ? 'change the key of' : 'change';
  return [{ summary: `${what} the package repository ${name}`, of: path, before: listNow ?? '', after: content ?? '', steps, makes: content === undefined ? [] : [{ kind: 'package', name: '*' }] }];
}

function listPath({ name }: Repository, manager: Manager): string {
  return manager === 'apt' ? `/etc/apt/sources.list.d/${name}.sources` : `/etc/yum.repos.d/${name}.repo`;
}

function contentFor(repository: Repository, manager: Manager, release: string, signedBy: string | undefined): string {
  const { name, suite = [], components = [], description = '' } = repository;
  const urls = repository.url ?? repository.baseurl ?? repository.uris ?? [];
  if (urls.length === 0) throw new ModuleFailure(`the repository ${name} has no url`);
  if ([...urls, ...suite, ...components, description].some((each) => /[\n\r]/.test(each))) throw new ModuleFailure(`a field of the repository ${name} has more than one line`);
  return manager === 'apt' ? deb822(repository, urls, release, signedBy) : repoFile(repository, urls, signedBy);
}

/** A stanza as sources.list(5) describes it. */
export function deb822(repository: Repository, urls: readonly string[], release: string, signedBy: string | undefined): string {
  const suites = repository.suite ?? [release];
  if (suites.some((suite) => suite === '')) throw new ModuleFailure(`the repository ${repository.name} has no suite, and the host tells no release name`, { hint: 'set suite' });
  const isFlat = suites.every((suite) => suite.endsWith('/'));
  const rows: [string, string | undefined][] = [
    ['Enabled', repository.enabled ? undefined : 'no'],
    ['Types', repository.types.join(' ')],
    ['URIs', urls.join(' ')],
    ['Suites', suites.join(' ')],
    ['Components', isFlat ? undefined : (repository.components ?? ['main']).join(' ')],
    ['Architectures', repository.arch?.join(' ')],
    ['Signed-By', signedBy],
    ['Trusted', repository.gpgcheck ? undefined : 'yes'],
  ];
  return rows.filter(([, value]) => value !== undefined).map(([field, value]) => `${field}: ${value}\n`).join('');
}

/** A section as yum.conf(5) describes it. */
export function repoFile(repository: Repository, urls: readonly string[], key: string | undefined): string {
  const rows: [string, string | undefined][] = [
    ['name', repository.description ?? repository.name],
    ['baseurl', urls.join('\n        ')],
    ['enabled', repository.enabled ? '1' : '0'],
    ['gpgcheck', repository.gpgcheck ? '1' : '0'],
    ['gpgkey', key === undefined ? undefined : `file://${key}`],
  ];
  return `[${repository.name}]\n${rows.filter(([, value]) => value !== undefined).map(([field, value]) => `${field}=${value}\n`).join('')}`;
}

/** The key as it is to be on the host. Of a repository that goes, the armoured one, which is what most have. */
async function keyOf({ name, state, key, key_file, key_url, key_sha256 }: Repository, manager: Manager, here: Here): Promise<RepositoryFound['key']> {
  if ([key, key_file, key_url].filter((each) => each !== undefined).length > 1) throw new ModuleFailure(`the repository ${name} takes only one of key, key_file, key_url`);
  if (key !== undefined) return { path: keyPath(name, manager, isArmoured(Buffer.from(key))), content: key.endsWith('\n') ? key : `${key}\n` };
  if (key_file !== undefined) {
    const content = await (await here.file(key_file)).read();
    return { path: keyPath(name, manager, isArmoured(content)), content };
  }
  if (key_url === undefined) return state === 'absent' ? { path: keyPath(name, manager, true) } : undefined;
  if (key_sha256 === undefined) throw new ModuleFailure(`the key of the repository ${name} needs key_sha256 beside key_url`, { hint: 'the sum says which key you trust: curl URL | sha256sum' });
  return { path: keyPath(name, manager, !/\.gpg([?#]|$)/.test(key_url)), url: key_url, sha256: key_sha256.toLowerCase() };
}

/** apt tells the kind of a key by the ending of its file. */
function keyPath(name: string, manager: Manager, armoured: boolean): string {
  return manager === 'apt' ? `/etc/apt/keyrings/${name}.${armoured ? 'asc' : 'gpg'}` : `/etc/pki/rpm-gpg/RPM-GPG-KEY-${name}`;
}

function isArmoured(content: Buffer): boolean {
  return content.subarray(0, 4096).toString('latin1').includes('-----BEGIN PGP');
}

function sumOf(key: WantedFile | FetchedKey): string | undefined {
  if ('url' in key) return key.sha256;
  return key.content === undefined ? undefined : createHash('sha256').update(key.content).digest('hex');
}

function contentOf({ content = '' }: WantedFile): { readonly text: string } | { readonly bytes: Buffer } {
  return typeof content === 'string' ? { text: content } : { bytes: content };
}

/** apt brings its own downloader; a host with dnf has curl. */
function fetchStep({ path, url, sha256 }: FetchedKey, manager: Manager): Run {
  return scriptStep(fetchScript, [path, url, sha256, manager], { makes: [path] });
}

const fetchScript = `
path=$1 url=$2 sum=$3 manager=$4
temp=$(mktemp "$path.XXXXXX") || exit
trap 'rm -f "$temp"' EXIT
if command -v curl >/dev/null 2>&1; then curl -fsSL --retry 3 -o "$temp" -- "$url" || exit
elif [ "$manager" = apt ]; then /usr/lib/apt/apt-helper -o Acquire::Retries=3 download-file "$url" "$temp" >&2 || exit
else wget -q -O "$temp" -- "$url" || exit; fi
found=$(sha256sum "$temp"); found=\${found%% *}
[ "$found" = "$sum" ] || { printf 'the key from %s has the SHA-256 sum %s, expected %s\\n' "$url" "$found" "$sum" >&2; exit 1; }
if grep -q -e '-----BEGIN PGP' "$temp"; then kind=asc; else kind=gpg; fi
case $manager:$path in apt:*.$kind|dnf:*) ;; *) printf 'the key from %s is %s; give it as key or key_file, or by an address that ends in .%s\\n' "$url" "$( [ "$kind" = asc ] && echo armoured text || echo binary )" "$kind" >&2; exit 1;; esac
chmod 0644 "$temp" && mv -f "$temp" "$path"`;
