/** Package repositories: their files on the host, as apt and dnf read them, and the keys that sign them. */
import { ModuleFailure, type Change, type Here, type Probe, type Step } from '../../engine/module/kit.ts';
import type { Repository } from './package-params.ts';
import { fetched, isSuch, keyOf, keySteps, type Manager, type WantedKey } from './repository-keys.ts';

/** A repository that was asked for, and what of it is on the host. */
export interface RepositoryFound {
  readonly repository: Repository;
  readonly key: WantedKey | undefined;
  /** Text of its file; undefined where there is none. */
  readonly listNow: string | undefined;
  /** What stands at the key's place. */
  readonly keyNow: Buffer | undefined;
  /** Whether that is the key, and still good. */
  readonly isKeyRight: boolean;
}

/** Looks at the files of a task's repositories, as one package manager or the other would have them. */
export async function lookAtRepositories(repositories: readonly Repository[], probe: Probe, here: Here): Promise<Readonly<Record<Manager, readonly RepositoryFound[]>>> {
  const look = async (manager: Manager): Promise<RepositoryFound[]> => {
    const keys = await Promise.all(repositories.map((repository) => keyOf(repository, manager, here)));
    return Promise.all(repositories.map(async (repository, i) => {
      const key = keys[i];
      const [list, keyNow] = await Promise.all([probe.read(listPath(repository, manager)), key ? probe.read(key.path) : undefined]);
      return { repository, key, listNow: list?.toString('utf8'), keyNow, isKeyRight: !key || isSuch(key, keyNow, here.now()) };
    }));
  };
  const [apt, dnf] = repositories.length === 0 ? [[], []] : await Promise.all([look('apt'), look('dnf')]);
  return { apt, dnf };
}

/** The same with the keys that are known by their fingerprints. A dry run leaves those alone that are not on the host yet: it is certain that they come. */
export async function withKeys(repositories: readonly RepositoryFound[], manager: Manager, probe: Probe, here: Here): Promise<readonly RepositoryFound[]> {
  return Promise.all(repositories.map(async (each) => {
    const { key, keyNow, isKeyRight } = each;
    if (!key || !('fingerprints' in key) || isKeyRight || (here.check && keyNow === undefined)) return each;
    const file = await fetched(key, manager, probe);
    return { ...each, key: file, isKeyRight: isSuch(file, keyNow, here.now()) };
  }));
}

/** The changes that make a repository's files as asked, none where they are; `release` is the suite of one that names none. Throws ModuleFailure. */
export function repositoryChanges({ repository, key, listNow, keyNow, isKeyRight }: RepositoryFound, manager: Manager, release: string): Change[] {
  const { name } = repository;
  const path = listPath(repository, manager);
  const content = repository.state === 'absent' ? undefined : contentFor(repository, manager, release, key?.path ?? repository.signed_by);
  const steps: Step[] = [];
  if (key && content === undefined && keyNow !== undefined) steps.push({ kind: 'remove', path: key.path });
  const isKeyComing = key !== undefined && content !== undefined && !isKeyRight;
  if (isKeyComing) steps.push(...keySteps(key, manager));
  const isSameList = content === listNow;
  if (!isSameList) steps.push(content === undefined ? { kind: 'remove', path } : { kind: 'write', path, content: { text: content }, mode: '0644' });
  if (steps.length === 0 && !isKeyComing) return [];
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
