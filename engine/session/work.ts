/** Whether something is under way on a connection, and since when nothing is. */
import type { Launch } from './pipes.ts';
import type { Pool } from './pool.ts';

export interface Work {
  /** What is waited for here counts. */
  during<T>(work: Promise<T>): Promise<T>;
  /** A pool whose questions and runs count. */
  of(pool: Pool): Pool;
  /** A launch whose processes count until they have ended. */
  ofLaunch(launch: Launch): Launch;
  /** Milliseconds since the last of it has ended; 0 while there is some. */
  idle(): number;
}

/** Nothing is under way yet. */
export function openWork(): Work {
  let underWay = 0;
  let since = performance.now();
  const during = async <T>(work: Promise<T>): Promise<T> => {
    underWay++;
    try {
      return await work;
    } finally {
      underWay--;
      since = performance.now();
    }
  };
  return {
    during,
    of: (pool) => ({ ...pool, ask: (commands) => during(pool.ask(commands)), run: (commands, signal) => during(pool.run(commands, signal)) }),
    ofLaunch: (launch) => async (command, patient) => {
      const pipes = await during(launch(command, patient));
      void during(pipes.ended);
      return pipes;
    },
    idle: () => (underWay > 0 ? 0 : performance.now() - since),
  };
}
