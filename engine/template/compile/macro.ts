/** `{% macro %}` and `{% call %}` to closures. */
import { nearestHint } from '../../source/nearest.ts';
import { placed, Fault } from '../fault.ts';
import { Callable, type Call } from '../registry.ts';
import type { Body, MacroStatement, Parameter, Statement } from '../syntax/ast.ts';
import { expressionsIn } from '../syntax/walk.ts';
import { dictOf, tuple, Undefined, type Dict, type Value } from '../value.ts';
import { compileExpr, spotOf, type Context } from './expression.ts';
import type { Frame } from './frame.ts';
import { Output } from './output.ts';
import { compileBody, unknownOr, type Step } from './statement.ts';

export function compileMacro(statement: MacroStatement, context: Context): Step {
  const make = compileFunction(statement.name, statement.params, statement.body, context);
  return (frame) => {
    frame.set(statement.name, make(frame));
    return undefined;
  };
}

/** `{% call(x) macro() %}body{% endcall %}`: the macro finds the body as `caller(x)`. */
export function compileCallBlock(statement: Statement & { kind: 'callBlock' }, context: Context): Step {
  const make = compileFunction('caller', statement.params, statement.body, context);
  const named = { name: 'caller', value: { kind: 'name', name: '{caller}', start: statement.start, end: statement.start }, nameAt: statement } as const;
  const call = compileExpr({ ...statement.call, args: { ...statement.call.args, named: [...statement.call.args.named, named] } }, { ...context, bound: { has: (name) => name === '{caller}' || context.bound.has(name) } });
  const spot = spotOf(statement.call, context);
  return (frame, out) => {
    const inside = frame.inner();
    inside.set('{caller}', make(frame));
    try {
      out.put(call(inside));
      return undefined;
    } catch (error) {
      throw placed(error, spot);
    }
  };
}

/** A closure that makes the function of a macro in the scope where it stands. */
function compileFunction(name: string, params: readonly Parameter[], body: Body, context: Context): (frame: Frame) => Callable {
  const step = compileBody(body, context);
  const uses = usedNames(body);
  const fallbacks = params.map(({ fallback }) => fallback && compileExpr(fallback, context));
  return (frame) => new Callable(name, (positional, named, _call: Call) => frame.top.within(() => {
    const inside = frame.inner();
    takeArguments(inside, { name, params, uses }, positional, named ?? {});
    fallbacks.forEach((fallback, i) => fallback && inside.own().get(params[i]!.name) === undefined && inside.set(params[i]!.name, fallback(inside)));
    for (const { name: param } of params) if (inside.own().get(param) === undefined) inside.set(param, new Undefined(param, `the call of ${name}() does not give it`));
    const out = new Output();
    return unknownOr(() => {
      step(inside, out);
      return out.text;
    });
  }), 'macro');
}

/** Names that a body reads; a macro takes more arguments, or a caller, only where it does. */
function usedNames(body: Body): ReadonlySet<string> {
  const used = new Set<string>();
  for (const expr of expressionsIn(body)) if (expr.kind === 'name') used.add(expr.name);
  return used;
}

interface Macro {
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly uses: ReadonlySet<string>;
}

function takeArguments(frame: Frame, { name, params, uses }: Macro, positional: readonly Value[], named: Dict): void {
  params.forEach((param, i) => {
    const value = i < positional.length ? positional[i] : Object.hasOwn(named, param.name) ? named[param.name] : undefined;
    if (i < positional.length && Object.hasOwn(named, param.name)) throw new Fault(`${name}() is given "${param.name}" twice`);
    if (value !== undefined) frame.set(param.name, value);
  });
  if (positional.length > params.length && !uses.has('varargs')) throw new Fault(`${name}() takes ${params.length} arguments, found ${positional.length}`);
  const others = Object.entries(named).filter(([key]) => !params.some((param) => param.name === key));
  const strange = others.find(([key]) => !uses.has(key === 'caller' ? 'caller' : 'kwargs'));
  if (strange) throw new Fault(strange[0] === 'caller' ? `${name}() takes no body: it never asks for caller()` : `${name}() takes no argument "${strange[0]}"`, strange[0] === 'caller' ? undefined : nearestHint(strange[0], params.map((param) => param.name)));
  const caller = others.find(([key]) => key === 'caller');
  if (caller) frame.set('caller', caller[1]);
  frame.set('varargs', tuple(positional.slice(params.length)));
  frame.set('kwargs', dictOf(others.filter(([key]) => key !== 'caller')));
}
