/** Values as text, spelled as Python's str() and repr() spell them. */
import { known, typeName } from './convert.ts';
import { Fault } from './fault.ts';
import { limits } from './limits.ts';
import { entriesOf, Float, isMapping, isTuple, type Value } from './value.ts';

/** str(): texts as they are, `True`, `None`, `[1, 'a']`. Throws for what is unknown or undefined. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : floatText(value);
  return repr(value);
}

/** What `{{ }}` writes within text: as str(), but nothing for none, as Ansible does. */
export function outputText(value: Value): string {
  return typeof value === 'string' ? value : value === null ? '' : toText(value);
}

/** repr(): texts in quotes. */
export function repr(value: Value, depth = 0): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return toText(value);
  if (value instanceof Float) return floatText(value.value);
  if (depth > limits.nesting) throw new Fault('the value nests too deeply to be written as text');
  if (Array.isArray(value)) return listText(value.map((item) => repr(item, depth + 1)), isTuple(value));
  if (isMapping(value)) return `{${entriesOf(value).map(([key, item]) => `${quoted(key)}: ${repr(item, depth + 1)}`).join(', ')}}`;
  known(value);
  const written = value.attribute('__str__');
  if (typeof written === 'string') return written;
  const hint = value.typeName === 'omit' ? 'it stands for a whole value: "{{ x | default(omit) }}"' : value.typeName === 'method' ? 'call it with (), or use [\'...\'] for a key of that name' : undefined;
  throw new Fault(`${typeName(value)} cannot be written as text`, hint);
}

function listText(items: readonly string[], isTuple: boolean): string {
  if (!isTuple) return `[${items.join(', ')}]`;
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

/** A float as Python writes it: `5.0`, `1e+16`, `1e-05`, `inf`, `nan`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text in Python's quotes: single ones unless it holds those and no double ones. */
export function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replace(/[\\\n\r\t]|[\0-\x1f\x7f-\xa0\xad]|[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}|'/gu, (char) => {
    if (char === "'") return mark === "'" ? "\\'" : char;
    return escapes[char] ?? codeEscape(char.codePointAt(0)!);
  });
  return mark + inner + mark;
}

function codeEscape(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
