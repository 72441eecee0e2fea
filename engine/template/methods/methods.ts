/** Which methods a value has. Nothing that is not in these tables can be called. */
import { Callable, type Call, type Method } from '../registry.ts';
import { bind } from '../signature.ts';
import { isMapping, isTuple, type Dict, type Value } from '../value.ts';
import { dictMethods, listMethods, tupleMethods } from './collections.ts';
import { textMethods } from './text.ts';

/** The methods of a value's type; undefined for types that have none. */
export function methodsOf(value: Value): ReadonlyMap<string, Method> | undefined {
  if (typeof value === 'string') return textMethods;
  if (Array.isArray(value)) return isTuple(value) ? tupleMethods : listMethods;
  return isMapping(value) ? dictMethods : undefined;
}

/** Calls a method of a value. */
export function callMethod(self: Value, name: string, method: Method, positional: readonly Value[], named: Dict | undefined, call: Call): Value {
  return method.run(self as never, bind(`${name}()`, method.signature, positional, named), call);
}

/** The method as a value of its own: `x.items` without parentheses. */
export function methodValue(self: Value, name: string, method: Method): Callable {
  return new Callable(name, (positional, named, call) => callMethod(self, name, method, positional, named, call), 'method');
}
