/** Ranges of IP addresses: whether they overlap, hold an address, how many they hold. */
import { isIPv4, isIPv6 } from 'node:net';
import { ipv4Number } from './ipv4.ts';
import { ipv6Bytes } from './proc-net.ts';

export interface Range {
  readonly family: 4 | 6;
  /** Length of the prefix. */
  readonly bits: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** Reads `10.0.0.0/8`, `fd00::/64` or a single address; undefined where it is none. */
export function readRange(text: string): Range | undefined {
  const [, address = '', length] = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : undefined;
  if (family === undefined) return undefined;
  const whole = family === 4 ? 32 : 128;
  const bits = length === undefined ? whole : Number(length);
  return bits > whole ? undefined : rangeOf(family, numberOf(address, family), bits);
}

/** The range of a prefix around an address that is given as a number. */
export function rangeOf(family: 4 | 6, address: bigint, bits: number): Range {
  const size = 1n << BigInt((family === 4 ? 32 : 128) - bits);
  const first = address - (address % size);
  return { family, bits, first, last: first + size - 1n };
}

/** Whether two ranges have an address in common. */
export function overlap(one: Range, other: Range): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

/** Whether the second range lies within the first. */
export function holds(outer: Range, inner: Range): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

function numberOf(address: string, family: 4 | 6): bigint {
  if (family === 4) return BigInt(ipv4Number(address) ?? 0);
  return ipv6Bytes(address).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}
