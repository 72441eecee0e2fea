/** Modules' decisions as rows: what was found, what is asked, what it says, what it does. */
import test, { type ExecutionContext } from 'ava';
import { stepName } from '../../engine/module/carry-out.ts';
import { Missing, ModuleFailure, type Plan } from '../../engine/module/change.ts';
import type { Here, Module } from '../../engine/module/module.ts';

/** One decision of a module. */
export interface Row<Found> {
  readonly given: Found;
  readonly asked: Record<string, unknown>;
  /** Summaries of the changes. */
  readonly says?: readonly string[];
  /** The steps in short: a command's words, `write PATH`, `remove PATH`; scripts as `script` and their arguments. */
  readonly does?: readonly string[];
  /** Steps that only wait or look, likewise. */
  readonly waits?: readonly string[];
  /** Part of a failure's message; of a thing that is missing, `missing KIND NAME: message`. */
  readonly fails?: RegExp;
  /** Fields of the result. */
  readonly result?: Record<string, unknown>;
  readonly warns?: readonly RegExp[];
  readonly again?: boolean;
  readonly check?: boolean;
  readonly here?: Partial<Here>;
}

/** A test for each row; its name is the claim. */
export function rows<Found = unknown>(name: string, module: Module<any, any>, table: Readonly<Record<string, Row<NoInfer<Found>>>>): void {
  for (const [claim, row] of Object.entries(table)) test(`${name} ${claim}`, (t) => checkRow(t, module, row));
}

function checkRow<Found>(t: ExecutionContext, module: Module<any, any>, row: Row<Found>): void {
  const answer = planOf(module, row);
  if (answer instanceof Error) {
    const said = answer instanceof Missing ? `missing ${answer.thing.kind} ${answer.thing.name}: ${answer.message}` : answer.message;
    if (row.fails) t.regex(said, row.fails);
    else t.fail(said);
    if (answer instanceof Missing && row.says) t.deepEqual(answer.plan?.changes.map((change) => change.summary), row.says);
    return;
  }
  t.is(row.fails, undefined, 'it was to fail');
  if (row.says) t.deepEqual(answer.changes.map((change) => change.summary), row.says);
  if (row.does) t.deepEqual(answer.changes.flatMap((change) => change.steps).map(shortStep), row.does);
  if (row.waits) t.deepEqual((answer.waits ?? []).map(shortStep), row.waits);
  if (row.result) t.like(answer.result, row.result);
  if (row.warns) for (const warning of row.warns) t.true((answer.warnings ?? []).some((each) => warning.test(each)), `${warning} in ${JSON.stringify(answer.warnings)}`);
  if (row.again !== undefined) t.is(answer.again !== undefined, row.again);
}

function planOf<Found>(module: Module<any, any>, { asked, given, check = false, here }: Row<Found>): Plan | Error {
  const refuse = (): never => { throw new Error('this row has no such thing'); };
  const whole: Here = { check, host: 'h1', file: refuse, template: refuse, evaluate: refuse, fact: () => undefined, path: (each) => each, now: () => 0, ...here };
  try {
    return module.plan(module.params.parse(asked), given, whole);
  } catch (error) {
    if (error instanceof ModuleFailure) return error;
    throw error;
  }
}

function shortStep(step: Plan['changes'][number]['steps'][number]): string {
  if (step.kind === 'run') return step.argv ? step.argv.join(' ') : `script ${step.script!.split('\n')[0]!.replace(/^set -- ?/, '')}`;
  if (step.kind === 'compute') return stepName(step);
  return `${step.kind} ${step.path}`;
}
