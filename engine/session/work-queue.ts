/** What waits for a shell: questions, which travel together, and runs of steps, which go one by one. */
import type { Command } from './request.ts';
import type { Result } from './session.ts';
import type { Answer } from './shell.ts';

/** Something that a shell is to do next. */
export interface Job {
  readonly commands: readonly Command[];
  readonly signal?: AbortSignal | undefined;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface WorkQueue {
  /** Waits for the results of a question's commands. */
  ask(commands: readonly Command[]): Promise<readonly Result[]>;
  /** Waits for a run of steps; one that is aborted before it began gives no results. */
  run(commands: readonly Command[], signal?: AbortSignal): Promise<Answer>;
  /** The next thing to do, all waiting questions together before any run. */
  next(): Job | undefined;
  empty(): boolean;
  /** Fails all that waits. */
  fail(error: unknown): void;
}

interface Question {
  readonly commands: readonly Command[];
  /** Results that earlier requests gave, where one of them was cut short. */
  readonly results: readonly Result[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A queue; `wake` is called when there is something new in it, for questions at the end of the present turn. */
export function createWorkQueue(wake: () => void): WorkQueue {
  let runs: Job[] = [];
  /** Questions of this turn of the event loop, to which others may yet be added. */
  let fresh: Question[] = [];
  let ready: Question[] = [];
  const again = (rest: readonly Question[]) => {
    ready.unshift(...rest);
    wake();
  };
  const collect = () => {
    ready.push(...fresh);
    fresh = [];
    wake();
  };
  return {
    ask: (commands) =>
      new Promise((resolve, reject) => {
        if (fresh.length === 0) setImmediate(collect);
        fresh.push({ commands, results: [], resolve, reject });
      }),
    run: (commands, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          if (!runs.includes(job)) return;
          runs = runs.filter((other) => other !== job);
          job.resolve({ results: [], cut: 'abort' });
        };
        const settle = <T>(how: (value: T) => void) => (value: T) => {
          signal?.removeEventListener('abort', abort);
          how(value);
        };
        const job: Job = { commands, signal, resolve: settle(resolve), reject: settle(reject) };
        signal?.addEventListener('abort', abort, { once: true });
        runs.push(job);
        if (signal?.aborted) abort();
        else wake();
      }),
    next() {
      if (ready.length === 0) return runs.shift();
      const asked = ready;
      ready = [];
      return jobOf(asked, again);
    },
    empty: () => runs.length + ready.length === 0,
    fail(error) {
      const all = [...runs, ...ready, ...fresh];
      runs = [];
      ready = [];
      fresh = [];
      for (const one of all) one.reject(error);
    },
  };
}

/** All questions as one job. What a timeout cut off is asked again, for looking twice is no harm. */
function jobOf(asked: readonly Question[], again: (rest: readonly Question[]) => void): Job {
  const rest = ({ commands, results }: Question) => commands.slice(results.length);
  return {
    commands: asked.flatMap(rest),
    resolve({ results, cut }) {
      let at = 0;
      const unfinished: Question[] = [];
      for (const question of asked) {
        const wanted = rest(question).length;
        const got = results.slice(at, (at += wanted)).filter((result) => result !== undefined);
        const known = [...question.results, ...got];
        if (got.length === wanted) question.resolve(known);
        else if (cut) unfinished.push({ ...question, results: known });
        else question.reject(new Error('the shell on the host left out a command'));
      }
      if (unfinished.length > 0) again(unfinished);
    },
    reject: (error) => asked.forEach((question) => question.reject(error)),
  };
}
