/** Facts about the network: interfaces, addresses, default routes, name servers. */
import type { Facts, Records } from './facts-distribution.ts';
import { ipv4Number, ipv4OfHex, ipv4Text, ipv6OfHex, netmask, networkOf } from './ipv4.ts';

/** An address of an interface. */
interface Address {
  readonly family: 4 | 6;
  readonly address: string;
  readonly prefix: number;
  readonly scope: string;
  readonly broadcast: string;
}

/** An interface as the kernel has it. */
interface Link {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly flags: number;
  readonly type: string;
  readonly speed: number | undefined;
  readonly master: string;
  readonly state: string;
  readonly addresses: readonly Address[];
}

/** The network's facts; each interface's own under its name. */
export function networkFacts(records: Records): Facts {
  const links = readLinks(records);
  const ofFamily = (family: 4 | 6): string[] => links.flatMap((link) => link.addresses).filter((each) => each.family === family).map((each) => each.address);
  return {
    interfaces: links.map((link) => link.name),
    all_ipv4_addresses: ofFamily(4).filter((address) => !address.startsWith('127.')),
    all_ipv6_addresses: ofFamily(6).filter((address) => address !== '::1'),
    default_ipv4: defaultRoute(records['route4'], procRoute4(records['proc-route']), links, 4),
    default_ipv6: defaultRoute(records['route6'], procRoute6(records['ipv6_route']), links, 6),
    ...Object.fromEntries(links.map((link) => [link.name.replaceAll('-', '_'), linkFacts(link, links)])),
  };
}

