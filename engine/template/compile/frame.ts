/** What an evaluation has at hand while it runs: the variables, the names that the text sets, and the limits it has used. */
import { equals } from '../compare.ts';
import { truth } from '../convert.ts';
import { Fault } from '../fault.ts';
import { limits } from '../limits.ts';
import type { Call, Env, Scope } from '../registry.ts';
import { bind } from '../signature.ts';
import { findFilter, findTest } from '../tables.ts';
import { isDict, Undefined, Unknown, type Dict, type Unit, type Value } from '../value.ts';
import { known } from '../convert.ts';
import type { Where } from './where.ts';

/** What all frames of one evaluation share. */
export class Top implements Call {
  readonly scope: Scope;
  readonly env: Env;
  /** Rounds of loops so far. */
  rounds = 0;
  /** Macros and includes within each other. */
  depth = 0;
  /** Where the texts stand that were included. */
  places: Map<Unit, Where> | undefined;
  private copies: Map<string, Value> | undefined;
  constructor(scope: Scope, env: Env) {
    this.scope = scope;
    this.env = env;
  }

  filter(name: string, value: Value, positional: readonly Value[], named?: Dict): Value {
    const found = findFilter(name);
    if (!found) throw new Fault(`there is no filter "${name}"`);
    try {
      return found.run(found.lenient ? value : known(value), bind(`filter "${name}"`, found.signature, positional, named), this);
    } catch (error) {
      if (error instanceof Unknown) return error;
      throw error;
    }
  }

  test(name: string, value: Value, positional: readonly Value[], named?: Dict): boolean {
    const found = findTest(name);
    if (!found) throw new Fault(`there is no test "${name}"`);
    return found.run(found.lenient ? value : known(value), bind(`test "${name}"`, found.signature, positional, named), this);
  }

  /** A variable for a text that changes lists or dicts: its own copy, so that the change stays in this evaluation. */
  copyOf(name: string): Value | undefined {
    const copies = (this.copies ??= new Map());
    if (!copies.has(name)) {
      const value = this.scope.get(name);
      if (value === undefined) return undefined;
      copies.set(name, deepCopy(value));
    }
    return copies.get(name);
  }

  /** Counts a round of a loop. */
  round(): void {
    if (++this.rounds > limits.rounds) throw new Fault(`the loops of this template go round more than ${limits.rounds} times`);
  }

  /** Runs something that may nest in itself. */
  within<T>(run: () => T): T {
    if (++this.depth > limits.depth) {
      this.depth--;
      throw new Fault(`macros, includes or loops nest deeper than ${limits.depth} levels`);
    }
    try {
      return run();
    } finally {
      this.depth--;
    }
  }
}

function deepCopy(value: Value, depth = 0): Value {
  if (depth > limits.nesting) return value;
  if (Array.isArray(value)) return value.map((item) => deepCopy(item, depth + 1));
  if (!isDict(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deepCopy(item, depth + 1)]));
}

/** One scope of names that a text sets; loops, macros and `with` open new ones. */
export class Frame {
  readonly top: Top;
  private readonly parent: Frame | undefined;
  private readonly values = new Map<string, Value>();
  constructor(top: Top, parent?: Frame) {
    this.top = top;
    this.parent = parent;
  }

  get(name: string): Value | undefined {
    for (let frame: Frame | undefined = this; frame; frame = frame.parent) {
      const value = frame.values.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** The names set in this scope itself. */
  own(): ReadonlyMap<string, Value> {
    return this.values;
  }

  inner(): Frame {
    return new Frame(this.top, this);
  }
}

/** Makes a value from a frame. An Unknown is a value; failures are thrown. */
export type Run = (frame: Frame) => Value;

/** A condition's answer: true, false, or the Unknown it hangs on. */
export function ask(value: Value): boolean | Unknown {
  if (typeof value === 'boolean') return value;
  if (value instanceof Unknown && value.truth === undefined) return value;
  return truth(value);
}

/** True where both branches of an unknown choice are the same value. */
export function sameValue(a: Value, b: Value): boolean {
  if (a instanceof Undefined || b instanceof Undefined || a instanceof Unknown || b instanceof Unknown) return false;
  try {
    return equals(a, b);
  } catch (error) {
    if (error instanceof Unknown || error instanceof Fault) return false;
    throw error;
  }
}
