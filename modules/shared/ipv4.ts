/** Sums with IPv4 addresses. */

/** "10.0.0.1" as a number; undefined where it is none. */
export function ipv4Number(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A number as "10.0.0.1". */
export function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** The mask of a prefix: 24 is "255.255.255.0". */
export function netmask(prefix: number): string {
  return ipv4Text(prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);
}

/** The network that an address lies in. */
export function networkOf(address: string, prefix: number): string {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return ipv4Text(((ipv4Number(address) ?? 0) & mask) >>> 0);
}

/** /proc/net/route writes addresses as hex, the lowest byte first. */
export function ipv4OfHex(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16)).join('.');
}

/** Eight groups as RFC 5952 writes them: no leading zeros, the longest run of zero groups as "::". */
export function ipv6OfHex(hex: string): string {
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => parseInt(group, 16).toString(16));
  const runs = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map((match) => match[0]);
  const longest = runs.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? groups.join(':') : groups.join(':').replace(longest, '::').replace(/:{3,}/, '::');
}
