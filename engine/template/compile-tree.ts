/** YAML trees with templates in them: compiled once, evaluated for each host. */
import { keyText, type Entry, type List, type Mapping, type Scalar, type Tree } from '../source/tree.ts';
import { compileTemplate, inScalar, isTemplate, type Compiled, type FreeName } from './compile.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { TemplateError } from './fault.ts';
import type { Env, Scope } from './registry.ts';
import { Float, omit, residue, setKey, Unknown, type Dict, type Value } from './value.ts';

/** A tree that can be evaluated. */
export interface CompiledTree {
  readonly tree: Tree;
  /** True where nothing in it is a template: the value is always the same, and frozen. */
  readonly isStatic: boolean;
  /** Variables read anywhere in it, one entry a use. */
  readonly names: readonly FreeName[];
  /** Plain data; Unknown values stay where they are in it. `omit` where the whole of it is that. Throws TemplateError. */
  evaluate(scope: Scope, env: Env): Value;
  /** The same for the value of a variable: floats that are whole stay `Float`. */
  evaluateVariable(scope: Scope, env: Env): Value;
}

/** True where a text in a tree is a template. */
export function holdsTemplate(tree: Tree): boolean {
  if (tree.kind === 'scalar') return isTemplateText(tree);
  return tree.kind === 'list' ? tree.items.some(holdsTemplate) : tree.entries.some(({ key, value }) => isTemplateText(key) || holdsTemplate(value));
}

function isTemplateText({ value, tag }: Scalar): boolean {
  return typeof value === 'string' && tag !== 'unsafe' && isTemplate(value);
}

type Give = (scope: Scope, env: Env, keepFloats: boolean) => Value;

/** What of a tree is worked out anew each time. */
interface Part {
  readonly names: () => readonly FreeName[];
  readonly give: Give;
}

/** Compiles every text in a tree that holds `{{`, `{%` or `{#`, mapping keys too. Throws TextError with all that is wrong. */
export function compileTree(tree: Tree): CompiledTree {
  const problems: Problem[] = [];
  const part = compilePart(tree, problems);
  if (problems.length > 0) throw new TextError(problems);
  const give = giver(part, tree);
  let names: readonly FreeName[] | undefined;
  return {
    tree,
    isStatic: part === undefined,
    get names() {
      return (names ??= part?.names() ?? []);
    },
    evaluate: (scope, env) => give(scope, env, false),
    evaluateVariable: (scope, env) => give(scope, env, true),
  };
}

/** Undefined where nothing in a tree is a template: most of what people write needs no more than its text. */
function compilePart(tree: Tree, problems: Problem[]): Part | undefined {
  if (tree.kind === 'scalar') return compileScalar(tree, problems);
  return tree.kind === 'list' ? compileList(tree, problems) : compileMapping(tree, problems);
}

function giver(part: Part | undefined, tree: Tree): Give {
  if (part) return part.give;
  const made: (Value | undefined)[] = [undefined, undefined];
  return (_scope, _env, keepFloats) => (made[keepFloats ? 1 : 0] ??= constant(tree, keepFloats));
}

/** What stands there, frozen: all hosts share it. */
function constant(tree: Tree, keepFloats: boolean): Value {
  if (tree.kind === 'scalar') return keepFloats && isWholeFloat(tree) ? keptFloat(tree.value as number) : tree.value;
  if (tree.kind === 'list') return Object.freeze(tree.items.map((item) => constant(item, keepFloats))) as Value;
  const dict: Dict = {};
  for (const { key, value } of tree.entries) setKey(dict, keyText(key), constant(value, keepFloats));
  return Object.freeze(dict);
}

function keptFloat(value: number): Float {
  residue.kept = true;
  return new Float(value);
}

/** `2.0` in the file: a number that is whole, and a float to Python. */
function isWholeFloat({ value, text, style }: Scalar): boolean {
  return style === 'plain' && typeof value === 'number' && Number.isInteger(value) && /^[-+]?[\d_]*\.[\d_]*(?:[eE][-+]\d+)?$/.test(text);
}

function compileScalar(scalar: Scalar, problems: Problem[]): Part | undefined {
  const compiled = compileText(scalar, problems);
  return compiled && { names: () => compiled.names, give: (scope, env, keepFloats) => (keepFloats ? compiled.evaluateVariable(scope, env) : compiled.evaluate(scope, env)) };
}

function compileText(scalar: Scalar, problems: Problem[]): Compiled | undefined {
  if (!isTemplateText(scalar)) return undefined;
  try {
    return compileTemplate(scalar.text, inScalar(scalar));
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function compileList({ items }: List, problems: Problem[]): Part | undefined {
  const parts = items.map((item) => compilePart(item, problems));
  if (parts.every((part) => part === undefined)) return undefined;
  const gives = parts.map((part, at) => giver(part, items[at]!));
  return {
    names: () => parts.flatMap((part) => part?.names() ?? []),
    give: (scope, env, keepFloats) => gives.map((give) => give(scope, env, keepFloats)).filter((item) => item !== omit),
  };
}

function compileMapping(mapping: Mapping, problems: Problem[]): Part | undefined {
  const parts = mapping.entries.map((entry) => ({ entry, key: compileText(entry.key, problems), value: compilePart(entry.value, problems) }));
  if (parts.every(({ key, value }) => key === undefined && value === undefined)) return undefined;
  const gives = parts.map(({ entry, key, value }) => ({ entry, key, give: giver(value, entry.value) }));
  return {
    names: () => parts.flatMap(({ key, value }) => [...(key?.names ?? []), ...(value?.names() ?? [])]),
    give: (scope, env, keepFloats) => {
      const dict: Dict = {};
      for (const { entry, key, give } of gives) {
        const name = key ? key.evaluate(scope, env) : keyText(entry.key);
        if (name instanceof Unknown) return name;
        const item = give(scope, env, keepFloats);
        if (item !== omit) setKey(dict, keyOf(name, entry), item);
      }
      return dict;
    },
  };
}

function keyOf(value: Value, { key }: Entry): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TemplateError('a key must be text', key.span);
}
