/** Checks the key that a host shows while we connect, and remembers new ones where that is wanted. */
import { appendFile, mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fingerprint, indexEntries, judge, keyType, knownName, parseKnownHosts, type FindEntries, type KnownKey } from './known-hosts.ts';
import { quote } from './quote.ts';
import { Unreachable } from './session.ts';

/** How strictly keys are checked, and against what. */
export interface HostKeyPolicy {
  readonly checking: 'yes' | 'accept-new' | 'no';
  /** Absolute paths; new keys go to the first. */
  readonly files: readonly string[];
}

/** A host as it is known by its key. */
export interface HostKeyPlace {
  /** The inventory's name, for messages. */
  readonly host: string;
  /** What is looked up: HostKeyAlias, or the address. */
  readonly address: string;
  readonly port: number;
}

/** The entries of all files that speak of a host; files that are not there hold none. */
export async function readEntries(policy: HostKeyPolicy, place: HostKeyPlace): Promise<KnownKey[]> {
  if (policy.checking === 'no') return [];
  const name = knownName(place.address, place.port);
  return (await Promise.all(policy.files.map(async (file) => (await indexOf(file))(name)))).flat();
}

const indexes = new Map<string, { readonly stamp: string; readonly index: Promise<FindEntries> }>();

/** A file's entries, read anew only where the file is another one than last time. */
async function indexOf(file: string): Promise<FindEntries> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true }).catch(() => ({ ino: 0n, size: 0n, mtimeNs: 0n, ctimeNs: 0n }));
  const stamp = [ino, size, mtimeNs, ctimeNs].join(' ');
  const known = indexes.get(file);
  if (known?.stamp === stamp) return known.index;
  const index = readText(file).then((text) => indexEntries(parseKnownHosts(text, file)));
  indexes.set(file, { stamp, index });
  index.catch(() => indexes.delete(file));
  return index;
}

/** Accepts a key or throws {@link Unreachable} `key` with both fingerprints, the place, and what to do. */
export async function checkHostKey(policy: HostKeyPolicy, place: HostKeyPlace, entries: readonly KnownKey[], key: Buffer): Promise<void> {
  if (policy.checking === 'no') return;
  const verdict = judge(entries, key);
  if (verdict.kind === 'known') return;
  if (verdict.kind === 'unknown' && policy.checking === 'accept-new') return remember(policy, place, key);
  const name = knownName(place.address, place.port);
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  if (verdict.kind === 'revoked') {
    throw new Unreachable(place.host, 'key', `the host key of ${name} (${shown}) is marked @revoked in ${placeOf(verdict.by)}`, 'give the host a new key, or remove that line if it is wrong');
  }
  if (verdict.kind === 'changed') {
    const { known } = verdict;
    throw new Unreachable(
      place.host, 'key',
      `the host key of ${name} has changed: it shows ${shown}, but ${placeOf(known)} has ${known.type} ${fingerprint(known.key)}`,
      `if the machine was rebuilt, run: ssh-keygen -R ${quote(name)} -f ${quote(known.file)}; if not, somebody may be listening in between`,
    );
  }
  const other = verdict.others.length > 0 ? `; keys of other types are known (${verdict.others.map(({ type, line }) => `${type} in line ${line}`).join(', ')})` : '';
  const signed = verdict.authorities.length > 0 ? `; ${placeOf(verdict.authorities[0]!)} has a @cert-authority for it, and signed host keys are not supported here` : '';
  throw new Unreachable(place.host, 'key', `the host key of ${name} is not known: it shows ${shown}${other}${signed}`, unknownHint(policy, place));
}

function unknownHint({ files }: HostKeyPolicy, { address, port }: HostKeyPlace): string {
  const scan = `ssh-keyscan ${port === 22 ? '' : `-p ${port} `}${quote(address)}`;
  return `compare the fingerprint, then run: ${scan} >> ${quote(files[0] ?? '~/.ssh/known_hosts')}; or set ansible_ssh_common_args: -o StrictHostKeyChecking=accept-new`;
}

function placeOf({ file, line }: KnownKey): string {
  return `${file}:${line}`;
}

let writing: Promise<unknown> = Promise.resolve();

/** Adds a key in one write, one host after the other; a host that another connect has added meanwhile is judged again. */
function remember(policy: HostKeyPolicy, place: HostKeyPlace, key: Buffer): Promise<void> {
  const file = policy.files[0];
  if (file === undefined || file === '/dev/null') return Promise.resolve();
  const turn = writing.then(async () => {
    const entries = await readEntries(policy, place);
    const verdict = judge(entries, key);
    if (verdict.kind === 'known') return;
    if (verdict.kind !== 'unknown') return checkHostKey(policy, place, entries, key);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const gap = (await endsWithNewline(file)) ? '' : '\n';
    await appendFile(file, `${gap}${knownName(place.address, place.port)} ${keyType(key)} ${key.toString('base64')}\n`, { mode: 0o600 });
  });
  writing = turn.catch(() => undefined);
  return turn;
}

async function endsWithNewline(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return true;
  try {
    const { size } = await handle.stat();
    if (size === 0) return true;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] === 10;
  } finally {
    await handle.close();
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
