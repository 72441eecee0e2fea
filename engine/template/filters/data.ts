/** Filters between values and their text in JSON, YAML, base64 and URLs. */
import { parseYaml } from '../../source/yaml.ts';
import { TextError } from '../../source/problem.ts';
import { locate } from '../../source/source.ts';
import { plain } from '../../source/tree.ts';
import { iterate, numeric, toStr, toWhole, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { dumpJson, type JsonOptions } from '../json-text.ts';
import { toText } from '../python-text.ts';
import { filter, type Filter } from '../registry.ts';
import type { Value } from '../value.ts';
import { dumpYaml } from '../yaml-text/dump.ts';
import { urlFilters } from './urls.ts';

const toJson = 'indent? sort_keys? ensure_ascii? separators? vault_to_text? preprocess_unsafe? skipkeys? allow_nan?';
const toYaml = 'indent? width? sort_keys? default_flow_style? default_style? explicit_start? explicit_end? allow_unicode? line_break?';

export const dataFilters: Readonly<Record<string, Filter>> = {
  to_json: filter(toJson, (value, [indent = null, sort = false, ascii = true, separators = null]) => json(value, indent, sort, ascii, separators)),
  to_nice_json: filter(toJson, (value, [indent = 4, sort = true, ascii = true, separators = null]) => json(value, indent, sort, ascii, separators)),
  tojson: filter('indent?', (value, [indent = null]) => forMarkup(json(value, indent, true, true, null))),
  from_json: filter('', (value) => fromJson(toStr(value, 'JSON text'))),
  to_yaml: filter(toYaml, (value, [indent, ...others]) => yaml(value, [indent ?? 2, ...others], undefined)),
  to_nice_yaml: filter(toYaml, (value, [indent, ...others]) => yaml(value, [indent ?? 4, ...others], false)),
  from_yaml: filter('', (value) => (typeof value === 'string' ? fromYaml(value) : value)),
  from_yaml_all: filter('', (value) => (typeof value === 'string' ? documents(value).map(fromYaml) : value)),
  b64encode: filter('encoding?', (value, [encoding = 'utf-8']) => Buffer.from(toText(value), charset(encoding)).toString('base64')),
  b64decode: filter('encoding?', (value, [encoding = 'utf-8']) => decode(toStr(value), charset(encoding))),
  ...urlFilters,
};

function json(value: Value, indent: Value, sort: Value, ascii: Value, separators: Value): string {
  const marks = separators === null ? [] : iterate(separators).map(toText);
  const options: JsonOptions = {
    indent: indent === null ? undefined : typeof indent === 'string' ? indent : toWhole(indent),
    sortKeys: truth(sort), ascii: truth(ascii), itemSeparator: marks[0] ?? (indent === null ? ', ' : ','), keySeparator: marks[1] ?? ': ',
  };
  return dumpJson(value, options);
}

function fromJson(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    // the rest of the message quotes the text, which may hold a secret
    throw new Fault(`this is no JSON: ${(error as Error).message.replace(/, \.{0,3}".*$/s, '')}`);
  }
}

type YamlArgs = readonly (Value | undefined)[];

function yaml(value: Value, [indent, width, sort = true, flow, style, start = false, end = false]: YamlArgs, flowStyle: boolean | undefined): string {
  return dumpYaml(value, {
    indent: toWhole(indent!), width: width === undefined || width === null ? 80 : numeric(width) ?? 80, sortKeys: truth(sort),
    flowStyle: flow === undefined ? flowStyle : flow === null ? undefined : truth(flow), style: style === '"' || style === "'" ? style : undefined, explicitStart: truth(start), explicitEnd: truth(end),
  });
}

function fromYaml(text: string): Value {
  try {
    const tree = parseYaml({ name: 'the text', text });
    return tree ? (plain(tree) as Value) : null;
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    const [problem] = error.problems;
    throw new Fault(`this is no YAML: ${problem!.message}${problem!.span ? ` (line ${locate(problem!.span).line} of the text)` : ''}`, problem!.hint);
  }
}

/** The documents of a text, which lines of `---` part. */
function documents(text: string): string[] {
  const parts = text.split(/^---(?=\s|$)[ \t]*/m);
  const first = parts[0]!.replace(/^(?:\s*(?:[#%].*)?\n)*\s*$/, '');
  return (first === '' && parts.length > 1 ? parts.slice(1) : parts).map((part) => part.replace(/^\.\.\.\s*$/m, ''));
}

function charset(value: Value): BufferEncoding {
  const name = toStr(value).toLowerCase().replaceAll('_', '-');
  const known: Readonly<Record<string, BufferEncoding>> = { 'utf-8': 'utf8', utf8: 'utf8', ascii: 'ascii', 'latin-1': 'latin1', latin1: 'latin1', 'iso-8859-1': 'latin1', 'utf-16': 'utf16le', 'utf-16-le': 'utf16le', 'utf-16le': 'utf16le' };
  const found = known[name];
  if (!found) throw new Fault(`there is no encoding "${name}"`, `known: ${Object.keys(known).join(', ')}`);
  return found;
}

function decode(text: string, encoding: BufferEncoding): string {
  const plainText = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(plainText)) throw new Fault('this is no base64 text');
  return Buffer.from(plainText, 'base64').toString(encoding);
}

/** JSON that can stand within HTML. */
function forMarkup(text: string): string {
  return text.replace(/[<>&']/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
