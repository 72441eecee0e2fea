/** Several runs of steps that travel as one request: each a group that fails by itself. */
import { commandOf, emptyResult, inlineStdin, stepResult, uploadSize, type PerformContext } from './perform.ts';
import type { Command } from './request.ts';
import { NotPerformed, type Session, type StepResult, type TogetherRun } from './session.ts';
import { lostShell } from './shell.ts';
import type { ShellStep, Step } from './step.ts';

interface Waiting {
  readonly run: TogetherRun;
  /** Results of steps that were performed before the request they travelled in was cut short. */
  readonly done: readonly StepResult[];
  readonly resolve: (results: readonly StepResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Gives `performTogether` over a pool of shells; runs too large to travel with others go by `perform`, in their place. */
export function createPerformTogether(context: PerformContext, perform: Session['perform']): Session['performTogether'] {
  return (runs, { chained = false } = {}) => {
    const waiting: Waiting[] = [];
    const promises = runs.map((run) => new Promise<readonly StepResult[]>((resolve, reject) => waiting.push({ run, done: [], resolve, reject })));
    void performAll({ ...context, chained }, perform, waiting);
    return promises;
  };
}

interface TogetherContext extends PerformContext {
  readonly chained: boolean;
}

async function performAll(context: TogetherContext, perform: Session['perform'], waiting: readonly Waiting[]): Promise<void> {
  let rest = waiting;
  while (rest.length > 0) {
    try {
      const request = await requestOf(rest, context.chained);
      const [first, ...others] = rest as [Waiting, ...Waiting[]];
      if (request.length < 2) {
        const done = await perform(restOf(first), first.run.options);
        first.resolve([...first.done, ...done]);
        rest = others;
        if (context.chained && done.some(({ ok }) => !ok)) throw new NotPerformed();
      } else rest = [...(await ride(context, request)), ...rest.slice(request.length)];
    } catch (error) {
      for (const each of rest) each.reject(error);
      return;
    }
  }
}

/** A run with its commands, and their results so far. */
interface Rider extends Waiting {
  readonly commands: readonly Command[];
  readonly results: StepResult[];
}

/** The first runs that fit into one request, as groups. */
async function requestOf(waiting: readonly Waiting[], chained: boolean): Promise<Rider[]> {
  const riders: Rider[] = [];
  let size = 0;
  for (const [group, each] of waiting.entries()) {
    if (!(await isSmall(restOf(each)))) break;
    const results: StepResult[] = [];
    const commands = await Promise.all(restOf(each).map(async (step, index): Promise<Command> => {
      const command = await commandOf(step as ShellStep, each.run.options ?? {});
      return { ...command, group: chained ? 0 : group, onEnd: (result) => take(riders[group]!, index, stepResult(step, command, result)) };
    }));
    size += commands.reduce((sum, { text, stdin }) => sum + text.length + (stdin?.length ?? 0), 0);
    if (riders.length > 0 && size > inlineStdin) break;
    riders.push({ ...each, commands, results });
  }
  return riders;
}

function restOf({ run, done }: Waiting): readonly Step[] {
  return run.steps.slice(done.length);
}

async function isSmall(steps: readonly Step[]): Promise<boolean> {
  const sizes = await Promise.all(steps.map((step) => (step.kind === 'compute' ? 1 : uploadSize(step))));
  return steps.length > 0 && sizes.every((size) => size === undefined);
}

/** Notes a step's result; a run whose last step ended, or one that failed, is settled. */
function take(rider: Rider, index: number, result: StepResult): void {
  rider.results[index] = result;
  if (!result.ok || index === rider.commands.length - 1) rider.resolve([...rider.done, ...rider.results]);
}

/** Sends the request; gives the runs that have steps left since it was cut short. */
async function ride({ host, pool, chained }: TogetherContext, riders: readonly Rider[]): Promise<readonly Waiting[]> {
  const { cut } = await pool.run(riders.flatMap(({ commands }) => commands), riders[0]!.run.options?.signal);
  const unsettled = riders.filter(({ commands, results }) => results.every(({ ok }) => ok) && results.length < commands.length);
  if (chained && riders.some(({ results }) => results.some(({ ok }) => !ok))) throw new NotPerformed();
  if (cut === undefined && unsettled.length > 0) throw lostShell(host);
  const left = unsettled.map((rider): Waiting => ({ ...rider, done: [...rider.done, ...rider.results] }));
  if (cut !== 'abort') return left;
  for (const each of left) each.resolve([...each.done, { ...emptyResult(130, 'ended before it began'), step: restOf(each)[0]!, ok: false }]);
  return [];
}
