/** Arithmetic by Python's rules. Whole numbers stay whole, `/` gives a float, `%` takes the divisor's sign. */
import { isFloat, known, numeric, toNumber, typeName } from './convert.ts';
import { Fault } from './fault.ts';
import { checkItems, limits, repeat } from './limits.ts';
import { timeArithmetic } from './methods/datetime.ts';
import { formatPercent } from './methods/printf.ts';
import { Float, isTuple, tuple, type Value } from './value.ts';

type Arithmetic = '+' | '-' | '*' | '/' | '//' | '%' | '**';

/** The operation of each operator. They throw a Fault, or the Unknown that was among the operands. */
export const arithmetic: Readonly<Record<Arithmetic, (a: Value, b: Value) => Value>> = {
  '+': add,
  '-': (a, b) => timeArithmetic('-', a, b) ?? numbers('-', a, b, (x, y) => x - y),
  '*': multiply,
  '/': (a, b) => asFloat(divide(...both('/', a, b))),
  '//': (a, b) => numbers('//', a, b, (x, y) => Math.floor(divide(x, y))),
  '%': modulo,
  '**': power,
};

/** A result that Python would count as a float. */
export function asFloat(value: number): Value {
  return Number.isInteger(value) ? new Float(value) : value;
}

/** A result that Python would count as a whole number; throws past 2^53, where digits would be lost. */
export function asWhole(value: number): Value {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  if (Number.isNaN(value) || !Number.isFinite(value)) throw new Fault(`${value} is not a whole number`);
  throw new Fault('the number is larger than 2^53 and would lose digits');
}

/** -x, or +x. */
export function negate(value: Value): Value {
  const number = numeric(known(value));
  if (number === undefined) throw new Fault(`bad operand for unary -: ${typeName(value)}`);
  return isFloat(value) ? asFloat(-number) : asWhole(-number);
}

function add(a: Value, b: Value): Value {
  if (typeof a === 'string' && typeof b === 'string') return join(a, b);
  if (Array.isArray(a) && Array.isArray(b) && isTuple(a) === isTuple(b)) {
    checkItems(a.length + b.length);
    return isTuple(a) ? tuple([...a, ...b]) : [...a, ...b];
  }
  return timeArithmetic('+', a, b) ?? numbers('+', a, b, (x, y) => x + y);
}

/** Two texts as one, within the limit. */
export function join(a: string, b: string): string {
  if (a.length + b.length > limits.text) throw new Fault(`the text would be longer than ${limits.text} characters`);
  return a + b;
}

function multiply(a: Value, b: Value): Value {
  const [series, times] = typeof a === 'string' || Array.isArray(a) ? [a, b] : [b, a];
  if (typeof series !== 'string' && !Array.isArray(series)) return numbers('*', a, b, (x, y) => x * y);
  const count = isFloat(known(times)) ? undefined : numeric(times);
  if (count === undefined) throw mismatch('*', a, b);
  if (typeof series === 'string') return repeat(series, count);
  checkItems(series.length * count);
  const items = Array.from({ length: Math.max(0, count) }, () => series).flat(1);
  return isTuple(series) ? tuple(items) : items;
}

function modulo(a: Value, b: Value): Value {
  if (typeof a === 'string') return formatPercent(a, known(b));
  return numbers('%', a, b, (x, y) => {
    if (y === 0) throw new Fault('division by zero');
    const rest = x % y;
    if (rest === 0) return y < 0 ? -0 : 0;
    return rest < 0 !== y < 0 ? rest + y : rest;
  });
}

function power(a: Value, b: Value): Value {
  const [x, y] = both('**', a, b);
  if (x === 0 && y < 0) throw new Fault('0 cannot be raised to a negative power');
  const result = x ** y;
  if (Number.isNaN(result) && x < 0) throw new Fault('a negative number has no such power');
  return isFloat(a) || isFloat(b) || y < 0 ? asFloat(result) : asWhole(result);
}

function divide(x: number, y: number): number {
  if (y === 0) throw new Fault('division by zero');
  return x / y;
}

function numbers(sign: Arithmetic, a: Value, b: Value, operate: (x: number, y: number) => number): Value {
  const result = operate(...both(sign, a, b));
  return isFloat(a) || isFloat(b) ? asFloat(result) : asWhole(result);
}

function both(sign: Arithmetic, a: Value, b: Value): [number, number] {
  const x = numeric(known(a));
  const y = numeric(known(b));
  if (x === undefined || y === undefined) throw mismatch(sign, a, b);
  return [x, y];
}

function mismatch(sign: Arithmetic, a: Value, b: Value): Fault {
  const text = typeof a === 'string' || typeof b === 'string';
  const hint = sign === '+' && text ? 'join texts with ~, or convert with | int' : text ? 'convert with | int or | float' : undefined;
  return new Fault(`${typeName(a)} ${sign} ${typeName(b)} is not possible`, hint);
}

/** The sum of numbers, as sum() adds them. */
export function sum(items: readonly Value[], start: Value): Value {
  return items.reduce((total, item) => add(total, item), start);
}

/** abs() of a number, float or not as the number is. */
export function absolute(value: Value): Value {
  const number = Math.abs(toNumber(value));
  return isFloat(value) ? asFloat(number) : asWhole(number);
}
