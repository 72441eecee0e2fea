/** Where statements put values, to closures: names, several names, fields of a namespace. */
import { iterate, known, typeName } from '../convert.ts';
import { Fault, placed } from '../fault.ts';
import { Namespace } from '../globals.ts';
import type { Target } from '../syntax/ast.ts';
import type { Spot, Value } from '../value.ts';
import { spotOf, type Context } from './expression.ts';
import type { Frame } from './frame.ts';

/** A closure that puts a value where a target says. */
export function compileTarget(target: Target, context: Context): (frame: Frame, value: Value) => void {
  if (target.kind === 'name') return (frame, value) => frame.set(target.name, value);
  const spot = spotOf(target, context);
  if (target.kind === 'field') return (frame, value) => setField(frame, target.object, target.name, value, spot);
  const parts = target.targets.map((part) => compileTarget(part, context));
  return (frame, value) => {
    const items = unpack(value, parts.length, spot);
    parts.forEach((assign, i) => assign(frame, items[i]!));
  };
}

function setField(frame: Frame, object: string, name: string, value: Value, spot: Spot): void {
  const target = frame.get(object);
  if (!(target instanceof Namespace)) throw new Fault(`"${object}" is no namespace, so its "${name}" cannot be set`, `write {% set ${object} = namespace(${name}=...) %} first`, spot);
  target.fields.set(name, value);
}

function unpack(value: Value, count: number, spot: Spot): readonly Value[] {
  try {
    if (!Array.isArray(known(value)) && typeof value !== 'string') throw new Fault(`${typeName(value)} cannot be taken apart into ${count} names`, typeof value === 'object' ? 'go through the pairs of a dict with .items()' : undefined);
    const items = iterate(value);
    if (items.length !== count) throw new Fault(`expected ${count} values to take apart, found ${items.length}`);
    return items;
  } catch (error) {
    throw placed(error, spot);
  }
}
