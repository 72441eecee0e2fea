/** Expressions to closures. */
import { arithmetic, join, negate } from '../arithmetic.ts';
import { compare, contains, equals } from '../compare.ts';
import { toKey, truth } from '../convert.ts';
import { caught } from '../fault.ts';
import { toText } from '../python-text.ts';
import type { Comparison, Expr, Name } from '../syntax/ast.ts';
import { globals } from '../tables.ts';
import { dictOf, Float, omit, orElse, residue, tuple, Undefined, Unknown, type Spot, type Unit, type Value } from '../value.ts';
import { compileAttribute, compileItem, compileSlice } from './access.ts';
import { compileCall, compileFilter, compileTest } from './call.ts';
import { ask, sameValue, type Frame, type Run } from './frame.ts';

/** What compiling one text needs to know of it. */
export interface Context {
  readonly unit: Unit;
  /** Names that the text sets somewhere; all others are read from the scope alone. */
  readonly bound: Pick<ReadonlySet<string>, 'has'>;
  /** It calls methods that change lists or dicts, and so works on copies. */
  readonly mutates: boolean;
}

/** The closure of an expression. */
export function compileExpr(expr: Expr, context: Context): Run {
  switch (expr.kind) {
    case 'literal': return constant(expr.value);
    case 'float': return () => new Float(expr.value);
    case 'name': return compileName(expr, context);
    case 'list': return compileList(expr, context);
    case 'dict': return compileDict(expr, context);
    case 'unary': return compileUnary(expr, context);
    case 'not': return compileNot(expr, context);
    case 'arithmetic': return compileArithmetic(expr, context);
    case 'concat': return compileConcat(expr, context);
    case 'compare': return compileCompare(expr, context);
    case 'and': case 'or': return compileEither(expr, context);
    case 'choice': return compileChoice(expr, context);
    case 'attribute': return compileAttribute(expr, context);
    case 'item': return compileItem(expr, context);
    case 'slice': return compileSlice(expr, context);
    case 'call': return compileCall(expr, context);
    case 'filter': return compileFilter(expr, context);
    case 'test': return compileTest(expr, context);
    case 'body': return (frame) => orElse(frame.get('{body}'), () => '');
  }
}

/** Where an expression stands. */
export function spotOf(expr: { readonly start: number; readonly end: number }, { unit }: Context): Spot {
  return { unit, start: expr.start, end: expr.end };
}

function constant(value: Value): Run {
  return () => value;
}

function compileName(expr: Name, context: Context): Run {
  const { name } = expr;
  const spot = spotOf(expr, context);
  const missing = (frame: Frame): Value => {
    const value = globals.get(name);
    if (value === undefined) return new Undefined(name, undefined, spot, () => frame.top.scope.names?.() ?? []);
    if (value === omit) residue.count++;
    return value;
  };
  const outside = context.mutates ? (frame: Frame) => frame.top.copyOf(name) : (frame: Frame) => frame.top.scope.get(name);
  const outer = (frame: Frame): Value => {
    const value = outside(frame);
    return value === undefined ? missing(frame) : value;
  };
  if (!context.bound.has(name)) return outer;
  return (frame) => {
    const value = frame.get(name);
    return value === undefined ? outer(frame) : value;
  };
}

function compileList(expr: Expr & { kind: 'list' }, context: Context): Run {
  const items = expr.items.map((item) => compileExpr(item, context));
  if (expr.isTuple) return (frame) => tuple(items.map((item) => item(frame)));
  return (frame) => items.map((item) => item(frame));
}

function compileDict(expr: Expr & { kind: 'dict' }, context: Context): Run {
  const entries = expr.entries.map(([key, value]) => [compileExpr(key, context), compileExpr(value, context)] as const);
  const spot = spotOf(expr, context);
  return (frame) => {
    try {
      return dictOf(entries.map(([key, value]) => [toKey(key(frame)), value(frame)]));
    } catch (error) {
      return caught(error, spot);
    }
  };
}

