/** The known_hosts file: which keys a host may show. Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
import { createHash, createHmac } from 'node:crypto';

export interface KnownKey {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly marker?: 'revoked' | 'cert-authority' | undefined;
  /** Comma-separated patterns, or one hashed name. */
  readonly hosts: string;
  /** `ssh-ed25519` and so on. */
  readonly type: string;
  readonly key: Buffer;
}

/** What is known of a key that a host has shown. */
export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'revoked'; readonly by: KnownKey }
  /** The host is known by another key of this type. */
  | { readonly kind: 'changed'; readonly known: KnownKey }
  /** Nothing of this type is known; `others` are its keys of other types, `authorities` what signs its keys. */
  | { readonly kind: 'unknown'; readonly others: readonly KnownKey[]; readonly authorities: readonly KnownKey[] };

/** Reads a file's text; lines that make no sense are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownKey[] {
  return text.split('\n').flatMap((row, index) => {
    const words = row.trim().split(/\s+/);
    if (words[0] === '' || words[0]!.startsWith('#')) return [];
    const mark = words[0]!.startsWith('@') ? words.shift() : undefined;
    const [hosts, type, key] = words;
    if (!hosts || !type || !key || (mark !== undefined && mark !== '@revoked' && mark !== '@cert-authority')) return [];
    const marker = mark?.slice(1) as KnownKey['marker'];
    return [{ file, line: index + 1, marker, hosts, type, key: Buffer.from(key, 'base64') }];
  });
}

/** A host's name as known_hosts has it: `host`, or `[host]:port` for another port than 22. */
export function knownName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The entries that speak of a name, in their order. */
export type FindEntries = (name: string) => KnownKey[];

/** Entries by name, so that each of a thousand hosts need not be looked for in a thousand lines. */
export function indexEntries(keys: readonly KnownKey[]): FindEntries {
  const plain = new Map<string, KnownKey[]>();
  const patterns: KnownKey[] = [];
  const hashed: ((name: string) => KnownKey[])[] = [];
  for (const key of keys) {
    if (key.hosts.startsWith('|1|')) hashed.push(hashedEntry(key));
    else if (/[*?!]/.test(key.hosts)) patterns.push(key);
    else for (const name of new Set(key.hosts.toLowerCase().split(','))) plain.set(name, [...(plain.get(name) ?? []), key]);
  }
  return (name) => [...(plain.get(name) ?? []), ...patterns.filter(({ hosts }) => matches(hosts, name)), ...hashed.flatMap((find) => find(name))].sort((a, b) => a.line - b.line);
}

/** An entry that speaks of one name, of which it has but a hash: once that name is known, no other needs to be tried. */
function hashedEntry(key: KnownKey): (name: string) => KnownKey[] {
  const [, , salt = Buffer.alloc(0), hash = Buffer.alloc(0)] = key.hosts.split('|').map((part) => Buffer.from(part, 'base64'));
  let known: string | undefined;
  return (name) => {
    if (known === undefined && createHmac('sha1', salt).update(name).digest().equals(hash)) known = name;
    return known === name ? [key] : [];
  };
}

/** Judges the key that a host has shown by the entries that speak of it. */
export function judge(entries: readonly KnownKey[], key: Buffer): Verdict {
  const revoked = entries.find((entry) => entry.marker === 'revoked' && entry.key.equals(key));
  if (revoked) return { kind: 'revoked', by: revoked };
  const plain = entries.filter(({ marker }) => marker === undefined);
  if (plain.some((entry) => entry.key.equals(key))) return { kind: 'known' };
  const type = keyType(key);
  const known = plain.find((entry) => entry.type === type);
  if (known) return { kind: 'changed', known };
  return { kind: 'unknown', others: plain, authorities: entries.filter(({ marker }) => marker === 'cert-authority') };
}

/** Host key algorithms to offer, those of known keys first, so that the host shows one that can be checked. */
export function orderAlgorithms(entries: readonly KnownKey[], all: readonly string[]): string[] {
  const known = new Set(entries.filter(({ marker }) => marker === undefined).flatMap(({ type }) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type])));
  return [...all.filter((name) => known.has(name)), ...all.filter((name) => !known.has(name))];
}

/** The type that a key in wire format names itself. */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

/** `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Comma-separated patterns; one that begins with `!` and matches rules all others out. */
function matches(hosts: string, name: string): boolean {
  let found = false;
  for (const pattern of hosts.split(',')) {
    const negated = pattern.startsWith('!');
    if (!glob(negated ? pattern.slice(1) : pattern).test(name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

function glob(pattern: string): RegExp {
  const escaped = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${escaped}$`);
}
