/** `{% for %}` to closures. */
import { iterate } from '../convert.ts';
import { placed } from '../fault.ts';
import type { ForStatement } from '../syntax/ast.ts';
import type { Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import type { Frame } from './frame.ts';
import { Loop } from './loop.ts';
import { Output } from './output.ts';
import { compileBody, compileTruth, type Signal, type Step } from './statement.ts';
import { compileTarget } from './target.ts';

export function compileFor(statement: ForStatement, context: Context): Step {
  const items = compileExpr(statement.items, context);
  const assign = compileTarget(statement.target, context);
  const where = statement.where && compileTruth(statement.where, context);
  const body = compileBody(statement.body, context);
  const otherwise = compileBody(statement.otherwise, context);
  const spot = spotOf(statement.items, context);
  const go = (frame: Frame, out: Output, value: Value, depth: number): Signal => {
    const list = wanted(frame, value);
    if (list.length === 0) return otherwise(frame, out);
    const loop = new Loop(list, depth, statement.recursive ? (inner, level) => again(frame, inner, level) : undefined);
    for (; loop.index < list.length; loop.index++) {
      frame.top.round();
      const inside = frame.inner();
      inside.set('loop', loop);
      assign(inside, list[loop.index]!);
      if (body(inside, out) === 'break') break;
    }
    return undefined;
  };
  const wanted = (frame: Frame, value: Value): readonly Value[] => {
    const list = listOf(value);
    return where ? list.filter((item) => { const inside = frame.inner(); assign(inside, item); return where(inside); }) : [...list];
  };
  const again = (frame: Frame, value: Value, depth: number): Value => frame.top.within(() => {
    const out = new Output();
    go(frame, out, value, depth);
    return out.text;
  });
  const listOf = (value: Value): readonly Value[] => {
    try {
      return iterate(value);
    } catch (error) {
      throw placed(error, spot);
    }
  };
  return (frame, out) => go(frame, out, items(frame), 1);
}
