/** From offsets in a compiled text to places in the user's file. */
import type { Source, Span } from '../../source/source.ts';
import { spanWithin, type Scalar } from '../../source/tree.ts';
import { Fault, placed, TemplateError } from '../fault.ts';
import type { Unit } from '../value.ts';
import type { Top } from './frame.ts';

/** Where characters `start` to `end` of a text stand. */
export type Where = (start: number, end: number) => Span | undefined;

/** For the text of a YAML scalar. */
export function inScalar(scalar: Scalar): Where {
  return (start, end) => spanWithin(scalar, start, end);
}

/** For a whole file. */
export function inSource(source: Source): Where {
  return (start, end) => ({ source, start, end: Math.max(end, start + 1) });
}

/** What an evaluation throws for a failure: a TemplateError with its place. Other errors are handed back as they are. */
export function toTemplateError(error: unknown, unit: Unit, where: Where, top: Top): unknown {
  const fault = placed(error, { unit, start: 0, end: unit.text.length });
  if (!(fault instanceof Fault)) return fault;
  const spot = fault.spot ?? { unit, start: 0, end: unit.text.length };
  const place = spot.unit === unit ? where : (top.places?.get(spot.unit) ?? where);
  return new TemplateError(fault.message, place(spot.start, spot.end), fault.hint, { cause: fault });
}
