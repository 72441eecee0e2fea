/**
 * The door to expressions and templates: compile a text once, evaluate it for many hosts.
 *
 * Jinja2 as Ansible sets it up, held to it by tests that ask Jinja2 itself. It differs on purpose in this:
 * - text that a template writes is never read again as a list, dict or template;
 * - whole numbers past 2^53 are failures where Python would go on; keys of dicts are texts, and keys that look like whole
 *   numbers come first in order, as in every JavaScript object;
 * - only the methods in methods/ can be called, and a method without () is no value;
 * - regular expressions are JavaScript's under Python's spelling: possessive, atomic and conditional groups are refused;
 * - `escape` gives plain text, so escaping twice escapes twice; `{% extends %}` and `{% block %}` are refused;
 * - names of filters, tests, functions and lookups, and the arguments they take, are checked when a text is compiled.
 */
import { TextError } from '../source/problem.ts';
import type { Source, Span } from '../source/source.ts';
import { fileProgram, type FileOptions } from './compile/file.ts';
import { Frame, Top } from './compile/frame.ts';
import { Output } from './compile/output.ts';
import { expressionProgram, templateProgram, type Program } from './compile/program.ts';
import { settle } from './compile/settle.ts';
import { inSource, toTemplateError, type Where } from './compile/where.ts';
import type { Env, Scope } from './registry.ts';
import { residue, Unknown, type Value } from './value.ts';

export { inScalar, inSource, type Where } from './compile/where.ts';
export type { FileOptions } from './compile/file.ts';

/** A variable that a text reads and does not set itself. */
export interface FreeName {
  readonly name: string;
  readonly span: Span | undefined;
  /** It stands only where undefined is allowed: `is defined`, `default`, behind `x is defined and`. */
  readonly guarded: boolean;
}

/** A text that can be evaluated. */
export interface Compiled {
  readonly text: string;
  /**
   * The value: plain data, perhaps with Unknown or LazyMapping within, or Unknown as a whole, or `omit`.
   * Throws TemplateError.
   */
  evaluate(scope: Scope, env: Env): Value;
  /** The same for the value of a variable: floats that are whole stay `Float`, so that 2.0 is rendered as 2.0. */
  evaluateVariable(scope: Scope, env: Env): Value;
  /** Variables read, in the order they stand, one entry a use. */
  readonly names: readonly FreeName[];
  /** Names that are defined wherever the expression is true: `x is defined and y` has x. */
  readonly guards: readonly string[];
}

/** A template file that can be rendered. */
export interface CompiledFile {
  /** The text; Unknown where any of it hangs on what is unknown. Throws TemplateError. */
  render(scope: Scope, env: Env): string | Unknown;
  readonly names: readonly FreeName[];
}

/** True for a text that holds `{{`, `{%` or `{#`. */
export function isTemplate(text: string): boolean {
  return /\{[{%#]/.test(text);
}

/** A bare expression (`when:`, `until:`, `that:`). Throws TextError with the places of all that is wrong. */
export function compileExpression(text: string, where: Where): Compiled {
  const program = sound(expressionProgram(text), where);
  return compiled(text, program, where, (frame) => program.value!(frame));
}

/**
 * Text of a playbook with `{{ }}` in it. One expression alone keeps its type; else the result is text. A template
 * that writes nothing but one list or dict gives that. Text is never read as a literal. Throws TextError.
 */
export function compileTemplate(text: string, where: Where): Compiled {
  const program = sound(templateProgram(text.replace(/\n$/, ''), { trimBlocks: true, lstripBlocks: false, rawStrings: true }), where);
  const newlines = lineEnds(text);
  return compiled(text, program, where, (frame) => {
    const value = program.value ? program.value(frame) : rendered(program, frame);
    if (typeof value === 'string') return padded(value, newlines);
    return program.value && newlines > 0 && !isContainer(value) ? textOf(value, newlines) : value;
  });
}

/** A template file, as Ansible's template module renders it: always text. Throws TextError. */
export function compileFile(source: Source, options: FileOptions = {}): CompiledFile {
  const where = inSource(source);
  const { program: raw, newline } = fileProgram(source, options);
  const program = sound(raw, where);
  const newlines = options.keepTrailingNewline === false ? 0 : lineEnds(source.text.replaceAll('\r\n', '\n'));
  const whole = compiled(source.text, program, where, (frame) => {
    const out = new Output();
    if (program.value) out.put(program.value(frame));
    else program.body!(frame, out);
    return newline === '\n' ? padded(out.text, newlines) : padded(out.text, newlines).replaceAll('\n', newline);
  });
  return { render: (scope, env) => whole.evaluate(scope, env) as string | Unknown, get names() { return whole.names; } };
}

function rendered(program: Program, frame: Frame): Value {
  const out = new Output();
  program.body!(frame, out);
  return out.native ?? out.text;
}

function textOf(value: Value, newlines: number): Value {
  if (value instanceof Unknown) return value;
  const out = new Output();
  out.put(value);
  return padded(out.text, newlines);
}

function isContainer(value: Value): boolean {
  return typeof value === 'object' && value !== null;
}

/** How many line ends a text ends in. */
function lineEnds(text: string): number {
  let count = 0;
  while (count < text.length && text[text.length - 1 - count] === '\n') count++;
  return count;
}

/** The text with at least so many line ends at its end, as Ansible keeps those of the template. */
function padded(text: string, newlines: number): string {
  const missing = newlines - lineEnds(text);
  return missing > 0 ? text + '\n'.repeat(missing) : text;
}

/** The program, if nothing is wrong with it. */
function sound(program: Program, where: Where): Program {
  if (program.flaws.length === 0) return program;
  throw new TextError(program.flaws.map(({ message, start, end, hint }) => ({ message, span: where(start, end), hint })));
}

function compiled(text: string, program: Program, where: Where, run: (frame: Frame) => Value): Compiled {
  const evaluate = (scope: Scope, env: Env, keepFloats: boolean): Value => {
    const top = new Top(scope, env);
    const before = residue.count;
    try {
      return settle(run(new Frame(top)), before, keepFloats);
    } catch (error) {
      if (error instanceof Unknown) return error;
      throw toTemplateError(error, program, where, top);
    }
  };
  let names: readonly FreeName[] | undefined;
  return {
    text,
    evaluate: (scope, env) => evaluate(scope, env, false),
    evaluateVariable: (scope, env) => evaluate(scope, env, true),
    get names() {
      return (names ??= program.names.map(({ name, start, end, guarded }) => ({ name, span: where(start, end), guarded })));
    },
    guards: program.guards,
  };
}
