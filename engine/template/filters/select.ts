/** Filters that apply a filter or a test to each item. */
import { followPath, itemOf, attributeOf, partOf } from '../access.ts';
import { iterate, known, toStr, truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { filter, type Call, type Filter } from '../registry.ts';
import { orElse, Undefined, Unknown, type Dict, type Value } from '../value.ts';

export const selectFilters: Readonly<Record<string, Filter>> = {
  map: filter('*args **named', (value, [args, named], call) => map(value, args as Value[], named as Dict, call)),
  select: filter('test? *args', (value, [test, args], call) => itemsOf(value).filter(tester(test, args as Value[], call))),
  reject: filter('test? *args', (value, [test, args], call) => itemsOf(value).filter(not(tester(test, args as Value[], call)))),
  selectattr: filter('attribute test? *args', (value, [attribute, test, args], call) => itemsOf(value).filter(onAttribute(attribute!, tester(test, args as Value[], call)))),
  rejectattr: filter('attribute test? *args', (value, [attribute, test, args], call) => itemsOf(value).filter(not(onAttribute(attribute!, tester(test, args as Value[], call))))),
  attr: filter('name', (value, [name]) => orElse(attributeOf(value, toStr(name!)), () => new Undefined(`attr('${toStr(name!)}')`, 'there is no such attribute'))),
  extract: filter('container morekeys?', (value, [container, more = null]) => extract(value, container!, more)),
};

/** The items to go through; what is false or none has none, as in Jinja2. */
function itemsOf(value: Value): Value[] {
  return truth(value) ? iterate(value) : [];
}

function map(value: Value, [name, ...args]: readonly Value[], named: Dict, call: Call): Value[] {
  if (name !== undefined) return itemsOf(value).map((item) => call.filter(toStr(known(name), 'the name of a filter'), item, args, Object.keys(named).length > 0 ? named : undefined));
  const { attribute, default: fallback, ...others } = named;
  const strange = Object.keys(others)[0];
  if (strange !== undefined) throw new Fault(`filter "map" takes no argument "${strange}"`, 'known: attribute, default');
  if (attribute === undefined) throw new Fault('filter "map" needs the name of a filter or an attribute', "write map('upper') or map(attribute='name')");
  return itemsOf(value).map((item) => {
    const found = followPath(item, attribute);
    return found instanceof Undefined && fallback !== undefined ? fallback : found;
  });
}

/** A condition on items; an unknown answer is thrown. */
function tester(test: Value | undefined, args: readonly Value[], call: Call): (item: Value) => boolean {
  if (test === undefined) return truth;
  const name = toStr(known(test), 'the name of a test');
  return (item) => call.test(name, item, args);
}

function not(ask: (item: Value) => boolean): (item: Value) => boolean {
  return (item) => !ask(item);
}

function onAttribute(attribute: Value, ask: (item: Value) => boolean): (item: Value) => boolean {
  return (item) => ask(followPath(item, known(attribute)));
}

/** `'host' | extract(hostvars, 'ip')`: the value under a key, and under further keys in it. */
function extract(key: Value, container: Value, more: Value): Value {
  const keys = [key, ...(more === null ? [] : Array.isArray(more) ? more : [more])];
  const path = keys.map(String).join('.');
  const spot = { unit: { text: '' }, start: 0, end: 0 };
  return keys.reduce<Value>((whole, step) => {
    if (whole instanceof Unknown || whole instanceof Undefined) return whole;
    const part = partOf(whole, itemOf(whole, step), () => path, step, spot);
    return part instanceof Undefined ? new Undefined(path, part.reason, undefined, part.known) : part;
  }, container);
}
