/** Filters on lists. */
import { followPath } from '../access.ts';
import { join as joinTwo, sum } from '../arithmetic.ts';
import { order, sorted } from '../compare.ts';
import { iterate, known, toStr, toWhole, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { checkItems, limits } from '../limits.ts';
import { toText } from '../python-text.ts';
import { filter, type Filter } from '../registry.ts';
import type { Bound } from '../signature.ts';
import { entriesOf, isMapping, isTuple, orElse, tuple, Undefined, type Dict, type Value } from '../value.ts';
import { randomFilter, shuffle } from './random.ts';

export const listFilters: Readonly<Record<string, Filter>> = {
  list: filter('', (value) => [...iterate(value)]),
  first: filter('', (value) => orElse(iterate(value)[0], () => new Undefined('first', 'the list is empty'))),
  last: filter('', (value) => orElse(iterate(value).at(-1), () => new Undefined('last', 'the list is empty'))),
  min: filter('case_sensitive? attribute?', (value, args) => extreme(value, args, -1)),
  max: filter('case_sensitive? attribute?', (value, args) => extreme(value, args, 1)),
  sum: filter('attribute? start?', (value, [attribute = null, start = 0]) => sum(iterate(value).map(by(attribute)), start)),
  sort: filter('reverse? case_sensitive? attribute?', (value, [reverse = false, sensitive = false, attribute = null]) => sorted(value, sortKey(attribute, truth(sensitive)), truth(reverse))),
  reverse: filter('', (value) => (typeof value === 'string' ? iterate(value).reverse().join('') : [...iterate(value)].reverse())),
  join: filter('d? attribute?', (value, [separator = '', attribute = null]) => join(iterate(value).map(by(attribute)), toText(separator))),
  flatten: filter('levels? skip_nulls?', (value, [levels = null, skip = true]) => flatten(iterate(value), levels === null ? Infinity : toWhole(levels), truth(skip))),
  zip: filter('*others', (value, [others]) => zip([value, ...(others as Value[])])),
  zip_longest: filter('*others **options', (value, [others, options]) => zip([value, ...(others as Value[])], (options as Dict)['fillvalue'] ?? null)),
  product: filter('*others **options', (value, [others, options]) => product([value, ...(others as Value[])], toWhole((options as Dict)['repeat'] ?? 1))),
  permutations: filter('r?', (value, [size = null]) => arrangements(iterate(value), size, false)),
  combinations: filter('r', (value, [size]) => arrangements(iterate(value), size!, true)),
  batch: filter('linecount fill_with?', (value, [size, fill = null]) => batch(iterate(value), toWhole(size!), fill)),
  slice: filter('slices fill_with?', (value, [count, fill = null]) => slices(iterate(value), toWhole(count!), fill)),
  groupby: filter('attribute default? case_sensitive?', (value, args) => groupBy(value, args)),
  subelements: filter('subelements skip_missing?', (value, [path, skip = false]) => subelements(value, path!, truth(skip))),
  random: randomFilter,
  shuffle: filter('seed?', (value, [seed = null]) => shuffle(iterate(value), seed)),
};

/** What an `attribute=` picks of an item; the item itself where it is none. */
function by(attribute: Value): (item: Value) => Value {
  return attribute === null ? (item) => item : (item) => followPath(item, attribute);
}

function lowered(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** `attribute='a,b'` sorts by several; letters large or small count the same unless told otherwise. */
function sortKey(attribute: Value, sensitive: boolean): (item: Value) => Value {
  const fold = sensitive ? (value: Value) => value : lowered;
  if (attribute === null) return fold;
  const keys = toText(attribute).split(',');
  return (item) => keys.map((key) => fold(known(followPath(item, /^\d+$/.test(key) ? Number(key) : key))));
}

function extreme(value: Value, [sensitive = false, attribute = null]: Bound, sign: 1 | -1): Value {
  const items = iterate(value);
  const key = (item: Value): Value => known(truth(sensitive!) ? by(attribute!)(item) : lowered(by(attribute!)(item)));
  if (items.length === 0) return new Undefined(sign > 0 ? 'max' : 'min', 'the list is empty');
  return items.reduce((best, item) => (order(key(item), key(best)) * sign > 0 ? item : best));
}

function join(items: readonly Value[], separator: string): string {
  let text = '';
  items.forEach((item, i) => {
    text = joinTwo(text, (i === 0 ? '' : separator) + toText(known(item)));
  });
  return text;
}

function flatten(items: readonly Value[], levels: number, skip: boolean): Value[] {
  return items.flatMap((item) => {
    if (skip && (item === null || item === 'None' || item === 'null')) return [];
    return Array.isArray(item) && levels > 0 ? flatten(item, levels - 1, skip) : [item];
  });
}

function zip(lists: readonly Value[], fill?: Value): Value[] {
  const all = lists.map(iterate);
  const lengths = all.map((list) => list.length);
  const count = fill === undefined ? Math.min(...lengths) : Math.max(...lengths);
  return Array.from({ length: count }, (_, i) => tuple(all.map((list) => orElse(list[i], () => orElse(fill, () => null)))));
}

function product(lists: readonly Value[], times: number): Value[] {
  const all = Array.from({ length: times }, () => lists.map(iterate)).flat();
  checkItems(all.reduce((count, list) => count * list.length, 1));
  return all.reduce<Value[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]).map((row) => tuple(row));
}

/** Permutations, or combinations where the order of the list is kept. */
function arrangements(items: readonly Value[], given: Value, ordered: boolean): Value[] {
  const size = given === null ? items.length : toWhole(given);
  let count = 1;
  for (let i = 0; i < size && count <= limits.items; i++) count = (count * (items.length - i)) / (ordered ? i + 1 : 1);
  checkItems(Math.round(count));
  const found: Value[] = [];
  const grow = (chosen: readonly number[]): void => {
    if (chosen.length === size) return void found.push(tuple(chosen.map((at) => items[at]!)));
    for (let i = ordered ? (chosen.at(-1) ?? -1) + 1 : 0; i < items.length; i++) if (ordered || !chosen.includes(i)) grow([...chosen, i]);
  };
  if (size >= 0 && size <= items.length) grow([]);
  return found;
}

function batch(items: readonly Value[], size: number, fill: Value): Value[] {
  if (size < 1) throw new Fault('the size of a batch must be at least 1');
  const rows: Value[][] = [];
  for (let i = 0; i < items.length; i += size) rows.push(items.slice(i, i + size));
  const last = rows.at(-1);
  if (last && fill !== null) checkItems(size);
  if (last && fill !== null) while (last.length < size) last.push(fill);
  return rows;
}

/** So many columns, the first ones longer by one where the items do not divide. */
function slices(items: readonly Value[], count: number, fill: Value): Value[] {
  if (count < 1) throw new Fault('the number of slices must be at least 1');
  checkItems(count);
  const each = Math.floor(items.length / count);
  const longer = items.length % count;
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    const part = items.slice(at, (at += each + (i < longer ? 1 : 0)));
    return fill !== null && i >= longer ? [...part, fill] : part;
  });
}

