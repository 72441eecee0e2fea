/** Operators to closures: signs, arithmetic, `~` and comparisons. */
import { arithmetic, join, negate } from '../arithmetic.ts';
import { compare, contains, equals } from '../compare.ts';
import { caught } from '../fault.ts';
import { toText } from '../python-text.ts';
import type { Comparison, Expr } from '../syntax/ast.ts';
import type { Spot, Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import type { Run } from './frame.ts';

export function compileUnary(expr: Expr & { kind: 'unary' }, context: Context): Run {
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

export function compileArithmetic(expr: Expr & { kind: 'arithmetic' }, context: Context): Run {
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

export function compileConcat(expr: Expr & { kind: 'concat' }, context: Context): Run {
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

export function compileCompare(expr: Expr & { kind: 'compare' }, context: Context): Run {
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
