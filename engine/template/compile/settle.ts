/** What an evaluation hands out: plain values, with nothing in them that only lives inside. */
import { known, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { limits } from '../limits.ts';
import { Moment } from '../methods/datetime.ts';
import { Float, isDict, LazyMapping, Omitted, omit, residue, setKey, Special, Undefined, Unknown, type Dict, type Value } from '../value.ts';

/**
 * The value as others may have it: undefined parts are failures, whole floats become numbers (unless `keepFloats`),
 * omitted items are left out. `before` is the residue's count when the evaluation began.
 */
export function settle(value: Value, before: number, keepFloats: boolean): Value {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Special) return settleSpecial(value, keepFloats);
  return residue.count === before && !residue.kept && !holdsSpecials(value) ? value : clean(value, keepFloats, 0);
}

/** A quick look at the outermost items for functions and dates, which are rare enough to be looked for alone. */
function holdsSpecials(value: Value[] | Dict): boolean {
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.some((item) => item instanceof Special && !(item instanceof LazyMapping) && !(item instanceof Unknown));
}

function settleSpecial(value: Special, keepFloats: boolean): Value {
  if (value instanceof Undefined) return known(value);
  if (value instanceof Float) return keepFloats ? keep(value) : value.value;
  if (value instanceof Unknown || value instanceof LazyMapping || value instanceof Omitted) return value;
  if (value instanceof Moment) return value.attribute('__str__')!;
  const hint = value.typeName === 'method' ? "call it with (), or use ['...'] for a key of that name" : undefined;
  throw new Fault(`the result is a ${typeName(value)}, which is no value`, hint);
}

function keep(value: Float): Float {
  residue.kept = true;
  return value;
}

function clean(value: Value, keepFloats: boolean, depth: number): Value {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Special) return settleSpecial(value, keepFloats);
  if (depth > limits.nesting) throw new Fault('the value nests too deeply');
  return Array.isArray(value) ? cleanList(value, keepFloats, depth) : isDict(value) ? cleanDict(value, keepFloats, depth) : value;
}

/** Copies only where something changes. */
function cleanList(list: Value[], keepFloats: boolean, depth: number): Value[] {
  let changed = false;
  const items: Value[] = [];
  for (const item of list) {
    const kept = clean(item, keepFloats, depth + 1);
    if (kept !== item || kept === omit) changed = true;
    if (kept !== omit) items.push(kept);
  }
  return changed ? items : list;
}

function cleanDict(dict: Dict, keepFloats: boolean, depth: number): Dict {
  let changed = false;
  const copy: Dict = {};
  for (const [key, item] of Object.entries(dict)) {
    const kept = clean(item, keepFloats, depth + 1);
    if (kept !== item || kept === omit) changed = true;
    if (kept !== omit) setKey(copy, key, kept);
  }
  return changed ? copy : dict;
}
