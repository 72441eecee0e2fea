/** Expressions to closures. */
import { toKey } from '../convert.ts';
import { caught } from '../fault.ts';
import type { Expr, Name } from '../syntax/ast.ts';
import { globals } from '../tables.ts';
import { dictOf, Float, omit, orElse, residue, Special, tuple, Undefined, type Spot, type Unit, type Value } from '../value.ts';
import { compileAttribute, compileItem, compileSlice } from './access.ts';
import { compileCall, compileFilter, compileTest } from './call.ts';
import type { Frame, Run } from './frame.ts';
import { compileChoice, compileEither, compileNot } from './logic.ts';
import { compileArithmetic, compileCompare, compileConcat, compileUnary } from './operators.ts';

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
    if (value instanceof Special) residue.count++;
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
