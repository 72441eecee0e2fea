/** Filters on any value: defaults, choices, and conversions between types. */
import { isFloat, known, lengthOf, numeric, toStr, toWhole, truth, typeName } from '../convert.ts';
import { asFloat, asWhole } from '../arithmetic.ts';
import { equals } from '../compare.ts';
import { Fault, undefinedFault } from '../fault.ts';
import { repr, toText } from '../python-text.ts';
import { filter, type Filter } from '../registry.ts';
import { Float, Undefined, Unknown, type Value } from '../value.ts';

const defaulted = filter('default_value? boolean?', (value, [fallback = '', boolean = false]) => {
  if (value instanceof Undefined) return fallback;
  if (!truth(boolean)) return value;
  return truth(value) ? value : fallback;
}, { lenient: true });

const length = filter('', (value) => lengthOf(value));

const mandatory = filter('msg?', (value, [message]) => {
  if (!(value instanceof Undefined)) return value;
  if (message !== undefined && message !== null) throw new Fault(toStr(known(message)), undefined, value.spot);
  throw undefinedFault(value);
}, { lenient: true });

export const valueFilters: Readonly<Record<string, Filter>> = {
  default: defaulted,
  d: defaulted,
  mandatory,
  ternary: filter('true_val false_val none_val?', (value, [yes, no, none]) => ternary(value, yes!, no!, none), { lenient: true }),
  bool: filter('', toBool),
  string: filter('', toText),
  int: filter('default? base?', (value, [fallback = 0, base = 10]) => toInt(value, fallback, toWhole(base))),
  float: filter('default?', (value, [fallback = 0]) => toFloat(value, fallback)),
  length,
  count: length,
  type_debug: filter('', typeDebug, { lenient: true }),
  pprint: filter('', (value) => repr(value)),
};

function ternary(value: Value, yes: Value, no: Value, none: Value | undefined): Value {
  if (value instanceof Unknown && value.truth === undefined) {
    const same = !(yes instanceof Unknown) && !(no instanceof Unknown) && !(yes instanceof Undefined) && !(no instanceof Undefined) && equals(yes, no);
    return same ? yes : value;
  }
  if (value === null && none !== undefined && none !== null) return none;
  return truth(value) ? yes : no;
}

/** As Ansible reads them: yes, on, 1 and true are true; none stays none; all else is false. */
function toBool(value: Value): Value {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return ['yes', 'on', '1', 'true'].includes(value.toLowerCase());
  return numeric(value) === 1;
}

function toInt(value: Value, fallback: Value, base: number): Value {
  if (typeof value === 'string') {
    const whole = parseWhole(value.trim().replace(/(?<=[\da-z])_(?=[\da-z])/gi, ''), base);
    if (whole !== undefined) return asWhole(whole);
    const float = parseFloatText(value);
    return float === undefined || !Number.isFinite(float) ? fallback : asWhole(Math.trunc(float));
  }
  const number = numeric(value);
  return number === undefined || !Number.isFinite(number) ? fallback : asWhole(Math.trunc(number));
}

/** int(text, base): prefixes such as 0x count where the base is theirs. */
function parseWhole(text: string, base: number): number | undefined {
  const prefix = base === 16 ? '0x' : base === 8 ? '0o' : base === 2 ? '0b' : '';
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text.toLowerCase()) ?? [];
  const digits = prefix !== '' && rest.startsWith(prefix) ? rest.slice(2) : rest;
  const allowed = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, base);
  if (digits === '' || [...digits].some((digit) => !allowed.includes(digit))) return undefined;
  return (sign === '-' ? -1 : 1) * Number.parseInt(digits, base);
}

/** A number as Python's float() reads it; undefined where it is none. */
export function parseFloatText(text: string): number | undefined {
  const plain = text.trim().replace(/(?<=\d)_(?=\d)/g, '').toLowerCase();
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(plain)) return Number(plain);
  const word = /^([-+]?)(inf|infinity|nan)$/.exec(plain);
  if (!word) return undefined;
  return word[2] === 'nan' ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
}

function toFloat(value: Value, fallback: Value): Value {
  const number = typeof value === 'string' ? parseFloatText(value) : numeric(value);
  if (number !== undefined) return asFloat(number);
  return typeof fallback === 'number' ? asFloat(fallback) : fallback;
}

/** The name of the type, as Ansible's users see it there. */
function typeDebug(value: Value): string {
  if (value instanceof Unknown) throw value;
  if (value instanceof Undefined) return 'AnsibleUndefined';
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  return value instanceof Float || isFloat(value) ? 'float' : typeName(value);
}
