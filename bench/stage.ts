/** What a benchmark stands on while it runs, and how all of it is taken down again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from './bench.ts';

export interface OpenStage {
  readonly stage: Stage;
  /** Undoes everything, last come first; gives what could not be undone. */
  close(): Promise<readonly Error[]>;
}

/** Opens the stage of a benchmark. */
export async function openStage(name: string, rounds: number, out: (line: string) => void): Promise<OpenStage> {
  const folder = await mkdtemp(join(tmpdir(), `kplay-bench-${name}-`));
  const undos: (() => Promise<void> | void)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })];
  let closed = false;
  const stage: Stage = {
    folder, rounds,
    say: (line) => { if (!closed) out(`${name}: ${line}`); },
    // A benchmark that was interrupted may still be on its way to begin something: that is undone at once.
    onEnd: (undo) => void (closed ? Promise.resolve().then(undo).catch(() => undefined) : undos.push(undo)),
  };
  return {
    stage,
    async close() {
      closed = true;
      const failures: Error[] = [];
      for (let undo = undos.pop(); undo; undo = undos.pop()) {
        try {
          await undo();
        } catch (error) {
          failures.push(error as Error);
        }
      }
      return failures;
    },
  };
}
