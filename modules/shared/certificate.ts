/** What a certificate says and in which points it is not what was asked; Node's own parser reads it. */
import { X509Certificate } from 'node:crypto';
import { readSubjectAltName } from './alt-names.ts';
import { keyTypeOf, type KeyType } from './key-type.ts';

/** What a certificate may be used for, as cfssl's profiles have it. */
export const profiles = ['server', 'client', 'peer'] as const;
export type Profile = (typeof profiles)[number];

const purposes = { '1.3.6.1.5.5.7.3.1': 'server auth', '1.3.6.1.5.5.7.3.2': 'client auth' } as const;
const profilePurposes: Readonly<Record<Profile, readonly string[]>> = { server: ['server auth'], client: ['client auth'], peer: ['server auth', 'client auth'] };

/** A leaf certificate as asked for. */
export interface WantedLeaf {
  readonly commonName: string;
  readonly organization: readonly string[];
  /** In the spelling of altNameText, each once. */
  readonly names: readonly string[];
  readonly profile: Profile;
  readonly keyType: KeyType;
  /** Days. */
  readonly lifetime: number;
}

/** What is read from a certificate. */
export interface Leaf {
  readonly certificate: X509Certificate;
  readonly subject: string;
  readonly names: readonly string[];
  readonly usages: readonly string[];
  readonly keyType: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The texts of all PEM certificates in a file, each with its last newline. */
export function splitPem(text: string): string[] {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g)].map(([block]) => `${block.replaceAll('\r', '')}\n`);
}

/** The first certificate of a PEM text, or undefined where there is none that can be read. */
export function readLeaf(text: string): Leaf | undefined {
  try {
    const certificate = new X509Certificate(splitPem(text)[0] ?? '');
    const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[]>;
    return {
      certificate,
      subject: subjectText(Object.entries(subject).flatMap(([key, value]) => [value].flat().map((each) => [key, each] as const))),
      names: readSubjectAltName(certificate.subjectAltName),
      usages: readUsages(certificate),
      keyType: keyTypeOf(certificate.publicKey),
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
    };
  } catch {
    return undefined;
  }
}

/** The subject asked for, in the same spelling as a Leaf's. */
export function wantedSubject(wanted: Pick<WantedLeaf, 'commonName' | 'organization'>): string {
  return subjectText([['CN', wanted.commonName], ...wanted.organization.map((each) => ['O', each] as const)]);
}

/** Uses asked for: extended ones by name, then key usage bits. RSA keys also encipher keys, as cfssl and kubeadm have it. */
export function wantedUsages(wanted: { readonly profile: Profile; readonly keyType: string }): string[] {
  return [...profilePurposes[wanted.profile], 'digital signature', ...(wanted.keyType.startsWith('rsa') ? ['key encipherment'] : [])];
}

/** In which points the content of a certificate differs from what was asked; the signer and the time left are judged elsewhere. */
export function differences(leaf: Leaf, wanted: WantedLeaf): string[] {
  const found: string[] = [];
  const subject = wantedSubject(wanted);
  if (leaf.subject !== subject) found.push(`its subject is ${leaf.subject || 'empty'}, asked for is ${subject}`);
  const lacks = wanted.names.filter((name) => !leaf.names.includes(name));
  const extra = leaf.names.filter((name) => !wanted.names.includes(name));
  if (lacks.length > 0) found.push(`it lacks ${lacks.join(', ')}`);
  if (extra.length > 0) found.push(`it names ${extra.join(', ')}, which is not asked for`);
  const usages = wantedUsages({ profile: wanted.profile, keyType: leaf.keyType });
  if (!sameSet(leaf.usages, usages)) found.push(`its usages are ${leaf.usages.join(', ') || 'none'}; asked for are ${usages.join(', ')}`);
  if (leaf.keyType !== wanted.keyType) found.push(`its key is ${leaf.keyType}, asked for is ${wanted.keyType}`);
  return found;
}

/** Whole days from now until a time, negative where it is past; a minute of the first day may be gone already. */
export function daysUntil(time: number, now: number): number {
  return Math.floor((time - now + 60_000) / 86_400_000);
}

/** ISO 8601 in UTC, to the second. */
export function dateText(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** CN first, organizations sorted, the rest after: the order in a certificate carries no meaning for us. */
function subjectText(parts: readonly (readonly [string, string])[]): string {
  const rank = (key: string) => (key === 'CN' ? 0 : key === 'O' ? 1 : 2);
  return [...parts].sort(([a, x], [b, y]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1)).map(([key, value]) => `${key}=${value}`).join(', ');
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}

function readUsages(certificate: X509Certificate): string[] {
  return [...(certificate.keyUsage ?? []).map((oid) => purposes[oid as keyof typeof purposes] ?? oid), ...keyUsageBits(certificate.raw)];
}

const bitNames = ['digital signature', 'content commitment', 'key encipherment', 'data encipherment', 'key agreement', 'cert sign', 'crl sign'];

/** Node does not tell the key usage bits, so they are looked for: OID 2.5.29.15, perhaps TRUE for critical, an OCTET STRING, in it a BIT STRING. */
function keyUsageBits(der: Buffer): string[] {
  const found = /\x06\x03\x55\x1d\x0f(?:\x01\x01\xff)?\x04[\x04\x05]\x03[\x02\x03]([\x00-\x07][\x00-\xff])/.exec(der.toString('latin1'));
  if (!found) return [];
  const bits = found[1]!.charCodeAt(1);
  return bitNames.filter((_, index) => (bits & (0x80 >> index)) !== 0);
}

/** A certificate for people, a line a fact; `now` in milliseconds. */
export function leafText(leaf: Leaf, now: number): string {
  return factText({ subject: leaf.subject, names: leaf.names, usages: leaf.usages, keyType: leaf.keyType, issuer: issuerText(leaf.certificate), days: daysUntil(leaf.notAfter, now) });
}

/** A certificate that is to be made, in the same lines. */
export function wantedText(wanted: WantedLeaf, issuer: string, days: number): string {
  return factText({ subject: wantedSubject(wanted), names: wanted.names, usages: wantedUsages(wanted), keyType: wanted.keyType, issuer, days });
}

/** Who signed a certificate, or who it is of. */
export function issuerText(certificate: X509Certificate, side: 'issuer' | 'subject' = 'issuer'): string {
  return certificate[side].split('\n').reverse().join(', ');
}

/** What `register` stores of a certificate. */
export function leafResult(leaf: Leaf, now: number): Record<string, unknown> {
  return {
    not_before: dateText(leaf.notBefore),
    expires: dateText(leaf.notAfter),
    days_left: daysUntil(leaf.notAfter, now),
    serial: leaf.certificate.serialNumber.toLowerCase(),
    fingerprint: leaf.certificate.fingerprint256,
  };
}

function factText(facts: { subject: string; names: readonly string[]; usages: readonly string[]; keyType: string; issuer: string; days: number }): string {
  const sorted = [...facts.names].sort().join(', ');
  const life = facts.days < 0 ? `expired ${-facts.days} days ago` : `expires in ${facts.days} days`;
  return `subject: ${facts.subject}\nnames: ${sorted || 'none'}\nusages: ${facts.usages.join(', ')}\nkey: ${facts.keyType}\nissuer: ${facts.issuer}\n${life}\n`;
}
