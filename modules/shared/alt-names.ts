/** The names a certificate is good for (subject alternative names), in one spelling so that sets of them can be compared. */
import net from 'node:net';

/** One alternative name; `value` is lower case for DNS and in shortest form for IP. */
export interface AltName {
  readonly kind: 'dns' | 'ip' | 'email' | 'uri';
  readonly value: string;
}

const words: Readonly<Record<string, AltName['kind']>> = { dns: 'dns', ip: 'ip', 'ip address': 'ip', email: 'email', uri: 'uri' };

/**
 * Reads `DNS:m1`, `IP:10.0.0.1`, `email:a@b`, `URI:spiffe://a/b` as openssl spells them; a bare word is an IP address
 * where it looks like one, else a DNS name. Gives undefined where the name is not valid for its kind.
 */
export function readAltName(text: string): AltName | undefined {
  const prefix = /^([a-z ]+):(.*)$/is.exec(text);
  const kind = prefix ? words[prefix[1]!.toLowerCase()] : undefined;
  if (kind !== undefined) return checked(kind, prefix![2]!);
  return net.isIP(text) === 0 ? checked('dns', text) : checked('ip', text);
}

/** A name as people read it: `DNS:m1`, `IP:10.0.0.1`. Equal names give equal texts. */
export function altNameText(name: AltName): string {
  return `${{ dns: 'DNS', ip: 'IP', email: 'email', uri: 'URI' }[name.kind]}:${name.value}`;
}

/** The names in the text that Node's X509Certificate gives as subjectAltName; what is not one of our kinds keeps its text. */
export function readSubjectAltName(text: string | undefined): string[] {
  const names: string[] = [];
  for (const [, word, raw] of (text ?? '').matchAll(/([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)) {
    const value = raw!.startsWith('"') ? (JSON.parse(raw!) as string) : raw!;
    const name = readAltName(`${word}:${value}`);
    names.push(name ? altNameText(name) : `${word}:${value}`);
  }
  return names;
}

/** Whether a text can be a DNS name in a certificate: labels of letters, digits, - and _, the first may be `*`. */
export function isDnsName(text: string): boolean {
  if (text.length > 253 || net.isIP(text) !== 0) return false;
  return text.split('.').every((label, index) => (index === 0 && label === '*') || /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
}

function checked(kind: AltName['kind'], value: string): AltName | undefined {
  switch (kind) {
    case 'dns': return isDnsName(value) ? { kind, value: value.toLowerCase() } : undefined;
    case 'ip': return net.isIP(value) === 0 || value.includes('%') ? undefined : { kind, value: shortestAddress(value) };
    case 'email': return /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(value) ? { kind, value } : undefined;
    case 'uri': return /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(value) ? { kind, value } : undefined;
  }
}

/** `FE80:0:0:0:0:0:0:1` and `fe80::1` are one address. */
function shortestAddress(address: string): string {
  return net.isIPv6(address) ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}
