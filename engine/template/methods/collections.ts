/** Methods of lists and dicts, by Python's names and rules. Those that change do change the list or dict itself. */
import { equals, sorted } from '../compare.ts';
import { itemOf } from '../access.ts';
import { iterate, toKey, toStr, toWhole, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { checkItems } from '../limits.ts';
import { Callable, method, type Call, type Method } from '../registry.ts';
import { dictOf, entriesOf, isMapping, keysOf, LazyMapping, orElse, setKey, tuple, valueAt, type Dict, type Value } from '../value.ts';

type AnyDict = Dict | LazyMapping;

/** The index of an item, or a failure. */
function indexOf(list: readonly Value[], wanted: Value): number {
  const at = list.findIndex((item) => equals(item, wanted));
  if (at < 0) throw new Fault('the value is not in the list');
  return at;
}

/** The methods of tuples, which lists have too. */
const readingMethods: readonly [string, Method][] = Object.entries({
  count: method<Value[]>('value', (self, [wanted]) => self.filter((item) => equals(item, wanted!)).length),
  index: method<Value[]>('value start?', (self, [wanted, start = 0]) => toWhole(start) + indexOf(self.slice(toWhole(start)), wanted!)),
});

export const tupleMethods: ReadonlyMap<string, Method> = new Map(readingMethods);

export const listMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...readingMethods,
  ...Object.entries({
    append: method<Value[]>('value', (self, [item]) => done(checkItems(self.length + 1), self.push(item!))),
    clear: method<Value[]>('', (self) => done((self.length = 0))),
    copy: method<Value[]>('', (self) => [...self]),
    extend: method<Value[]>('items', (self, [items]) => extend(self, iterate(items!))),
    insert: method<Value[]>('index value', (self, [at, item]) => done(self.splice(toWhole(at!), 0, item!))),
    pop: method<Value[]>('index?', (self, [at = -1]) => popItem(self, toWhole(at))),
    remove: method<Value[]>('value', (self, [wanted]) => done(self.splice(indexOf(self, wanted!), 1))),
    reverse: method<Value[]>('', (self) => done(self.reverse())),
    sort: method<Value[]>('key? reverse?', (self, [key = null, reverse = false], call) => done(self.splice(0, self.length, ...sorted(self, keyFunction(key, call), truth(reverse))))),
  }),
]);

export const dictMethods: ReadonlyMap<string, Method> = new Map<string, Method>(Object.entries({
  clear: method<AnyDict>('', (self) => done(keysOf(own(self)).forEach((key) => delete own(self)[key]))),
  copy: method<AnyDict>('', (self) => dictOf(entriesOf(self))),
  get: method<AnyDict>('key default?', (self, [key, fallback = null]) => orElse(valueAt(self, toKey(key!)), () => fallback)),
  items: method<AnyDict>('', (self) => entriesOf(self).map(([key, value]) => tuple([key, value]))),
  keys: method<AnyDict>('', (self) => keysOf(self)),
  pop: method<AnyDict>('key default?', (self, [key, fallback]) => popKey(own(self), toKey(key!), fallback)),
  popitem: method<AnyDict>('', (self) => popLast(own(self))),
  setdefault: method<AnyDict>('key default?', (self, [key, fallback = null]) => setDefault(own(self), toKey(key!), fallback)),
  update: method<AnyDict>('other? **others', (self, [other, others]) => {
    if (other !== undefined) for (const [key, value] of pairsOf(other)) setKey(own(self), key, value);
    for (const [key, value] of Object.entries(others as Dict)) setKey(own(self), key, value);
    return null;
  }),
  values: method<AnyDict>('', (self) => entriesOf(self).map(([, value]) => value)),
}));

function done(..._effects: unknown[]): null {
  return null;
}

function extend(list: Value[], items: readonly Value[]): null {
  checkItems(list.length + items.length);
  for (const item of [...items]) list.push(item);
  return null;
}

function popItem(list: Value[], at: number): Value {
  const item = itemOf(list, at);
  if (item === undefined) throw new Fault(`pop() of an index that the list of ${list.length} does not have`);
  list.splice(at, 1);
  return item;
}

function popKey(dict: Dict, key: string, fallback: Value | undefined): Value {
  const found = valueAt(dict, key);
  const value = found === undefined ? fallback : found;
  if (value === undefined) throw new Fault(`the dict has no key '${key}'`, 'give pop() a default');
  delete dict[key];
  return value;
}

function popLast(dict: Dict): Value {
  const last = Object.entries(dict).at(-1);
  if (!last) throw new Fault('popitem() of an empty dict');
  delete dict[last[0]];
  return tuple([last[0], last[1]]);
}

function setDefault(dict: Dict, key: string, fallback: Value): Value {
  const value = valueAt(dict, key);
  if (value !== undefined) return value;
  setKey(dict, key, fallback);
  return fallback;
}

function own(mapping: AnyDict): Dict {
  if (mapping instanceof LazyMapping) throw new Fault('this mapping cannot be changed', 'make a copy first: dict(x)');
  return mapping;
}

/** Keys and values of a mapping, or of a list of pairs. */
export function pairsOf(value: Value): [string, Value][] {
  if (isMapping(value)) return entriesOf(value);
  return iterate(value).map((pair) => {
    const [key, item, ...more] = iterate(pair);
    if (key === undefined || item === undefined || more.length > 0) throw new Fault('a dict is made of pairs of key and value');
    return [toKey(key), item];
  });
}

function keyFunction(key: Value, call: Call): (item: Value) => Value {
  if (key === null) return (item) => item;
  if (key instanceof Callable) return (item) => key.invoke([item], undefined, call);
  throw new Fault('key must be a function', `use the filter instead: | sort(attribute='${typeof key === 'string' ? toStr(key) : 'name'}')`);
}
