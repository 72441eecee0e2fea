/** `'%s and %05d' % (a, b)`: Python's percent formatting. */
import { known, numeric, toNumber, toWhole, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { repeat } from '../limits.ts';
import { repr, toText } from '../python-text.ts';
import { isMapping, isTuple, valueAt, type Value } from '../value.ts';

const pattern = /%(?:\(([^)]*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?(.|$)/gsu;

/** Fills a format with a value or a tuple of values. Throws for a bad format, and for too few or too many values. */
export function formatPercent(format: string, given: Value): string {
  const values = Array.isArray(given) && isTuple(given) ? given : [given];
  let used = 0;
  let named = false;
  const next = (): Value => {
    if (used >= values.length) throw new Fault('not enough values for the format');
    return known(values[used++]!);
  };
  const text = format.replace(pattern, (_all, name: string | undefined, flags: string, width: string | undefined, precision: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    if (name !== undefined) named = true;
    const wide = size(width, next);
    const exact = size(precision, next);
    const value = name === undefined ? next() : entry(given, name);
    return pad(convert(kind, value, flags, exact), flags, wide ?? 0, 'diouxXeEfFgG'.includes(kind));
  });
  if (!named && used < values.length && !isMapping(given) && (values === given || !Array.isArray(given))) throw new Fault('not all values are used by the format');
  return text;
}

function size(written: string | undefined, next: () => Value): number | undefined {
  return written === '*' ? toWhole(next()) : written === undefined ? undefined : Number(written);
}

function entry(given: Value, name: string): Value {
  if (!isMapping(given)) throw new Fault('a format with %(name)s needs a dict');
  const value = valueAt(given, name);
  if (value === undefined) throw new Fault(`the dict has no key '${name}'`);
  return known(value);
}

function convert(kind: string, value: Value, flags: string, precision: number | undefined): string {
  if (kind === 's' || kind === 'r' || kind === 'a') return cut(kind === 's' ? toText(value) : repr(value), precision);
  if (kind === 'c') return typeof value === 'string' ? value : String.fromCodePoint(toWhole(value));
  if ('diu'.includes(kind)) return signed(Math.trunc(numberFor(kind, value)), flags, (n) => String(n).padStart(precision ?? 0, '0'));
  if ('oxX'.includes(kind)) return signed(toWhole(value), flags, (n) => radix(n, kind, flags, precision));
  if ('eEfFgG'.includes(kind)) return signed(numberFor(kind, value), flags, (n) => realText(n, kind, precision ?? 6, flags.includes('#')));
  throw new Fault(kind === '' ? 'the format ends after %' : `%${kind} is no format; write %% for a percent sign`);
}

function numberFor(kind: string, value: Value): number {
  if (numeric(value) === undefined) throw new Fault(`%${kind} needs a number, found ${typeName(value)}`, typeof value === 'string' ? 'convert with | int or | float' : undefined);
  return toNumber(value);
}

function radix(n: number, kind: string, flags: string, precision: number | undefined): string {
  const digits = n.toString(kind === 'o' ? 8 : 16).padStart(precision ?? 0, '0');
  const text = flags.includes('#') ? `0${kind.toLowerCase()}${digits}` : digits;
  return kind === 'X' ? text.toUpperCase() : text;
}

/** A number by e, f or g, without its sign. Digits after the point: `precision`. */
export function realText(n: number, kind: string, precision: number, keepZeros = false): string {
  if (!Number.isFinite(n)) return kind === kind.toUpperCase() ? (Number.isNaN(n) ? 'NAN' : 'INF') : Number.isNaN(n) ? 'nan' : 'inf';
  if (precision > 100) throw new Fault('a number has at most 100 digits after the point');
  const lower = kind.toLowerCase();
  const text = lower === 'f' ? fixed(n, precision) : lower === 'e' ? exponential(n, precision) : general(n, precision || 1, keepZeros);
  return kind === lower ? text : text.toUpperCase();
}

/** toFixed that also serves numbers past 1e21. */
function fixed(n: number, precision: number): string {
  if (n < 1e21) return n.toFixed(precision);
  return BigInt(n).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
}

function exponential(n: number, precision: number): string {
  return n.toExponential(precision).replace(/e([-+])(\d)$/, 'e$10$2');
}

function general(n: number, precision: number, keepZeros: boolean): string {
  const exponent = n === 0 ? 0 : Number(n.toExponential(precision - 1).split('e')[1]);
  if (exponent < -4 || exponent >= precision) {
    const text = exponential(n, precision - 1);
    return keepZeros ? text : text.replace(/\.?0+e/, 'e');
  }
  const text = n.toFixed(Math.max(0, precision - 1 - exponent));
  return keepZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, '');
}

function signed(value: number, flags: string, write: (size: number) => string): string {
  const negative = value < 0 || Object.is(value, -0);
  return (negative && value !== 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + write(Math.abs(value));
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : text.slice(0, precision);
}

function pad(text: string, flags: string, width: number, isNumber: boolean): string {
  const missing = Math.abs(width) - text.length;
  if (missing <= 0) return text;
  if (flags.includes('-') || width < 0) return text + repeat(' ', missing);
  if (!flags.includes('0') || !isNumber || !/\d/.test(text)) return repeat(' ', missing) + text;
  const [sign = ''] = /^[-+ ]?(?:0[xXo])?/.exec(text) ?? [];
  return sign + repeat('0', missing) + text.slice(sign.length);
}

