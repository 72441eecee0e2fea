/** Routes as Linux writes them in /proc/net/route and /proc/net/ipv6_route. */
import { rangeOf, type Range } from './cidr.ts';
import { ipv4Number, ipv4OfHex, ipv6OfHex } from './ipv4.ts';
import { linesOf } from './records.ts';

export interface Route {
  readonly interface: string;
  /** `10.0.0.0/8`. */
  readonly text: string;
  readonly range: Range;
  /** Empty for what lies on the link itself. */
  readonly gateway: string;
  /** It leads nowhere on purpose (blackhole, unreachable). */
  readonly rejects: boolean;
}

const flags = { rejects: 0x200 } as const;

/** All routes but the default ones, the host's own addresses and link-local and multicast ones. */
export function readRoutes(ipv4: string | undefined, ipv6: string | undefined): Route[] {
  return [...linesOf(ipv4).flatMap(readRoute), ...linesOf(ipv6).flatMap(readRoute6)];
}

function readRoute(line: string): Route[] {
  const [name = '', to = '', gateway = '', flag = '', , , , mask = ''] = line.trim().split(/\s+/);
  const address = ipv4OfHex(to);
  const bits = (ipv4Number(ipv4OfHex(mask)) ?? 0).toString(2).replaceAll('0', '').length;
  if (bits === 0 || address.startsWith('169.254.')) return [];
  const via = ipv4OfHex(gateway);
  return [{
    interface: name, text: `${address}/${bits}`, range: rangeOf(4, BigInt(ipv4Number(address) ?? 0), bits),
    gateway: via === '0.0.0.0' ? '' : via, rejects: (parseInt(flag, 16) & flags.rejects) !== 0,
  }];
}

function readRoute6(line: string): Route[] {
  const [to = '', length = '', , , gateway = '', , , , flag = '', name = ''] = line.trim().split(/\s+/);
  const bits = parseInt(length, 16);
  if (!/^[0-9a-f]{32}$/.test(to) || bits === 0 || bits === 128 || /^(fe80|ff)/.test(to) || name === 'lo') return [];
  const via = ipv6OfHex(gateway);
  return [{
    interface: name, text: `${ipv6OfHex(to)}/${bits}`, range: rangeOf(6, BigInt(`0x${to}`), bits),
    gateway: via === '::' ? '' : via, rejects: (parseInt(flag, 16) & flags.rejects) !== 0,
  }];
}
