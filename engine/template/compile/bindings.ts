/** What a template sets and changes itself. */
import type { Body, Expr, Parameter, Statement, Target } from '../syntax/ast.ts';
import { expressionsIn } from '../syntax/walk.ts';

/** Every name that some statement of a template sets: targets, macros, arguments, `loop`. */
export function boundNames(body: Body): Set<string> {
  const bound = new Set<string>(['{body}']);
  for (const statement of body) bindStatement(statement, bound);
  return bound;
}

function bindStatement(statement: Statement, bound: Set<string>): void {
  const inner = (...bodies: Body[]): void => bodies.forEach((each) => each.forEach((part) => bindStatement(part, bound)));
  switch (statement.kind) {
    case 'if': return inner(...statement.branches.map(({ body }) => body), statement.otherwise);
    case 'for': bindTarget(statement.target, bound); bound.add('loop'); return inner(statement.body, statement.otherwise);
    case 'set': return bindTarget(statement.target, bound);
    case 'setBlock': bindTarget(statement.target, bound); return inner(statement.body);
    case 'filterBlock': return inner(statement.body);
    case 'macro': bound.add(statement.name); bindParameters(statement.params, bound); return inner(statement.body);
    case 'callBlock': bindParameters(statement.params, bound); return inner(statement.body);
    case 'with': statement.pairs.forEach(({ target }) => bindTarget(target, bound)); return inner(statement.body);
    case 'import': return [statement.as, ...statement.names.map((name) => name.as)].forEach((name) => name !== undefined && bound.add(name));
    default: return;
  }
}

function bindParameters(params: readonly Parameter[], bound: Set<string>): void {
  for (const name of ['caller', 'varargs', 'kwargs', ...params.map((param) => param.name)]) bound.add(name);
}

function bindTarget(target: Target, bound: Set<string>): void {
  if (target.kind === 'name') bound.add(target.name);
  else if (target.kind === 'several') target.targets.forEach((part) => bindTarget(part, bound));
}

const changers = new Set(['append', 'clear', 'extend', 'insert', 'pop', 'popitem', 'remove', 'reverse', 'setdefault', 'sort', 'update']);

/** True where a text calls a method that changes a list or dict. */
export function mutates(tree: Expr | Body): boolean {
  for (const expr of expressionsIn(tree)) if (expr.kind === 'attribute' && changers.has(expr.name)) return true;
  return false;
}
