/** Hardware (MAC) addresses. */
import { nearestHint } from '../../source/nearest.ts';
import { asWhole } from '../arithmetic.ts';
import { Fault } from '../fault.ts';
import { toText } from '../python-text.ts';
import type { Value } from '../value.ts';

const writers = new Map<string, (hex: string) => Value>(Object.entries({
  bare: (hex) => hex.toUpperCase(),
  bool: () => true,
  int: (hex) => asWhole(Number.parseInt(hex, 16)),
  cisco: (hex) => hex.replace(/(....)(?=.)/g, '$1.'),
  eui48: dashed,
  win: dashed,
  linux: (hex) => hex.replace(/(..)(?=.)/g, '$1:'),
  unix: (hex) => hex.match(/../g)!.map((pair) => Number.parseInt(pair, 16).toString(16)).join(':'),
  pgsql: halves,
  postgresql: halves,
  psql: halves,
} satisfies Record<string, (hex: string) => Value>));

function dashed(hex: string): string {
  return hex.toUpperCase().replace(/(..)(?=.)/g, '$1-');
}

function halves(hex: string): string {
  return `${hex.slice(0, 6)}:${hex.slice(6)}`;
}

/** The address in another spelling; without a query, the value itself where it is one and none elsewhere. */
export function hardwareAddress(value: Value, query: string): Value {
  const hex = readMac(toText(value));
  if (query === '') return hex === undefined ? null : value;
  const write = writers.get(query);
  if (!write) throw new Fault(`hwaddr cannot be asked for "${query}"`, nearestHint(query, writers.keys()));
  if (hex !== undefined) return write(hex);
  if (query === 'bool') return null;
  throw new Fault(`"${toText(value)}" is no hardware address`);
}

function readMac(text: string): string | undefined {
  const plain = text.toLowerCase();
  if (/^[\da-f]{12}$/.test(plain)) return plain;
  if (/^[\da-f]{4}([.-])[\da-f]{4}\1[\da-f]{4}$/.test(plain)) return plain.replace(/[.-]/g, '');
  if (/^[\da-f]{6}([:-])[\da-f]{6}$/.test(plain)) return plain.replace(/[:-]/g, '');
  if (/^[\da-f]{1,2}([:-])(?:[\da-f]{1,2}\1){4}[\da-f]{1,2}$/.test(plain)) return plain.split(/[:-]/).map((part) => part.padStart(2, '0')).join('');
  return undefined;
}
