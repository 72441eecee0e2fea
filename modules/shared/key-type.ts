/** The kinds of private keys that certificates are made with. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** Names as users write them; the number is the curve's or the modulus's size in bits. */
export const keyTypes = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const;
export type KeyType = (typeof keyTypes)[number];

const curves: Readonly<Record<string, string>> = { prime256v1: 'ecdsa-p256', secp384r1: 'ecdsa-p384', secp521r1: 'ecdsa-p521' };

/** A key's type by our names, or what Node calls it where it is none of ours. */
export function keyTypeOf(key: KeyObject): string {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = key;
  if (type === 'ec') return curves[details?.namedCurve ?? ''] ?? `ec-${details?.namedCurve}`;
  return type === 'rsa' ? `rsa-${details?.modulusLength}` : type;
}

/** A new pair of keys; RSA takes up to a second, off the main thread. */
export async function makeKeys(type: KeyType): Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }> {
  const bits = Number(type.replace(/^\D+/, ''));
  if (type.startsWith('rsa')) return promisify(generateKeyPair)('rsa', { modulusLength: bits, publicExponent: 0x10001 });
  return promisify(generateKeyPair)('ec', { namedCurve: bits === 256 ? 'prime256v1' : 'secp384r1' });
}

/** A private key as PEM, unencrypted, in the form that kubeadm and openssl make: kubeadm 1.20 hands no ECDSA key on that is in PKCS#8. */
export function privatePem(key: KeyObject): string {
  return key.export({ type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1', format: 'pem' }).toString();
}
