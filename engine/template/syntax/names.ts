/** The variables a text reads from outside, and where being undefined is allowed. */
import type { Arguments, Body, Expr, ForStatement, MacroStatement, Name, Parameter, Statement, Target } from './ast.ts';
import { argumentsOf, partsOf } from './walk.ts';

/** One use of a variable that the text does not set itself. */
export interface NameUse {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** It stands only where undefined is allowed: `is defined`, `default`, behind `x is defined and`. */
  readonly guarded: boolean;
}

/** What holds at a place: names bound by the text itself, and names known to be defined there. */
interface Place {
  readonly bound: Set<string>;
  readonly defined: ReadonlySet<string>;
}

/** Names that are defined wherever a condition is true, or wherever it is false. */
interface Outcome {
  readonly whenTrue: ReadonlySet<string>;
  readonly whenFalse: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();
const neither: Outcome = { whenTrue: nothing, whenFalse: nothing };

/** Uses of variables in an expression or a template, in the order they stand; `isGlobal` tells what is no variable. */
export function namesIn(tree: Expr | Body, isGlobal: (name: string) => boolean): NameUse[] {
  const uses: NameUse[] = [];
  const finder = new Finder(uses, isGlobal);
  const place = { bound: new Set<string>(), defined: nothing };
  if ('kind' in tree) finder.expression(tree, place, false);
  else finder.body(tree, place);
  return uses;
}

/** The names that are defined wherever the expression is true: `x is defined and y` gives x. */
export function definedWhenTrue(tree: Expr): string[] {
  return [...outcomeOf(tree).whenTrue];
}

class Finder {
  private readonly uses: NameUse[];
  private readonly isGlobal: (name: string) => boolean;
  constructor(uses: NameUse[], isGlobal: (name: string) => boolean) {
    this.uses = uses;
    this.isGlobal = isGlobal;
  }

  /** `free`: undefined is allowed for what the expression gives. */
  expression(expr: Expr, place: Place, free: boolean): void {
    switch (expr.kind) {
      case 'name': return this.use(expr, place, free);
      case 'attribute': return this.expression(expr.object, place, free);
      case 'item': this.expression(expr.object, place, free); return this.expression(expr.index, place, false);
      case 'slice': this.expression(expr.object, place, free); return [expr.from, expr.to, expr.step].forEach((part) => part && this.expression(part, place, false));
      case 'filter': this.expression(expr.input, place, allowsUndefined(expr.name)); return this.args(expr.args, place);
      case 'test': this.expression(expr.input, place, takesUndefined(expr.name)); return this.args(expr.args, place);
      case 'and': case 'or': return this.either(expr, place);
      case 'choice': return this.choice(expr, place, free);
      case 'call': this.expression(expr.callee, place, false); return this.args(expr.args, place);
      case 'literal': case 'float': case 'body': return;
      default: for (const part of partsOf(expr)) this.expression(part, place, false);
    }
  }

  private use(expr: Name, { bound, defined }: Place, free: boolean): void {
    if (bound.has(expr.name) || this.isGlobal(expr.name)) return;
    this.uses.push({ name: expr.name, start: expr.start, end: expr.end, guarded: free || defined.has(expr.name) });
  }

  private either(expr: Expr & { kind: 'and' | 'or' }, place: Place): void {
    this.expression(expr.left, place, false);
    const { whenTrue, whenFalse } = outcomeOf(expr.left);
    this.expression(expr.right, also(place, expr.kind === 'and' ? whenTrue : whenFalse), false);
  }

  private choice(expr: Expr & { kind: 'choice' }, place: Place, free: boolean): void {
    this.expression(expr.test, place, false);
    const { whenTrue, whenFalse } = outcomeOf(expr.test);
    this.expression(expr.then, also(place, whenTrue), free);
    if (expr.otherwise) this.expression(expr.otherwise, also(place, whenFalse), free);
  }

  args(args: Arguments, place: Place): void {
    for (const arg of argumentsOf(args)) this.expression(arg, place, false);
  }

  body(body: Body, place: Place): void {
    for (const statement of body) this.statement(statement, place);
  }

  private statement(statement: Statement, place: Place): void {
    switch (statement.kind) {
      case 'output': case 'do': return this.expression(statement.value, place, false);
      case 'if': return this.branches(statement, place);
      case 'for': return this.loop(statement, place);
      case 'set': this.expression(statement.value, place, false); return bindTarget(statement.target, place.bound);
      case 'setBlock': this.inner(place, [], statement.body, statement.filters); return bindTarget(statement.target, place.bound);
      case 'filterBlock': return this.inner(place, [], statement.body, statement.filters);
      case 'macro': return this.macro(statement, place);
      case 'callBlock': this.expression(statement.call, place, false); return this.withParameters(statement.params, statement.body, place, []);
      case 'with': return this.scope(statement, place);
      case 'include': return this.expression(statement.template, place, false);
      case 'import': this.expression(statement.template, place, false); return void [statement.as, ...statement.names.map((name) => name.as)].forEach((name) => name !== undefined && place.bound.add(name));
      default: return;
    }
  }

