/** A Probe over a pool of shells: what can be asked of a host, and no more. */
import { askCommand, readAnswer, readCap, readCommand } from './look.ts';
import { statCommand, type StatAnswer, type StatQuestion } from './look-stat.ts';
import type { Pool } from './pool.ts';
import type { Probe, Result, Stat } from './session.ts';

interface Waiting {
  readonly question: StatQuestion;
  readonly resolve: (stat: Stat | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A Probe whose questions go to `pool`. Stats of one turn of the event loop are one process on the host. */
export function createProbe(host: string, pool: Pool): Probe {
  const askOne = async (command: Parameters<Pool['ask']>[0][number]): Promise<Result> => (await pool.ask([command]))[0]!;
  let stats: Waiting[] = [];
  const flush = () => {
    const waiting = stats;
    stats = [];
    void askStats(pool, waiting);
  };
  return {
    host,
    ask: async (argv, options) => askOne(askCommand(argv, options)),
    stat: (path, { follow = false, sha256 = false } = {}) =>
      new Promise((resolve, reject) => {
        if (path === '' || path.includes('\0')) return reject(new RangeError('a path cannot be empty or hold a NUL character'));
        if (stats.length === 0) queueMicrotask(flush);
        stats.push({ question: { path, follow, sha256 }, resolve, reject });
      }),
    async read(path, { cap = readCap } = {}) {
      return readAnswer(path, cap, await askOne(readCommand(path, cap)));
    },
  };
}

/** Asks in rows of at most 200 paths; what one path's trouble leaves unclear is asked by itself. */
async function askStats(pool: Pool, waiting: readonly Waiting[]): Promise<void> {
  const most = 200;
  const rows = Array.from({ length: Math.ceil(waiting.length / most) }, (_, row) => waiting.slice(row * most, (row + 1) * most));
  await Promise.all(rows.map((row) => askRow(pool, row)));
}

async function askRow(pool: Pool, row: readonly Waiting[]): Promise<void> {
  let answers: StatAnswer[];
  try {
    const { command, read } = statCommand(row.map(({ question }) => question));
    answers = read((await pool.ask([command]))[0]!);
  } catch (error) {
    return row.forEach(({ reject }) => reject(error));
  }
  await Promise.all(
    row.map(async ({ resolve, reject, question }, index) => {
      const answer = answers[index]!;
      if (answer === 'ask again') return askRow(pool, [{ resolve, reject, question }]);
      if ('error' in answer) reject(answer.error);
      else resolve(answer.stat);
    }),
  );
}
