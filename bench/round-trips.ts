/** What the same work took on lines of several lengths, and how many round trips it waited for. */
import { median } from './figures.ts';

/** Milliseconds that the lines add each way; the first adds none. */
export const delays = [0, 25, 100] as const;
export type Delay = (typeof delays)[number];

/** One run on a line. */
export interface Run {
  readonly seconds: number;
  /** As the line counted them. */
  readonly trips: number;
}

/** What took how long. */
export interface Sheet {
  note(what: string, delay: Delay, run: Run): void;
  /** Seconds as they were noted; none where it was not measured on that line. */
  seconds(what: string, delay: Delay): readonly number[];
  /** Round trips as the long lines counted them; on the shortest, answers come too soon to tell who waited for them. */
  counted(what: string): readonly number[];
  /** Round trips by the clock, a figure for each run on that line: (time on it − median time on the shortest) / (2 × delay). */
  clocked(what: string, delay: Delay): readonly number[];
}

/** Opens an empty sheet. */
export function openSheet(): Sheet {
  const noted = new Map<string, Run[]>();
  const runs = (what: string, delay: Delay): readonly Run[] => noted.get(`${delay} ${what}`) ?? [];
  const seconds: Sheet['seconds'] = (what, delay) => runs(what, delay).map((run) => run.seconds);
  return {
    note: (what, delay, run) => void noted.set(`${delay} ${what}`, [...runs(what, delay), run]),
    seconds,
    counted: (what) => delays.filter((delay) => delay > 0).flatMap((delay) => runs(what, delay).map(({ trips }) => trips)),
    clocked(what, delay) {
      const taken = seconds(what, delay);
      if (taken.length === 0) return [];
      const short = median(seconds(what, 0));
      return taken.map((each) => ((each - short) * 1000) / (2 * delay));
    },
  };
}
