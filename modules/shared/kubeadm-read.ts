/** Reads kubeconfig files, certificates and manifests as kubeadm writes them. */
import { createHash, X509Certificate } from 'node:crypto';
import type { Access, Manifest } from './kubeadm-look.ts';
import { linesOf } from './records.ts';

/** kubeconfig files are written by one program, which puts each field on a line of its own. */
export function readAccess(records: Readonly<Record<string, string>>): Access | undefined {
  const fields = fieldsOf(records['access']);
  const { server } = fields;
  const path = fields['client-certificate'];
  const certificate = path === undefined ? decoded(fields['client-certificate-data']) : records['client'];
  const subject = certificateOf(certificate)?.subject;
  if (server === undefined || subject === undefined) return undefined;
  const name = /(?:^|\n)CN=(.*)/.exec(subject)?.[1];
  return { server, caHash: hashOf(decoded(fields['certificate-authority-data']) ?? records['ca']), nodeName: name?.replace(/^system:node:/, ''), isRotated: path !== undefined };
}

/** Lines of a name and a value. */
export function fieldsOf(record: string | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(linesOf(record).map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).replaceAll('"', '')]));
}

function decoded(base64: string | undefined): string | undefined {
  return base64 ? Buffer.from(base64, 'base64').toString() : undefined;
}

/** `sha256:` and the sum of the certificate's public key, as kubeadm pins it; undefined for what is no certificate. */
export function hashOf(pem: string | undefined): string | undefined {
  const key = certificateOf(pem)?.publicKey.export({ type: 'spki', format: 'der' });
  return key && `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** The first certificate of a text; undefined where there is none that can be read. */
export function certificateOf(pem: string | undefined): X509Certificate | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The image and flags of a static pod. */
export function readManifest(record: string): Manifest {
  const lines = linesOf(record);
  const flags = lines.filter((line) => line.startsWith('flag ')).map((line) => /^flag ([^=]+)=?(.*)$/s.exec(line)!).map(([, name, value]) => [name!, value!] as const);
  return { image: lines.find((line) => line.startsWith('image '))?.slice(6) ?? '', flags: Object.fromEntries(flags) };
}
