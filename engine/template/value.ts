/** The values that expressions work on. */

/** Plain JSON-like data, or one of the special values below. Tuples are lists that {@link tuple} has marked. */
export type Value = null | boolean | number | string | Value[] | Dict | Special;

/** A plain object; only its own properties count. */
export interface Dict {
  [key: string]: Value;
}

/** What is neither plain data nor a dict: the classes below. `attribute` answers `value.name`. */
export abstract class Special {
  abstract readonly typeName: string;
  attribute(_name: string): Value | undefined {
    return undefined;
  }
}

/**
 * Counts the values met that must not leave an evaluation as they are (Float, Undefined, omit): where it has not
 * moved, a result needs no walk. `kept` is set once a variable holds such values within lists or dicts.
 */
export const residue = { count: 0, kept: false };

/**
 * A value that only applying can give. Whatever is made of it is unknown too. Primitive conversions throw the
 * Unknown itself; operators, filters and calls catch it and hand it on as their value.
 */
export class Unknown extends Special {
  readonly typeName = 'unknown';
  /** Why, for people: `known only after "Get a token" (site.yml:12:7)`. */
  readonly because: string;
  /** Set where the value is unknown but its truth is not: `unknown and false`. */
  readonly truth: boolean | undefined;
  /** True for a part (attribute, item) of an unknown value: whether it exists is unknown as well. */
  readonly part: boolean;
  constructor(because: string, options: { truth?: boolean; part?: boolean } = {}) {
    super();
    this.because = because;
    this.truth = options.truth;
    this.part = options.part ?? false;
  }
}

/** Where something stands: offsets in the text of a unit (one compiled text). */
export interface Spot {
  readonly unit: Unit;
  readonly start: number;
  readonly end: number;
}

/** One compiled text, the same wherever it stands. */
export interface Unit {
  readonly text: string;
}

/** A value that is missing: free for `is defined` and `default`, an error wherever else it is used. */
export class Undefined extends Special {
  readonly typeName = 'undefined';
  /** The expression that gave it, as written: `hostvars.m9`. */
  readonly path: string;
  /** `dict has no attribute 'm9'`; missing for a plain name. */
  readonly reason: string | undefined;
  readonly spot: Spot | undefined;
  /** Names that were there instead, asked for when the error is written. */
  readonly known: (() => Iterable<string>) | undefined;
  constructor(path: string, reason?: string, spot?: Spot, known?: () => Iterable<string>) {
    super();
    residue.count++;
    this.path = path;
    this.reason = reason;
    this.spot = spot;
    this.known = known;
  }
}

/** A float that happens to be whole (10 / 2): rendered as `5.0`. Becomes a plain number when it leaves an evaluation. */
export class Float extends Special {
  readonly typeName = 'float';
  readonly value: number;
  constructor(value: number) {
    super();
    residue.count++;
    this.value = value;
  }
  override valueOf(): number {
    return this.value;
  }
  toJSON(): number {
    return this.value;
  }
}

/** The type of {@link omit}. */
export class Omitted extends Special {
  readonly typeName = 'omit';
}

/** `omit`: the mapping key or list item whose value it is, is left out. */
export const omit = new Omitted();

/** A dict whose values are made when asked for (hostvars). Extend it, or use {@link lazyMapping}. */
export abstract class LazyMapping extends Special {
  readonly typeName = 'dict';
  /** The value under a key, or undefined where there is no such key. */
  abstract get(key: string): Value | undefined;
  abstract keys(): Iterable<string>;
}

/** A lazy mapping from two functions. */
export function lazyMapping(get: (key: string) => Value | undefined, keys: () => Iterable<string>): LazyMapping {
  return new (class extends LazyMapping {
    override get(key: string): Value | undefined {
      return get(key);
    }
    override keys(): Iterable<string> {
      return keys();
    }
  })();
}

/** True for a plain object. */
export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Special);
}

/** True for what expressions treat as a dict. */
export function isMapping(value: unknown): value is Dict | LazyMapping {
  return isDict(value) || value instanceof LazyMapping;
}

/** The value under a key, or undefined; own properties only. */
export function valueAt(mapping: Dict | LazyMapping, key: string): Value | undefined {
  if (mapping instanceof LazyMapping) return mapping.get(key);
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** The keys of a mapping in its order. */
export function keysOf(mapping: Dict | LazyMapping): string[] {
  return mapping instanceof LazyMapping ? [...mapping.keys()] : Object.keys(mapping);
}

/** Keys and values of a mapping in its order. */
export function entriesOf(mapping: Dict | LazyMapping): [string, Value][] {
  if (!(mapping instanceof LazyMapping)) return Object.entries(mapping);
  return [...mapping.keys()].map((key) => [key, orElse(mapping.get(key), () => null)]);
}

/** Sets an own property, `__proto__` included. */
export function setKey(dict: Dict, key: string, value: Value): void {
  if (key === '__proto__') Object.defineProperty(dict, key, { value, enumerable: true, writable: true, configurable: true });
  else dict[key] = value;
}

/** A dict from keys and values. */
export function dictOf(entries: Iterable<readonly [string, Value]>): Dict {
  const dict: Dict = {};
  for (const [key, value] of entries) setKey(dict, key, value);
  return dict;
}

/** The value, or another one where there is none; null is a value (`??` would not take it for one). */
export function orElse(value: Value | undefined, other: () => Value): Value {
  return value === undefined ? other() : value;
}

const tuples = new WeakMap<object, readonly string[]>();

/** Marks a list as a Python tuple, which shows when it is rendered or compared; its items may have names as well. */
export function tuple(items: Value[], names: readonly string[] = []): Value[] {
  tuples.set(items, names);
  return items;
}

/** True for a list that {@link tuple} has marked. */
export function isTuple(value: object): boolean {
  return tuples.has(value);
}

/** The item of a tuple that has this name. */
export function namedItem(items: Value[], name: string): Value | undefined {
  const at = tuples.get(items)?.indexOf(name) ?? -1;
  return at < 0 ? undefined : items[at];
}
