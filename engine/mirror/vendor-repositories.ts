/** Package repositories beside a distribution's own, as roles name them for the module `package`: their keys, and their text for apt and dnf. */
import { mkdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { must, needCommand } from './command.ts';
import { fetchFile } from './fetch-file.ts';
import { MirrorError } from './mirror-error.ts';
import { put } from './sign.ts';

const some = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

const repository = z.looseObject({
  name: z.string().regex(/^[\w.-]+$/),
  url: some.optional(), baseurl: some.optional(), uris: some.optional(),
  suite: some.optional(), components: some.optional(),
  key: z.string().optional(), key_file: z.string().optional(), signed_by: z.string().optional(),
  key_url: z.string().optional(), key_sha256: z.string().optional(), key_fingerprint: z.string().optional(),
  gpgcheck: z.boolean().default(true),
});
type Repository = z.output<typeof repository>;

/** Its text in the words of apt (a deb822 stanza) or dnf (a section). Keys are put into `folder`. Throws a MirrorError. */
export async function vendorText(given: readonly unknown[], manager: 'apt' | 'rpm', codename: string | undefined, folder: string, signal?: AbortSignal): Promise<string> {
  const texts: string[] = [];
  for (const each of given) {
    const read = repository.safeParse(each);
    if (!read.success) throw new MirrorError(`a package repository that a role names cannot be read:\n${z.prettifyError(read.error)}`);
    const urls = read.data.url ?? read.data.baseurl ?? read.data.uris;
    if (!urls) throw new MirrorError(`the package repository ${read.data.name} has no url`);
    const key = await keyOf(read.data, folder, signal);
    texts.push(manager === 'apt' ? aptText(read.data, urls, codename, key) : dnfText(read.data, urls, key));
  }
  return texts.join('\n');
}

function aptText({ suite = [], components, gpgcheck }: Repository, urls: readonly string[], codename: string | undefined, key: string | undefined): string {
  const suites = suite.length > 0 ? suite : [codename ?? ''];
  const isFlat = suites.every((each) => each.endsWith('/'));
  return `${stanza({ uri: urls.join(' '), suites: suites.join(' '), components: isFlat ? undefined : (components ?? ['main']).join(' '), key })}${gpgcheck ? '' : 'Trusted: yes\n'}`;
}

function dnfText({ name, gpgcheck }: Repository, urls: readonly string[], key: string | undefined): string {
  return `[${name}]\nname=${name}\nbaseurl=${urls.join('\n        ')}\ngpgcheck=${gpgcheck ? 1 : 0}\n${key === undefined ? '' : `gpgkey=file://${key}\n`}`;
}

/** Path of the key that signs it; one that comes over the network is known by its sum or its fingerprint. */
async function keyOf({ name, key, key_file, signed_by, key_url, key_sha256, key_fingerprint }: Repository, folder: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  if (signed_by !== undefined || key_file !== undefined) return (signed_by ?? key_file)!.replace(/^~(?=\/)/, os.homedir());
  if (key === undefined && key_url === undefined) return undefined;
  if (key === undefined && key_sha256 === undefined && key_fingerprint === undefined) throw new MirrorError(`the key of the repository ${name} has neither key_sha256 nor key_fingerprint beside key_url`);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.key`);
  if (key === undefined) await fetchFile({ from: key_url!, to: file, sha256: key_sha256?.toLowerCase(), signal });
  const content = key === undefined ? await readFile(file) : Buffer.from(key);
  if (key === undefined && key_fingerprint !== undefined) await checkFingerprint(name, file, key_fingerprint);
  // apt tells the kind of a key by the ending of its file.
  const final = path.join(folder, `${name}.${content.subarray(0, 4096).includes('-----BEGIN PGP') ? 'asc' : 'gpg'}`);
  await put(final, content);
  return final;
}

async function checkFingerprint(name: string, file: string, wanted: string): Promise<void> {
  needCommand('gpg', 'gnupg', `the key of the repository ${name}`);
  const home = path.join(path.dirname(file), 'gnupg');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const shown = await must(['gpg', '--homedir', home, '--batch', '--with-colons', '--show-keys', file]);
  const keys = shown.split('\n').filter((line) => line.startsWith('pub:')).length;
  const found = /^pub:[^]*?^fpr:(?:[^:]*:){8}([0-9A-F]+):/m.exec(shown)?.[1];
  if (keys !== 1 || found !== wanted.replace(/\s/g, '').toUpperCase()) throw new MirrorError(`the key of the repository ${name} has the fingerprint ${found ?? '(none)'}, expected ${wanted}`);
}

/** A deb822 stanza. */
function stanza({ uri, suites, components, key }: { readonly uri: string; readonly suites: string; readonly components?: string | undefined; readonly key?: string | undefined }): string {
  return `Types: deb\nURIs: ${uri}\nSuites: ${suites}\n${components === undefined ? '' : `Components: ${components}\n`}${key === undefined ? '' : `Signed-By: ${key}\n`}`;
}
