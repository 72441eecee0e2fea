/** What `ipaddr` can ask of an address or network, by the names of ansible.utils. */
import { asWhole } from '../arithmetic.ts';
import { Fault } from '../fault.ts';
import { firstOf, formatAddress, formatNetwork, hostMask, isKind, lastOf, maskOf, sizeOf, within, type IpNetwork } from '../ip.ts';
import type { Value } from '../value.ts';

/** An address or network that was asked about. */
export interface Asked {
  readonly network: IpNetwork;
  /** True where it was written with a prefix. */
  readonly hasPrefix: boolean;
  readonly value: Value;
}

type Query = (asked: Asked) => Value;

const address = (network: IpNetwork, value = network.value): string => formatAddress(network.version, value);
const withPrefix = (network: IpNetwork, value = network.value): string => `${address(network, value)}/${network.prefix}`;
const isFirst = (network: IpNetwork): boolean => network.value === firstOf(network);

/** True for the first address of a network that has room for hosts: it names the network and not a host. */
function namesNetwork(network: IpNetwork): boolean {
  return sizeOf(network) > 2n && network.version === 4 && isFirst(network);
}

const ip: Query = ({ network }) => (namesNetwork(network) ? null : address(network));
const subnet: Query = ({ network }) => withPrefix(network, firstOf(network));
const addressPrefix: Query = ({ network }) => (sizeOf(network) > 2n && (isFirst(network) || network.value === lastOf(network)) ? false : withPrefix(network));
const network: Query = (asked) => address(asked.network, firstOf(asked.network));
const wildcard: Query = (asked) => address(asked.network, hostMask(asked.network.version, asked.network.prefix));
const loopback: Query = (asked) => (isKind('loopback', asked.network) ? asked.value : null);

/** First and last address that hosts may have. */
export function usable(of: IpNetwork): [bigint, bigint] | undefined {
  if (sizeOf(of) === 1n) return undefined;
  return sizeOf(of) === 2n ? [firstOf(of), lastOf(of)] : [firstOf(of) + 1n, lastOf(of) - 1n];
}

/** A query that only a network answers. */
function ofNetwork(answer: (network: IpNetwork, range: [bigint, bigint]) => Value): Query {
  return (asked) => {
    if (!asked.hasPrefix) throw new Fault('this is an address, not a network', 'write it with a prefix: 10.0.0.1/24');
    const range = usable(asked.network);
    return range ? answer(asked.network, range) : null;
  };
}

function stepped(by: bigint): Query {
  return ofNetwork((of, [first, last]) => {
    const next = of.value + by;
    return next >= first && next <= last ? address(of, next) : null;
  });
}

function peer({ network: of, hasPrefix }: Asked): Value {
  if (!hasPrefix) throw new Fault('this is an address, not a network');
  if (sizeOf(of) === 2n) return address(of, of.value ^ 1n);
  if (sizeOf(of) !== 4n) throw new Fault('this is no network of two hosts');
  if (of.value % 4n === 0n || of.value % 4n === 3n) throw new Fault('the first and last address of a /30 have no peer');
  return address(of, of.value ^ 3n);
}

function reverseName({ network: of }: Asked): string {
  if (of.version === 4) return `${address(of).split('.').reverse().join('.')}.in-addr.arpa.`;
  return `${of.value.toString(16).padStart(32, '0').split('').reverse().join('.')}.ip6.arpa.`;
}

function asV6({ network: of, value }: Asked): Value {
  return of.version === 6 ? value : `::ffff:${address(of)}/${of.prefix + 96}`;
}

function asV4({ network: of, value }: Asked): Value {
  if (of.version === 4) return value;
  return of.value >> 32n === 0xffffn || of.value >> 32n === 0n ? `${formatAddress(4, of.value & 0xffffffffn)}/${Math.max(0, of.prefix - 96)}` : false;
}

function sixToFour({ network: of, value, hasPrefix }: Asked): Value {
  if (of.version === 6) return of.value >> 112n === 0x2002n && (!hasPrefix || !isFirst(of)) ? value : false;
  if (namesNetwork(of)) return false;
  const hex = of.value.toString(16).padStart(8, '0');
  return `2002:${hex.slice(0, 4)}:${hex.slice(4)}::1/48`;
}

const globalAddress = (of: IpNetwork): boolean => !isKind('notGlobal', of);

