/** What can be told wrong of an expression before it is evaluated: names of filters, tests, functions and lookups, and their arguments. */
import { nearestHint } from '../../source/nearest.ts';
import { Callable } from '../registry.ts';
import { callProblem, type Signature } from '../signature.ts';
import type { Arguments, Body, CallExpr, Expr, FilterExpr } from '../syntax/ast.ts';
import type { Flaw } from '../syntax/token.ts';
import { expressionsIn } from '../syntax/walk.ts';
import { filters, findFilter, findTest, globals, lookups, outsideLookups, shortName, tests } from '../tables.ts';

type TestExpr = Expr & { kind: 'test' };

/** All flaws of the expressions in a tree. `bound`: names that the text sets itself. */
export function checkTree(tree: Expr | Body, bound: Pick<ReadonlySet<string>, 'has'>): Flaw[] {
  const flaws: Flaw[] = [];
  for (const expr of expressionsIn(tree)) {
    if (expr.kind === 'filter') flaws.push(...checkFilter(expr));
    else if (expr.kind === 'test') flaws.push(...checkTest(expr));
    else if (expr.kind === 'call') flaws.push(...checkCall(expr, bound));
  }
  return flaws;
}

function checkFilter(expr: FilterExpr): Flaw[] {
  const filter = findFilter(expr.name);
  if (!filter) return [{ message: `there is no filter "${expr.name}"`, ...expr.nameAt, hint: nearestHint(shortName(expr.name), filters.keys()) }];
  return [...checkArguments(`filter "${expr.name}"`, filter.signature, expr.args, expr.nameAt), ...checkInnerName(expr)];
}

/** `map('upper')`, `select('defined')`, `selectattr('x', 'equalto', 1)`: names in quotes. */
function checkInnerName(expr: FilterExpr): Flaw[] {
  const name = shortName(expr.name);
  const isMap = name === 'map';
  const at = isMap || name === 'select' || name === 'reject' ? 0 : name === 'selectattr' || name === 'rejectattr' ? 1 : -1;
  const inner = expr.args.positional[at];
  if (inner?.kind !== 'literal' || typeof inner.value !== 'string') return [];
  const found = isMap ? findFilter(inner.value) : findTest(inner.value);
  if (found) return [];
  return [{ message: `there is no ${isMap ? 'filter' : 'test'} "${inner.value}"`, start: inner.start, end: inner.end, hint: nearestHint(shortName(inner.value), (isMap ? filters : tests).keys()) }];
}

function checkTest(expr: TestExpr): Flaw[] {
  const test = findTest(expr.name);
  if (!test) return [{ message: `there is no test "${expr.name}"`, ...expr.nameAt, hint: nearestHint(shortName(expr.name), tests.keys()) }];
  return checkArguments(`test "${expr.name}"`, test.signature, expr.args, expr.nameAt);
}

function checkCall(expr: CallExpr, bound: Pick<ReadonlySet<string>, 'has'>): Flaw[] {
  const { callee, args } = expr;
  if (callee.kind !== 'name' || bound.has(callee.name)) return [];
  const target = globals.get(callee.name);
  if (!(target instanceof Callable)) {
    const functions = [...globals].filter(([, value]) => value instanceof Callable).map(([name]) => name);
    const asFilter = filters.has(callee.name) ? `"${callee.name}" is a filter: write value | ${callee.name}` : nearestHint(callee.name, functions);
    return [{ message: `there is no function "${callee.name}"`, start: callee.start, end: callee.end, hint: asFilter }];
  }
  const shape = (target as Callable & { signature?: Signature }).signature;
  return [...(shape ? checkArguments(`${callee.name}()`, shape, args, callee) : []), ...checkLookup(callee.name, args)];
}

function checkLookup(name: string, args: Arguments): Flaw[] {
  const first = args.positional[0];
  if (!['lookup', 'query', 'q'].includes(name) || first?.kind !== 'literal' || typeof first.value !== 'string') return [];
  const known = [...lookups.keys(), ...outsideLookups];
  if (known.includes(shortName(first.value))) return [];
  return [{ message: `there is no lookup "${first.value}"`, start: first.start, end: first.end, hint: nearestHint(shortName(first.value), known) }];
}

function checkArguments(what: string, shape: Signature, args: Arguments, at: { readonly start: number; readonly end: number }): Flaw[] {
  if (args.spread || args.spreadNamed) return [];
  const problem = callProblem(what, shape, args.positional.length, args.named.map(({ name }) => name));
  if (!problem) return [];
  const strange = args.named.find(({ name }) => problem.message.endsWith(`"${name}"`) || problem.message.endsWith(`"${name}" twice`));
  const place = strange?.nameAt ?? args.positional[shape.names.length] ?? at;
  return [{ ...problem, start: place.start, end: place.end }];
}
