/** Values as YAML text, as Ansible's `to_yaml` and `to_nice_yaml` write them. */
import { orderTexts } from '../compare.ts';
import { known, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { limits } from '../limits.ts';
import { floatText, toText } from '../python-text.ts';
import { entriesOf, Float, isMapping, type Value } from '../value.ts';
import { analyse, readsAsOther } from './scalar-style.ts';
import { writeDoubleQuoted, writePlain, writeSingleQuoted } from './write-scalar.ts';
import { indented, indentTo, indicator, type Writer } from './writer.ts';

export interface YamlOptions {
  readonly indent: number;
  readonly width: number;
  readonly sortKeys: boolean;
  readonly flowStyle: boolean | undefined;
  readonly style: '"' | "'" | undefined;
  readonly explicitStart: boolean;
  readonly explicitEnd: boolean;
}

/** Where a node stands, which decides how it is written. */
interface Place {
  readonly inMapping?: boolean;
  readonly isKey?: boolean;
}

/** YAML text of a value, with a line end. Throws for what is unknown or undefined. */
export function dumpYaml(value: Value, options: YamlOptions): string {
  const step = options.indent > 1 && options.indent < 10 ? options.indent : 2;
  const w: Writer = {
    text: '', column: 0, whitespace: true, indention: true, indent: undefined, flowLevel: 0, step, style: options.style,
    width: options.width > step * 2 ? options.width : 80, sortKeys: options.sortKeys, flowStyle: options.flowStyle,
  };
  if (options.explicitStart) indicator(w, '---', true);
  writeNode(w, value, {}, 0);
  indentTo(w);
  if (options.explicitEnd) {
    indicator(w, '...', true);
    indentTo(w);
  }
  return w.text;
}

function writeNode(w: Writer, value: Value, place: Place, depth: number): void {
  if (depth > limits.nesting) throw new Fault('the value nests too deeply to be written as YAML');
  known(value);
  if (Array.isArray(value)) writeList(w, value, place, depth);
  else if (isMapping(value)) writeMapping(w, entriesOf(value), depth);
  else writeScalar(w, value, place);
}

function isFlow(w: Writer, items: readonly Value[]): boolean {
  if (w.flowLevel > 0 || items.length === 0) return true;
  return w.flowStyle ?? items.every((item) => !Array.isArray(item) && !isMapping(item));
}

function writeList(w: Writer, items: readonly Value[], place: Place, depth: number): void {
  if (isFlow(w, items)) return writeFlow(w, '[', ']', items.map((item) => () => writeNode(w, item, {}, depth + 1)));
  const indentless = place.inMapping === true && !w.indention;
  indented(w, false, indentless, () => {
    for (const item of items) {
      indentTo(w);
      indicator(w, '-', true, { indention: true });
      writeNode(w, item, {}, depth + 1);
    }
  });
}

function writeFlow(w: Writer, open: string, close: string, items: readonly (() => void)[]): void {
  indicator(w, open, true, { whitespace: true });
  w.flowLevel++;
  indented(w, true, false, () => {
    items.forEach((item, i) => {
      if (i > 0) indicator(w, ',', false);
      if (w.column > w.width) indentTo(w);
      item();
    });
  });
  w.flowLevel--;
  indicator(w, close, false);
}

function writeMapping(w: Writer, entries: [string, Value][], depth: number): void {
  const pairs = w.sortKeys ? [...entries].sort(([a], [b]) => orderTexts(a, b)) : entries;
  if (isFlow(w, pairs.map(([, value]) => value))) {
    return writeFlow(w, '{', '}', pairs.map(([key, value]) => () => writePair(w, key, value, depth, true)));
  }
  indented(w, false, false, () => {
    for (const [key, value] of pairs) {
      indentTo(w);
      writePair(w, key, value, depth, false);
    }
  });
}

function writePair(w: Writer, key: string, value: Value, depth: number, flow: boolean): void {
  if (key.length <= 128 && !analyse(key).multiline) {
    writeScalar(w, key, { isKey: true, inMapping: true });
    indicator(w, ':', false);
  } else {
    indicator(w, '?', true, { indention: !flow });
    writeScalar(w, key, { inMapping: true });
    if (!flow || w.column > w.width) indentTo(w);
    indicator(w, ':', true, { indention: !flow });
  }
  writeNode(w, value, { inMapping: true }, depth + 1);
}

function writeScalar(w: Writer, value: Value, { isKey = false }: Place): void {
  const { text, isText } = scalarText(value);
  const analysis = analyse(text);
  const plain = (!isText || !readsAsOther(text)) && !(isKey && (text === '' || analysis.multiline)) && (w.flowLevel > 0 ? analysis.flowPlain : analysis.blockPlain);
  const split = !isKey;
  indented(w, true, false, () => {
    if (w.style === '"' && isText) writeDoubleQuoted(w, text, split);
    else if (plain && (w.style === undefined || !isText)) writePlain(w, text, split);
    else if (analysis.singleQuoted && !(isKey && analysis.multiline)) writeSingleQuoted(w, text, split);
    else writeDoubleQuoted(w, text, split);
  });
}

function scalarText(value: Value): { text: string; isText: boolean } {
  if (typeof value === 'string') return { text: value, isText: true };
  if (value === null) return { text: 'null', isText: false };
  if (typeof value === 'boolean') return { text: String(value), isText: false };
  const number = value instanceof Float ? value.value : value;
  if (typeof number !== 'number') throw new Fault(`${typeName(value)} cannot be written as YAML`);
  if (!Number.isFinite(number)) return { text: Number.isNaN(number) ? '.nan' : number > 0 ? '.inf' : '-.inf', isText: false };
  if (!(value instanceof Float) && Number.isInteger(number)) return { text: toText(number), isText: false };
  const text = floatText(number);
  return { text: text.includes('.') ? text : text.replace('e', '.0e'), isText: false };
}
