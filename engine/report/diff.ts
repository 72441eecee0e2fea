/** Changes as unified diffs. */
import type { ShownChange } from '../event/event.ts';
import { cleanLine, cleanText } from './clean.ts';
import type { Style } from './style.ts';
import { bytes } from './words.ts';

/** Bounds on the work and on what is shown: characters of both texts, milliseconds, lines. */
const limits = { size: 1_000_000, timeout: 200, lines: 400 } as const;

/** The lines that show a change; none where it has nothing to compare. */
export type Differ = (change: ShownChange) => string[];

/** Loads the diff package and gives a differ that paints with `style`; `uncut` shows diffs of any length. */
export async function loadDiffer(style: Style, uncut: boolean): Promise<Differ> {
  const { structuredPatch } = await import('diff');
  const hunks = (before: string, after: string): string[] | undefined =>
    structuredPatch('', '', before, after, undefined, undefined, { context: 3, timeout: limits.timeout })?.hunks.flatMap((hunk) => [
      `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
      ...hunk.lines,
    ]);
  return (change) => {
    if (change.before === undefined && change.after === undefined) return [];
    const title = cleanLine(change.of ?? change.summary);
    const body = compare(change.before ?? '', change.after ?? '', hunks);
    const shown = uncut ? body : body.slice(0, limits.lines);
    const rest = body.length - shown.length;
    return [
      style('removed', `--- before: ${title}`),
      style('added', `+++ after: ${title}`),
      ...shown.map((line) => paint(style, line)),
      ...(rest > 0 ? [style('dim', `${rest} more lines, shown by -vvv`)] : []),
    ];
  };
}

/** By the unified format, a hunk of no lines names the line before it. */
function range(from: number, lines: number): string {
  return `${lines === 0 ? from - 1 : from},${lines}`;
}

function compare(before: string, after: string, hunks: (before: string, after: string) => string[] | undefined): string[] {
  if (before.includes('\0') || after.includes('\0')) return [`binary: ${bytes(before.length)} before, ${bytes(after.length)} after`];
  if (!before.includes('\n') && !after.includes('\n')) return [...(before === '' ? [] : [`-${before}`]), ...(after === '' ? [] : [`+${after}`])];
  const lines = before.length + after.length > limits.size ? undefined : hunks(before, after);
  return lines ?? [`too different to compare: ${bytes(before.length)} before, ${bytes(after.length)} after`];
}

/** The mark is ours, the rest is others' text. */
function paint(style: Style, line: string): string {
  const text = cleanText(line.slice(1).replaceAll('\r', '\\r'));
  const mark = line[0] ?? ' ';
  if (mark === '+') return style('added', mark + text);
  if (mark === '-') return style('removed', mark + text);
  return mark === '@' ? style('hunk', mark + text) : mark + text;
}
