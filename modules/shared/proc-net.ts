/** Addresses and states as Linux writes them in /proc/net/tcp. */
import { isIPv4, isIPv6 } from 'node:net';
import { ModuleFailure, type Probe } from '../../engine/module/kit.ts';

/** States of a connection that still lives, by the names that Ansible takes. */
export const stateNumbers: Readonly<Record<string, string>> = { ESTABLISHED: '01', SYN_SENT: '02', SYN_RECV: '03', FIN_WAIT1: '04', FIN_WAIT2: '05', TIME_WAIT: '06' };

/**
 * The forms of an address: for IPv4 also the one mapped into IPv6; none for 0.0.0.0 and ::, which mean every address.
 * A name is asked of the host. Throws ModuleFailure for a name that the host does not know.
 */
export async function hexAddresses(host: string, probe: Probe): Promise<string[]> {
  if (host === '0.0.0.0' || host === '::') return [];
  if (isIPv4(host) || isIPv6(host)) return hexAddress(host);
  const { stdout } = await probe.ask(['getent', 'ahosts', host]);
  const addresses = [...new Set(stdout.toString().split('\n').map((line) => line.split(/\s/)[0]!).filter(Boolean))];
  if (addresses.length === 0) throw new ModuleFailure(`the host knows no address of "${host}"`);
  return addresses.flatMap(hexAddress);
}

/** One address in its forms. Throws ModuleFailure where it is no address. */
export function hexAddress(address: string): string[] {
  if (isIPv4(address)) {
    const word = littleEndian(address.split('.').map(Number));
    return [word, `0000000000000000FFFF0000${word}`];
  }
  if (!isIPv6(address)) throw new ModuleFailure(`"${address}" is not an address`, { hint: 'write it in digits, such as 10.0.0.11' });
  const bytes = ipv6Bytes(address.replace(/%.*$/, ''));
  return [[0, 4, 8, 12].map((from) => littleEndian(bytes.slice(from, from + 4))).join('')];
}

function littleEndian(bytes: readonly number[]): string {
  return bytes.toReversed().map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

/** The sixteen bytes of an IPv6 address. */
export function ipv6Bytes(address: string): number[] {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts) => {
    const [a, b, c, d] = parts.slice(0, 4).map(Number) as [number, number, number, number];
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => parseInt(word, 16)));
  const [left, right] = [words(head), tail === undefined ? [] : words(tail)];
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  return all.flatMap((word) => [word >> 8, word & 255]);
}
