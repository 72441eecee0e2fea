/** Private keys from files, in every form that OpenSSH and openssl write. */
import { createPrivateKey, createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';

/** A key that can sign, or why it cannot. */
export type LoadedKey =
  | { readonly kind: 'key'; readonly file: string; readonly key: ParsedKey }
  | { readonly kind: 'absent'; readonly file: string }
  | { readonly kind: 'unusable'; readonly file: string; readonly problem: string; readonly publicKey?: Buffer | undefined };

/** Gives the passphrase of a key file, or undefined where nobody knows it. */
export type Passphrase = (file: string) => Promise<string | undefined>;

const loaded = new Map<string, Promise<LoadedKey>>();

/** Loads a key once a run, for opening an encrypted one is slow on purpose. Never throws. */
export function loadKey(file: string, passphrase?: Passphrase): Promise<LoadedKey> {
  const known = loaded.get(file);
  if (known) return known;
  const fresh = readKey(file, passphrase);
  loaded.set(file, fresh);
  void fresh.then((result) => result.kind !== 'key' && loaded.delete(file));
  return fresh;
}

async function readKey(file: string, passphrase: Passphrase | undefined): Promise<LoadedKey> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent', file };
    return { kind: 'unusable', file, problem: (error as Error).message };
  }
  const encrypted = isEncrypted(text);
  const phrase = encrypted ? await passphrase?.(file) : undefined;
  const publicKey = await readPublicKey(file);
  if (encrypted && phrase === undefined) return { kind: 'unusable', file, problem: 'it is encrypted; add it to the agent with: ssh-add', publicKey };
  const key = parsePrivateKey(text, phrase);
  return key instanceof Error ? { kind: 'unusable', file, problem: key.message, publicKey } : { kind: 'key', file, key };
}

/** Parses a private key's text. An Error as a value says why it cannot be used. */
export function parsePrivateKey(text: string, phrase?: string): ParsedKey | Error {
  try {
    const plain = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text) ? fromPkcs8(createPrivateKey({ key: text, ...(phrase === undefined ? {} : { passphrase: phrase }) })) : text;
    const key = ssh2.utils.parseKey(plain, phrase);
    if (key instanceof Error) return key;
    const single = (Array.isArray(key) ? key[0] : key) as ParsedKey | undefined;
    return single?.isPrivateKey() ? single : new Error('it is not a private key');
  } catch (error) {
    return error as Error;
  }
}

/** True for a key that needs a passphrase, whatever its form. */
export function isEncrypted(text: string): boolean {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) return true;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (body === undefined) return false;
  const bytes = Buffer.from(body, 'base64');
  const at = 'openssh-key-v1\0'.length;
  return bytes.length > at + 4 && bytes.toString('latin1', at + 4, at + 4 + bytes.readUInt32BE(at)) !== 'none';
}

async function readPublicKey(file: string): Promise<Buffer | undefined> {
  const text = await readFile(`${file}.pub`, 'utf8').catch(() => '');
  const word = text.trim().split(/\s+/)[1];
  return word === undefined ? undefined : Buffer.from(word, 'base64');
}

/** PKCS#8, as openssl writes it, in a form that ssh2 reads. */
function fromPkcs8(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }) as string;
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }) as string;
  if (key.asymmetricKeyType === 'ed25519') return opensshEd25519(key);
  throw new Error(`keys of type ${key.asymmetricKeyType} are not supported`);
}

/** An Ed25519 key in OpenSSH's own form (PROTOCOL.key), not encrypted. */
function opensshEd25519(key: KeyObject): string {
  const seed = Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url');
  const open = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');
  const blob = Buffer.concat([field('ssh-ed25519'), field(open)]);
  const check = randomBytes(4);
  const inner = Buffer.concat([check, check, blob, field(Buffer.concat([seed, open])), field('')]);
  const pad = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const all = Buffer.concat([Buffer.from('openssh-key-v1\0'), field('none'), field('none'), field(''), one, field(blob), field(Buffer.concat([inner, pad]))]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${all.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
