/** One benchmark, from an empty folder to its figures, with everything undone however it ends. */
import type { Bench, Table } from './bench.ts';
import { openStage } from './stage.ts';

export interface Ended {
  readonly tables: readonly Table[];
  readonly seconds: number;
  /** What went wrong, in the benchmark and in undoing it; a benchmark with such has no figures that count. */
  readonly errors: readonly string[];
}

export interface Around {
  readonly out: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs it; throws nothing. */
export async function runBench(bench: Bench, rounds: number, { out, signal }: Around): Promise<Ended> {
  const begun = performance.now();
  const { stage, close } = await openStage(bench.name, rounds, out);
  const errors: string[] = [];
  let tables: readonly Table[] = [];
  try {
    tables = await Promise.race([bench.run(stage), aborted(signal)]);
  } catch (error) {
    errors.push(textOf(error));
  }
  for (const error of await close()) errors.push(`could not be undone: ${textOf(error)}`);
  return { tables, seconds: (performance.now() - begun) / 1000, errors };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = 'hint' in error && typeof error.hint === 'string' ? `\n  = ${error.hint}` : '';
  return `${error.message}${hint}`;
}
