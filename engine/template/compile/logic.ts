/** `not`, `and`, `or` and inline if to closures. What is unknown stays unknown unless the rest settles it. */
import { truth } from '../convert.ts';
import { caught } from '../fault.ts';
import type { Expr } from '../syntax/ast.ts';
import { Undefined, Unknown, type Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import { ask, sameValue, type Frame, type Run } from './frame.ts';

export function compileNot(expr: Expr & { kind: 'not' }, context: Context): Run {
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

/**
 * `and` and `or` give one of their operands, as in Python. An unknown operand leaves the value unknown, but not its
 * truth where the other one settles it: `unknown and false` is as good as false.
 */
export function compileEither(expr: Expr & { kind: 'and' | 'or' }, context: Context): Run {
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

export function compileChoice(expr: Expr & { kind: 'choice' }, context: Context, asksDefined = false): Run {
  const test = compileExpr(expr.test, context);
  const then = compileExpr(expr.then, context);
  const spot = spotOf(expr, context);
  const otherwise = expr.otherwise ? compileExpr(expr.otherwise, context) : !asksDefined ? () => '' : () => new Undefined(context.unit.text.slice(expr.start, expr.end), 'the condition is false and there is no else', spot);
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