/** Queries by name. */
export const ipQueries: ReadonlyMap<string, Query> = new Map<string, Query>(Object.entries({
  '': ({ network: of, hasPrefix }) => (hasPrefix ? withPrefix(of) : address(of)),
  '6to4': sixToFour,
  address: ip,
  ip,
  'address/prefix': addressPrefix,
  gateway: addressPrefix,
  gw: addressPrefix,
  router: addressPrefix,
  'host/prefix': addressPrefix,
  hostnet: addressPrefix,
  bool: () => true,
  broadcast: ({ network: of }) => (sizeOf(of) > 2n ? address(of, lastOf(of)) : null),
  cidr: ({ network: of }) => formatNetwork(of),
  first_usable: ofNetwork((of, [first]) => address(of, first)),
  last_usable: ofNetwork((of, [, last]) => address(of, last)),
  range_usable: ofNetwork((of, [first, last]) => `${address(of, first)}-${address(of, last)}`),
  next_usable: stepped(1n),
  previous_usable: stepped(-1n),
  host: ({ network: of }) => (namesNetwork(of) ? null : withPrefix(of)),
  hostmask: wildcard,
  wildcard,
  int: ({ network: of, hasPrefix }) => (hasPrefix ? `${of.value}/${of.prefix}` : of.version === 4 ? asWhole(Number(of.value)) : String(of.value)),
  'ip/prefix': ({ network: of }) => (sizeOf(of) === 1n || (sizeOf(of) > 2n && isFirst(of)) ? null : withPrefix(of)),
  ip_netmask: ({ network: of }) => (sizeOf(of) === 1n || (sizeOf(of) > 2n && isFirst(of)) ? null : `${address(of)} ${address(of, maskOf(of.version, of.prefix))}`),
  ipv4: asV4,
  v4: asV4,
  ipv6: asV6,
  v6: asV6,
  'link-local': ({ network: of, value }) => (isKind('linkLocal', of) ? value : null),
  lo: loopback,
  loopback,
  multicast: ({ network: of, value }) => (isKind('multicast', of) ? value : null),
  unicast: ({ network: of, value }) => (isKind('multicast', of) ? null : value),
  net: ({ network: of }) => (sizeOf(of) > 1n && isFirst(of) ? withPrefix(of) : null),
  netmask: ({ network: of }) => address(of, maskOf(of.version, of.prefix)),
  network,
  network_id: network,
  'network/prefix': subnet,
  subnet,
  network_netmask: ({ network: of }) => `${address(of, firstOf(of))} ${address(of, maskOf(of.version, of.prefix))}`,
  network_wildcard: ({ network: of }) => `${address(of, firstOf(of))} ${address(of, hostMask(of.version, of.prefix))}`,
  peer,
  prefix: ({ network: of }) => of.prefix,
  private: ({ network: of, value }) => (globalAddress(of) ? null : value),
  public: ({ network: of, value }) => (globalAddress(of) && !isKind('multicast', of) ? value : null),
  revdns: reverseName,
  size: ({ network: of }) => sizeAsValue(sizeOf(of)),
  size_usable: ({ network: of }) => sizeAsValue(sizeOf(of) === 1n ? 0n : sizeOf(of) === 2n ? 2n : sizeOf(of) - 2n),
  type: ({ network: of }) => (sizeOf(of) === 1n || !isFirst(of) ? 'address' : 'network'),
  version: ({ network: of }) => of.version,
  wrap: ({ network: of, value, hasPrefix }) => (of.version === 4 ? value : hasPrefix ? `[${address(of)}]/${of.prefix}` : `[${address(of)}]`),
} satisfies Record<string, Query>));

/** Sizes of IPv6 networks pass what a number holds; they are given as text then. */
function sizeAsValue(size: bigint): Value {
  return size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : String(size);
}

/** The value where it lies in the network; none elsewhere. */
export function inNetwork(asked: Asked, outer: IpNetwork): Value {
  return within(asked.network, outer) ? asked.value : null;
}

/** The n-th address of a network with its prefix, counted from the end where n is negative. */
export function nthAddress({ network: of, hasPrefix }: Asked, n: number): Value {
  if (sizeOf(of) === 1n) return hasPrefix ? withPrefix(of) : address(of);
  const at = n < 0 ? sizeOf(of) + BigInt(n) : BigInt(n);
  return at < 0n || at >= sizeOf(of) ? false : withPrefix(of, firstOf(of) + at);
}
