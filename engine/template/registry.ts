/** What filters, tests, functions and lookups are, and what is handed to them. */
import type { Source } from '../source/source.ts';
import { bind, signature, type Bound, type Signature } from './signature.ts';
import { Special, type Dict, type Value } from './value.ts';

/** The variables of an evaluation. */
export interface Scope {
  /** The value of a variable, or undefined where there is none. */
  get(name: string): Value | undefined;
  /** All names, asked for only to say "did you mean". */
  names?(): Iterable<string>;
}

/** What the world outside gives an evaluation. */
export interface Env {
  /** Lookups beyond the built-in ones; they win over those of the same name. */
  readonly lookups?: ReadonlyMap<string, Lookup>;
  /** The template that `{% include %}` or `{% import %}` names; undefined where there is none. */
  readonly load?: (name: string) => Source | undefined;
  /** Milliseconds since 1970; the clock of `now()` and `strftime`. Default: the machine's. */
  readonly now?: () => number;
}

/** What a filter, test or function can ask of the evaluation it is called in. */
export interface Call {
  readonly env: Env;
  readonly scope: Scope;
  /** Applies a filter by name; an Unknown comes back as a value. */
  filter(name: string, value: Value, positional: readonly Value[], named?: Dict): Value;
  /** Asks a test by name; throws where the answer is unknown. */
  test(name: string, value: Value, positional: readonly Value[], named?: Dict): boolean;
}

/** A filter. It throws a Fault for bad input, and hands on Unknowns by throwing them. */
export interface Filter {
  readonly signature: Signature;
  /** True: undefined and unknown values reach it. Else they are dealt with before. */
  readonly lenient: boolean;
  readonly run: (value: Value, args: Bound, call: Call) => Value;
}

/** A test (`is name`). */
export interface Test {
  readonly signature: Signature;
  readonly lenient: boolean;
  readonly run: (value: Value, args: Bound, call: Call) => boolean;
}

/** A lookup: terms and options to a list of results. `query` gives the list, `lookup` joins texts with commas. */
export type Lookup = (terms: readonly Value[], options: Dict, call: Call) => readonly Value[];

/** A row of a table of filters. `given` is a signature as {@link signature} reads it, without the value itself. */
export function filter(given: string, run: Filter['run'], options: { lenient?: boolean } = {}): Filter {
  return { signature: signature(given), lenient: options.lenient ?? false, run };
}

/** A row of a table of tests. */
export function test(given: string, run: Test['run'], options: { lenient?: boolean } = {}): Test {
  return { signature: signature(given), lenient: options.lenient ?? false, run };
}

/** Something that `name(...)` can call. */
export class Callable extends Special {
  readonly typeName: string;
  readonly name: string;
  readonly invoke: (positional: readonly Value[], named: Dict | undefined, call: Call) => Value;
  constructor(name: string, invoke: Callable['invoke'], typeName = 'function') {
    super();
    this.name = name;
    this.invoke = invoke;
    this.typeName = typeName;
  }
}

/** A function with a signature. */
export function callable(name: string, given: string, run: (args: Bound, call: Call) => Value): Callable & { readonly signature: Signature } {
  const shape = signature(given);
  return Object.assign(new Callable(name, (positional, named, call) => run(bind(`${name}()`, shape, positional, named), call)), { signature: shape });
}

/** A method of text, list or dict. */
export interface Method {
  readonly signature: Signature;
  readonly run: (self: never, args: Bound, call: Call) => Value;
}

/** A row of a table of methods. */
export function method<Self extends Value>(given: string, run: (self: Self, args: Bound, call: Call) => Value): Method {
  return { signature: signature(given), run: run as Method['run'] };
}
