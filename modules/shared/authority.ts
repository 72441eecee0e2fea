/** A certificate authority: a folder on the controller with ca.crt and ca.key. The key is read here and goes nowhere. */
import { createPrivateKey, createPublicKey, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ModuleFailure } from '../../engine/module/kit.ts';
import { splitPem } from './certificate.ts';
import { makeKeys, privatePem, type KeyType } from './key-type.ts';
import { signAuthority } from './x509.ts';

export interface Authority {
  readonly folder: string;
  readonly certificate: X509Certificate;
  /** All of ca.crt: the certificate, and those above it where it has any. */
  readonly pem: string;
  /** Missing where ca.key is not there: what is signed can be judged, nothing can be signed. */
  readonly key: KeyObject | undefined;
  /** True where others than its owner can read ca.key. */
  readonly isOpen: boolean;
}

/** How an authority is made where there is none. */
export interface WantedAuthority {
  readonly name: string;
  readonly keyType: KeyType;
  /** Days. */
  readonly lifetime: number;
}

/** The authority in a folder, or undefined where none is there yet. Throws ModuleFailure where it cannot be used. */
export async function openAuthority(folder: string): Promise<Authority | undefined> {
  const [pem, keyPem] = await Promise.all([readText(path.join(folder, 'ca.crt')), readText(path.join(folder, 'ca.key'))]);
  if (pem === undefined) return undefined;
  const certificate = readAuthorityCertificate(folder, pem);
  if (keyPem === undefined) return { folder, certificate, pem, key: undefined, isOpen: false };
  const key = readKey(folder, keyPem);
  if (!certificate.checkPrivateKey(key)) throw new ModuleFailure(`ca.key and ca.crt in ${folder} do not belong together`, { hint: 'put the pair back from a backup; nothing was changed' });
  const { mode } = await stat(path.join(folder, 'ca.key'));
  return { folder, certificate, pem, key, isOpen: (mode & 0o077) !== 0 };
}

const making = new Map<string, Promise<Authority>>();

/**
 * The authority in a folder, made where none is there. Hosts that ask at the same time get the same one, in one
 * process by sharing the work, between processes by the file system.
 */
export function ensureAuthority(folder: string, wanted: WantedAuthority, now: number): Promise<Authority> {
  let made = making.get(folder);
  if (!made) {
    made = (async () => (await openAuthority(folder)) ?? (await makeAuthority(folder, wanted, now)))().finally(() => making.delete(folder));
    making.set(folder, made);
  }
  return made;
}

/**
 * First the key, then a certificate for the key that is there: each is put in its place by link(2), which never
 * replaces. Of two runs the first wins each step and the second takes what it finds, so no lock can be left behind,
 * and a run killed between the two leaves a key for which the next one makes the certificate.
 */
async function makeAuthority(folder: string, wanted: WantedAuthority, now: number): Promise<Authority> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ModuleFailure(`the folder ${folder} cannot be made: ${(error as Error).message}`);
  }
  await removeLeftovers(folder);
  await putNew(path.join(folder, '.gitignore'), '# Private keys do not belong in a repository.\n*\n', 0o600);
  const keyFile = path.join(folder, 'ca.key');
  if ((await readText(keyFile)) === undefined) await putNew(keyFile, privatePem((await makeKeys(wanted.keyType)).privateKey), 0o600);
  const privateKey = readKey(folder, (await readText(keyFile))!);
  await putNew(path.join(folder, 'ca.crt'), await signAuthority({ privateKey, publicKey: createPublicKey(privateKey) }, wanted.name, wanted.lifetime, now), 0o644);
  return (await openAuthority(folder))!;
}

/** Puts a file where none is; leaves one alone that is there already. */
async function putNew(file: string, text: string, mode: number): Promise<void> {
  const temporary = path.join(path.dirname(file), `.new-${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new ModuleFailure(`${file} cannot be made: ${(error as Error).message}`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Temporary files of processes that were killed. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^\.new-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(path.join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readAuthorityCertificate(folder: string, pem: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(splitPem(pem)[0] ?? '');
  } catch (error) {
    throw new ModuleFailure(`ca.crt in ${folder} is not a certificate in PEM`, { hint: (error as Error).message });
  }
  if (!certificate.ca) throw new ModuleFailure(`ca.crt in ${folder} is not a certificate of an authority (its basic constraints do not say CA)`);
  return certificate;
}

function readKey(folder: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const encrypted = /ENCRYPTED/.test(pem);
    throw new ModuleFailure(`ca.key in ${folder} cannot be read`, { hint: encrypted ? 'keys under a passphrase are not supported; keep the folder on an encrypted disk instead' : (error as Error).message });
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ModuleFailure(`${file} cannot be read: ${message}`);
  }
}
