/** The lines of an INI inventory, and places in them. */
import type { Source, Span } from '../source/source.ts';

export interface Line {
  readonly source: Source;
  /** Without the spaces around it. */
  readonly text: string;
  /** Where `text` begins in the source. */
  readonly start: number;
}

/** The lines that say something: neither empty nor a comment. */
export function* linesOf(source: Source): Generator<Line> {
  const { text } = source;
  const first = text.startsWith('\uFEFF') ? 1 : 0;
  for (let at = first, end; at < text.length; at = end + 1) {
    end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const whole = text.slice(at, end);
    const trimmed = whole.trim();
    if (trimmed !== '' && !trimmed.startsWith('#') && !trimmed.startsWith(';')) yield { source, text: trimmed, start: at + whole.indexOf(trimmed) };
  }
}

/** The span of characters `from` to `to` of a line; the whole line by default. */
export function spanOf(line: Line, from = 0, to = line.text.length): Span {
  return { source: line.source, start: line.start + from, end: line.start + to };
}
