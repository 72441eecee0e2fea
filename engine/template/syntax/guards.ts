/** What conditions tell of variables: which are defined where one is true, and where it is false. */
import type { Expr } from './ast.ts';

/** Names that are defined wherever a condition is true, or wherever it is false. */
export interface Outcome {
  readonly whenTrue: ReadonlySet<string>;
  readonly whenFalse: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();
const neither: Outcome = { whenTrue: nothing, whenFalse: nothing };

/** What a condition's outcome tells: `x is defined and y` is true only where x is defined. */
export function outcomeOf(expr: Expr): Outcome {
  if (expr.kind === 'not') {
    const { whenTrue, whenFalse } = outcomeOf(expr.operand);
    return { whenTrue: whenFalse, whenFalse: whenTrue };
  }
  if (expr.kind === 'and' || expr.kind === 'or') return joined(expr.kind, outcomeOf(expr.left), outcomeOf(expr.right));
  if (expr.kind !== 'test' || !asksDefined(expr.name)) return neither;
  const root = rootOf(expr.input);
  if (root === undefined) return neither;
  const found = new Set([root]);
  return plainName(expr.name) === 'defined' ? { whenTrue: found, whenFalse: nothing } : { whenTrue: nothing, whenFalse: found };
}

function joined(kind: 'and' | 'or', left: Outcome, right: Outcome): Outcome {
  if (kind === 'and') return { whenTrue: union(left.whenTrue, right.whenTrue), whenFalse: common(left.whenFalse, right.whenFalse) };
  return { whenTrue: common(left.whenTrue, right.whenTrue), whenFalse: union(left.whenFalse, right.whenFalse) };
}

/** The variable that a chain of attributes begins with. */
function rootOf(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  return expr.kind === 'attribute' || expr.kind === 'item' ? rootOf(expr.object) : undefined;
}

export function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
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
