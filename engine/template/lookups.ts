/** Lookups that need nothing from outside: those that shape lists. `with_items` and its like are made of them. */
import { iterate, toStr, toWhole, truth } from './convert.ts';
import { Fault } from './fault.ts';
import { followPath } from './access.ts';
import { checkItems } from './limits.ts';
import { pairsOf } from './methods/collections.ts';
import { formatPercent } from './methods/printf.ts';
import type { Lookup } from './registry.ts';
import { isDict, isMapping, tuple, type Value } from './value.ts';

/** Rows of the table of lookups. */
export const ownLookups: readonly (readonly [string, Lookup])[] = Object.entries({
  items: (terms) => terms.flatMap((term) => (Array.isArray(term) ? term : [term])),
  list: (terms) => terms,
  flattened: (terms) => flatten(terms),
  dict: (terms) => terms.flatMap((term) => (isMapping(term) ? pairsOf(term) : iterate(term).flatMap(pairsOf)).map(([key, value]) => ({ key, value }))),
  nested: (terms) => product(terms),
  cartesian: (terms) => product(terms),
  together: (terms) => together(terms),
  indexed_items: (terms) => terms.flatMap((term) => (Array.isArray(term) ? term : [term])).map((item, i) => tuple([i, item])),
  sequence: (terms, options) => terms.length === 0 ? sequence(options) : terms.flatMap((term) => sequence({ ...options, ...readSequence(toStr(term)) })),
  subelements: (terms) => subelements(terms),
  random_choice: (terms) => { const all = terms.flatMap((term) => iterate(term)); return all.length === 0 ? [] : [all[Math.floor(Math.random() * all.length)]!]; },
} satisfies Record<string, Lookup>);

function flatten(terms: readonly Value[]): Value[] {
  return terms.flatMap((term) => (Array.isArray(term) ? flatten(term) : term === null ? [] : [term]));
}

function listOf(term: Value): Value[] {
  return Array.isArray(term) ? term : [term];
}

function product(terms: readonly Value[]): Value[] {
  const lists = terms.map((term) => flatten(listOf(term)));
  checkItems(lists.reduce((count, list) => count * list.length, 1));
  return lists.reduce<Value[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}

function together(terms: readonly Value[]): Value[] {
  const lists = terms.map(listOf);
  if (lists.length === 0) throw new Fault('the lookup "together" needs at least one list');
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.map((list) => list[i] ?? null));
}

/** `start=1 end=5 stride=2 format=%02d`, or the short form `1-5/2:%02d`. */
function readSequence(text: string): Record<string, Value> {
  const short = /^(?:(-?\w+)-)?(-?\w+)(?:\/(-?\d+))?(?::(.+))?$/.exec(text);
  if (short && !text.includes('=')) return definedOnly({ start: short[1] ?? null, end: short[2]!, stride: short[3] ?? null, format: short[4] ?? null });
  return Object.fromEntries([...text.matchAll(/(\w+)=('[^']*'|"[^"]*"|\S+)/g)].map(([, key, value]) => [key!, value!.replace(/^(['"])(.*)\1$/, '$2')]));
}

function definedOnly(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

function sequence(options: Record<string, Value>): Value[] {
  const whole = (value: Value | undefined): number | undefined => (value === undefined ? undefined : toWhole(typeof value === 'string' ? Number(value) : value));
  const { start: from, end: to, count: many, stride: by, format = '%d' } = options;
  const start = whole(from) ?? 1;
  const count = whole(many);
  const stride = whole(by) ?? (to !== undefined && whole(to)! < start ? -1 : 1);
  if (count === 0) return [];
  const end = count === undefined ? whole(to) : start + stride * (count - 1);
  if (end === undefined) throw new Fault('the lookup "sequence" needs "end" or "count"');
  if (stride === 0) return [];
  const length = Math.max(0, Math.floor((end - start) / stride) + 1);
  checkItems(length);
  return Array.from({ length }, (_, i) => formatPercent(toStr(format), start + i * stride));
}

/** Each element of a list of dicts with each item of a list in it. */
function subelements([list, path, flags]: readonly Value[]): Value[] {
  if (list === undefined || path === undefined) throw new Fault('the lookup "subelements" needs a list and the name of the list within its items');
  const skip = flags !== undefined && isDict(flags) && truth(flags['skip_missing'] ?? false);
  return (isMapping(list) ? pairsOf(list).map(([, value]) => value) : iterate(list)).flatMap((item) => {
    const inner = followPath(item, path);
    if (Array.isArray(inner)) return inner.map((part) => tuple([item, part]));
    if (skip) return [];
    throw new Fault(`an item has no list "${toStr(path)}"`, 'skip such items with {"skip_missing": true}');
  });
}