function groupBy(value: Value, [attribute, fallback = null, sensitive = false]: Bound): Value[] {
  const pick = (item: Value): Value => {
    const found = followPath(item, attribute!);
    return known(found instanceof Undefined && fallback !== null ? fallback! : found);
  };
  const key = (item: Value): Value => (truth(sensitive!) ? pick(item) : lowered(pick(item)));
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of sorted(value, key)) {
    const last = groups.at(-1);
    if (last && order(last.key, key(item)) === 0) last.items.push(item);
    else groups.push({ key: key(item), items: [item] });
  }
  return groups.map(({ items }) => tuple([pick(items[0]!), items], ['grouper', 'list']));
}

function subelements(value: Value, path: Value, skip: boolean): Value[] {
  const elements = isMapping(value) ? entriesOf(value).map(([, item]) => item) : Array.isArray(value) && !isTuple(value) ? value : undefined;
  if (!elements) throw new Fault('expected a list of dicts or a dict of dicts');
  const steps = Array.isArray(path) ? path.map(toText) : [toStr(path, 'the name of a list within the items')];
  return elements.flatMap((element) => {
    const inner = followPath(element, steps.join('.'));
    if (inner instanceof Undefined && skip) return [];
    if (!Array.isArray(known(inner))) throw new Fault(`"${steps.join('.')}" of an item is not a list`);
    return (inner as Value[]).map((part) => tuple([element, part]));
  });
}
