/** Tests of what a value is. */
import { isFloat, known, numeric, toWhole, truth } from '../convert.ts';
import { Callable, test, type Test } from '../registry.ts';
import { findFilter, findTest } from '../tables.ts';
import { Float, isMapping, Undefined, Unknown, type Value } from '../value.ts';

const defined = (value: Value): boolean => {
  if (value instanceof Unknown && value.part) throw value;
  return !(value instanceof Undefined);
};

const isBoolean = (value: Value): boolean => typeof value === 'boolean';
const isNumber = (value: Value): boolean => numeric(value) !== undefined;

export const typeTests: Readonly<Record<string, Test>> = {
  defined: test('', defined, { lenient: true }),
  undefined: test('', (value) => !defined(value), { lenient: true }),
  none: test('', (value) => value === null),
  null: test('', (value) => value === null),
  string: test('', (value) => typeof value === 'string'),
  number: test('', isNumber),
  integer: test('', (value) => typeof value === 'number' && Number.isInteger(value)),
  float: test('', isFloat),
  boolean: test('', isBoolean),
  true: test('', (value) => value === true),
  false: test('', (value) => value === false),
  mapping: test('', isMapping),
  dict: test('', isMapping),
  iterable: test('', (value) => typeof value === 'string' || Array.isArray(value) || isMapping(value)),
  sequence: test('', (value) => typeof value === 'string' || Array.isArray(value) || isMapping(value)),
  list: test('', (value) => Array.isArray(value)),
  callable: test('', (value) => value instanceof Callable),
  sameas: test('other', (value, [other]) => same(value, other!)),
  truthy: test('convert_bool?', (value, [convert = false]) => isTruthy(value, truth(convert))),
  falsy: test('convert_bool?', (value, [convert = false]) => !isTruthy(value, truth(convert))),
  filter: test('', (value) => typeof value === 'string' && findFilter(value) !== undefined),
  test: test('', (value) => typeof value === 'string' && findTest(value) !== undefined),
  odd: test('', (value) => Math.abs(toWhole(value) % 2) === 1),
  even: test('', (value) => toWhole(value) % 2 === 0),
  divisibleby: test('num', (value, [by]) => toWhole(value) % toWhole(by!) === 0),
  nan: test('', (value) => typeof value === 'number' && Number.isNaN(value)),
  isnan: test('', (value) => typeof value === 'number' && Number.isNaN(value)),
};

/** The same object, or the same plain value of the same type. */
function same(value: Value, other: Value): boolean {
  if (value instanceof Float || other instanceof Float) return value instanceof Float && other instanceof Float && value.value === other.value;
  return value === known(other);
}

const yes = ['yes', 'y', 'on', '1', 'true', 't'];
const no = ['no', 'n', 'off', '0', 'false', 'f', ''];

function isTruthy(value: Value, convert: boolean): boolean {
  if (!convert || typeof value !== 'string') return truth(value);
  const word = value.toLowerCase().trim();
  return yes.includes(word) ? true : no.includes(word) ? false : truth(value);
}
