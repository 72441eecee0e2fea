/** What a filter, test, method or function may be given, and the binding of what it was given. */
import { nearestHint } from '../source/nearest.ts';
import { Fault } from './fault.ts';
import { dictOf, type Dict, type Value } from './value.ts';

/** Named parameters in order, as Python's def would list them. */
export interface Signature {
  readonly names: readonly string[];
  /** How many of the names must be given. */
  readonly required: number;
  /** Takes any number more by position (`*rest`); they arrive as one list after the named ones. */
  readonly rest: boolean;
  /** Takes any others by name (`**others`); they arrive as one dict at the very end. */
  readonly others: boolean;
}

/** Arguments in the order of the signature; undefined where one was not given. */
export type Bound = readonly (Value | undefined)[];

/** Reads a signature: names apart by spaces, `?` after one that may be left out, `*rest`, `**others`. */
export function signature(text: string): Signature {
  const words = text.split(' ').filter(Boolean);
  const names = words.filter((word) => !word.startsWith('*'));
  return {
    names: names.map((name) => name.replace('?', '')),
    required: names.filter((name) => !name.endsWith('?')).length,
    rest: words.some((word) => /^\*[^*]/.test(word)),
    others: words.some((word) => word.startsWith('**')),
  };
}

/** What is wrong with a call of so many arguments by position and these by name; undefined where nothing is. */
export function callProblem(what: string, shape: Signature, count: number, named: readonly string[]): { message: string; hint?: string | undefined } | undefined {
  if (!shape.rest && count > shape.names.length) {
    return { message: `${what} takes ${shape.names.length === 0 ? 'no arguments' : `at most ${plural(shape.names.length)}`}, found ${count}`, hint: usage(shape) };
  }
  for (const name of named) {
    const at = shape.names.indexOf(name);
    if (at >= 0 && at < count) return { message: `${what} is given "${name}" twice` };
    if (at < 0 && !shape.others) return { message: `${what} takes no argument "${name}"`, hint: nearestHint(name, shape.names) };
  }
  const missing = shape.names.slice(count, shape.required).filter((name) => !named.includes(name));
  if (missing.length > 0) return { message: `${what} needs ${missing.map((name) => `"${name}"`).join(', ')}`, hint: usage(shape) };
  return undefined;
}

function plural(count: number): string {
  return count === 1 ? 'one argument' : `${count} arguments`;
}

function usage(shape: Signature): string | undefined {
  if (shape.names.length === 0) return undefined;
  return `arguments: ${shape.names.map((name, i) => (i < shape.required ? name : `${name} (optional)`)).join(', ')}`;
}

/** Puts arguments in the signature's order. Throws a Fault where they do not fit. */
export function bind(what: string, shape: Signature, positional: readonly Value[], named: Dict | undefined): Bound {
  if (named === undefined && !shape.rest && !shape.others && positional.length >= shape.required && positional.length <= shape.names.length) return positional;
  const names = named === undefined ? [] : Object.keys(named);
  const problem = callProblem(what, shape, positional.length, names);
  if (problem) throw new Fault(problem.message, problem.hint);
  const bound: (Value | undefined)[] = shape.names.map((name, i) => (i < positional.length ? positional[i] : named !== undefined && Object.hasOwn(named, name) ? named[name] : undefined));
  if (shape.rest) bound.push(positional.slice(shape.names.length));
  if (shape.others) bound.push(dictOf(names.filter((name) => !shape.names.includes(name)).map((name) => [name, named![name]!])));
  return bound;
}
