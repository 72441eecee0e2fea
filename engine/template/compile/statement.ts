/** Statements to closures. */
import { known, truth } from '../convert.ts';
import { caught, placed } from '../fault.ts';
import type { Body, Expr, Statement } from '../syntax/ast.ts';
import { Unknown, type Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import { compileFor } from './for.ts';
import type { Frame, Run } from './frame.ts';
import { compileImport, compileInclude } from './include.ts';
import { compileCallBlock, compileMacro } from './macro.ts';
import { Output } from './output.ts';
import { compileTarget } from './target.ts';

/** Runs a statement. Gives `break` or `continue` where one was met. An unknown that decides what is written is thrown. */
export type Step = (frame: Frame, out: Output) => Signal;
export type Signal = 'break' | 'continue' | undefined;

/** The closure of a body: its statements in turn. */
export function compileBody(body: Body, context: Context): Step {
  const steps = body.map((statement) => compileStatement(statement, context));
  if (steps.length === 1) return steps[0]!;
  return (frame, out) => {
    for (const step of steps) {
      const signal = step(frame, out);
      if (signal) return signal;
    }
    return undefined;
  };
}

function compileStatement(statement: Statement, context: Context): Step {
  switch (statement.kind) {
    case 'text': return (_frame, out) => plain(out.write(statement.text));
    case 'output': return compileOutput(statement.value, context);
    case 'if': return compileIf(statement, context);
    case 'for': return compileFor(statement, context);
    case 'set': return compileSet(statement, context);
    case 'setBlock': return compileSetBlock(statement, context);
    case 'filterBlock': return compileFilterBlock(statement, context);
    case 'macro': return compileMacro(statement, context);
    case 'callBlock': return compileCallBlock(statement, context);
    case 'with': return compileWith(statement, context);
    case 'do': return compileDo(statement.value, context);
    case 'break': case 'continue': return () => statement.kind as Signal;
    case 'include': return compileInclude(statement, context);
    case 'import': return compileImport(statement, context);
  }
}

function plain(_done: void): undefined {
  return undefined;
}

function compileOutput(expr: Expr, context: Context): Step {
  const run = compileExpr(expr, context);
  const spot = spotOf(expr, context);
  return (frame, out) => {
    const value = run(frame);
    try {
      out.put(value);
    } catch (error) {
      throw placed(error, spot);
    }
    return undefined;
  };
}

/** A closure that asks a condition; throws the Unknown it hangs on. */
export function compileTruth(expr: Expr, context: Context): (frame: Frame) => boolean {
  const run = compileExpr(expr, context);
  const spot = spotOf(expr, context);
  return (frame) => {
    const value = run(frame);
    try {
      return truth(value);
    } catch (error) {
      throw placed(error, spot);
    }
  };
}

function compileIf(statement: Statement & { kind: 'if' }, context: Context): Step {
  const branches = statement.branches.map(({ test, body }) => ({ test: compileTruth(test, context), body: compileBody(body, context) }));
  const otherwise = compileBody(statement.otherwise, context);
  return (frame, out) => {
    for (const { test, body } of branches) if (test(frame)) return body(frame, out);
    return otherwise(frame, out);
  };
}

function compileSet(statement: Statement & { kind: 'set' }, context: Context): Step {
  const run = compileExpr(statement.value, context);
  const assign = compileTarget(statement.target, context);
  return (frame) => plain(assign(frame, run(frame)));
}

function compileSetBlock(statement: Statement & { kind: 'setBlock' }, context: Context): Step {
  const text = compileText(statement.filters, statement.body, context);
  const assign = compileTarget(statement.target, context);
  return (frame) => plain(assign(frame, text(frame)));
}

function compileFilterBlock(statement: Statement & { kind: 'filterBlock' }, context: Context): Step {
  const text = compileText(statement.filters, statement.body, context);
  const spot = spotOf(statement.filters, context);
  return (frame, out) => {
    try {
      return plain(out.put(text(frame)));
    } catch (error) {
      throw placed(error, spot);
    }
  };
}

/** The text of a body through filters; Unknown where it hangs on what is unknown. */
function compileText(filters: Expr, body: Body, context: Context): Run {
  const step = compileBody(body, context);
  const filter = compileExpr(filters, context);
  return (frame) => {
    const inside = frame.inner();
    const out = new Output();
    const text = unknownOr(() => {
      step(inside, out);
      return out.text;
    });
    inside.set('{body}', text);
    return filter(inside);
  };
}

/** What `make` gives, or the Unknown that it throws. */
export function unknownOr(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unknown) return error;
    throw error;
  }
}

function compileWith(statement: Statement & { kind: 'with' }, context: Context): Step {
  const pairs = statement.pairs.map(({ target, value }) => ({ assign: compileTarget(target, context), run: compileExpr(value, context) }));
  const body = compileBody(statement.body, context);
  return (frame, out) => {
    const values = pairs.map(({ run }) => run(frame));
    const inside = frame.inner();
    pairs.forEach(({ assign }, i) => assign(inside, values[i]!));
    return body(inside, out);
  };
}

function compileDo(expr: Expr, context: Context): Step {
  const run = compileExpr(expr, context);
  const spot = spotOf(expr, context);
  return (frame) => {
    try {
      known(run(frame));
      return undefined;
    } catch (error) {
      throw caught(error, spot);
    }
  };
}
