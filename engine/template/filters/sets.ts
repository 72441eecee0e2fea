/** Filters that treat lists as sets; the order of the first list is kept. */
import { followPath } from '../access.ts';
import { distinct, membership } from '../compare.ts';
import { iterate, truth } from '../convert.ts';
import { filter, type Filter } from '../registry.ts';
import { isMapping, isTuple, type Value } from '../value.ts';

export const setFilters: Readonly<Record<string, Filter>> = {
  unique: filter('case_sensitive? attribute?', (value, [sensitive = false, attribute = null]) => unique(iterate(value), truth(sensitive), attribute)),
  union: filter('other', (value, [other]) => distinct([...iterate(value), ...iterate(other!)])),
  intersect: filter('other', (value, [other]) => distinct(iterate(value).filter(membership(iterate(other!))))),
  difference: filter('other', (value, [other]) => without(iterate(value), iterate(other!))),
  symmetric_difference: filter('other', (value, [other]) => {
    const [a, b] = [iterate(value), iterate(other!)];
    return without([...a, ...b], a.filter(membership(b)));
  }),
};

function without(items: readonly Value[], others: readonly Value[]): Value[] {
  const isOther = membership(others);
  return distinct(items.filter((item) => !isOther(item)));
}

/** Letters large and small count the same unless told otherwise, except where lists or dicts are among the items. */
function unique(items: readonly Value[], sensitive: boolean, attribute: Value): Value[] {
  const pick = attribute === null ? (item: Value) => item : (item: Value) => followPath(item, attribute);
  const folds = !sensitive && !items.some((item) => isUnhashable(pick(item)));
  return distinct(items, (item) => {
    const key = pick(item);
    return folds && typeof key === 'string' ? key.toLowerCase() : key;
  });
}

function isUnhashable(value: Value): boolean {
  return isMapping(value) || (Array.isArray(value) && !isTuple(value));
}
