/** One module on one host: look, which needs a Probe, and act, which needs a Session. Check mode never calls act. */
import type { PerformOptions, Probe, Session, StepResult } from '../session/session.ts';
import { LookFailed, textOf, TooLarge } from '../session/session.ts';
import type { Step } from '../session/step.ts';
import { Missing, ModuleFailure, type Change, type Plan } from './change.ts';
import { waitUntil } from './wait-until.ts';
import type { Evidence, Here, Module } from './module.ts';

/** A module with the params of one task on one host, all checked. */
export interface Call {
  readonly module: Module;
  readonly params: Readonly<Record<string, unknown>>;
  readonly here: Here;
}

/** What looking gave. */
export type Looked =
  | { readonly kind: 'planned'; readonly plan: Plan; readonly found: unknown }
  | { readonly kind: 'missing'; readonly missing: Missing }
  | { readonly kind: 'failed'; readonly failure: Failed };

/** What acting gave. */
export type Acted =
  /** `changes` are those that were made: more than were planned at first where the plan asked to look again. */
  | { readonly kind: 'done'; readonly result: Readonly<Record<string, unknown>>; readonly changes: readonly Change[] }
  | { readonly kind: 'failed'; readonly failure: Failed };

/** Why a module could not do what was asked. */
export interface Failed {
  readonly message: string;
  readonly hint?: string | undefined;
  /** What `register` stores beside `failed` and `msg`. */
  readonly result: Readonly<Record<string, unknown>>;
  /** The step that failed, where it was one. */
  readonly step?: StepResult | undefined;
}

/** True for a call that acts each time it is made: what a broken connection left behind cannot be looked up. */
export function isAction({ module: { kind }, params }: Pick<Call, 'module' | 'params'>): boolean {
  return (typeof kind === 'function' ? kind(params) : kind) === 'action';
}

/** Inspects and plans. Changes nothing. Throws Unreachable, and what is a mistake of ours. */
export async function look(call: Call, probe: Probe): Promise<Looked> {
  const { module, params, here } = call;
  try {
    const found = await module.inspect(params, probe, here);
    return { kind: 'planned', found, plan: module.plan(params, found, here) };
  } catch (error) {
    if (error instanceof Missing) return { kind: 'missing', missing: error };
    if (error instanceof ModuleFailure) return { kind: 'failed', failure: failed(error) };
    if (error instanceof LookFailed || error instanceof TooLarge) return { kind: 'failed', failure: { message: error.message, result: {} } };
    throw error;
  }
}

/** Plans without looking, on what the module takes as found. */
export function lookedAt(call: Call, found: unknown): Looked {
  try {
    return { kind: 'planned', found, plan: call.module.plan(call.params, found, call.here) };
  } catch (error) {
    if (error instanceof ModuleFailure) return { kind: 'failed', failure: failed(error) };
    throw error;
  }
}

/** Performs a plan's steps, in as few round trips as they allow; a plan that says `again` is made anew and performed once more. Throws Unreachable. */
export async function act(call: Call, looked: { readonly plan: Plan; readonly found: unknown }, session: Session, options: PerformOptions = {}): Promise<Acted> {
  const first = await actOnce(call, looked, session, options);
  if (first.kind === 'failed' || looked.plan.again === undefined) return first;
  const next = await look(call, session);
  if (next.kind === 'missing') return { kind: 'failed', failure: failed(next.missing) };
  if (next.kind === 'failed') return next;
  const second = await actOnce(call, next, session, options);
  return second.kind === 'failed' ? second : { ...second, changes: [...first.changes, ...second.changes] };
}

async function actOnce(call: Call, looked: { readonly plan: Plan; readonly found: unknown }, session: Session, options: PerformOptions): Promise<Acted> {
  const { module, params } = call;
  const { plan, found } = looked;
  const steps = [...plan.changes.flatMap((change) => change.steps), ...(plan.waits ?? [])];
  try {
    const done = await performAll(steps, session, options);
    const broken = done.find((each) => !each.ok);
    if (broken) return { kind: 'failed', failure: stepFailure(broken) };
    const waited = plan.until && (await waitUntil(plan.until, session, options));
    if (waited?.failure) return { kind: 'failed', failure: waited.failure };
    return { kind: 'done', result: { ...plan.result, ...plan.until?.result?.(), ...module.output?.(params, found, done, call.here) }, changes: madeOf(plan, done) };
  } catch (error) {
    if (error instanceof ModuleFailure) return { kind: 'failed', failure: failed(error) };
    throw error;
  }
}

/** The changes that were made: those whose commands found that they need not run are none. */
function madeOf({ changes }: Plan, done: readonly StepResult[]): readonly Change[] {
  const skipped = new Set(done.filter((each) => each.skipped).map(({ step }) => step));
  return changes.filter(({ steps }) => steps.length === 0 || steps.some((step) => !skipped.has(step)));
}

/** Performs steps; those that must first be computed are replaced by what they give, where they stand. */
async function performAll(steps: readonly Step[], session: Session, options: PerformOptions): Promise<StepResult[]> {
  const done: StepResult[] = [];
  let ready: Step[] = [];
  const flush = async (): Promise<boolean> => {
    if (ready.length > 0) done.push(...(await session.perform(ready, options)));
    ready = [];
    return done.every((each) => each.ok);
  };
  for (const step of steps) {
    if (step.kind !== 'compute') {
      ready.push(step);
      continue;
    }
    if (!(await flush())) return done;
    ready = [...(await step.steps())];
  }
  await flush();
  return done;
}

/** What a module wants read from the host after a failure; nothing where even that fails. */
export async function evidenceOf(call: Call, probe: Probe): Promise<readonly Evidence[]> {
  try {
    return (await call.module.evidence?.(call.params, probe, call.here)) ?? [];
  } catch {
    return [];
  }
}

function failed(error: ModuleFailure): Failed {
  return { message: error.message, hint: error.hint, result: error.result };
}

/** A step that failed, in words: what it was, its exit code, the last line that says why. */
function stepFailure(result: StepResult): Failed {
  const stderr = textOf(result.stderr);
  const stdout = textOf(result.stdout);
  const why = lastLine(stderr) ?? lastLine(stdout);
  const what = result.code === 124 ? 'ran out of time' : result.code === 130 ? 'was interrupted' : `ended with code ${result.code}`;
  return {
    message: `${stepName(result.step)} ${what}${why ? `: ${why}` : ''}`,
    result: { rc: result.code, stdout, stderr },
    step: result,
  };
}

/** What a step does, for messages; never its content or stdin. */
export function stepName(step: Step): string {
  switch (step.kind) {
    case 'run': return step.title ?? (step.argv ? `"${step.argv.join(' ').slice(0, 200)}"` : 'the script');
    case 'write': return `writing ${step.path}`;
    case 'directory': return `creating the directory ${step.path}`;
    case 'link': return `linking ${step.path}`;
    case 'remove': return `removing ${step.path}`;
    case 'attributes': return `setting the attributes of ${step.path}`;
    case 'fetch': return `fetching ${step.path}`;
    case 'compute': return 'the work on the controller';
  }
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split('\n').findLast((line) => line.trim() !== '')?.slice(0, 300);
}

/** The summaries of changes, for people and tests. */
export function summaries(changes: readonly Change[]): string[] {
  return changes.map((change) => change.summary);
}
