/** From samples to figures: medians, and ratios to kplay's own. */
import type { Row } from './bench.ts';

/** The middle of some numbers, of an even count the mean of the two in the middle; throws RangeError where there are none. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('the median of no samples');
  const sorted = samples.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Samples of one contender. */
export interface Measured {
  readonly who: string;
  readonly samples: readonly number[];
  readonly asked?: string | undefined;
}

/** How many times better `own` is than `other`. */
export function ratioOf(own: number, other: number, moreIsBetter = false): number {
  return moreIsBetter ? own / other : other / own;
}

/** A row without a ratio. */
export function rowOf({ who, samples, asked }: Measured): Row {
  return { who, figure: median(samples), samples, ...(asked !== undefined && { asked }) };
}

/** Rows of contenders that are measured against the first of them, kplay. */
export function compare([own, ...others]: readonly [Measured, ...Measured[]], moreIsBetter = false): readonly Row[] {
  const first = rowOf(own);
  return [first, ...others.map((other) => {
    const row = rowOf(other);
    return { ...row, ratio: ratioOf(first.figure, row.figure, moreIsBetter) };
  })];
}

/** Whether a row is as asked; undefined where nothing was asked, or not in words like `≥ 20` and `≤ 1`. */
export function isMet({ figure, ratio = figure, asked }: Row): boolean | undefined {
  const [, sign, number] = /^([≥≤]) *(\d+(?:\.\d+)?)$/.exec(asked ?? '') ?? [];
  if (number === undefined) return undefined;
  return sign === '≥' ? ratio >= Number(number) : ratio <= Number(number);
}
