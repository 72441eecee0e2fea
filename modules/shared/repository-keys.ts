/** The keys that sign package repositories: where they lie on the host, and how they are trusted when it fetches them. */
import { createHash } from 'node:crypto';
import { ModuleFailure, type Here, type Probe, type Run, type Step } from '../../engine/module/kit.ts';
import { readPublicKeys } from './openpgp.ts';
import type { Repository } from './package-params.ts';
import { scriptStep } from './script.ts';

export type Manager = 'apt' | 'dnf';

/** A file as it is to be; no content where it is to go. */
export interface WantedFile {
  readonly path: string;
  readonly content?: string | Buffer | undefined;
}

/** A key that the host fetches by itself, known by the sum of its bytes. */
interface SummedKey {
  readonly path: string;
  readonly url: string;
  readonly sha256: string;
}

/** A key that the host fetches, known by its fingerprint, so that a key whose life was made longer is the same key. */
interface PrintedKey {
  readonly path: string;
  readonly url: string;
  readonly fingerprints: readonly string[];
}

export type WantedKey = WantedFile | SummedKey | PrintedKey;

/** The key as it is to be on the host. Of a repository that goes, the armoured one, which is what most have. Throws ModuleFailure. */
export async function keyOf({ name, state, key, key_file, key_url, key_sha256, key_fingerprint }: Repository, manager: Manager, here: Here): Promise<WantedKey | undefined> {
  if ([key, key_file, key_url].filter((each) => each !== undefined).length > 1) throw new ModuleFailure(`the repository ${name} takes only one of key, key_file, key_url`);
  if (key !== undefined) return { path: keyPath(name, manager, isArmoured(Buffer.from(key))), content: key.endsWith('\n') ? key : `${key}\n` };
  if (key_file !== undefined) {
    const content = await (await here.file(key_file)).read();
    return { path: keyPath(name, manager, isArmoured(content)), content };
  }
  if (key_url === undefined) return state === 'absent' ? { path: keyPath(name, manager, true) } : undefined;
  const path = keyPath(name, manager, !/\.gpg([?#]|$)/.test(key_url));
  if (key_sha256 !== undefined && key_fingerprint !== undefined) throw new ModuleFailure(`the repository ${name} takes key_sha256 or key_fingerprint, not both`);
  if (key_sha256 !== undefined) return { path, url: key_url, sha256: key_sha256.toLowerCase() };
  if (key_fingerprint !== undefined) return { path, url: key_url, fingerprints: key_fingerprint.map((each) => each.replace(/\s/g, '').toUpperCase()) };
  throw new ModuleFailure(`the key of the repository ${name} needs key_sha256 or key_fingerprint beside key_url`, { hint: 'it says which key you trust: curl URL | sha256sum, or curl URL | gpg --show-keys' });
}

/** apt tells the kind of a key by the ending of its file. */
function keyPath(name: string, manager: Manager, armoured: boolean): string {
  return manager === 'apt' ? `/etc/apt/keyrings/${name}.${armoured ? 'asc' : 'gpg'}` : `/etc/pki/rpm-gpg/RPM-GPG-KEY-${name}`;
}

function isArmoured(content: Buffer): boolean {
  return content.subarray(0, 4096).toString('latin1').includes('-----BEGIN PGP');
}

/** Whether a file on the host is such a key: by its sum, or by its fingerprint while it is good. `now` in milliseconds. */
export function isSuch(key: WantedKey, content: Buffer | undefined, now: number): boolean {
  if ('fingerprints' in key) return content !== undefined && isTrusted(key, content) && readPublicKeys(content).every(({ expires }) => expires === undefined || expires * 1000 > now);
  if (content === undefined) return !('url' in key) && key.content === undefined;
  if ('url' in key) return sumOf(content) === key.sha256;
  return key.content !== undefined && sumOf(content) === sumOf(key.content);
}

function isTrusted({ fingerprints }: PrintedKey, content: Buffer): boolean {
  try {
    return readPublicKeys(content).every(({ fingerprint }) => fingerprints.includes(fingerprint));
  } catch (error) {
    if (error instanceof ModuleFailure) return false;
    throw error;
  }
}

/** The steps that put the key there. One that is known by its fingerprint was fetched before, and then is a file like others. */
export function keySteps(key: WantedKey, manager: Manager): Step[] {
  if ('fingerprints' in key) return [];
  const folder: Step = { kind: 'directory', path: key.path.slice(0, key.path.lastIndexOf('/')), mode: '0755' };
  if ('url' in key) return [folder, fetchStep(key, manager)];
  const content = typeof key.content === 'string' ? { text: key.content } : { bytes: key.content ?? Buffer.alloc(0) };
  return [folder, { kind: 'write', path: key.path, content, mode: '0644' }];
}

/**
 * The host fetches a key and its fingerprint is judged here, before it is written anywhere. What is there is kept where nothing else
 * comes, though it may have expired. Throws ModuleFailure where another key comes.
 */
export async function fetched(key: PrintedKey, manager: Manager, probe: Probe): Promise<WantedFile> {
  const { code, stdout, stderr } = await probe.ask(['sh', '-c', printScript, 'sh', key.url], { timeout: 120 });
  if (code !== 0) throw new ModuleFailure(`cannot fetch the key from ${key.url}: ${stderr.toString().trim().split('\n').at(-1) || `code ${code}`}`);
  const found = readPublicKeys(stdout).map(({ fingerprint }) => fingerprint);
  const strange = found.find((each) => !key.fingerprints.includes(each));
  if (strange !== undefined) throw new ModuleFailure(`the key from ${key.url} has the fingerprint ${strange}, expected ${key.fingerprints.join(' or ')}`);
  if (manager === 'apt' && isArmoured(stdout) !== key.path.endsWith('.asc')) throw new ModuleFailure(`the key from ${key.url} is ${isArmoured(stdout) ? 'armoured text' : 'binary'}; give it as key or key_file, or by an address that ends in ${isArmoured(stdout) ? '.asc' : '.gpg'}`);
  return { path: key.path, content: stdout };
}

function sumOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Only looks: apt's downloader cannot print, so it gets a file in memory. */
const printScript = `
url=$1
if command -v curl >/dev/null 2>&1; then exec curl -fsSL --retry 3 -- "$url"; fi
if [ -x /usr/lib/apt/apt-helper ]; then
  d=$(mktemp -d -p /dev/shm) || exit
  trap 'rm -rf "$d"' EXIT
  /usr/lib/apt/apt-helper -o Acquire::Retries=3 download-file "$url" "$d/key" >&2 && cat "$d/key"
  exit
fi
exec wget -q -O - -- "$url"`;

/** apt brings its own downloader; a host with dnf has curl. */
function fetchStep({ path, url, sha256 }: SummedKey, manager: Manager): Run {
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
