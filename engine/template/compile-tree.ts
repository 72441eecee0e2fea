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

type Give = (scope: Scope, env: Env, keepFloats: boolean) => Value;

interface Part {
  readonly isStatic: boolean;
  readonly names: readonly FreeName[];
  readonly give: Give;
}

/** Compiles every text in a tree that holds `{{`, `{%` or `{#`, mapping keys too. Throws TextError with all that is wrong. */
export function compileTree(tree: Tree): CompiledTree {
  const problems: Problem[] = [];
  const part = compilePart(tree, problems);
  if (problems.length > 0) throw new TextError(problems);
  return {
    tree,
    isStatic: part.isStatic,
    names: part.names,
    evaluate: (scope, env) => part.give(scope, env, false),
    evaluateVariable: (scope, env) => part.give(scope, env, true),
  };
}

function compilePart(tree: Tree, problems: Problem[]): Part {
  if (tree.kind === 'scalar') return compileScalar(tree, problems);
  const part = tree.kind === 'list' ? compileList(tree, problems) : compileMapping(tree, problems);
  return part.isStatic ? once(part) : part;
}

/** A static part is made at its first use, then frozen: all hosts share it. */
function once({ give, names }: Part): Part {
  const made: (Value | undefined)[] = [undefined, undefined];
  return {
    isStatic: true,
    names,
    give: (scope, env, keepFloats) => (made[keepFloats ? 1 : 0] ??= Object.freeze(give(scope, env, keepFloats)) as Value),
  };
}

function compileScalar(scalar: Scalar, problems: Problem[]): Part {
  const compiled = compileText(scalar, problems);
  if (compiled) {
    const { names } = compiled;
    return { isStatic: false, names, give: (scope, env, keepFloats) => (keepFloats ? compiled.evaluateVariable(scope, env) : compiled.evaluate(scope, env)) };
  }
  const { value } = scalar;
  if (!isWholeFloat(scalar)) return { isStatic: true, names: [], give: () => value };
  return { isStatic: true, names: [], give: (_scope, _env, keepFloats) => (keepFloats ? keptFloat(value as number) : value) };
}

function keptFloat(value: number): Float {
  residue.kept = true;
  return new Float(value);
}

/** `2.0` in the file: a number that is whole, and a float to Python. */
function isWholeFloat({ value, text, style }: Scalar): boolean {
  return style === 'plain' && typeof value === 'number' && Number.isInteger(value) && /^[-+]?[\d_]*\.[\d_]*(?:[eE][-+]\d+)?$/.test(text);
}

function compileText(scalar: Scalar, problems: Problem[]): Compiled | undefined {
  if (typeof scalar.value !== 'string' || scalar.tag === 'unsafe' || !isTemplate(scalar.value)) return undefined;
  try {
    return compileTemplate(scalar.value, inScalar(scalar));
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function compileList(list: List, problems: Problem[]): Part {
  const parts = list.items.map((item) => compilePart(item, problems));
  return {
    isStatic: parts.every((part) => part.isStatic),
    names: parts.flatMap((part) => part.names),
    give: (scope, env, keepFloats) => parts.map((part) => part.give(scope, env, keepFloats)).filter((item) => item !== omit),
  };
}

function compileMapping(mapping: Mapping, problems: Problem[]): Part {
  const entries = mapping.entries.map((entry) => ({ entry, key: compileKey(entry, problems), value: compilePart(entry.value, problems) }));
  return {
    isStatic: entries.every(({ key, value }) => typeof key === 'string' && value.isStatic),
    names: entries.flatMap(({ key, value }) => [...(typeof key === 'string' ? [] : key.names), ...value.names]),
    give: (scope, env, keepFloats) => {
      const dict: Dict = {};
      for (const { entry, key, value } of entries) {
        const name = typeof key === 'string' ? key : key.evaluate(scope, env);
        if (name instanceof Unknown) return name;
        const item = value.give(scope, env, keepFloats);
        if (item !== omit) setKey(dict, keyOf(name, entry), item);
      }
      return dict;
    },
  };
}

function compileKey({ key }: Entry, problems: Problem[]): string | Compiled {
  return compileText(key, problems) ?? keyText(key);
}

function keyOf(value: Value, { key }: Entry): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TemplateError('a key must be text', key.span);
}
