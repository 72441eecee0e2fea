/** `serial`: how many hosts go together. */
import { TextError } from '../source/problem.ts';
import type { Span } from '../source/source.ts';

/**
 * Splits hosts by `serial`: a number, "30%", or a list of them of which the last repeats; 0 or nothing means all.
 * A percentage is rounded down, but at least one host goes. Throws TextError for anything else.
 */
export function batchesOf<T>(hosts: readonly T[], serial: unknown, span: Span): T[][] {
  const sizes = (Array.isArray(serial) ? serial : [serial]).map((each) => sizeOf(each, hosts.length, span));
  if (hosts.length === 0 || sizes.length === 0) return hosts.length === 0 ? [] : [[...hosts]];
  const batches: T[][] = [];
  for (let at = 0; at < hosts.length; ) {
    const size = sizes[Math.min(batches.length, sizes.length - 1)]!;
    const batch = size === 0 ? hosts.slice(at) : hosts.slice(at, at + size);
    batches.push(batch);
    at += batch.length;
  }
  return batches;
}

function sizeOf(serial: unknown, total: number, span: Span): number {
  if (serial === undefined || serial === null) return 0;
  const text = String(serial).trim();
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent) return Math.max(1, Math.floor((total * Number(percent[1])) / 100));
  if (/^\d+$/.test(text)) return Number(text);
  throw new TextError({ message: `"serial" is a number of hosts, a percentage such as "30%", or a list of these; found ${JSON.stringify(serial)}`, span });
}

/** Hosts in the order that a play asks for. Throws TextError for an unknown word. */
export function ordered(hosts: readonly string[], order: unknown, span: Span): string[] {
  switch (order) {
    case undefined: case null: case 'inventory': return [...hosts];
    case 'reverse_inventory': return hosts.toReversed();
    case 'sorted': return hosts.toSorted();
    case 'reverse_sorted': return hosts.toSorted().reverse();
    case 'shuffle': return hosts.map((host) => [Math.random(), host] as const).toSorted(([a], [b]) => a - b).map(([, host]) => host);
    default: throw new TextError({ message: `unknown order ${JSON.stringify(order)}`, span, hint: 'known: inventory, reverse_inventory, sorted, reverse_sorted, shuffle' });
  }
}
