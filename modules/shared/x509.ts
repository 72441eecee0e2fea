/** Makes and signs certificates; the only file that knows @peculiar/x509, which is loaded when the first one is made. */
import { randomBytes, webcrypto, X509Certificate, type KeyObject } from 'node:crypto';
import { ModuleFailure } from '../../engine/module/kit.ts';
import { readAltName } from './alt-names.ts';
import { wantedUsages, type WantedLeaf } from './certificate.ts';
import { keyTypeOf } from './key-type.ts';

/** Certificates begin this much before they are made, for hosts whose clocks are behind. */
const backdate = 5 * 60_000;
const day = 86_400_000;

export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** A certificate authority's own certificate, as PEM: it signs leaves only. `lifetime` in days, `now` in milliseconds. */
export async function signAuthority(keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }, name: string, lifetime: number, now: number): Promise<string> {
  const x509 = await loadX509();
  const publicKey = await toCryptoKey(keys.publicKey);
  const subject = new x509.Name([{ CN: [{ utf8String: name }] }]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: subject,
    notBefore: seconds(now - backdate),
    notAfter: seconds(now + lifetime * day),
    publicKey,
    signingKey: await toCryptoKey(keys.privateKey),
    signingAlgorithm: signing(keys.privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey, false),
    ],
  });
  return pem(certificate.toString('pem'));
}

/** A leaf certificate as PEM, signed by an authority; it never outlives its authority. */
export async function signLeaf(signer: Signer, publicKey: KeyObject, wanted: WantedLeaf, now: number): Promise<string> {
  const x509 = await loadX509();
  const parent = new x509.X509Certificate(signer.certificate.raw);
  const key = await toCryptoKey(publicKey);
  const usages = wantedUsages(wanted);
  const flags = x509.KeyUsageFlags.digitalSignature | (usages.includes('key encipherment') ? x509.KeyUsageFlags.keyEncipherment : 0);
  const purposes = [...(usages.includes('server auth') ? [x509.ExtendedKeyUsage.serverAuth] : []), ...(usages.includes('client auth') ? [x509.ExtendedKeyUsage.clientAuth] : [])];
  const names = wanted.names.map((name) => generalName(name));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: new x509.Name([...wanted.organization.map((each) => ({ O: [{ utf8String: each }] })), { CN: [{ utf8String: wanted.commonName }] }]),
    issuer: parent.subjectName,
    notBefore: seconds(Math.max(now - backdate, Date.parse(signer.certificate.validFrom))),
    notAfter: seconds(Math.min(now + wanted.lifetime * day, Date.parse(signer.certificate.validTo))),
    publicKey: key,
    signingKey: await toCryptoKey(signer.key),
    signingAlgorithm: signing(signer.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(flags, true),
      new x509.ExtendedKeyUsageExtension(purposes),
      await x509.SubjectKeyIdentifierExtension.create(key, false),
      await authorityKeyIdentifier(x509, parent),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return pem(certificate.toString('pem'));
}

type X509 = typeof import('@peculiar/x509');

/** Loading takes about 0.1 s, so a run that makes no certificate does without. */
async function loadX509(): Promise<X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** The authority's own key identifier where it has one: verifiers compare the two as bytes. */
async function authorityKeyIdentifier(x509: X509, parent: InstanceType<X509['X509Certificate']>) {
  const own = parent.getExtension(x509.SubjectKeyIdentifierExtension);
  return own ? new x509.AuthorityKeyIdentifierExtension(own.keyId) : x509.AuthorityKeyIdentifierExtension.create(parent.publicKey, false);
}

function generalName(text: string): { type: 'dns' | 'ip' | 'email' | 'url'; value: string } {
  const name = readAltName(text);
  if (!name) throw new TypeError(`${text} is not a name`);
  return { type: name.kind === 'uri' ? 'url' : name.kind, value: name.value };
}

const curves: Readonly<Record<string, readonly [string, string]>> = { 'ecdsa-p256': ['P-256', 'SHA-256'], 'ecdsa-p384': ['P-384', 'SHA-384'], 'ecdsa-p521': ['P-521', 'SHA-512'] };

/** The signature that a key makes. Throws ModuleFailure for keys that cannot sign certificates here (ed25519, DSA). */
export function signing(key: KeyObject): { name: string; hash: string; namedCurve?: string } {
  const type = keyTypeOf(key);
  const curve = curves[type];
  if (curve) return { name: 'ECDSA', namedCurve: curve[0], hash: curve[1] };
  if (type.startsWith('rsa-')) return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  throw new ModuleFailure(`certificates cannot be signed with a key of type ${type}`, { hint: 'use an RSA or ECDSA key for the authority' });
}

/** Node 20 has no KeyObject.toCryptoKey, so the key passes through DER in memory. */
async function toCryptoKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const isPrivate = key.type === 'private';
  const der = isPrivate ? key.export({ format: 'der', type: 'pkcs8' }) : key.export({ format: 'der', type: 'spki' });
  return webcrypto.subtle.importKey(isPrivate ? 'pkcs8' : 'spki', der, signing(key), true, [isPrivate ? 'sign' : 'verify']);
}

/** 127 random bits; the first byte is never 0 or negative, so the DER is in its shortest form (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Certificates hold whole seconds. */
function seconds(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

function pem(text: string): string {
  return `${text.trim().replaceAll('\r', '')}\n`;
}
