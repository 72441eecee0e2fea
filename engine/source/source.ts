/** Texts that users wrote, and places in them. */

/** One text: a file, an option of the command line, an inventory script's answer. */
export interface Source {
  /** How messages call it: a path as the user gave it, or `--extra-vars`. */
  readonly name: string;
  readonly text: string;
}

/** A stretch of a source. Offsets are UTF-16 units, 0-based; `end` is exclusive. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** A place as people write it; both numbers are 1-based, the column in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const lineStarts = new WeakMap<Source, number[]>();

/** The line and column where a span begins. */
export function locate(span: Span): Place {
  const starts = startsOf(span.source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= span.start) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: span.start - starts[low]! + 1 };
}

/** `file:line:column`, as terminals and editors link it. */
export function placeText(span: Span): string {
  const { line, column } = locate(span);
  return `${span.source.name}:${line}:${column}`;
}

/** The text of a line without its end; `line` is 1-based. */
export function lineText(source: Source, line: number): string {
  const starts = startsOf(source);
  return source.text.slice(starts[line - 1] ?? source.text.length, starts[line] ?? source.text.length).replace(/\r?\n$/, '');
}

function startsOf(source: Source): number[] {
  let starts = lineStarts.get(source);
  if (!starts) {
    starts = [0];
    for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1);
    lineStarts.set(source, starts);
  }
  return starts;
}
