/** Filters on numbers and sizes. */
import { absolute, asFloat, asWhole } from '../arithmetic.ts';
import { isFloat, toNumber, toStr, toWhole, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { toText } from '../python-text.ts';
import { filter, type Filter } from '../registry.ts';
import type { Value } from '../value.ts';
import { parseFloatText } from './values.ts';

export const numberFilters: Readonly<Record<string, Filter>> = {
  abs: filter('', absolute),
  round: filter('precision? method?', (value, [precision = 0, method = 'common']) => round(value, toWhole(precision), toStr(method))),
  log: filter('base?', (value, [base]) => logarithm(toNumber(value), base === undefined ? Math.E : toNumber(base))),
  pow: filter('y', (value, [y]) => asFloat(toNumber(value) ** toNumber(y!))),
  root: filter('base?', (value, [base = 2]) => root(toNumber(value), toNumber(base))),
  human_readable: filter('isbits? unit?', (value, [bits = false, unit = null]) => humanReadable(toNumber(value), truth(bits), unit === null ? undefined : toStr(unit))),
  human_to_bytes: filter('default_unit? isbits?', (value, [unit = null, bits = false]) => humanToBytes(toText(value), unit === null ? undefined : toStr(unit), truth(bits))),
  filesizeformat: filter('binary?', (value, [binary = false]) => fileSize(typeof value === 'string' ? (parseFloatText(value) ?? toNumber(value)) : toNumber(value), truth(binary))),
};

function round(value: Value, precision: number, method: string): Value {
  const number = toNumber(value);
  if (method === 'ceil' || method === 'floor') return asFloat(Math[method](number * 10 ** precision) / 10 ** precision);
  if (method !== 'common') throw new Fault(`round() knows common, ceil and floor, not "${method}"`);
  if (!isFloat(value)) return precision >= 0 ? asWhole(number) : asWhole(halfEven(number / 10 ** -precision) * 10 ** -precision);
  return asFloat(roundFloat(number, precision));
}

/** A half goes to the even neighbour, as in Python. */
function halfEven(number: number): number {
  const down = Math.floor(number);
  const rest = number - down;
  const rounded = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
  return rounded === 0 && number < 0 ? -0 : rounded;
}

/** Rounds the number's exact value, which toFixed knows, to so many decimal digits. */
function roundFloat(number: number, precision: number): number {
  if (!Number.isFinite(number) || precision > 22) return number;
  if (precision < 0) return halfEven(number / 10 ** -precision) * 10 ** -precision;
  if (precision === 0) return halfEven(number);
  const exact = Math.abs(number).toFixed(Math.min(100, precision + 30));
  const at = exact.indexOf('.') + 1 + precision;
  const isHalf = /^50*$/.test(exact.slice(at));
  const lastIsOdd = Number(exact[at - 1]) % 2 === 1;
  const size = isHalf && !lastIsOdd ? Number(exact.slice(0, at)) : Number(Math.abs(number).toFixed(precision));
  return Math.sign(number) * size;
}

function logarithm(number: number, base: number): Value {
  if (number <= 0 || base <= 0 || base === 1) throw new Fault('log() of this number does not exist');
  return asFloat(base === 10 ? Math.log10(number) : base === 2 ? Math.log2(number) : Math.log(number) / Math.log(base));
}

function root(number: number, base: number): Value {
  if (number < 0) throw new Fault('root() of a negative number does not exist');
  return asFloat(base === 2 ? Math.sqrt(number) : number ** (1 / base));
}

const sizes: readonly (readonly [string, number])[] = ['Y', 'Z', 'E', 'P', 'T', 'G', 'M', 'K', 'B'].map((letter, i) => [letter, 2 ** (80 - 10 * i)]);

function humanReadable(size: number, bits: boolean, unit: string | undefined): string {
  const [letter, limit] = sizes.find(([each, least]) => (unit === undefined ? size >= least : unit.toUpperCase() === each)) ?? ['B', 1];
  const base = bits ? 'bits' : 'Bytes';
  return `${(size / limit).toFixed(2)} ${limit === 1 ? base : letter + base[0]!}`;
}

function humanToBytes(text: string, fallback: string | undefined, bits: boolean): Value {
  const [, digits = '', written] = /^\s*(\d*\.?\d*)\s*([A-Za-z]+)?/.exec(text) ?? [];
  const number = digits === '' || digits === '.' ? undefined : Number(digits);
  if (number === undefined) throw new Fault(`"${text}" is no size`, 'a size is a number and a unit: 10 MB, 2G');
  const unit = written ?? fallback;
  if (unit === undefined) return asWhole(halfEven(number));
  const limit = sizes.find(([letter]) => letter === unit[0]!.toUpperCase())?.[1];
  const [letter, word] = bits ? ['b', 'bit'] : ['B', 'byte'];
  if (limit === undefined) throw new Fault(`"${unit}" is no unit of size`, `known: ${sizes.map(([each]) => each).reverse().join(', ')}`);
  if (unit.length > 1 && !unit.toLowerCase().includes(word) && unit[1] !== letter) throw new Fault(`"${unit}" is no unit of ${word}s`, `write ${unit[0]!.toUpperCase()}${letter} or ${unit[0]!.toUpperCase()}`);
  return asWhole(halfEven(number * limit));
}

function fileSize(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const letters = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
  const at = letters.findIndex((_, i) => bytes < base ** (i + 2));
  const i = at < 0 ? letters.length - 1 : at;
  return `${((base * bytes) / base ** (i + 2)).toFixed(1)} ${binary ? `${letters[i]!.toUpperCase()}iB` : `${letters[i]!}B`}`;
}