  private branches(statement: Statement & { kind: 'if' }, place: Place): void {
    let here = place;
    for (const { test, body } of statement.branches) {
      this.expression(test, here, false);
      const { whenTrue, whenFalse } = outcomeOf(test);
      this.body(body, also(here, whenTrue));
      here = also(here, whenFalse);
    }
    this.body(statement.otherwise, here);
  }

  private loop(statement: ForStatement, place: Place): void {
    this.expression(statement.items, place, false);
    const inside = { bound: new Set(place.bound), defined: place.defined };
    bindTarget(statement.target, inside.bound);
    if (statement.where) this.expression(statement.where, inside, false);
    inside.bound.add('loop');
    this.body(statement.body, statement.where ? also(inside, outcomeOf(statement.where).whenTrue) : inside);
    this.body(statement.otherwise, place);
  }

  private macro(statement: MacroStatement, place: Place): void {
    place.bound.add(statement.name);
    this.withParameters(statement.params, statement.body, place, ['caller', 'varargs', 'kwargs']);
  }

  private withParameters(params: readonly Parameter[], body: Body, place: Place, more: readonly string[]): void {
    const bound = new Set([...place.bound, ...more, ...params.map((param) => param.name)]);
    for (const { fallback } of params) if (fallback) this.expression(fallback, { bound, defined: place.defined }, false);
    this.body(body, { bound, defined: place.defined });
  }

  private scope(statement: Statement & { kind: 'with' }, place: Place): void {
    for (const { value } of statement.pairs) this.expression(value, place, false);
    const bound = new Set(place.bound);
    for (const { target } of statement.pairs) bindTarget(target, bound);
    this.body(statement.body, { bound, defined: place.defined });
  }

  private inner(place: Place, names: readonly string[], body: Body, filters: Expr): void {
    this.expression(filters, place, false);
    this.body(body, { bound: new Set([...place.bound, ...names]), defined: place.defined });
  }
}

function bindTarget(target: Target, bound: Set<string>): void {
  if (target.kind === 'name') bound.add(target.name);
  else if (target.kind === 'several') for (const part of target.targets) bindTarget(part, bound);
}

function also(place: Place, names: ReadonlySet<string>): Place {
  return names.size === 0 ? place : { bound: place.bound, defined: union(place.defined, names) };
}

/** What a condition's outcome tells of names. */
function outcomeOf(expr: Expr): Outcome {
  if (expr.kind === 'not') {
    const { whenTrue, whenFalse } = outcomeOf(expr.operand);
    return { whenTrue: whenFalse, whenFalse: whenTrue };
  }
  if (expr.kind === 'and' || expr.kind === 'or') {
    const [left, right] = [outcomeOf(expr.left), outcomeOf(expr.right)];
    if (expr.kind === 'and') return { whenTrue: union(left.whenTrue, right.whenTrue), whenFalse: common(left.whenFalse, right.whenFalse) };
    return { whenTrue: common(left.whenTrue, right.whenTrue), whenFalse: union(left.whenFalse, right.whenFalse) };
  }
  if (expr.kind !== 'test' || !asksDefined(expr.name)) return neither;
  const root = rootOf(expr.input);
  if (root === undefined) return neither;
  return plainName(expr.name) === 'defined' ? { whenTrue: new Set([root]), whenFalse: nothing } : { whenTrue: nothing, whenFalse: new Set([root]) };
}

function rootOf(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  return expr.kind === 'attribute' || expr.kind === 'item' ? rootOf(expr.object) : undefined;
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return b.size === 0 ? a : new Set([...a, ...b]);
}

function common(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((name) => b.has(name)));
}

function plainName(name: string): string {
  return name.replace(/^ansible\.builtin\./, '');
}

/** True for the filters that take what is undefined. */
export function allowsUndefined(filter: string): boolean {
  return ['default', 'd', 'type_debug'].includes(plainName(filter));
}

function asksDefined(test: string): boolean {
  return ['defined', 'undefined'].includes(plainName(test));
}

const typeQuestions = new Set(['string', 'number', 'integer', 'float', 'boolean', 'true', 'false', 'none', 'null', 'mapping', 'dict', 'list', 'sequence', 'sameas', 'callable']);

/** True for the tests that take what is undefined: it is of no type. */
export function takesUndefined(test: string): boolean {
  return asksDefined(test) || typeQuestions.has(plainName(test));
}
