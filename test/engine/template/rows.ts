/** The rows of cases/, and what kplay's own engine answers to them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compileExpression, compileFile, compileTemplate, inSource, type FileOptions } from '../../../engine/template/compile.ts';
import { TemplateError } from '../../../engine/template/fault.ts';
import type { Scope } from '../../../engine/template/registry.ts';
import type { Value } from '../../../engine/template/value.ts';
import { TextError } from '../../../engine/source/problem.ts';

/** What is asked, and what Jinja2 answered when the row was recorded. */
export interface Row {
  readonly text?: string;
  readonly template?: string;
  readonly file?: string;
  readonly options?: FileOptions;
  /** Variables beside those of vars.json. */
  readonly vars?: Readonly<Record<string, Value>>;
  /** What the oracle must have beside Jinja2: ansible, netaddr. */
  readonly needs?: string;
  readonly gives?: unknown;
  readonly shows?: string;
  readonly fails?: string;
  /** What kplay answers where it differs on purpose, and why. */
  readonly instead?: unknown;
  readonly why?: string;
}

export interface Answer {
  readonly gives?: unknown;
  readonly shows?: string;
  readonly fails?: string;
}

/** Tests run from the project's folder, and the rows are not compiled. */
export const folder = path.resolve('test/engine/template');

const variables = readFileSync(path.join(folder, 'cases/vars.json'), 'utf8');

/** The rows of one file, or the names of all files of rows. */
export function readRows(name: string): Row[] {
  return readFileSync(path.join(folder, 'cases', name), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Row);
}

export function rowFiles(): string[] {
  return readdirSync(path.join(folder, 'cases')).filter((name) => name.endsWith('.jsonl')).sort();
}

/** The variables of the rows, fresh each time; `more` are added. */
export function rowScope(more: Readonly<Record<string, Value>> = {}): Scope {
  const values = { ...(JSON.parse(variables) as Record<string, Value>), ...more };
  return { get: (name) => (Object.hasOwn(values, name) ? values[name] : undefined), names: () => Object.keys(values) };
}

/** What kplay answers to a row. Any error that is not the user's is thrown. */
export function answer(row: Row): Answer {
  try {
    if (row.text !== undefined) return { gives: plain(expression(row.text, row.vars)), shows: template(`<{{ ${row.text} }}>`, row.vars, true) };
    if (row.template !== undefined) return { shows: template(row.template, row.vars, false) };
    return { shows: String(compileFile({ name: 'row', text: row.file! }, row.options).render(rowScope(row.vars), {})) };
  } catch (error) {
    if (error instanceof TextError || error instanceof TemplateError) return { fails: error.message };
    throw error;
  }
}

function expression(text: string, more: Row['vars']): Value {
  return compileExpression(text, inSource({ name: 'row', text })).evaluate(rowScope(more), {});
}

/** A template as text. Strings in rows of expressions have Jinja2's escapes, as in a file. */
function template(text: string, more: Row['vars'], asFile: boolean): string {
  const source = { name: 'row', text };
  if (asFile) return String(compileFile(source).render(rowScope(more), {}));
  const value = compileTemplate(text, inSource(source)).evaluate(rowScope(more), {});
  return typeof value === 'string' ? value : String(compileFile(source).render(rowScope(more), {}));
}

/** The value as JSON would carry it. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'number' && !Number.isFinite(item) ? { NaN: 'nan', Infinity: 'inf', '-Infinity': '-inf' }[String(item)] : item)));
}
