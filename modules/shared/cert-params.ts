/** What a task may ask of a certificate, and what it means where it says nothing. */
import posix from 'node:path/posix';
import { fileMode, flag, listOf, ModuleFailure, text, whole, z } from '../../engine/module/kit.ts';
import { altNameText, isDnsName, readAltName } from './alt-names.ts';
import type { WantedAuthority } from './authority.ts';
import { profiles, type WantedLeaf } from './certificate.ts';
import { keyTypes } from './key-type.ts';

const days = () => whole().pipe(z.int().min(1).max(36_500));
const altName = (prefix: '' | 'IP:') => text().refine((value) => readAltName(prefix + value) !== undefined, prefix ? 'expected an IP address' : 'expected DNS:name, IP:address, email:address or URI:uri');

export const certParams = z.object({
  authority: text().describe('folder on the controller with the authority\'s ca.crt and ca.key; a relative path counts from the playbook\'s folder. Made where it is missing, for the user alone'),
  authority_name: text().pipe(z.string().min(1).max(64)).optional().describe('common name of the authority when it is made; default: the folder\'s name'),
  authority_key_type: z.enum(keyTypes).default('ecdsa-p256').describe('key of the authority when it is made'),
  authority_lifetime: days().default(3650).describe('days that the authority is valid when it is made'),
  path: text().optional().describe('the certificate on the host (PEM); missing: only the authority and `ca_path` are seen to'),
  key_path: text().optional().describe('its private key on the host (PEM: SEC 1 or PKCS#1; PKCS#8 is read too); default: `path` with the ending .key'),
  ca_path: text().optional().describe('where on the host the authority\'s certificate goes; missing: nowhere'),
  bundle: flag().default(false).describe('put the authority\'s certificate after the host\'s own in `path`'),
  state: z.enum(['present', 'absent']).default('present').describe('absent removes the certificate and its key from the host; the authority stays'),
  profile: z.enum(profiles).optional().describe('what it is for: server, client, or peer (both)'),
  common_name: text().pipe(z.string().min(1).max(64, 'a common name has at most 64 characters')).optional().describe('CN of the subject; Kubernetes and etcd read it as the user\'s name'),
  organization: listOf(text().pipe(z.string().min(1).max(64))).default([]).describe('O of the subject; Kubernetes reads them as the user\'s groups'),
  dns: listOf(text().refine(isDnsName, 'expected a DNS name')).default([]).describe('DNS names that it is good for'),
  ip: listOf(altName('IP:')).default([]).describe('IP addresses that it is good for'),
  subject_alt_names: listOf(altName('')).default([]).describe('further names: DNS:x, IP:y, email:z, URI:u; a bare word is an IP address where it looks like one, else a DNS name'),
  key_type: z.enum(keyTypes).default('ecdsa-p256').describe('kind and size of the private key'),
  keep_key: flag().default(false).describe('sign a new certificate for the key that is there, where that key still fits; default: each certificate has a new key'),
  lifetime: days().default(365).describe('days that a new certificate is valid; it never outlives its authority'),
  renew_before: whole().pipe(z.int().min(0)).optional().describe('days before its end at which it is issued anew; default 30, a third of the lifetime where that is less'),
  force: flag().default(false).describe('issue anew in any case; for a key that may be known to others'),
  mode: fileMode().default('0644').describe('permission bits of the certificates'),
  key_mode: fileMode().default('0600').describe('permission bits of the private key'),
  owner: text().optional().describe('owner of the files on the host; default: the acting user'),
  group: text().optional().describe('group of the files on the host; default: the acting user\'s'),
});

export type CertParams = z.infer<typeof certParams>;

/** The certificate that is asked for; call it only where `path` is given. */
export function wantedLeaf(asked: CertParams): WantedLeaf {
  const names = [...asked.dns.map((each) => `DNS:${each}`), ...asked.ip.map((each) => `IP:${each}`), ...asked.subject_alt_names].map((each) => altNameText(readAltName(each)!));
  return { commonName: asked.common_name!, organization: [...new Set(asked.organization)], names: [...new Set(names)], profile: asked.profile!, keyType: asked.key_type, lifetime: asked.lifetime };
}

/** The authority to be made where `folder` has none. */
export function wantedAuthority(asked: CertParams, folder: string): WantedAuthority {
  return { name: asked.authority_name ?? posix.basename(folder), keyType: asked.authority_key_type, lifetime: asked.authority_lifetime };
}

/** Days before its end at which a certificate is issued anew. Throws ModuleFailure where that would be in every run. */
export function renewBefore(asked: CertParams): number {
  const before = asked.renew_before ?? Math.min(30, Math.floor(asked.lifetime / 3));
  if (before >= asked.lifetime) throw new ModuleFailure(`renew_before (${before} days) is not less than lifetime (${asked.lifetime} days): the certificate would be issued anew in every run`);
  return before;
}

/** Where the key goes that belongs to a certificate. */
export function keyPathOf(asked: Pick<CertParams, 'path' | 'key_path'>): string | undefined {
  return asked.key_path ?? asked.path?.replace(/\.(crt|pem|cert|cer)$/, '').concat('.key');
}
