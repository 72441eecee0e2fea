/** `loop`: what a loop knows of itself while it goes round. */
import { equals } from '../compare.ts';
import { toWhole } from '../convert.ts';
import { Fault } from '../fault.ts';
import { Callable, callable } from '../registry.ts';
import { orElse, Special, Undefined, type Value } from '../value.ts';

/** The `loop` variable. */
export class Loop extends Special {
  readonly typeName = 'loop';
  index = 0;
  private readonly items: readonly Value[];
  private readonly depth: number;
  private readonly again: ((items: Value, depth: number) => Value) | undefined;
  private last: readonly Value[] | undefined;
  constructor(items: readonly Value[], depth: number, again?: (items: Value, depth: number) => Value) {
    super();
    this.items = items;
    this.depth = depth;
    this.again = again;
  }

  override attribute(name: string): Value | undefined {
    const { index, items } = this;
    switch (name) {
      case 'index': return index + 1;
      case 'index0': return index;
      case 'first': return index === 0;
      case 'last': return index === items.length - 1;
      case 'length': return items.length;
      case 'revindex': return items.length - index;
      case 'revindex0': return items.length - index - 1;
      case 'previtem': return orElse(items[index - 1], () => new Undefined('loop.previtem', 'there is no previous item'));
      case 'nextitem': return orElse(items[index + 1], () => new Undefined('loop.nextitem', 'there is no next item'));
      case 'depth': return this.depth;
      case 'depth0': return this.depth - 1;
      case 'cycle': return callable('cycle', '*values', ([values]) => this.cycle(values as Value[]));
      case 'changed': return new Callable('changed', (values) => this.changed(values));
      default: return undefined;
    }
  }

  private cycle(values: readonly Value[]): Value {
    if (values.length === 0) throw new Fault('cycle() needs values to choose from');
    return values[this.index % toWhole(values.length)]!;
  }

  private changed(values: readonly Value[]): boolean {
    const same = this.last !== undefined && this.last.length === values.length && values.every((value, i) => equals(value, this.last![i]!));
    this.last = [...values];
    return !same;
  }

  /** `loop(items)` in a recursive loop: the loop's body over other items. */
  recurse(positional: readonly Value[]): Value {
    if (!this.again) throw new Fault('loop(...) needs a loop marked "recursive"', 'write {% for x in xs recursive %}');
    return this.again(orElse(positional[0], () => []), this.depth + 1);
  }
}
