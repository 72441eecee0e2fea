/** Short ways to ask the engine, for tests. */
import { compileExpression, compileFile, compileTemplate, inSource, type FileOptions } from '../../../engine/template/compile.ts';
import { TemplateError } from '../../../engine/template/fault.ts';
import type { Env, Scope } from '../../../engine/template/registry.ts';
import { Unknown, type Value } from '../../../engine/template/value.ts';
import { problemText, TextError } from '../../../engine/source/problem.ts';

export type Variables = Readonly<Record<string, Value>>;

/** What a test hands in beside the text: variables, and the world outside. */
export function scopeOf(variables: Variables): Scope {
  return { get: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined), names: () => Object.keys(variables) };
}

export function evaluate(text: string, variables: Variables = {}, env: Env = {}): Value {
  return compileExpression(text, inSource({ name: 'test', text })).evaluate(scopeOf(variables), env);
}

export function fill(text: string, variables: Variables = {}, env: Env = {}): Value {
  return compileTemplate(text, inSource({ name: 'test', text })).evaluate(scopeOf(variables), env);
}

export function render(text: string, variables: Variables = {}, env: Env = {}, options: FileOptions = {}): string | Unknown {
  return compileFile({ name: 'test.j2', text }, options).render(scopeOf(variables), env);
}

/** The error of something that must fail, as users see it. */
export function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TextError) return error.message;
    if (error instanceof TemplateError) return problemText(error);
    throw error;
  }
  throw new Error('it did not fail');
}

/** A value with its Unknowns written as `?`. */
export function shape(value: Value): unknown {
  if (value instanceof Unknown) return value.truth === undefined ? '?' : `?${value.truth}`;
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
  return value;
}
