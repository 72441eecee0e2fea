/** Filters on dicts. */
import { membership, sorted } from '../compare.ts';
import { iterate, known, toKey, toStr, truth, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { pairsOf } from '../methods/collections.ts';
import { filter, type Filter } from '../registry.ts';
import { dictOf, entriesOf, isMapping, LazyMapping, setKey, tuple, Undefined, valueAt, type Dict, type Value } from '../value.ts';

export const dictFilters: Readonly<Record<string, Filter>> = {
  combine: filter('*others **options', (value, [others, options]) => combine([value, ...(others as Value[])], options as Dict)),
  dict2items: filter('key_name? value_name?', (value, [keyName = 'key', valueName = 'value']) => toItems(value, toStr(keyName), toStr(valueName))),
  items2dict: filter('key_name? value_name?', (value, [keyName = 'key', valueName = 'value']) => fromItems(value, toStr(keyName), toStr(valueName))),
  dictsort: filter('case_sensitive? by? reverse?', (value, [sensitive = false, by = 'key', reverse = false]) => sortDict(value, truth(sensitive), toStr(by), truth(reverse))),
  items: filter('', (value) => (value instanceof Undefined ? [] : entriesOf(mapping(known(value), 'items')).map(([key, item]) => tuple([key, item]))), { lenient: true }),
  dict: filter('', (value) => dictOf(pairsOf(value))),
  rekey_on_member: filter('key duplicates?', (value, [key, duplicates = 'error']) => rekey(value, toKey(key!), toStr(duplicates))),
};

function mapping(value: Value, name: string): Dict | LazyMapping {
  if (isMapping(value)) return value;
  throw new Fault(`filter "${name}" needs a dict, found ${typeName(value)}`);
}

function toItems(value: Value, keyName: string, valueName: string): Value[] {
  return entriesOf(mapping(value, 'dict2items')).map(([key, item]) => dictOf([[keyName, key], [valueName, item]]));
}

function fromItems(value: Value, keyName: string, valueName: string): Dict {
  if (!Array.isArray(value)) throw new Fault(`filter "items2dict" needs a list, found ${typeName(value)}`);
  return dictOf(value.map((item) => {
    const dict = mapping(known(item), 'items2dict');
    const [key, found] = [valueAt(dict, keyName), valueAt(dict, valueName)];
    if (key === undefined || found === undefined) throw new Fault(`an item has no "${key === undefined ? keyName : valueName}"`, `items2dict needs dicts with "${keyName}" and "${valueName}"`);
    return [toKey(known(key)), found];
  }));
}

function sortDict(value: Value, sensitive: boolean, by: string, reverse: boolean): Value[] {
  if (by !== 'key' && by !== 'value') throw new Fault(`dictsort sorts by "key" or "value", not "${by}"`);
  const pairs = entriesOf(mapping(value, 'dictsort')).map(([key, item]) => tuple([key, item]));
  const at = by === 'key' ? 0 : 1;
  return sorted(pairs, (pair) => {
    const item = (pair as Value[])[at]!;
    return typeof item === 'string' && !sensitive ? item.toLowerCase() : item;
  }, reverse);
}

function rekey(value: Value, key: string, duplicates: string): Dict {
  if (duplicates !== 'error' && duplicates !== 'overwrite') throw new Fault(`duplicates is "error" or "overwrite", not "${duplicates}"`);
  const dict: Dict = {};
  for (const item of isMapping(value) ? entriesOf(value).map(([, inner]) => inner) : iterate(value)) {
    const found = valueAt(mapping(known(item), 'rekey_on_member'), key);
    if (found === undefined) throw new Fault(`an item has no "${key}"`);
    const name = toKey(found);
    if (duplicates === 'error' && Object.hasOwn(dict, name)) throw new Fault(`"${name}" stands for more than one item`, "allow it with duplicates='overwrite'");
    setKey(dict, name, item);
  }
  return dict;
}

type ListMerge = (low: Value[], high: Value[]) => Value[];

const listMerges = new Map<string, ListMerge>(Object.entries({
  replace: (_low, high) => high,
  keep: (low) => low,
  append: (low, high) => [...low, ...high],
  prepend: (low, high) => [...high, ...low],
  append_rp: (low, high) => [...without(low, high), ...high],
  prepend_rp: (low, high) => [...high, ...without(low, high)],
} satisfies Record<string, ListMerge>));

function without(items: Value[], others: Value[]): Value[] {
  const isOther = membership(others);
  return items.filter((item) => !isOther(item));
}

/** Later dicts win. A list of dicts counts as several, and none as no dict at all. */
function combine(terms: readonly Value[], { recursive = false, list_merge = 'replace', ...others }: Dict): Value {
  const strange = Object.keys(others)[0];
  if (strange !== undefined) throw new Fault(`filter "combine" takes no argument "${strange}"`, 'known: recursive, list_merge');
  const merge = listMerges.get(toStr(list_merge));
  if (!merge) throw new Fault(`there is no list_merge "${toStr(list_merge)}"`, `known: ${[...listMerges.keys()].join(', ')}`);
  const dicts = terms.flatMap((term) => (Array.isArray(term) ? term : [term])).filter((term) => term !== null).map((term) => mapping(known(term), 'combine'));
  if (dicts.length === 0) return {};
  return dicts.reduce((low, high) => mergeTwo(low, high, truth(recursive), merge));
}

function mergeTwo(low: Dict | LazyMapping, high: Dict | LazyMapping, recursive: boolean, mergeLists: ListMerge): Dict {
  const merged = dictOf(entriesOf(low));
  for (const [key, value] of entriesOf(high)) {
    const before = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (recursive && before !== undefined && isMapping(before) && isMapping(value)) setKey(merged, key, mergeTwo(before, value, true, mergeLists));
    else if (Array.isArray(before) && Array.isArray(value)) setKey(merged, key, mergeLists(before, value));
    else setKey(merged, key, value);
  }
  return merged;
}
