/** Progress of a long job: each part with the time it took. */
import type { LabReport } from '../options.ts';

export interface TimedSteps {
  /** Something begins or goes on. */
  readonly next: (text: string) => void;
  /** A part is done; its time counts from the part before. */
  readonly done: (text: string) => void;
  /** All is done; its time counts from the beginning. */
  readonly end: (text: string) => void;
}

/** Reports parts of a job; `clock` gives milliseconds. */
export function timedSteps(report: LabReport, clock: () => number = Date.now): TimedSteps {
  const begun = clock();
  let part = begun;
  return {
    next: (text) => report({ kind: 'step', text }),
    done: (text) => {
      const now = clock();
      report({ kind: 'done', text: `${text} (${duration(now - part)})` });
      part = now;
    },
    end: (text) => report({ kind: 'done', text: `${text} (${duration(clock() - begun)})` }),
  };
}

/** "4 min 40 s" */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
