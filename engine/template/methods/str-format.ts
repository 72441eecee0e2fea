/** `'{} {name:>8}'.format(...)`: Python's brace formatting. */
import { attributeOf, itemOf } from '../access.ts';
import { hasPairs, isFloat, known, numeric, toWhole, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { repeat } from '../limits.ts';
import { repr, toText } from '../python-text.ts';
import type { Dict, Value } from '../value.ts';
import { realText } from './printf.ts';

/** Fills `{}` fields by position and by name. Throws for a field that has no value, and for a bad format. */
export function formatBraces(format: string, positional: readonly Value[], named: Dict): string {
  let next = 0;
  return format.replace(/\{\{|\}\}|\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|[{}]/g, (all: string, field: string | undefined) => {
    if (all === '{{' || all === '}}') return all[0]!;
    if (field === undefined) throw new Fault(`a single "${all}" stands in the format; write it twice`);
    const [, path = '', conversion, spec = ''] = /^([^!:]*)(?:!([rsa]))?(?::(.*))?$/s.exec(field) ?? [];
    const own = path.startsWith('.') || path.startsWith('[') || path === '' ? `${next++}${path}` : path;
    const filled = spec.replace(/\{([^{}]*)\}/g, (_all, inner: string) => toText(resolve(inner === '' ? String(next++) : inner, positional, named)));
    const value = resolve(own, positional, named);
    return formatValue(conversion === 'r' || conversion === 'a' ? repr(value) : conversion === 's' ? toText(value) : value, filled);
  });
}

function resolve(path: string, positional: readonly Value[], named: Dict): Value {
  const [head = '', ...steps] = path.match(/^[^.[]+|\.[^.[]+|\[[^\]]*\]/g) ?? [];
  let value: Value | undefined = /^\d+$/.test(head) ? positional[Number(head)] : Object.hasOwn(named, head) ? named[head] : undefined;
  for (const step of steps) {
    if (value === undefined) break;
    const inner = step.startsWith('.') ? step.slice(1) : step.slice(1, -1);
    value = step.startsWith('.') ? attributeOf(known(value), inner) : itemOf(known(value), /^\d+$/.test(inner) ? Number(inner) : inner);
  }
  if (value === undefined) throw new Fault(`the format's field {${path}} has no value`);
  return known(value);
}

const specPattern = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su;

/** One value by a format spec such as `>8` or `.2f`. */
export function formatValue(value: Value, spec: string): string {
  if (spec === '') return toText(value);
  const found = specPattern.exec(spec);
  if (!found) throw new Fault(`"${spec}" is no format for ${typeName(value)}`);
  const [, fill = ' ', align, sign = '-', alternate, zero, width, group, precision, kind] = found;
  const number = typeof value === 'boolean' && kind === undefined ? undefined : numeric(value);
  const digits = precision === undefined ? undefined : Number(precision);
  const text = number === undefined ? plainText(value, kind, digits) : numberText(value, number, { sign, alternate: alternate !== undefined, group, digits, kind });
  const padding = zero !== undefined && align === undefined ? { fill: '0', align: number === undefined ? '<' : '=' } : { fill, align: align ?? (number === undefined ? '<' : '>') };
  return aligned(text, Number(width ?? 0), padding.fill, padding.align);
}

function plainText(value: Value, kind: string | undefined, digits: number | undefined): string {
  if (kind !== undefined && kind !== 's') throw new Fault(`the format "${kind}" needs a number, found ${typeName(value)}`);
  const text = toText(value);
  return digits === undefined ? text : Array.from(text).slice(0, digits).join('');
}

interface NumberStyle {
  readonly sign: string;
  readonly alternate: boolean;
  readonly group: string | undefined;
  readonly digits: number | undefined;
  readonly kind: string | undefined;
}

function numberText(value: Value, number: number, style: NumberStyle): string {
  const mark = number < 0 ? '-' : style.sign === '-' ? '' : style.sign;
  const size = Math.abs(number);
  let text = digitsOf(value, size, style);
  if (style.group !== undefined) text = text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, style.group!));
  return mark + text;
}

function digitsOf(value: Value, size: number, { kind, digits, alternate }: NumberStyle): string {
  const radixes: Record<string, number> = { b: 2, o: 8, x: 16, X: 16 };
  if (kind === 's') throw new Fault(`the format "s" needs text, found ${typeName(value)}`);
  if (kind === 'c') return String.fromCodePoint(toWhole(value));
  if (kind !== undefined && kind in radixes) {
    const text = Math.abs(toWhole(value)).toString(radixes[kind]);
    return (alternate ? `0${kind.toLowerCase()}` : '') + (kind === 'X' ? text.toUpperCase() : text);
  }
  if (kind === '%') return `${realText(size * 100, 'f', digits ?? 6)}%`;
  if (kind === 'd' || (kind === undefined && !isFloat(value))) return String(Math.abs(toWhole(value)));
  if (kind !== undefined && 'eEfFgGn'.includes(kind)) return realText(size, kind === 'n' ? 'g' : kind, digits ?? 6);
  if (kind !== undefined) throw new Fault(`"${kind}" is no format for ${typeName(value)}`);
  return digits === undefined ? toText(value).replace('-', '') : realText(size, 'g', digits).replace(/^(\d+)$/, '$1.0');
}

function aligned(text: string, width: number, fill: string, align: string): string {
  const missing = width - (hasPairs(text) ? Array.from(text).length : text.length);
  if (missing <= 0) return text;
  if (align === '<') return text + repeat(fill, missing);
  if (align === '>') return repeat(fill, missing) + text;
  if (align === '^') return repeat(fill, Math.floor(missing / 2)) + text + repeat(fill, Math.ceil(missing / 2));
  const sign = /^[-+ ]?/.exec(text)![0];
  return sign + repeat(fill, missing) + text.slice(sign.length);
}
