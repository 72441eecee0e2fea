/** The variables a text reads from outside, and where being undefined is allowed. */
import type { Body, Expr, ForStatement, Name, Parameter, Statement, Target } from './ast.ts';
import { allowsUndefined, outcomeOf, takesUndefined, union } from './guards.ts';
import { argumentsOf, partsOf } from './walk.ts';

/** One use of a variable that the text does not set itself. */
export interface NameUse {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** It stands only where undefined is allowed: `is defined`, `default`, behind `x is defined and`. */
  readonly guarded: boolean;
}

/** What holds at a place: where uses are noted, names bound by the text itself, names known to be defined. */
interface Place {
  readonly uses: NameUse[];
  readonly isGlobal: (name: string) => boolean;
  readonly bound: Set<string>;
  readonly defined: ReadonlySet<string>;
}

/** Uses of variables in an expression or a template, in the order they stand; `isGlobal` tells what is no variable. */
export function namesIn(tree: Expr | Body, isGlobal: (name: string) => boolean): NameUse[] {
  const place: Place = { uses: [], isGlobal, bound: new Set(), defined: new Set() };
  if ('kind' in tree) inExpr(tree, place);
  else inBody(tree, place);
  return place.uses;
}

/** `free`: undefined is allowed for what the expression gives. */
function inExpr(expr: Expr, place: Place, free = false): void {
  switch (expr.kind) {
    case 'name': return note(expr, place, free);
    case 'attribute': return inExpr(expr.object, place, free);
    case 'item': return inEach([expr.index], place, () => inExpr(expr.object, place, free));
    case 'slice': return inEach([expr.from, expr.to, expr.step], place, () => inExpr(expr.object, place, free));
    case 'filter': return inEach(argumentsOf(expr.args), place, () => inExpr(expr.input, place, allowsUndefined(expr.name)));
    case 'test': return inEach(argumentsOf(expr.args), place, () => inExpr(expr.input, place, takesUndefined(expr.name)));
    case 'and': case 'or': return inEither(expr, place);
    case 'choice': return inChoice(expr, place, free);
    default: return inEach(partsOf(expr), place);
  }
}

function inEach(parts: readonly (Expr | undefined)[], place: Place, first?: () => void): void {
  first?.();
  for (const part of parts) if (part) inExpr(part, place);
}

function note({ name, start, end }: Name, { uses, isGlobal, bound, defined }: Place, free: boolean): void {
  if (!bound.has(name) && !isGlobal(name)) uses.push({ name, start, end, guarded: free || defined.has(name) });
}

/** The right side is reached only where the left one does not settle it. */
function inEither(expr: Expr & { kind: 'and' | 'or' }, place: Place): void {
  inExpr(expr.left, place);
  const { whenTrue, whenFalse } = outcomeOf(expr.left);
  inExpr(expr.right, also(place, expr.kind === 'and' ? whenTrue : whenFalse));
}

function inChoice(expr: Expr & { kind: 'choice' }, place: Place, free: boolean): void {
  const { whenTrue, whenFalse } = outcomeOf(expr.test);
  inExpr(expr.then, also(place, whenTrue), free);
  inExpr(expr.test, place);
  if (expr.otherwise) inExpr(expr.otherwise, also(place, whenFalse), free);
}

function inBody(body: Body, place: Place): void {
  for (const statement of body) inStatement(statement, place);
}

function inStatement(statement: Statement, place: Place): void {
  switch (statement.kind) {
    case 'output': case 'do': return inExpr(statement.value, place);
    case 'if': return inIf(statement, place);
    case 'for': return inFor(statement, place);
    case 'set': inExpr(statement.value, place); return bind(statement.target, place.bound);
    case 'setBlock': inScope(statement.filters, statement.body, place); return bind(statement.target, place.bound);
    case 'filterBlock': return inScope(statement.filters, statement.body, place);
    case 'macro': place.bound.add(statement.name); return inFunction(statement.params, statement.body, place, ['caller', 'varargs', 'kwargs']);
    case 'callBlock': inExpr(statement.call, place); return inFunction(statement.params, statement.body, place, []);
    case 'with': return inWith(statement, place);
    case 'include': return inExpr(statement.template, place);
    case 'import': inExpr(statement.template, place); return [statement.as, ...statement.names.map((name) => name.as)].forEach((name) => name !== undefined && place.bound.add(name));
    default: return;
  }
}

function inIf(statement: Statement & { kind: 'if' }, place: Place): void {
  let here = place;
  for (const { test, body } of statement.branches) {
    inExpr(test, here);
    const { whenTrue, whenFalse } = outcomeOf(test);
    inBody(body, also(here, whenTrue));
    here = also(here, whenFalse);
  }
  inBody(statement.otherwise, here);
}

function inFor(statement: ForStatement, place: Place): void {
  inExpr(statement.items, place);
  const inside = { ...place, bound: new Set(place.bound) };
  bind(statement.target, inside.bound);
  if (statement.where) inExpr(statement.where, inside);
  inside.bound.add('loop');
  inBody(statement.body, statement.where ? also(inside, outcomeOf(statement.where).whenTrue) : inside);
  inBody(statement.otherwise, place);
}

function inFunction(params: readonly Parameter[], body: Body, place: Place, more: readonly string[]): void {
  const inside = { ...place, bound: new Set([...place.bound, ...more, ...params.map((param) => param.name)]) };
  inEach(params.map((param) => param.fallback), inside);
  inBody(body, inside);
}

function inWith(statement: Statement & { kind: 'with' }, place: Place): void {
  inEach(statement.pairs.map(({ value }) => value), place);
  const inside = { ...place, bound: new Set(place.bound) };
  for (const { target } of statement.pairs) bind(target, inside.bound);
  inBody(statement.body, inside);
}

function inScope(filters: Expr, body: Body, place: Place): void {
  inBody(body, { ...place, bound: new Set(place.bound) });
  inExpr(filters, place);
}

function bind(target: Target, bound: Set<string>): void {
  if (target.kind === 'name') bound.add(target.name);
  else if (target.kind === 'several') for (const part of target.targets) bind(part, bound);
}

function also(place: Place, names: ReadonlySet<string>): Place {
  return names.size === 0 ? place : { ...place, defined: union(place.defined, names) };
}
