/**
 * Which public key a private key on a host belongs to, found without moving the private key.
 *
 * A private key file holds its public half in the clear, at a place that its type fixes: an EC key ends with the public
 * point, an RSA key has its modulus after a header of fixed length. The host hashes those bytes alone (sed, base64,
 * tail and sha256sum; no openssl is needed) and only the hash comes back. It is compared with the hash of the same
 * bytes of the certificate's public key. A key in a form we do not know gives another hash, and so counts as no match.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { ModuleFailure, textOf, type Probe } from '../../engine/module/kit.ts';
import type { KeyType } from './key-type.ts';

/** Octets before the modulus: in PKCS#8 (`PRIVATE KEY`) and in PKCS#1 (`RSA PRIVATE KEY`). */
const rsaOffset = { pkcs8: 38, pkcs1: 12 } as const;

const script = `
[ -f "$1" ] || exit 0
[ -r "$1" ] || exit 4
for tool in base64 sha256sum sed tail head tr; do command -v "$tool" >/dev/null || exit 3; done
skip=$3
grep -q '^-----BEGIN RSA PRIVATE KEY-----' "$1" && skip=$4
der() { tr -d '\\r' <"$1" | sed -n '/^-----BEGIN .*PRIVATE KEY-----/,/^-----END/{/^-----/!p;}' | base64 -d 2>/dev/null; }
if [ "$skip" -eq 0 ]; then der "$1" | tail -c "$2"; else der "$1" | tail -c "+$((skip + 1))" | head -c "$2"; fi | sha256sum
`;

/** The hash of the public half of the key file on the host, or undefined where there is no file. Throws ModuleFailure where it cannot be read. */
export async function readKeyPrint(probe: Probe, path: string, type: KeyType): Promise<string | undefined> {
  const bits = Number(type.replace(/^\D+/, ''));
  const rsa = type.startsWith('rsa');
  const [bytes, pkcs8, pkcs1] = rsa ? [bits / 8, rsaOffset.pkcs8, rsaOffset.pkcs1] : [1 + (2 * bits) / 8, 0, 0];
  const answer = await probe.ask(['sh', '-c', script, 'sh', path, String(bytes), String(pkcs8), String(pkcs1)]);
  if (answer.code === 3) throw new ModuleFailure(`cannot tell whether ${path} fits its certificate: base64 or sha256sum is missing on the host`, { hint: 'install coreutils' });
  if (answer.code === 4) throw new ModuleFailure(`${path} cannot be read`, { hint: 'the task needs become: true' });
  return /^[0-9a-f]{64}/.exec(textOf(answer.stdout))?.[0];
}

/** The hash of the same bytes of a public key. */
export function keyPrint(publicKey: KeyObject): string {
  const jwk = publicKey.export({ format: 'jwk' });
  const part = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  const bytes = jwk.kty === 'RSA' ? part(jwk.n) : Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)]);
  return createHash('sha256').update(bytes).digest('hex');
}
