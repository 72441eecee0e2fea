/** Tests of what a value is. */
import { isFloat, known, numeric, toNumber, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { Callable, test, type Test } from '../registry.ts';
import { findFilter, findTest } from '../tables.ts';
import { Float, isMapping, Undefined, Unknown, type Value } from '../value.ts';

const defined = (value: Value): boolean => {
  if (value instanceof Unknown && value.part) throw value;
  return !(value instanceof Undefined);
};

/** A question about the type: what is undefined is of none, and what is unknown stays so. */
function typeTest(ask: (value: Value) => boolean): Test {
  return test('', (value) => {
    if (value instanceof Unknown) throw value;
    return !(value instanceof Undefined) && ask(value);
  }, { lenient: true });
}

const isBoolean = (value: Value): boolean => typeof value === 'boolean';
const isNumber = (value: Value): boolean => numeric(value) !== undefined;

export const typeTests: Readonly<Record<string, Test>> = {
  defined: test('', defined, { lenient: true }),
  undefined: test('', (value) => !defined(value), { lenient: true }),
  none: typeTest((value) => value === null),
  null: typeTest((value) => value === null),
  string: typeTest((value) => typeof value === 'string'),
  number: typeTest(isNumber),
  integer: typeTest((value) => typeof value === 'number' && Number.isInteger(value)),
  float: typeTest(isFloat),
  boolean: typeTest(isBoolean),
  true: typeTest((value) => value === true),
  false: typeTest((value) => value === false),
  mapping: typeTest(isMapping),
  dict: typeTest(isMapping),
  iterable: test('', (value) => typeof value === 'string' || Array.isArray(value) || isMapping(value)),
  sequence: typeTest((value) => typeof value === 'string' || Array.isArray(value) || isMapping(value)),
  list: typeTest((value) => Array.isArray(value)),
  callable: typeTest((value) => value instanceof Callable),
  sameas: test('other', (value, [other]) => same(value, other!), { lenient: true }),
  escaped: test('', () => false),
  truthy: test('convert_bool?', (value, [convert = false]) => isTruthy(value, truth(convert))),
  falsy: test('convert_bool?', (value, [convert = false]) => !isTruthy(value, truth(convert))),
  filter: test('', (value) => typeof value === 'string' && findFilter(value) !== undefined),
  test: test('', (value) => typeof value === 'string' && findTest(value) !== undefined),
  odd: test('', (value) => Math.abs(toNumber(value) % 2) === 1),
  even: test('', (value) => toNumber(value) % 2 === 0),
  divisibleby: test('num', (value, [by]) => isDivisible(toNumber(value), toNumber(by!))),
  nan: test('', (value) => typeof value === 'number' && Number.isNaN(value)),
  isnan: test('', (value) => typeof value === 'number' && Number.isNaN(value)),
};

/** The same object, or the same plain value of the same type. */
function same(value: Value, other: Value): boolean {
  if (value instanceof Unknown) throw value;
  if (value instanceof Float || other instanceof Float) return value instanceof Float && other instanceof Float && value.value === other.value;
  return value === known(other);
}

function isDivisible(number: number, by: number): boolean {
  if (by === 0) throw new Fault('division by zero');
  return number % by === 0;
}

const yes = ['yes', 'y', 'on', '1', 'true', 't'];
const no = ['no', 'n', 'off', '0', 'false', 'f', ''];

function isTruthy(value: Value, convert: boolean): boolean {
  if (!convert || typeof value !== 'string') return truth(value);
  const word = value.toLowerCase().trim();
  return yes.includes(word) ? true : no.includes(word) ? false : truth(value);
}
