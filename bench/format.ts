/** Figures as people read them. */
import { isMet } from './figures.ts';
import type { Row, Table } from './bench.ts';

/** Three digits that count: `0.0412`, `4.35`, `14.4`, `1,234`. */
export function numberText(figure: number): string {
  const digits = figure === 0 ? 0 : Math.floor(Math.log10(Math.abs(figure)));
  const places = Math.min(6, Math.max(0, 2 - digits));
  return figure.toLocaleString('en-US', { minimumFractionDigits: figure === 0 ? 0 : places, maximumFractionDigits: places });
}

/** From least to most, where samples differ: `0.58 to 0.66`. */
export function rangeText(samples: readonly number[]): string {
  const [least, most] = [numberText(Math.min(...samples)), numberText(Math.max(...samples))];
  return least === most ? '' : `${least} to ${most}`;
}

/** `23.6 ×`, or nothing. */
export function ratioText({ ratio }: Row): string {
  return ratio === undefined ? '' : `${numberText(ratio)} ×`;
}

/** `asked ≥ 20: met`, or nothing. */
export function askedText(row: Row): string {
  const met = isMet(row);
  return row.asked === undefined ? '' : `asked ${row.asked}${met === undefined ? '' : met ? ': met' : ': missed'}`;
}

/** What its figures count, and which way is good. */
export function unitText({ unit, moreIsBetter = false }: Table): string {
  return `${unit}, ${moreIsBetter ? 'more' : 'less'} is better`;
}
