/** Reading parts: `value.name`, `value[index]`, `value[from:to:step]`. Own properties and allow-listed methods only. */
import { characters, hasPairs, isFloat, known, numeric, toKey, toWhole, typeName } from './convert.ts';
import { Fault } from './fault.ts';
import { isMapping, isTuple, namedItem, Special, tuple, Undefined, Unknown, valueAt, keysOf, type Spot, type Value } from './value.ts';

/** `value.name`: a key of a dict or an attribute; undefined where there is none. Methods are looked up before this. */
export function attributeOf(value: Value, name: string): Value | undefined {
  if (isMapping(value)) return valueAt(value, name);
  if (Array.isArray(value)) return namedItem(value, name);
  if (value instanceof Special && !name.startsWith('__')) return value.attribute(name);
  return undefined;
}

/** `value[index]`: an item of a list, a character, a key; undefined where there is none. */
export function itemOf(value: Value, index: Value): Value | undefined {
  if (isMapping(value)) return valueAt(value, toKey(known(index)));
  if (typeof value === 'string' || Array.isArray(value)) {
    const at = isFloat(known(index)) ? undefined : numeric(index);
    if (at === undefined) return undefined;
    const list = typeof value === 'string' && hasPairs(value) ? characters(value) : value;
    return list[at < 0 ? list.length + at : at];
  }
  return typeof index === 'string' ? attributeOf(value, index) : undefined;
}

/** The value, or an Undefined (for an unknown whole, an unknown part) that says what was missing. */
export function partOf(whole: Value, part: Value | undefined, path: () => string, name: Value, spot: Spot): Value {
  if (part !== undefined) return part;
  if (whole instanceof Undefined) return whole;
  if (whole instanceof Unknown) return whole.part ? whole : new Unknown(whole.because, { part: true });
  if (isMapping(whole)) return new Undefined(path(), `dict has no ${path().endsWith(']') ? 'key' : 'attribute'} '${keyName(name)}'`, spot, () => keysOf(whole));
  if (Array.isArray(whole) && numeric(name) !== undefined) return new Undefined(path(), `list has ${whole.length} item${whole.length === 1 ? '' : 's'}`, spot);
  return new Undefined(path(), `${typeName(whole)} has no attribute '${keyName(name)}'`, spot);
}

function keyName(name: Value): string {
  return typeof name === 'string' || typeof name === 'number' ? String(name) : typeName(name);
}

/** Follows a dotted path (`a.b.0`) as filters' `attribute=` does. */
export function followPath(value: Value, path: Value): Value {
  const steps = typeof path === 'number' ? [path] : String(path).split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const spot = { unit: { text: '' }, start: 0, end: 0 };
  return steps.reduce<Value>((whole, step) => {
    const item = itemOf(whole, step);
    const part = item === undefined && typeof step === 'string' ? attributeOf(whole, step) : item;
    if (part !== undefined) return part;
    const missing = partOf(whole, part, () => String(path), step, spot);
    return missing instanceof Undefined && missing.spot === spot ? new Undefined(missing.path, missing.reason, undefined, missing.known) : missing;
  }, value);
}

/** `value[from:to:step]` of a text or list; what is undefined stays so. */
export function sliceOf(value: Value, from: Value, to: Value, step: Value): Value {
  if (value instanceof Undefined) return value;
  if (typeof value !== 'string' && !Array.isArray(value)) {
    known(value);
    throw new Fault(`${typeName(value)} cannot be sliced`, isMapping(value) ? 'make a list of it first: | list' : undefined);
  }
  const stride = step === null ? 1 : toWhole(step, 'a whole number as the step of a slice');
  if (stride === 0) throw new Fault('the step of a slice cannot be 0');
  const list = typeof value === 'string' ? (hasPairs(value) || stride !== 1 ? characters(value) : value) : value;
  const first = bound(from, list.length, stride > 0 ? 0 : list.length - 1, stride);
  const last = bound(to, list.length, stride > 0 ? list.length : -1, stride);
  if (typeof list === 'string') return list.slice(first, Math.max(first, last));
  const items: Value[] = [];
  for (let i = first; stride > 0 ? i < last : i > last; i += stride) items.push(list[i]!);
  if (typeof value === 'string') return items.join('');
  return isTuple(value) ? tuple(items) : items;
}

function bound(given: Value, length: number, fallback: number, stride: number): number {
  if (given === null) return fallback;
  const at = toWhole(given, 'a whole number as the bound of a slice');
  const least = stride > 0 ? 0 : -1;
  const most = stride > 0 ? length : length - 1;
  return Math.min(most, Math.max(least, at < 0 ? at + length : at));
}