function compileUnary(expr: Expr & { kind: 'unary' }, context: Context): Run {
  const operand = compileExpr(expr.operand, context);
  const spot = spotOf(expr, context);
  const sign = expr.sign === '-' ? negate : (value: Value): Value => arithmetic['+'](0, value);
  return (frame) => {
    const value = operand(frame);
    try {
      return sign(value);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

function compileNot(expr: Expr & { kind: 'not' }, context: Context): Run {
  const operand = compileExpr(expr.operand, context);
  const spot = spotOf(expr, context);
  return (frame) => {
    const value = operand(frame);
    if (typeof value === 'boolean') return !value;
    if (value instanceof Unknown && value.truth !== undefined) return new Unknown(value.because, { truth: !value.truth });
    try {
      return !truth(value);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

function compileArithmetic(expr: Expr & { kind: 'arithmetic' }, context: Context): Run {
  const left = compileExpr(expr.left, context);
  const right = compileExpr(expr.right, context);
  const operate = arithmetic[expr.sign];
  const spot = spotOf(expr, context);
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    try {
      return operate(a, b);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

function compileConcat(expr: Expr & { kind: 'concat' }, context: Context): Run {
  const parts = expr.parts.map((part) => compileExpr(part, context));
  const spot = spotOf(expr, context);
  return (frame) => {
    const values = parts.map((part) => part(frame));
    try {
      return values.reduce<string>((text, value) => join(text, toText(value)), '');
    } catch (error) {
      return caught(error, spot);
    }
  };
}

const comparisons: Readonly<Record<Comparison, (a: Value, b: Value) => boolean>> = {
  '==': equals,
  '!=': (a, b) => !equals(a, b),
  '<': (a, b) => compare('<', a, b),
  '<=': (a, b) => compare('<=', a, b),
  '>': (a, b) => compare('>', a, b),
  '>=': (a, b) => compare('>=', a, b),
  in: (a, b) => contains(b, a),
  'not in': (a, b) => !contains(b, a),
};

function compileCompare(expr: Expr & { kind: 'compare' }, context: Context): Run {
  const first = compileExpr(expr.first, context);
  const rest = expr.rest.map(({ sign, operand }) => ({ holds: comparisons[sign], operand: compileExpr(operand, context) }));
  const spot = spotOf(expr, context);
  if (rest.length === 1) return single(first, rest[0]!.operand, rest[0]!.holds, spot);
  return (frame) => {
    let left = first(frame);
    try {
      return rest.every(({ holds, operand }) => {
        const right = operand(frame);
        const answer = holds(left, right);
        left = right;
        return answer;
      });
    } catch (error) {
      return caught(error, spot);
    }
  };
}

function single(first: Run, second: Run, holds: (a: Value, b: Value) => boolean, spot: Spot): Run {
  return (frame) => {
    const a = first(frame);
    const b = second(frame);
    try {
      return holds(a, b);
    } catch (error) {
      return caught(error, spot);
    }
  };
}

/**
 * `and` and `or` give one of their operands, as in Python. An unknown operand leaves the value unknown, but not its
 * truth where the other one settles it: `unknown and false` is as good as false.
 */
function compileEither(expr: Expr & { kind: 'and' | 'or' }, context: Context): Run {
  const left = compileExpr(expr.left, context);
  const right = compileExpr(expr.right, context);
  const settles = expr.kind === 'or';
  const spot = spotOf(expr, context);
  return (frame) => {
    const a = left(frame);
    if (a instanceof Unknown) return a.truth === undefined ? unsettled(a, right, frame, settles) : a.truth === settles ? a : right(frame);
    try {
      if (truth(a) === settles) return a;
    } catch (error) {
      return caught(error, spot);
    }
    return right(frame);
  };
}

function unsettled(a: Unknown, right: Run, frame: Frame, settles: boolean): Value {
  let other: boolean | Unknown;
  try {
    other = ask(right(frame));
  } catch {
    return a; // the right side may not be reached at all, so its failure is none yet
  }
  return other === settles ? new Unknown(a.because, { truth: settles }) : a;
}

/** `a if b` without else gives nothing where b is false; to `default` and `is defined` it is then undefined. */
export function compileInput(expr: Expr, asksDefined: boolean, context: Context): Run {
  return asksDefined && expr.kind === 'choice' ? compileChoice(expr, context, true) : compileExpr(expr, context);
}

function compileChoice(expr: Expr & { kind: 'choice' }, context: Context, asksDefined = false): Run {
  const test = compileExpr(expr.test, context);
  const then = compileExpr(expr.then, context);
  const spot = spotOf(expr, context);
  const otherwise = expr.otherwise ? compileExpr(expr.otherwise, context) : !asksDefined ? constant('') : () => new Undefined(context.unit.text.slice(expr.start, expr.end), 'the condition is false and there is no else', spot);
  return (frame) => {
    try {
      const answer = ask(test(frame));
      if (typeof answer === 'boolean') return (answer ? then : otherwise)(frame);
      const [a, b] = [then(frame), otherwise(frame)];
      return sameValue(a, b) ? a : answer;
    } catch (error) {
      return caught(error, spot);
    }
  };
}
