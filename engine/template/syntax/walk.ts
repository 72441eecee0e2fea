/** Going through the parts of expressions and templates. */
import type { Arguments, Body, Expr, Parameter, Statement } from './ast.ts';

/** Expressions among arguments. */
export function argumentsOf({ positional, named, spread, spreadNamed }: Arguments): Expr[] {
  return [...positional, ...named.map(({ value }) => value), ...(spread ? [spread] : []), ...(spreadNamed ? [spreadNamed] : [])];
}

/** The expressions that an expression is directly made of. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'list': return expr.items;
    case 'dict': return expr.entries.flat();
    case 'unary': case 'not': return [expr.operand];
    case 'arithmetic': case 'and': case 'or': return [expr.left, expr.right];
    case 'concat': return expr.parts;
    case 'compare': return [expr.first, ...expr.rest.map(({ operand }) => operand)];
    case 'choice': return [expr.test, expr.then, ...(expr.otherwise ? [expr.otherwise] : [])];
    case 'attribute': return [expr.object];
    case 'item': return [expr.object, expr.index];
    case 'slice': return [expr.object, expr.from, expr.to, expr.step].filter((part) => part !== undefined);
    case 'call': return [expr.callee, ...argumentsOf(expr.args)];
    case 'filter': case 'test': return [expr.input, ...argumentsOf(expr.args)];
    default: return [];
  }
}

/** All expressions of a tree, outermost first. */
export function* expressionsIn(tree: Expr | Body): Generator<Expr> {
  const open: Expr[] = 'kind' in tree ? [tree] : tree.flatMap(partsOfStatement).reverse();
  for (let next; (next = open.pop()); ) {
    yield next;
    open.push(...[...partsOf(next)].reverse());
  }
}

function partsOfStatement(statement: Statement): Expr[] {
  const inner = (body: Body): Expr[] => body.flatMap(partsOfStatement);
  const defaults = (params: readonly Parameter[]): Expr[] => params.flatMap(({ fallback }) => (fallback ? [fallback] : []));
  switch (statement.kind) {
    case 'output': case 'do': case 'set': return [statement.value];
    case 'if': return [...statement.branches.flatMap(({ test, body }) => [test, ...inner(body)]), ...inner(statement.otherwise)];
    case 'for': return [statement.items, ...(statement.where ? [statement.where] : []), ...inner(statement.body), ...inner(statement.otherwise)];
    case 'setBlock': case 'filterBlock': return [statement.filters, ...inner(statement.body)];
    case 'macro': return [...defaults(statement.params), ...inner(statement.body)];
    case 'callBlock': return [...defaults(statement.params), statement.call, ...inner(statement.body)];
    case 'with': return [...statement.pairs.map(({ value }) => value), ...inner(statement.body)];
    case 'include': case 'import': return [statement.template];
    default: return [];
  }
}
