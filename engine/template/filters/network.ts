/** Filters on IP addresses and networks, by the names and rules of ansible.utils. */
import { nearestHint } from '../../source/nearest.ts';
import { iterate, known, numeric, toStr, toWhole, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { bitsOf, firstOf, formatAddress, formatNetwork, lastOf, maskOf, parseNetwork, sizeOf, within, type IpNetwork } from '../ip.ts';
import { filter, type Filter } from '../registry.ts';
import type { Value } from '../value.ts';
import { inNetwork, ipQueries, nthAddress, usable, type Asked } from './ip-queries.ts';
import { hardwareAddress } from './mac.ts';

const hardware = filter('query?', (value, [query = '']) => hardwareAddress(value, toStr(query)));

export const networkFilters: Readonly<Record<string, Filter>> = {
  ipaddr: filter('query? version?', (value, [query = '', version = null]) => askAll(value, query, version === null || version === false ? undefined : toWhole(version))),
  ipv4: filter('query?', (value, [query = '']) => askAll(value, query, 4)),
  ipv6: filter('query?', (value, [query = '']) => askAll(value, query, 6)),
  ipwrap: filter('query?', (value, [query = '']) => (Array.isArray(value) ? value.map((item) => wrap(item, query)) : wrap(single(value), query))),
  nthhost: filter('query?', (value, [n = null]) => (n === null || n === '' ? false : nthHost(value, wholeFrom(n)))),
  ipmath: filter('amount', (value, [amount]) => shifted(must(value), toWhole(amount!))),
  ipsubnet: filter('query? index?', (value, [query = '', index = null]) => subnetOf(value, query, index)),
  next_nth_usable: filter('offset', (value, [offset]) => nextUsable(value, toWhole(offset!))),
  previous_nth_usable: filter('offset', (value, [offset]) => nextUsable(value, -toWhole(offset!))),
  network_in_network: filter('test', (value, [test]) => within(must(test!), must(value))),
  network_in_usable: filter('test', (value, [test]) => inUsable(must(value), must(test!))),
  reduce_on_network: filter('network', (value, [network]) => iterate(value).filter((item) => within(must(item), must(network!)))),
  usable_range: filter('', (value) => usableRange(must(value))),
  ip4_hex: filter('delimiter?', (value, [mark = '']) => must(value).value.toString(16).padStart(8, '0').replace(/\B(?=(?:..)+$)/g, toStr(mark))),
  cidr_merge: filter('action?', (value, [action = 'merge']) => merge(iterate(value), toStr(action))),
  hwaddr: hardware,
  macaddr: hardware,
};

/** Reads an address or network; numbers count as addresses. */
function read(value: Value, version?: number): Asked | undefined {
  if (value === '' || value === 0 || value === null || typeof value === 'boolean') return undefined;
  const number = numeric(known(value));
  const text = number === undefined ? value : String(number);
  if (typeof text !== 'string') return undefined;
  if (/^\d+$/.test(text)) {
    const network = fromNumber(BigInt(text), version);
    return network && { network, hasPrefix: false, value: formatNetwork(network) };
  }
  const network = parseNetwork(text);
  return network && { network, hasPrefix: text.includes('/'), value };
}

function fromNumber(number: bigint, version: number | undefined): IpNetwork | undefined {
  if (version !== 6 && number < 1n << 32n) return { version: 4, value: number, prefix: 32 };
  return number < 1n << 128n ? { version: 6, value: number, prefix: 128 } : undefined;
}

function must(value: Value): IpNetwork {
  const asked = read(value);
  if (!asked) throw new Fault(`expected an IP address or network, found ${typeof value === 'string' ? `"${value}"` : typeName(value)}`);
  return asked.network;
}

/** One answer; for a list, the answers that are any. */
function askAll(value: Value, query: Value, version: number | undefined): Value {
  if (!Array.isArray(value)) return ask(single(value), query, version);
  return value.map((item) => ask(item, query, version)).filter((answer) => answer !== false && answer !== null && answer !== '');
}

/** A value that may be an address; where none was meant at all, that is a mistake to be told. */
function single(value: Value): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || numeric(value) !== undefined) return value;
  throw new Fault(`expected the text of an IP address, found ${typeName(value)}`);
}

function ask(value: Value, query: Value, version: number | undefined): Value {
  const asked = read(value, version);
  if (!asked || (version !== undefined && asked.network.version !== version)) return false;
  const name = typeof query === 'string' ? query : String(toWhole(query));
  const known = ipQueries.get(name);
  if (known) return known(asked);
  if (/^-?\d+$/.test(name)) return nthAddress(asked, Number(name));
  const outer = parseNetwork(name);
  if (outer) return inNetwork(asked, outer);
  throw new Fault(`ipaddr cannot be asked for "${name}"`, nearestHint(name, ipQueries.keys()));
}

function wrap(value: Value, query: Value): Value {
  const found = ask(value, query, undefined);
  return found === false || found === null ? value : ask(found, 'wrap', undefined);
}

function wholeFrom(value: Value): number {
  return toWhole(typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value);
}

