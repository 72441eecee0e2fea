/** Where the packages of a Debian or Ubuntu release come from. */
import { existsSync } from 'node:fs';
import type { AptSources } from './apt-root.ts';
import { MirrorError } from './mirror-error.ts';
import type { Platform } from './platform.ts';

/** This host's own sources where it is of the same release, else the distribution's. Throws a MirrorError where the keys of those are not here. */
export function aptSources({ distribution, version, codename = '', arch }: Platform, own: AptSources | undefined): AptSources {
  if (own && (own.list !== '' || own.stanzas !== '')) return own;
  const key = `/usr/share/keyrings/${distribution}-archive-keyring.gpg`;
  const known = { debian: debianSources, ubuntu: ubuntuSources }[distribution];
  if (!known) throw new MirrorError(`where the packages of ${distribution} come from is not known`, 'give a file of sources: --sources PLATFORM=FILE');
  if (!existsSync(key)) throw new MirrorError(`the packages of ${distribution} ${version} are signed by keys that this host lacks: ${key}`, `the package ${distribution === 'debian' ? 'debian-archive-keyring' : 'ubuntu-keyring'} brings them; or give a file of sources: --sources PLATFORM=FILE`);
  return { list: '', stanzas: known(codename, arch).map(([uri, suites, components]) => stanza({ uri, suites, components, key })).join('\n') };
}

type Row = readonly [uri: string, suites: string, components: string];

function debianSources(release: string): readonly Row[] {
  return [['http://deb.debian.org/debian', `${release} ${release}-updates`, 'main'], ['http://security.debian.org/debian-security', `${release}-security`, 'main']];
}

function ubuntuSources(release: string, arch: string): readonly Row[] {
  const isMain = arch === 'amd64';
  const [archive, security] = isMain ? ['http://archive.ubuntu.com/ubuntu', 'http://security.ubuntu.com/ubuntu'] : ['http://ports.ubuntu.com/ubuntu-ports', 'http://ports.ubuntu.com/ubuntu-ports'];
  return [[archive, `${release} ${release}-updates`, 'main universe'], [security, `${release}-security`, 'main universe']];
}

/** A deb822 stanza. */
export function stanza({ uri, suites, components, key }: { readonly uri: string; readonly suites: string; readonly components?: string | undefined; readonly key?: string | undefined }): string {
  return `Types: deb\nURIs: ${uri}\nSuites: ${suites}\n${components === undefined ? '' : `Components: ${components}\n`}${key === undefined ? '' : `Signed-By: ${key}\n`}`;
}
