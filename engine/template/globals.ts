/** Names that every text knows: functions and `omit`. */
import { toStr, toWhole, truth } from './convert.ts';
import { Fault } from './fault.ts';
import { checkItems } from './limits.ts';
import { ownLookups } from './lookups.ts';
import { formatTime, localFields, Moment } from './methods/datetime.ts';
import { pairsOf } from './methods/collections.ts';
import { callable, Callable, type Call } from './registry.ts';
import { dictOf, omit, setKey, Special, Undefined, type Dict, type Value } from './value.ts';

/** What `namespace()` gives: a value whose fields `{% set ns.x = ... %}` can change from within loops. */
export class Namespace extends Special {
  readonly typeName = 'namespace';
  readonly fields: Map<string, Value>;
  constructor(fields: Dict) {
    super();
    this.fields = new Map(Object.entries(fields));
  }
  override attribute(name: string): Value | undefined {
    return this.fields.get(name);
  }
}

const own = new Map(ownLookups);

/** Rows of the table of globals. */
export const globalValues: readonly (readonly [string, Value])[] = [
  ['omit', omit],
  callableRow('range', 'start stop? step?', ([start, stop, step = 1]) => range(stop === undefined ? 0 : toWhole(start!), toWhole(stop ?? start!), toWhole(step))),
  callableRow('dict', 'from? **named', ([from, named]) => makeDict(from, named as Dict)),
  callableRow('namespace', 'from? **named', ([from, named]) => new Namespace(makeDict(from, named as Dict))),
  callableRow('lookup', 'name *terms **options', ([name, terms, options], call) => look(name!, terms as Value[], options as Dict, call)),
  callableRow('query', 'name *terms **options', ([name, terms, options], call) => look(name!, terms as Value[], { ...(options as Dict), wantlist: true }, call)),
  callableRow('q', 'name *terms **options', ([name, terms, options], call) => look(name!, terms as Value[], { ...(options as Dict), wantlist: true }, call)),
  callableRow('now', 'utc? fmt?', ([utc = false, format], call) => now(truth(utc), format, call)),
  callableRow('undef', 'hint?', ([hint]) => new Undefined('undef()', hint === undefined ? 'it must be set elsewhere' : toStr(hint))),
  callableRow('joiner', 'sep?', ([separator = ', ']) => joiner(toStr(separator))),
  callableRow('cycler', '*items', ([items]) => cycler(items as Value[])),
];

function callableRow(name: string, given: string, run: Parameters<typeof callable>[2]): readonly [string, Value] {
  return [name, callable(name, given, run)];
}

function range(start: number, stop: number, step: number): Value[] {
  if (step === 0) throw new Fault('the step of range() cannot be 0');
  const count = Math.max(0, Math.ceil((stop - start) / step));
  checkItems(count);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

function makeDict(from: Value | undefined, named: Dict): Dict {
  const dict = from === undefined ? {} : dictOf(pairsOf(from));
  for (const [key, value] of Object.entries(named)) setKey(dict, key, value);
  return dict;
}

/** `lookup(...)`: the results as one text where they are texts, one alone as itself, else the list. */
function look(name: Value, terms: readonly Value[], options: Dict, call: Call): Value {
  const short = toStr(name, 'the name of a lookup').replace(/^ansible\.builtin\./, '');
  const { wantlist = false, errors = 'strict', ...others } = options;
  const find = call.env.lookups?.get(short) ?? own.get(short);
  if (!find) throw new Fault(`the lookup "${short}" cannot be used here`);
  const results = attempt(() => find(terms, others, call), errors);
  if (results === undefined) return truth(wantlist) ? [] : null;
  if (truth(wantlist)) return [...results];
  if (results.length > 0 && results.every((item) => typeof item === 'string')) return results.join(',');
  return results.length === 1 ? results[0]! : [...results];
}

function attempt(run: () => readonly Value[], errors: Value): readonly Value[] | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Fault && errors !== 'strict') return undefined;
    throw error;
  }
}

function now(utc: boolean, format: Value | undefined, { env }: Call): Value {
  const time = env.now?.() ?? Date.now();
  const fields = utc ? new Date(time) : localFields(time);
  return format === undefined || format === null ? new Moment(fields.getTime()) : formatTime(toStr(format), fields, utc ? 'utc' : 'local');
}

function joiner(separator: string): Callable {
  let used = false;
  return callable('joiner', '', () => {
    const text = used ? separator : '';
    used = true;
    return text;
  });
}

function cycler(items: readonly Value[]): Value {
  if (items.length === 0) throw new Fault('cycler() needs values to choose from');
  let at = 0;
  return new Namespace({
    next: callable('next', '', () => items[at++ % items.length]!),
    reset: callable('reset', '', () => {
      at = 0;
      return null;
    }),
  });
}
