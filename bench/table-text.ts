/** A table as lines for the terminal. */
import type { Table } from './bench.ts';
import { askedText, numberText, rangeText, ratioText, unitText } from './format.ts';

/** Title, a line a row in columns, the note. */
export function tableText(table: Table): string {
  const rows = table.rows.map((row) => [row.who, numberText(row.figure), rangeText(row.samples), ratioText(row), askedText(row)]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((cells) => cells[column]!.length)));
  const padded = (cell: string, at: number): string => (at === 1 || at === 3 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!));
  const lines = rows.map((cells) => cells.map(padded).filter((_, at) => widths[at]! > 0).join('  ').trimEnd());
  return [`${table.title} (${unitText(table)})`, ...lines.map((line) => `  ${line}`), ...(table.note ? [`  ${table.note}`] : [])].join('\n');
}