function nthHost(value: Value, n: number): Value {
  const asked = read(value);
  if (!asked) return false;
  const { network } = asked;
  const at = n < 0 ? sizeOf(network) + BigInt(n) : BigInt(n);
  return at >= 0n && at < sizeOf(network) ? formatAddress(network.version, firstOf(network) + at) : false;
}

function shifted(network: IpNetwork, amount: number): string {
  const moved = network.value + BigInt(amount);
  if (moved < 0n || moved >= 1n << BigInt(bitsOf(network.version))) throw new Fault('there is no such address');
  return formatAddress(network.version, moved);
}

function nextUsable(value: Value, offset: number): Value {
  const asked = read(value);
  const range = asked && usable(asked.network);
  if (!asked || !range) return asked ? null : false;
  const next = (asked.hasPrefix && asked.network.value === firstOf(asked.network) ? firstOf(asked.network) : asked.network.value) + BigInt(offset);
  return next >= range[0] && next <= range[1] ? formatAddress(asked.network.version, next) : null;
}

function inUsable(network: IpNetwork, test: IpNetwork): boolean {
  const [first, last] = usable(network) ?? [network.value, network.value];
  return network.version === test.version && firstOf(test) >= first && lastOf(test) <= last;
}

function usableRange(network: IpNetwork): Value {
  const [first, last] = usable(network) ?? [network.value, network.value];
  const count = Number(last - first) + 1;
  if (count > 65_536) throw new Fault(`the network has ${count} usable addresses, too many to list`);
  const all = Array.from({ length: count }, (_, i) => formatAddress(network.version, first + BigInt(i)));
  return { number_of_ips: count, usable_ips: all };
}

/** `'10.0.0.0/16' | ipsubnet(24, 2)`: the third /24 of the network; without an index, how many there are. */
function subnetOf(value: Value, query: Value, index: Value): Value {
  const asked = read(value);
  if (!asked) return false;
  const base = { ...asked.network, value: firstOf(asked.network) };
  const isAddress = sizeOf(base) === 1n;
  if (query === '') return formatNetwork(base);
  const inner = typeof query === 'string' && !/^\d+$/.test(query) ? must(query) : undefined;
  if (inner) return placeOf(base, inner);
  const prefix = wholeFrom(query);
  if (prefix < 0 || prefix > bitsOf(base.version)) return false;
  if (isAddress) return superOf(base, prefix, index);
  if (prefix < base.prefix) throw new Fault(`a /${prefix} is larger than the network ${formatNetwork(base)}`);
  const count = 1n << BigInt(prefix - base.prefix);
  if (index === null) return String(count);
  const at = BigInt(wholeFrom(index)) < 0n ? BigInt(wholeFrom(index)) + count : BigInt(wholeFrom(index));
  if (at < 0n || at >= count) return false;
  return formatNetwork({ version: base.version, value: base.value + (at << BigInt(bitsOf(base.version) - prefix)), prefix });
}

/** The networks around an address, widest first, from /prefix on. */
function superOf(address: IpNetwork, prefix: number, index: Value): Value {
  const at = index === null ? 0 : wholeFrom(index);
  const bits = bitsOf(address.version);
  const wanted = at < 0 ? bits + at : prefix + at;
  if (wanted < prefix || wanted >= bits) return false;
  return formatNetwork({ ...address, value: address.value & maskOf(address.version, wanted), prefix: wanted });
}

/** The place of a network among those of its size in a larger one, counted from 1. */
function placeOf(base: IpNetwork, outer: IpNetwork): string {
  if (!within(base, outer)) throw new Fault(`${formatNetwork(base)} is not in the network ${formatNetwork(outer)}`);
  return String(((base.value - firstOf(outer)) >> BigInt(bitsOf(base.version) - base.prefix)) + 1n);
}

function merge(items: readonly Value[], action: string): Value {
  const networks = items.map(must).map((network) => ({ ...network, value: firstOf(network) }));
  if (action === 'span') return span(networks);
  if (action !== 'merge') throw new Fault(`cidr_merge knows merge and span, not "${action}"`);
  const sorted = networks.sort((a, b) => a.version - b.version || (a.value < b.value ? -1 : a.value > b.value ? 1 : a.prefix - b.prefix));
  const merged: IpNetwork[] = [];
  for (let next of sorted) {
    if (merged.some((outer) => within(next, outer))) continue;
    for (let last = merged.at(-1); last && isBuddy(last, next); last = merged.at(-1)) {
      merged.pop();
      next = { ...last, prefix: last.prefix - 1 };
    }
    merged.push(next);
  }
  return merged.map(formatNetwork);
}

function isBuddy(a: IpNetwork, b: IpNetwork): boolean {
  return a.version === b.version && a.prefix === b.prefix && a.prefix > 0 && a.value === (a.value & maskOf(a.version, a.prefix - 1)) && b.value === a.value + sizeOf(a);
}

function span(networks: readonly IpNetwork[]): Value {
  const [first] = networks;
  if (!first) return null;
  let outer = first;
  while (!networks.every((network) => within(network, outer))) {
    if (outer.prefix === 0) throw new Fault('IPv4 and IPv6 have no network in common');
    outer = { ...outer, prefix: outer.prefix - 1, value: outer.value & maskOf(outer.version, outer.prefix - 1) };
  }
  return formatNetwork(outer);
}
