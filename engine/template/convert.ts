/** Primitive conversions: what a value is where true/false, a number, a list or a text is needed. */
import { Fault, undefinedFault } from './fault.ts';
import { Float, isMapping, isTuple, keysOf, LazyMapping, Omitted, Special, Undefined, Unknown, type Value } from './value.ts';

/** The value itself; throws where it is unknown or undefined. */
export function known<V extends Value>(value: V): V {
  if (value instanceof Unknown) throw value;
  if (value instanceof Undefined) throw undefinedFault(value);
  return value;
}

/** Python's truth: empty text, list, dict, zero and none are false. */
export function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'number') return value !== 0;
  if (value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Unknown && value.truth !== undefined) return value.truth;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof LazyMapping) return !value.keys()[Symbol.iterator]().next().done;
  if (value instanceof Omitted) return true;
  known(value);
  return value instanceof Special || Object.keys(value).length > 0;
}

/** The number that a number, a float or true/false stands for in arithmetic; undefined for all else. */
export function numeric(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return undefined;
}

/** A number, or a failure that names what was found instead. */
export function toNumber(value: Value, what = 'a number'): number {
  const number = numeric(known(value));
  if (number === undefined) throw new Fault(`expected ${what}, found ${typeName(value)}`);
  return number;
}

/** A whole number, or a failure. */
export function toWhole(value: Value, what = 'a whole number'): number {
  const number = toNumber(value, what);
  if (!Number.isInteger(number)) throw new Fault(`expected ${what}, found ${number}`);
  return number;
}

/** A text that is one already, or a failure. */
export function toStr(value: Value, what = 'text'): string {
  if (typeof value === 'string') return value;
  known(value);
  throw new Fault(`expected ${what}, found ${typeName(value)}`);
}

/** True where Python counts the number as a float. */
export function isFloat(value: Value): boolean {
  return value instanceof Float || (typeof value === 'number' && !Number.isInteger(value));
}

/** The name Python gives to the value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'none';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (Array.isArray(value)) return isTuple(value) ? 'tuple' : 'list';
  return value instanceof Special ? value.typeName : 'dict';
}

/** The characters of a text, as Python counts them. */
export function characters(text: string): string[] {
  return hasPairs(text) ? Array.from(text) : text.split('');
}

/** True where some character takes two UTF-16 units. */
export function hasPairs(text: string): boolean {
  return /[\ud800-\udbff]/.test(text);
}

/** How many characters a text has, as Python counts them. */
export function textLength(text: string): number {
  return hasPairs(text) ? Array.from(text).length : text.length;
}

/** What a loop over the value goes through: items of a list, keys of a dict, characters of a text. */
export function iterate(value: Value): Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return characters(value);
  if (isMapping(value)) return keysOf(value);
  known(value);
  throw new Fault(`${typeName(value)} is not a list and cannot be gone through`);
}

/** How many items, keys or characters a value has. */
export function lengthOf(value: Value): number {
  if (typeof value === 'string') return textLength(value);
  if (Array.isArray(value)) return value.length;
  if (isMapping(value)) return keysOf(value).length;
  known(value);
  throw new Fault(`${typeName(value)} has no length`);
}

/** A value as the key of a dict. */
export function toKey(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || value instanceof Float) return String(Number(value));
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  known(value);
  throw new Fault(`${typeName(value)} cannot be the key of a dict`);
}
