/** IP addresses and networks as numbers. */

/** An address with the prefix of the network it stands in; a lone address has all bits as its prefix. */
export interface IpNetwork {
  readonly version: 4 | 6;
  /** The address itself, which need not be the network's first. */
  readonly value: bigint;
  readonly prefix: number;
}

/** How many bits an address has. */
export function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}

/** `10.0.0.1`, `10.0.0.0/24`, `10.0.0.0/255.255.255.0`, `fe80::1/64`; undefined for all else. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [address = '', given, more] = text.split('/');
  if (more !== undefined) return undefined;
  const version = address.includes(':') ? 6 : 4;
  const value = parseAddress(address);
  if (value === undefined) return undefined;
  const prefix = given === undefined ? bitsOf(version) : parsePrefix(given, version);
  return prefix === undefined ? undefined : { version, value, prefix };
}

/** The number of an address; undefined where the text is none. */
export function parseAddress(text: string): bigint | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const last = tail && parseV4(tail[2]!);
  if (tail && last === undefined) return undefined;
  const whole = tail ? `${tail[1]}${(last! >> 16n).toString(16)}:${(last! & 0xffffn).toString(16)}` : text;
  const halves = whole.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...rest];
  if (!groups.every((group) => /^[\da-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** A prefix as a number of bits, or as a netmask or hostmask. */
function parsePrefix(text: string, version: 4 | 6): number | undefined {
  const bits = bitsOf(version);
  if (/^\d{1,3}$/.test(text)) return Number(text) <= bits ? Number(text) : undefined;
  const mask = parseAddress(text);
  if (mask === undefined || text.includes(':') !== (version === 6)) return undefined;
  for (let prefix = 0; prefix <= bits; prefix++) {
    if (mask === maskOf(version, prefix) || (prefix > 0 && mask === hostMask(version, prefix))) return prefix;
  }
  return undefined;
}

/** The netmask of a prefix, as a number. */
export function maskOf(version: 4 | 6, prefix: number): bigint {
  return (1n << BigInt(bitsOf(version))) - (1n << BigInt(bitsOf(version) - prefix));
}

export function hostMask(version: 4 | 6, prefix: number): bigint {
  return (1n << BigInt(bitsOf(version) - prefix)) - 1n;
}

/** The first and last address of a network. */
export function firstOf({ version, value, prefix }: IpNetwork): bigint {
  return value & maskOf(version, prefix);
}

export function lastOf(network: IpNetwork): bigint {
  return firstOf(network) + hostMask(network.version, network.prefix);
}

/** How many addresses a network has. */
export function sizeOf({ version, prefix }: IpNetwork): bigint {
  return 1n << BigInt(bitsOf(version) - prefix);
}

/** True where all of one network lies in the other. */
export function within(inner: IpNetwork, outer: IpNetwork): boolean {
  return inner.version === outer.version && firstOf(inner) >= firstOf(outer) && lastOf(inner) <= lastOf(outer);
}

/** An address as text, the longest run of zeros of IPv6 as `::`. */
export function formatAddress(version: 4 | 6, value: bigint): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  if (value >> 32n === 0xffffn) return `::ffff:${formatAddress(4, value & 0xffffffffn)}`;
  if (value >> 32n === 0n && value >> 16n !== 0n) return `::${formatAddress(4, value)}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const runs = [...groups.map((group) => (group === '0' ? '0' : 'x')).join('').matchAll(/0{2,}/g)];
  const longest = runs.reduce<RegExpMatchArray | undefined>((best, run) => (best === undefined || run[0].length > best[0].length ? run : best), undefined);
  if (!longest) return groups.join(':');
  return `${groups.slice(0, longest.index).join(':')}::${groups.slice(longest.index! + longest[0].length).join(':')}`;
}

/** `10.0.0.1/24`. */
export function formatNetwork({ version, value, prefix }: IpNetwork): string {
  return `${formatAddress(version, value)}/${prefix}`;
}

const kinds: Readonly<Record<'loopback' | 'multicast' | 'linkLocal' | 'notGlobal', readonly IpNetwork[]>> = {
  loopback: networks('127.0.0.0/8', '::1/128'),
  multicast: networks('224.0.0.0/4', 'ff00::/8'),
  linkLocal: networks('169.254.0.0/16', 'fe80::/10'),
  notGlobal: networks(
    '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4',
    '::/128', '::1/128', '::ffff:0:0/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10',
  ),
};

function networks(...texts: string[]): IpNetwork[] {
  return texts.map((text) => parseNetwork(text)!);
}

/** True where the address belongs to this kind of addresses. */
export function isKind(kind: keyof typeof kinds, { version, value }: IpNetwork): boolean {
  return kinds[kind].some((network) => within({ version, value, prefix: bitsOf(version) }, network));
}
