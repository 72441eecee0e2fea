/** What can be asked of the module `package`. */
import { flag, listOf, localFile, seconds, text, z } from '../../engine/module/kit.ts';

const one = (word: RegExp, expected: string) => text().pipe(z.string().regex(word, `expected ${expected}`));

const repository = z.strictObject({
  name: one(/^[\w.-]+$/, 'a file name without an ending').describe('names its files on the host: NAME.sources or NAME.repo, and its key'),
  state: z.enum(['present', 'absent']).default('present').describe('absent removes its files and its key (default present)'),
  url: listOf(text()).optional().describe('where it is, one address or several (baseurl and uris are other names)'),
  baseurl: listOf(text()).optional().describe('another name for url, as yum has it'),
  uris: listOf(text()).optional().describe('another name for url, as deb822 has it'),
  suite: listOf(text()).optional().describe('Debian: the suite, such as bookworm; "/" for a flat repository (default: the host\'s release name)'),
  components: listOf(text()).optional().describe('Debian: the components (default main; none for a flat repository)'),
  types: listOf(z.enum(['deb', 'deb-src'])).default(['deb']).describe('Debian: deb, deb-src (default deb)'),
  arch: listOf(text()).optional().describe('Debian: only these architectures'),
  key: z.string().optional().describe('the signing key, armoured text'),
  key_file: localFile().optional().describe('the signing key, a file of the controller'),
  key_url: text().optional().describe('where the host fetches the signing key; needs key_sha256 or key_fingerprint'),
  key_sha256: one(/^[0-9a-f]{64}$/i, 'a SHA-256 sum in hex').optional().describe('the sum that key must have'),
  key_fingerprint: listOf(one(/^\s*([0-9a-f]\s*){40}$/i, 'a fingerprint of 40 hex digits')).optional().describe('the fingerprint that each key at key_url must have, one or several: it stays the same when the key is made to live longer. A key that has expired is fetched again'),
  signed_by: one(/^\//, 'an absolute path').optional().describe('Debian: a key that is on the host already'),
  enabled: flag().default(true).describe('whether it is used (default yes)'),
  gpgcheck: flag().default(true).describe('whether its signature is checked (default yes)'),
  description: text().optional().describe('yum: its long name (default its name)'),
});

/** One repository as it was asked for. */
export type Repository = z.infer<typeof repository>;

export const packageParams = z.object({
  name: listOf(text()).optional().describe('the packages, one or a list; a version as `name=1.2*` (apt) or `name-1.2` (dnf); a path of the host that ends in .deb or .rpm is that file'),
  state: z.enum(['present', 'installed', 'absent', 'removed', 'latest']).default('present').describe('present and installed: any version, or the one asked for; latest: the newest that the repositories have; absent and removed: not installed (default present)'),
  version: text().optional().describe('one version for all names: exact, with *, or without the packaging\'s own revision (3.4.23 takes 3.4.23-4)'),
  hold: flag().optional().describe('yes keeps the packages at their version (apt-mark hold, dnf versionlock) and lets this task alone change it; no lets go'),
  repositories: z.array(repository).default([]).describe('package repositories with their keys, written before anything is installed'),
  update_cache: flag().optional().describe('yes refreshes the package lists where they are older than cache_valid_time; no never does (default: only where lists are missing or older than the list of repositories)'),
  cache_valid_time: seconds().default(0).describe('seconds that refreshed lists count as fresh, at least a minute; says update_cache too (default 0)'),
  install_recommends: flag().optional().describe('whether recommended packages come along (default: as the host is configured)'),
  default_release: text().optional().describe('apt: prefer this release'),
  allow_downgrade: flag().default(false).describe('let a package become older (default no)'),
  allow_change_held_packages: flag().default(false).describe('change a package that is on hold (default: only with hold: yes)'),
  only_upgrade: flag().default(false).describe('with latest: leave alone what is not installed (default no)'),
  purge: flag().default(false).describe('with absent: remove configuration files too (default no)'),
  autoremove: flag().default(false).describe('remove what came as a dependency and is needed no more (default no)'),
  deb: listOf(text()).optional().describe('Debian package files on the host'),
  start_services: flag().default(true).describe('no keeps a Debian package from starting its services when it is installed; units can still be started afterwards (default yes)'),
  dpkg_options: text().default('force-confdef,force-confold').describe('dpkg\'s options, commas between them (default force-confdef,force-confold: configuration files that were changed stay)'),
  disable_gpg_check: flag().default(false).describe('dnf: install without checking signatures (default no)'),
  lock_timeout: seconds().default(300).describe('seconds to wait for another package manager to finish (default 300)'),
  use: z.enum(['auto', 'apt', 'dnf', 'yum']).default('auto').describe('the package manager (default auto: what the host has)'),
});

export type PackageParams = z.infer<typeof packageParams>;
