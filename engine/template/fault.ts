/** What goes wrong while an expression is evaluated. */
import { nearest } from '../source/nearest.ts';
import type { Span } from '../source/source.ts';
import { Unknown, type Spot, type Undefined } from './value.ts';

/** An evaluation failed. Has the fields of a Problem: message, span, hint. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  constructor(message: string, span?: Span, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.span = span;
    this.hint = hint;
  }
}

/** A failure on its way out of an evaluation: the innermost operation that knows its place notes it. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly hint: string | undefined;
  spot: Spot | undefined;
  constructor(message: string, hint?: string, spot?: Spot) {
    super(message);
    this.hint = hint;
    this.spot = spot;
  }
}

/** The failure of using a value that is not there. */
export function undefinedFault(value: Undefined): Fault {
  const message = `'${value.path}' is undefined${value.reason === undefined ? '' : `: ${value.reason}`}`;
  const near = value.known && nearest(value.path.replace(/^.*[.[]['"]?/, '').replace(/['"]?\]$/, ''), value.known());
  return new Fault(message, near === undefined ? undefined : `did you mean "${near}"?`, value.spot);
}

/**
 * What an operator, filter or call does with what its work threw: an Unknown becomes its value, a failure without a
 * place gets this one, all else passes.
 */
export function caught(error: unknown, spot: Spot): Unknown {
  if (error instanceof Unknown) return error;
  throw placed(error, spot);
}

/** The error with a place, if it is a failure without one. */
export function placed(error: unknown, spot: Spot): unknown {
  if (error instanceof Fault) error.spot ??= spot;
  if (!(error instanceof RangeError)) return error;
  const deep = /call stack/.test(error.message);
  return new Fault(deep ? 'this nests too deeply' : 'this grows too large', undefined, spot);
}
