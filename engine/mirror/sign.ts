/** Signatures under the indexes of mirrors: by one key of the user's own, made when it is first needed. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { commandExists } from './command-path.ts';
import { must } from './command.ts';

/** A text signed within itself, and the public key, armoured. */
export interface Signed {
  readonly text: string;
  readonly key: string;
}

/** Where the user's key lies: key (0600) and key.asc, its public half, which hosts are given. */
export function keyFiles(home = os.homedir()): { readonly secret: string; readonly open: string } {
  const folder = path.join(home, '.kplay/mirror');
  return { secret: path.join(folder, 'key'), open: path.join(folder, 'key.asc') };
}

/** Hex SHA-256 of an armoured key, by which hosts that fetch it know it. */
export function keySum(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The user's public key; undefined where none was made yet. */
export async function publicKey(): Promise<string | undefined> {
  return readFile(keyFiles().open, 'utf8').catch(() => undefined);
}

/**
 * Signs a text as if it were signed at a time, in milliseconds since 1970; undefined where this host has no gpg. The user's own
 * keyring is not touched.
 */
export async function sign(text: string, at: number): Promise<Signed | undefined> {
  if (!commandExists('gpg')) return undefined;
  const home = await mkdtemp(path.join(os.tmpdir(), 'kplay-gpg-'));
  const gpg = ['gpg', '--homedir', home, '--batch', '--quiet', '--no-tty', '--faked-system-time', isoBasic(at)];
  try {
    const secret = await readFile(keyFiles().secret, 'utf8').catch(() => undefined);
    if (secret === undefined) await makeKey([...gpg, '--faked-system-time', isoBasic(at - 366 * day)]);
    else await must([...gpg, '--import'], { input: secret });
    return { text: await must([...gpg, '--digest-algo', 'SHA512', '--clearsign'], { input: text }), key: await readFile(keyFiles().open, 'utf8') };
  } finally {
    if (commandExists('gpgconf')) await must(['gpgconf', '--homedir', home, '--kill', 'all']).catch(() => {});
    await rm(home, { recursive: true, force: true });
  }
}

const day = 24 * 60 * 60 * 1000;

/** `20261129T145600` */
function isoBasic(time: number): string {
  return new Date(time).toISOString().replace(/\..*|[-:]/g, '');
}

async function makeKey(gpg: readonly string[]): Promise<void> {
  const { secret, open } = keyFiles();
  await must([...gpg, '--passphrase', '', '--quick-generate-key', 'kplay mirror', 'rsa3072', 'sign', 'never']);
  await mkdir(path.dirname(secret), { recursive: true, mode: 0o700 });
  await put(open, await must([...gpg, '--armor', '--export']), 0o644);
  // Last, so that a key that is there has its public half beside it.
  await put(secret, await must([...gpg, '--armor', '--export-secret-keys']), 0o600);
}

/** Writes a file beside its place, with its mode from the first byte on. */
export async function put(file: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, content, { mode });
  await rename(fresh, file);
}
