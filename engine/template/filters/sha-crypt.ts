/** SHA-crypt, the password hashes `$5$` and `$6$` of /etc/shadow (https://www.akkadia.org/drepper/SHA-crypt.txt). */
import { createHash } from 'node:crypto';
import { Fault } from '../fault.ts';

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The hash of a password. 5000 rounds are the format's own default and are not written; 1000 to 999999999 are allowed. */
export function shaCrypt(password: string, salt: string, kind: 'sha256' | 'sha512', rounds: number): string {
  if (rounds < 1000 || rounds > 999_999_999) throw new Fault(`expected 1000 to 999999999 rounds, found ${rounds}`);
  const key = Buffer.from(password, 'utf8');
  const grain = Buffer.from(salt, 'ascii');
  const hash = (...parts: readonly Uint8Array[]): Buffer => {
    const made = createHash(kind);
    for (const part of parts) made.update(part);
    return made.digest();
  };
  const [p, s, first] = sequences(key, grain, hash);
  let digest = first;
  for (let i = 0; i < rounds; i++) {
    const parts = [i % 2 ? p : digest];
    if (i % 3) parts.push(s);
    if (i % 7) parts.push(p);
    parts.push(i % 2 ? digest : p);
    digest = hash(...parts);
  }
  const id = kind === 'sha256' ? 5 : 6;
  return `$${id}$${rounds === 5000 ? '' : `rounds=${rounds}$`}${salt}$${encode(digest, kind)}`;
}

/** The P and S sequences, and the digest that the rounds begin with. */
function sequences(key: Buffer, salt: Buffer, hash: (...parts: readonly Uint8Array[]) => Buffer): [Buffer, Buffer, Buffer] {
  const fill = (block: Buffer, length: number): Buffer => Buffer.concat(Array.from({ length: Math.ceil(length / block.length) }, () => block)).subarray(0, length);
  const b = hash(key, salt, key);
  const parts: Buffer[] = [key, salt, fill(b, key.length)];
  for (let n = key.length; n > 0; n >>= 1) parts.push(n & 1 ? b : key);
  const a = hash(...parts);
  const p = fill(hash(...Array.from({ length: key.length }, () => key)), key.length);
  const s = fill(hash(...Array.from({ length: 16 + a[0]! }, () => salt)), salt.length);
  return [p, s, a];
}

/** The digest's bytes in the format's own order, six bits a character. */
function encode(digest: Buffer, kind: 'sha256' | 'sha512'): string {
  const third = kind === 'sha256' ? 10 : 21;
  let text = '';
  const group = (high: number, middle: number, low: number, count: number): void => {
    for (let bits = (high << 16) | (middle << 8) | low, i = 0; i < count; i++, bits >>= 6) text += alphabet[bits & 63];
  };
  for (let i = 0, [a, b, c] = [0, third, third * 2]; i < third; i++) {
    group(digest[a]!, digest[b]!, digest[c]!, 4);
    [a, b, c] = kind === 'sha512' ? [b + 1, c + 1, a + 1] : [c + 1, a + 1, b + 1];
  }
  if (kind === 'sha256') group(0, digest[31]!, digest[30]!, 3);
  else group(0, 0, digest[63]!, 2);
  return text;
}
