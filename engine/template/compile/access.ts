/** `value.name`, `value[index]` and slices to closures. */
import { attributeOf, itemOf, partOf, sliceOf } from '../access.ts';
import { caught } from '../fault.ts';
import { methodsOf, methodValue } from '../methods/methods.ts';
import type { Attribute, Expr } from '../syntax/ast.ts';
import { Undefined, Unknown, type Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import type { Frame, Run } from './frame.ts';

export function compileAttribute(expr: Attribute, context: Context): Run {
  const object = compileExpr(expr.object, context);
  const { name } = expr;
  const spot = spotOf(expr.nameAt, context);
  const path = (): string => pathOf(expr, context);
  return (frame) => {
    const whole = object(frame);
    const method = methodsOf(whole)?.get(name);
    if (method) return methodValue(whole, name, method);
    const part = attributeOf(whole, name);
    return part === undefined ? partOf(whole, undefined, path, name, spot) : part;
  };
}

/** The expression as written, for messages; of a long one its end. */
function pathOf({ start, end }: Expr, { unit }: Context): string {
  const text = unit.text.slice(start, end).replace(/\s+/g, ' ');
  return text.length > 60 ? `...${text.slice(-57)}` : text;
}

export function compileItem(expr: Expr & { kind: 'item' }, context: Context): Run {
  const object = compileExpr(expr.object, context);
  const index = compileExpr(expr.index, context);
  const spot = spotOf(expr.index, context);
  const path = (): string => pathOf(expr, context);
  return (frame) => {
    const whole = object(frame);
    if (whole instanceof Undefined) return whole;
    const at = index(frame);
    try {
      if (at instanceof Unknown) return at;
      const item = itemOf(whole, at);
      const part = item === undefined && typeof at === 'string' ? methodPart(whole, at) : item;
      return part === undefined ? partOf(whole, undefined, path, at, spot) : part;
    } catch (error) {
      return caught(error, spot);
    }
  };
}

/** `x['items']` is the method where no such key is there, as in Jinja2. */
function methodPart(whole: Value, name: string): Value | undefined {
  const method = methodsOf(whole)?.get(name);
  return method && methodValue(whole, name, method);
}

export function compileSlice(expr: Expr & { kind: 'slice' }, context: Context): Run {
  const object = compileExpr(expr.object, context);
  const bounds = [expr.from, expr.to, expr.step].map((bound) => (bound ? compileExpr(bound, context) : () => null));
  const spot = spotOf(expr, context);
  return (frame: Frame) => {
    const whole = object(frame);
    const [from = null, to = null, step = null] = bounds.map((bound) => bound(frame));
    try {
      return sliceOf(whole, from, to, step);
    } catch (error) {
      return caught(error, spot);
    }
  };
}
