/** What a benchmark is, and what it gives: figures of several contenders, taken side by side in one run. */

/** What a file `bench/NAME.ts` gives as its default export; `benches.ts` lists the names. */
export interface Bench {
  /** The word on the command line: `npm run bench -- startup`. */
  readonly name: string;
  readonly title: string;
  /** What is measured, on what, against whom; a sentence or two for the page. */
  readonly about: string;
  /** What must be there first, in words that say how to get it (`apt-get install hyperfine`); empty where it can run. */
  lacks(): Promise<readonly string[]>;
  run(stage: Stage): Promise<readonly Table[]>;
}

/** What a benchmark is handed. */
export interface Stage {
  /** An empty folder of its own, gone afterwards. */
  readonly folder: string;
  /** How often each contender is run; medians are taken. */
  readonly rounds: number;
  /** One line of progress for people. */
  say(line: string): void;
  /** Something to be undone when the benchmark ends, however it ends; last come, first undone. */
  onEnd(undo: () => Promise<void> | void): void;
}

/** Figures that belong together; a bar each on the page. */
export interface Table {
  readonly title: string;
  /** What a figure counts: `s`, `ms`, `round trips`, `MiB`, `MB/s`. */
  readonly unit: string;
  /** True where more is better; ratios are turned accordingly. */
  readonly moreIsBetter?: boolean;
  readonly rows: readonly Row[];
  /** What is to be known to read it rightly. */
  readonly note?: string;
}

export interface Row {
  /** Who or what was measured: `kplay, second run`. */
  readonly who: string;
  /** The median of `samples`. */
  readonly figure: number;
  /** Every single measure, in the order they were taken. */
  readonly samples: readonly number[];
  /** How many times better kplay's own figure is than this one, or worse where below 1; missing for kplay's own. */
  readonly ratio?: number;
  /** The ratio that the project asks for, such as `≥ 20`; the figure itself where the row has no ratio. Other words are shown and not judged. */
  readonly asked?: string;
}
