/** IP networks, written the one way that every tool prints them. */
import { isIPv4, isIPv6 } from 'node:net';
import { networkOf } from './ipv4.ts';

export interface Network {
  readonly family: 4 | 6;
  /** "10.0.0.0/8", a single address without its length: "10.0.0.1"; undefined for all addresses. */
  readonly text: string | undefined;
}

/** Reads an address or a network; bits beyond the length are dropped. Undefined where it is none. */
export function readNetwork(text: string): Network | undefined {
  const [, address = '', length] = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : undefined;
  if (family === undefined) return undefined;
  const whole = family === 4 ? 32 : 128;
  const bits = length === undefined ? whole : Number(length);
  if (bits > whole) return undefined;
  const network = family === 4 ? networkOf(address, bits) : network6(address, bits);
  return { family, text: bits === 0 ? undefined : bits === whole ? network : `${network}/${bits}` };
}

function network6(address: string, bits: number): string {
  // URLs write addresses as RFC 5952 does.
  const short = (each: string): string => new URL(`http://[${each}]`).hostname.slice(1, -1);
  const [head = '', tail] = short(address).split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail)];
  const kept = all.map((group, at) => {
    const open = Math.min(16, Math.max(0, bits - at * 16));
    return (parseInt(group, 16) & ((0xffff << (16 - open)) & 0xffff)).toString(16);
  });
  return short(kept.join(':'));
}
