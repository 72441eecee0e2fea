/** `web[01:10]`: one line that names many hosts. */
import { isIPv6 } from 'node:net';
import { bounds } from './inventory.ts';
import { parseAddress } from './host-address.ts';

export type Expansion = { readonly names: readonly string[]; readonly port?: number | undefined } | { readonly fault: string; readonly hint?: string | undefined };

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The hosts that a name in an inventory stands for, with their port where it gives one; or what is wrong with it. */
export function expandHosts(text: string): Expansion {
  if (text.length > 4 * bounds.name) return { fault: `a host name of more than ${bounds.name} characters` };
  if (/^\[[\da-f:]*:[\da-f:]*:[\da-f:]*\]$/i.test(text) && isIPv6(text.slice(1, -1))) return { fault: 'an IPv6 address stands in brackets only before a port', hint: `${text.slice(1, -1)}, or ${text}:22` };
  const address = parseAddress(text);
  if (address?.port !== undefined && (address.port < 1 || address.port > 65535)) return { fault: `port ${address.port} is not within 1 to 65535` };
  if (!address && text.endsWith(':')) return { fault: `"${text}" ends with a colon, but no port follows` };
  const expansion = expandRanges(address?.host ?? text);
  return 'fault' in expansion ? expansion : { ...expansion, port: address?.port };
}

/** The names that a text with any number of ranges stands for; itself alone where it has none. */
export function expandRanges(text: string): Expansion {
  const open = text.indexOf('[');
  if (open < 0) return { names: [text] };
  const close = text.indexOf(']', open);
  if (close < 0) return { fault: `"[" is never closed in "${text}"` };
  const here = readRange(text.slice(open + 1, close));
  if ('fault' in here) return here;
  const tail = expandRanges(text.slice(close + 1));
  if ('fault' in tail) return tail;
  if (here.names.length * tail.names.length > bounds.hosts) return tooMany(text);
  const head = text.slice(0, open);
  return { names: here.names.flatMap((middle) => tail.names.map((end) => `${head}${middle}${end}`)) };
}

/** `01:10`, `a:d`, `1:10:2`. Both ends belong to the range; leading zeros give all numbers that many digits. */
function readRange(text: string): Expansion {
  const [first = '', last = '', step = '1', ...more] = text.split(':');
  const hint = 'a range is [first:last] or [first:last:step], such as [01:10]';
  if (!text.includes(':') || more.length > 0) return { fault: `"[${text}]" is not a range of hosts`, hint };
  if (last === '') return { fault: `the range "[${text}]" has no end`, hint };
  if (!/^\d+$/.test(step) || Number(step) === 0) return { fault: `the step of the range "[${text}]" must be a whole number above 0`, hint };
  if (/^[a-z]$/i.test(first) && /^[a-z]$/i.test(last)) return count(text, letters.indexOf(first), letters.indexOf(last), Number(step), (at) => letters[at]!);
  if (!/^\d*$/.test(first) || !/^\d+$/.test(last)) return { fault: `the ends of the range "[${text}]" must both be numbers or both be single letters`, hint };
  const padded = first.length > 1 && first.startsWith('0');
  if (padded && first.length !== last.length) return { fault: `the ends of the range "[${text}]" must have as many digits as each other, for "${first}" begins with a zero`, hint };
  return count(text, Number(first), Number(last), Number(step), (at) => (padded ? String(at).padStart(first.length, '0') : String(at)));
}

function count(text: string, first: number, last: number, step: number, name: (at: number) => string): Expansion {
  if (first > last) return { fault: `the range "[${text}]" ends before it begins` };
  const size = Math.floor((last - first) / step) + 1;
  if (size > bounds.hosts || !Number.isSafeInteger(last)) return tooMany(`[${text}]`);
  return { names: Array.from({ length: size }, (_, i) => name(first + i * step)) };
}

function tooMany(text: string): Expansion {
  return { fault: `"${text}" stands for more than ${bounds.hosts} hosts` };
}
