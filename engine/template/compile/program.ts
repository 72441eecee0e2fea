/** A text, read and compiled once, wherever and however often it stands. */
import type { Body, Expr } from '../syntax/ast.ts';
import { lexExpression, lexTemplate, type LexOptions } from '../syntax/lex.ts';
import { outcomeOf } from '../syntax/guards.ts';
import { namesIn, type NameUse } from '../syntax/names.ts';
import { parseTemplate } from '../syntax/parse-template.ts';
import { parseWhole } from '../syntax/parse-expression.ts';
import { Stop, type Flaw } from '../syntax/token.ts';
import { globals } from '../tables.ts';
import type { Unit } from '../value.ts';
import { boundNames, mutates } from './bindings.ts';
import { checkTree } from './check.ts';
import { compileExpr } from './expression.ts';
import type { Run } from './frame.ts';
import { compileBody, type Step } from './statement.ts';

/** One compiled text. Where `flaws` is not empty, nothing else is of use. */
export interface Program extends Unit {
  readonly flaws: readonly Flaw[];
  readonly names: readonly NameUse[];
  /** Names that are defined wherever the expression is true; none for templates. */
  readonly guards: readonly string[];
  /** Set where the text is one expression: a condition, or `{{ x }}` alone. */
  readonly value: Run | undefined;
  /** Set where the text is a template. */
  readonly body: Step | undefined;
}

const cache = new Map<string, Program>();
const cached = 20_000;

/** A bare expression (`when: a and b`); `{{ a }}` alone counts as its inside. */
export function expressionProgram(text: string): Program {
  return remember(`e${text}`, () => {
    if (text.trimStart().startsWith('{{')) return templateOf(text, { trimBlocks: true, lstripBlocks: false, rawStrings: false }, true);
    const expr = parseWhole(text, lexExpression(text, false));
    return finish(text, expr, [], true);
  }, text);
}

/** A template: text with tags. `isPart`: another one includes it, and its names may be those that the other sets. */
export function templateProgram(text: string, options: LexOptions, isPart = false): Program {
  const key = `${isPart ? 'p' : ''}${options.trimBlocks ? 't' : ''}${options.lstripBlocks ? 'l' : ''}${options.rawStrings ? 'r' : ''}${options.from ?? ''}/${text}`;
  return remember(key, () => templateOf(text, options, false, isPart), text);
}

function remember(key: string, make: () => Program, text: string): Program {
  const found = cache.get(key);
  if (found) return found;
  const program = guarded(make, text);
  if (cache.size >= cached) cache.clear();
  cache.set(key, program);
  return program;
}

/** Compiles; what stops it becomes the program's flaw. */
function guarded(make: () => Program, text: string): Program {
  try {
    return make();
  } catch (error) {
    if (error instanceof Stop) return broken(text, [error.flaw]);
    if (error instanceof RangeError) return broken(text, [{ message: 'this nests too deeply', start: 0, end: text.length }]);
    throw error;
  }
}

function broken(text: string, flaws: readonly Flaw[]): Program {
  return { text, flaws, names: [], guards: [], value: undefined, body: undefined };
}

function templateOf(text: string, options: LexOptions, alone: boolean, isPart = false): Program {
  const { tokens, flaws } = lexTemplate(text, options);
  if (flaws.length > 0) return broken(text, flaws);
  const body = parseTemplate(text, tokens, flaws);
  const only = body[0];
  if (body.length === 1 && only?.kind === 'output') return finish(text, only.value, flaws, alone, isPart);
  if (alone && flaws.length === 0) flaws.push({ message: 'expected one expression', start: 0, end: text.length, hint: 'a condition is written without {{ }}' });
  return finish(text, body, flaws, false, isPart);
}

function finish(text: string, tree: Expr | Body, found: readonly Flaw[], condition: boolean, isPart = false): Program {
  const isBody = Array.isArray(tree);
  const bound: Pick<ReadonlySet<string>, 'has'> = isPart ? { has: () => true } : isBody ? boundNames(tree) : new Set<string>();
  const flaws = [...found, ...checkTree(tree, bound)];
  if (flaws.length > 0) return broken(text, flaws);
  const unit: Unit = { text };
  const context = { unit, bound, mutates: mutates(tree) };
  const names = namesIn(tree, (name) => globals.has(name));
  const value = isBody ? undefined : compileExpr(tree as Expr, context);
  const body = isBody ? compileBody(tree, context) : undefined;
  return Object.assign(unit, { flaws, names, guards: condition && !isBody ? [...outcomeOf(tree as Expr).whenTrue] : [], value, body });
}
