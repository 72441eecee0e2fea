/** Values as JSON text, as Python's json.dumps writes them. */
import { orderTexts } from './compare.ts';
import { known, typeName } from './convert.ts';
import { Fault } from './fault.ts';
import { limits } from './limits.ts';
import { floatText, toText } from './python-text.ts';
import { entriesOf, Float, isMapping, type Value } from './value.ts';

export interface JsonOptions {
  /** Blanks a level, or the text of one level; undefined: all on one line. */
  readonly indent: number | string | undefined;
  readonly sortKeys: boolean;
  /** Characters past ASCII as \uXXXX. */
  readonly ascii: boolean;
  readonly itemSeparator: string;
  readonly keySeparator: string;
}

/** JSON text of a value. Throws for what is unknown or undefined. */
export function dumpJson(value: Value, options: JsonOptions): string {
  return node(value, options, 0);
}

function node(value: Value, options: JsonOptions, depth: number): string {
  if (typeof value === 'string') return text(value, options.ascii);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || value instanceof Float) return number(value);
  if (depth > limits.nesting) throw new Fault('the value nests too deeply to be written as JSON');
  known(value);
  if (Array.isArray(value)) return group('[', ']', value.map((item) => node(item, options, depth + 1)), options, depth);
  if (!isMapping(value)) throw new Fault(`${typeName(value)} cannot be written as JSON`);
  const entries = options.sortKeys ? [...entriesOf(value)].sort(([a], [b]) => orderTexts(a, b)) : entriesOf(value);
  return group('{', '}', entries.map(([key, item]) => text(key, options.ascii) + options.keySeparator + node(item, options, depth + 1)), options, depth);
}

function group(open: string, close: string, parts: readonly string[], { indent, itemSeparator }: JsonOptions, depth: number): string {
  if (parts.length === 0) return open + close;
  if (indent === undefined) return open + parts.join(itemSeparator) + close;
  const unit = typeof indent === 'number' ? ' '.repeat(Math.max(0, indent)) : indent;
  const inner = `\n${unit.repeat(depth + 1)}`;
  return `${open}${inner}${parts.join(itemSeparator + inner)}\n${unit.repeat(depth)}${close}`;
}

function number(value: number | Float): string {
  const size = Number(value);
  if (!Number.isFinite(size)) return Number.isNaN(size) ? 'NaN' : size > 0 ? 'Infinity' : '-Infinity';
  return value instanceof Float ? floatText(size) : toText(size);
}

function text(value: string, ascii: boolean): string {
  const json = JSON.stringify(value).replaceAll('\\u007f', '\x7f');
  return ascii ? json.replace(/[\u007f-\uffff]/g, (unit) => (unit === '\x7f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)) : json;
}
