/** Equality, order and membership by Python's rules. */
import { iterate, known, numeric, toKey, typeName } from './convert.ts';
import { Fault } from './fault.ts';
import { entriesOf, isMapping, isTuple, keysOf, LazyMapping, Special, Undefined, Unknown, valueAt, type Dict, type Value } from './value.ts';

/** a == b: by value and deep; `1 == '1'` is false, `1 == true` is true. Throws for what is unknown or undefined. */
export function equals(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  if (typeof a === 'number' && typeof b === 'number') return a === b;
  if (a === b && !holdsMore(a)) return true;
  known(a);
  known(b);
  const x = numeric(a);
  if (x !== undefined) return x === numeric(b);
  if (Array.isArray(a)) return Array.isArray(b) && isTuple(a) === isTuple(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]!));
  if (isMapping(a)) return isMapping(b) && sameEntries(a, b);
  return a instanceof Special && b instanceof Special && a.typeName === b.typeName && a.attribute('__key__') !== undefined && a.attribute('__key__') === b.attribute('__key__');
}

function holdsMore(value: Value): boolean {
  return value instanceof Unknown || value instanceof Undefined || Array.isArray(value) || isMapping(value);
}

function sameEntries(a: Dict | LazyMapping, b: Dict | LazyMapping): boolean {
  if (keysOf(a).length !== keysOf(b).length) return false;
  return entriesOf(a).every(([key, value]) => {
    const other = valueAt(b, key);
    return other !== undefined && equals(value, other);
  });
}

/** Negative, zero or positive as a stands before, with or after b. Throws for types that have no order. */
export function order(a: Value, b: Value, sign = '<'): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return orderTexts(a, b);
  const x = numeric(known(a));
  const y = numeric(known(b));
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b) && isTuple(a) === isTuple(b)) return orderLists(a, b, sign);
  if (a instanceof Special && b instanceof Special && a.typeName === b.typeName) {
    const [left, right] = [a.attribute('__key__'), b.attribute('__key__')];
    if (typeof left === 'number' && typeof right === 'number') return left - right;
  }
  const hint = typeof a === 'string' || typeof b === 'string' ? 'convert with | int, or compare versions with "is version"' : undefined;
  throw new Fault(`${typeName(a)} ${sign} ${typeName(b)} is not possible`, hint);
}

function orderLists(a: readonly Value[], b: readonly Value[], sign: string): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (!equals(a[i]!, b[i]!)) return order(a[i]!, b[i]!, sign);
  }
  return a.length - b.length;
}

/** Texts by code point, as Python orders them. */
export function orderTexts(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === a.length || i === b.length) return a.length - b.length;
  const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
  const high = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
  return high(x) - high(y);
}

/** a < b and the like; false where NaN is in it. */
export function compare(sign: '<' | '<=' | '>' | '>=', a: Value, b: Value): boolean {
  const difference = order(a, b, sign);
  if (sign === '<') return difference < 0;
  if (sign === '<=') return difference <= 0;
  return sign === '>' ? difference > 0 : difference >= 0;
}

/** `item in container`: a part of a text, an item of a list, a key of a dict. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof known(item) === 'string') return container.includes(item as string);
    throw new Fault(`${typeName(item)} in str is not possible; a text holds only texts`, 'convert with | string');
  }
  if (Array.isArray(container)) return holds(container, item);
  if (isMapping(container)) return !(Array.isArray(item) && isTuple(item)) && valueAt(container, toKey(item)) !== undefined;
  known(container);
  throw new Fault(`"in" needs a list, dict or text on its right side, found ${typeName(container)}`);
}

/** True where an item of the list equals; an unknown item matters only if no known one does. */
function holds(items: readonly Value[], wanted: Value): boolean {
  let unknown: Unknown | undefined;
  for (const item of items) {
    if (item instanceof Unknown) unknown ??= item;
    else if (equals(item, wanted)) return true;
  }
  if (unknown) throw unknown;
  return false;
}

/** The items without repetition, each at its first place; `key` says by what they are told apart. */
export function distinct(items: readonly Value[], key: (item: Value) => Value = (item) => item): Value[] {
  const seen = new Set<string | number>();
  const others: Value[] = [];
  return items.filter((item) => {
    const by = known(key(item));
    const simple = typeof by === 'string' ? `s${by}` : numeric(by);
    if (simple === undefined ? others.some((other) => equals(other, by)) : seen.has(simple)) return false;
    if (simple === undefined) others.push(by);
    else seen.add(simple);
    return true;
  });
}

/** A membership test over a list that stays quick where it is long. */
export function membership(items: readonly Value[]): (item: Value) => boolean {
  const simple = new Set<string | number>();
  const others: Value[] = [];
  for (const item of items) {
    const by = simpleKey(known(item));
    if (by === undefined) others.push(item);
    else simple.add(by);
  }
  return (item) => {
    const by = simpleKey(known(item));
    return by === undefined ? others.some((other) => equals(other, item)) : simple.has(by);
  };
}

function simpleKey(value: Value): string | number | undefined {
  return typeof value === 'string' ? `s${value}` : numeric(value);
}

/** Items sorted by Python's order; stable, and throws for types that have none, unless they are all the same. */
export function sorted(items: Value, key: (item: Value) => Value = (item) => item, reverse = false): Value[] {
  const pairs = [...iterate(items)].map((item) => ({ item, by: known(key(item)) }));
  const place = (a: Value, b: Value): number => (isMapping(a) && isMapping(b) && equals(a, b) ? 0 : order(a, b));
  pairs.sort((a, b) => (reverse ? place(b.by, a.by) : place(a.by, b.by)));
  return pairs.map(({ item }) => item);
}