/** resolv.conf(5). */
export function dnsFacts(text: string | undefined): Facts {
  const dns: { nameservers?: string[]; domain?: string; search?: string[]; options?: Record<string, string | true>; sortlist?: string[] } = {};
  for (const line of (text ?? '').split('\n')) {
    const [word, ...rest] = line.replace(/[#;].*$/, '').trim().split(/\s+/);
    if (rest.length === 0) continue;
    if (word === 'nameserver') dns.nameservers = [...(dns.nameservers ?? []), ...rest];
    else if (word === 'domain') dns.domain = rest[0]!;
    else if (word === 'search') dns.search = rest;
    else if (word === 'sortlist') dns.sortlist = rest;
    else if (word === 'options') dns.options = Object.fromEntries(rest.map((option) => (option.includes(':') ? [option.slice(0, option.indexOf(':')), option.slice(option.indexOf(':') + 1)] : [option, true as const])));
  }
  return { dns };
}

function linkFacts(link: Link, links: readonly Link[]): Facts {
  const ipv4 = link.addresses.filter((each) => each.family === 4).map(ipv4Facts);
  const ipv6 = link.addresses.filter((each) => each.family === 6).map(({ address, prefix, scope }) => ({ address, prefix: String(prefix), scope }));
  const members = links.filter((each) => each.master === link.name).map((each) => each.name);
  return {
    device: link.name, active: link.state !== 'down', mtu: link.mtu, promisc: (link.flags & 0x100) !== 0, type: link.type,
    ...(link.type !== 'loopback' && link.mac !== '' && { macaddress: link.mac }),
    ...(link.speed !== undefined && link.speed > 0 && { speed: link.speed }),
    ...(link.type === 'bridge' && { interfaces: members }),
    ...(link.type === 'bonding' && { slaves: members }),
    ...(ipv4[0] && { ipv4: ipv4[0] }),
    ...(ipv4.length > 1 && { ipv4_secondaries: ipv4.slice(1) }),
    ...(ipv6.length > 0 && { ipv6 }),
  };
}

function ipv4Facts({ address, prefix, broadcast }: Address): Facts {
  return { address, broadcast, netmask: netmask(prefix), network: networkOf(address, prefix), prefix: String(prefix) };
}

interface Route {
  readonly dev?: string | undefined;
  readonly gateway?: string | undefined;
  readonly prefsrc?: string | undefined;
}

function defaultRoute(json: string | undefined, fallback: Route, links: readonly Link[], family: 4 | 6): Facts {
  const route = (readJson(json)[0] as Route | undefined) ?? fallback;
  const link = links.find((each) => each.name === route.dev);
  if (!link || link.type === 'loopback') return {};
  const own = link.addresses.filter((each) => each.family === family);
  const address = own.find((each) => each.address === route.prefsrc) ?? own.find((each) => each.scope === 'global') ?? own[0];
  const common = { interface: link.name, ...(route.gateway !== undefined && { gateway: route.gateway }), macaddress: link.mac, mtu: link.mtu, type: link.type };
  if (!address) return common;
  return family === 4 ? { ...common, alias: link.name, ...ipv4Facts(address) } : { ...common, address: address.address, prefix: String(address.prefix), scope: address.scope };
}

function readLinks(records: Records): Link[] {
  const known = readJson(records['links']) as IpLink[];
  const addresses = known.length > 0 ? addressesOfIp(known) : addressesOfProc(records);
  const masters = new Map(known.map((link) => [link.ifname ?? '', link.master ?? '']));
  return (records['sysnet'] ?? '').split('\n').filter(Boolean).map((line) => {
    const [name = '', mac = '', mtu = '', flags = '0', type = '', kind = 'ether', speed = '', state = ''] = line.split('\t');
    const isLoopback = type === '772';
    return { name, mac, mtu: Number(mtu), flags: Number(flags), type: isLoopback ? 'loopback' : type === '1' ? kind : type === '32' ? 'infiniband' : 'unknown', speed: speed === '' ? undefined : Number(speed), master: masters.get(name) ?? '', state, addresses: addresses.get(name) ?? [] };
  });
}

/** One interface of `ip -j addr`. */
interface IpLink {
  readonly ifname?: string;
  readonly master?: string;
  readonly addr_info?: readonly { readonly family?: string; readonly local?: string; readonly prefixlen?: number; readonly scope?: string; readonly broadcast?: string }[];
}

function addressesOfIp(links: readonly IpLink[]): Map<string, Address[]> {
  const found = new Map<string, Address[]>();
  for (const link of links) {
    const rows = (link.addr_info ?? []).filter((each) => each.local !== undefined);
    found.set(link.ifname ?? '', rows.map((each) => ({ family: each.family === 'inet6' ? 6 : 4, address: each.local!, prefix: each.prefixlen ?? 32, scope: each.scope ?? 'global', broadcast: each.broadcast ?? '' })));
  }
  return found;
}

/** Without `ip`: the kernel's table of local addresses says which there are, its routes say on which interface. */
function addressesOfProc(records: Records): Map<string, Address[]> {
  const found = new Map<string, Address[]>([['lo', [{ family: 4, address: '127.0.0.1', prefix: 8, scope: 'host', broadcast: '' }]]]);
  const add = (name: string, address: Address): void => void found.set(name, [...(found.get(name) ?? []), address]);
  const routes = routeRows(records['proc-route']).filter(({ mask }) => mask !== '0.0.0.0');
  for (const address of localAddresses(records['fib_trie'] ?? '')) {
    const number = ipv4Number(address)!;
    const route = routes.toSorted((a, b) => ipv4Number(b.mask)! - ipv4Number(a.mask)!).find(({ to, mask, gateway }) => gateway === '0.0.0.0' && ((number & ipv4Number(mask)!) >>> 0) === ipv4Number(to));
    if (!route) continue;
    const prefix = Math.round(Math.log2(2 ** 32 / (2 ** 32 - ipv4Number(route.mask)!)));
    add(route.dev, { family: 4, address, prefix, scope: 'global', broadcast: ipv4Text((number | (~ipv4Number(route.mask)! >>> 0)) >>> 0) });
  }
  for (const line of (records['if_inet6'] ?? '').split('\n').filter(Boolean)) {
    const [hex = '', , prefix = '80', scope = '00', , name = ''] = line.trim().split(/\s+/);
    add(name, { family: 6, address: ipv6OfHex(hex), prefix: parseInt(prefix, 16), scope: ({ '10': 'host', '20': 'link', '40': 'site' } as Record<string, string>)[scope] ?? 'global', broadcast: '' });
  }
  return found;
}

/** The addresses that /proc/net/fib_trie calls "host LOCAL", each once, loopback left out. */
function localAddresses(text: string): Set<string> {
  const found = new Set<string>();
  let last = '';
  for (const line of text.split('\n')) {
    last = /\|-- (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1] ?? last;
    if (/\/32 host LOCAL/.test(line) && !last.startsWith('127.')) found.add(last);
  }
  return found;
}

function routeRows(text: string | undefined): { readonly dev: string; readonly to: string; readonly gateway: string; readonly mask: string; readonly metric: number }[] {
  return (text ?? '').split('\n').slice(1).filter(Boolean).map((line) => {
    const [dev = '', to = '', gateway = '', , , , metric = '0', mask = ''] = line.trim().split(/\s+/);
    return { dev, to: ipv4OfHex(to), gateway: ipv4OfHex(gateway), mask: ipv4OfHex(mask), metric: Number(metric) };
  });
}

function procRoute4(text: string | undefined): Route {
  const best = routeRows(text).filter(({ to, mask }) => to === '0.0.0.0' && mask === '0.0.0.0').toSorted((a, b) => a.metric - b.metric)[0];
  return best ? { dev: best.dev, gateway: best.gateway } : {};
}

function procRoute6(text: string | undefined): Route {
  const rows = (text ?? '').split('\n').map((line) => line.trim().split(/\s+/)).filter((row) => row.length >= 10 && /^0+$/.test(row[0]!) && row[1] === '00' && !/^0+$/.test(row[4]!));
  const best = rows.toSorted((a, b) => parseInt(a[5]!, 16) - parseInt(b[5]!, 16))[0];
  return best ? { dev: best[9], gateway: ipv6OfHex(best[4]!) } : {};
}

function readJson(text: string | undefined): unknown[] {
  try {
    const value: unknown = JSON.parse(text || '[]');
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
