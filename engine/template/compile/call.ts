/** Calls, filters and tests to closures. */
import { attributeOf } from '../access.ts';
import { iterate, known, typeName } from '../convert.ts';
import { caught, Fault } from '../fault.ts';
import { callMethod, methodsOf } from '../methods/methods.ts';
import { Callable, type Filter, type Test } from '../registry.ts';
import { bind, type Bound, type Signature } from '../signature.ts';
import type { Arguments, Attribute, CallExpr, Expr, FilterExpr } from '../syntax/ast.ts';
import { allowsUndefined, takesUndefined } from '../syntax/guards.ts';
import { findFilter, findTest } from '../tables.ts';
import { dictOf, entriesOf, isMapping, Undefined, Unknown, type Dict, type Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import { compileInput } from './logic.ts';
import { Loop } from './loop.ts';
import type { Frame, Run } from './frame.ts';

interface Given {
  readonly positional: Value[];
  readonly named: Dict | undefined;
}

/** The closure that gives a call's arguments. */
function compileArguments(args: Arguments, context: Context): (frame: Frame) => Given {
  const positional = args.positional.map((arg) => compileExpr(arg, context));
  const named = args.named.map(({ name, value }) => [name, compileExpr(value, context)] as const);
  const spread = args.spread && compileExpr(args.spread, context);
  const spreadNamed = args.spreadNamed && compileExpr(args.spreadNamed, context);
  if (!spread && !spreadNamed && named.length === 0) return (frame) => ({ positional: positional.map((arg) => arg(frame)), named: undefined });
  return (frame) => ({
    positional: [...positional.map((arg) => arg(frame)), ...(spread ? iterate(spread(frame)) : [])],
    named: dictOf([...named.map(([name, arg]) => [name, arg(frame)] as const), ...(spreadNamed ? mappingEntries(spreadNamed(frame)) : [])]),
  });
}

function mappingEntries(value: Value): [string, Value][] {
  if (isMapping(known(value))) return entriesOf(value as Dict);
  throw new Fault(`** needs a dict, found ${typeName(value)}`);
}

/** The closure that gives arguments in a signature's order; quick where they are positional, as they mostly are. */
function compileBound(what: string, shape: Signature, args: Arguments, context: Context): (frame: Frame) => Bound {
  const given = compileArguments(args, context);
  const simple = args.named.length === 0 && !args.spread && !args.spreadNamed && !shape.rest && !shape.others;
  const fits = args.positional.length >= shape.required && args.positional.length <= shape.names.length;
  if (simple && fits) return (frame) => given(frame).positional;
  return (frame) => {
    const { positional, named } = given(frame);
    return bind(what, shape, positional, named);
  };
}

export function compileFilter(expr: FilterExpr, context: Context): Run {
  const input = compileInput(expr.input, allowsUndefined(expr.name), context);
  const filter = findFilter(expr.name) as Filter;
  const args = compileBound(`filter "${expr.name}"`, filter.signature, expr.args, context);
  const spot = spotOf({ start: expr.nameAt.start, end: expr.end }, context);
  const { lenient, run } = filter;
  return (frame) => {
    const value = input(frame);
    try {
      const bound = args(frame);
      if (lenient) return run(value, bound, frame.top);
      if (value instanceof Unknown) return value;
      return run(known(value), checked(bound), frame.top);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

export function compileTest(expr: Expr & { kind: 'test' }, context: Context): Run {
  const input = compileInput(expr.input, takesUndefined(expr.name), context);
  const test = findTest(expr.name) as Test;
  const args = compileBound(`test "${expr.name}"`, test.signature, expr.args, context);
  const spot = spotOf({ start: expr.nameAt.start, end: expr.end }, context);
  const { lenient, run } = test;
  return (frame) => {
    const value = input(frame);
    try {
      const bound = args(frame);
      return lenient ? run(value, bound, frame.top) : run(known(value), checked(bound), frame.top);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

/** Arguments none of which is undefined or unknown as a whole. */
function checked(bound: Bound): Bound {
  for (const arg of bound) if (arg instanceof Undefined || arg instanceof Unknown) known(arg);
  return bound;
}

export function compileCall(expr: CallExpr, context: Context): Run {
  const given = compileArguments(expr.args, context);
  if (expr.callee.kind === 'attribute') return compileMethodCall(expr, expr.callee, given, context);
  const callee = compileExpr(expr.callee, context);
  const spot = spotOf(expr, context);
  return (frame) => {
    const target = callee(frame);
    try {
      const { positional, named } = given(frame);
      return invoke(target, positional, named, frame);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

/** `object.method(...)`: the method of the object's type, else what the attribute holds. */
function compileMethodCall(expr: CallExpr, callee: Attribute, given: (frame: Frame) => Given, context: Context): Run {
  const object = compileExpr(callee.object, context);
  const { name } = callee;
  const spot = spotOf({ start: callee.nameAt.start, end: expr.end }, context);
  const attribute = compileExpr(callee, context);
  return (frame) => {
    const self = object(frame);
    try {
      const method = methodsOf(self)?.get(name);
      if (!method && attributeOf(self, name) === undefined) return noMethod(self, name, attribute, frame);
      const { positional, named } = given(frame);
      if (method) return callMethod(self, name, method, positional, named, frame.top);
      return invoke(attributeOf(self, name)!, positional, named, frame);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

function noMethod(self: Value, name: string, attribute: Run, frame: Frame): Value {
  if (self instanceof Unknown) return self;
  if (self instanceof Undefined) throw known(self);
  const methods = methodsOf(self);
  if (methods && !isMapping(self)) throw new Fault(`${typeName(self)} has no method "${name}"`, undefined);
  return known(attribute(frame));
}

function invoke(target: Value, positional: Value[], named: Dict | undefined, frame: Frame): Value {
  if (target instanceof Callable) return target.invoke(positional, named, frame.top);
  if (target instanceof Loop) return target.recurse(positional);
  throw new Fault(`${typeName(known(target))} cannot be called`);
}
