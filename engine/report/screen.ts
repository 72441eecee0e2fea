/** The lower part of a terminal, drawn anew each time, with lines above it that stay. */
import { fit, width } from './width.ts';

export interface Screen {
  /** Puts lines above the picture for good, with the next picture. */
  print(lines: readonly string[]): void;
  /** Replaces the picture. It is cut to the terminal's size, so that it can always be taken back. */
  draw(lines: readonly string[]): void;
}

export interface Canvas {
  write(text: string): void;
  columns(): number;
  rows(): number;
}

/** A screen whose picture is empty; the cursor stands at the start of a line. */
export function openScreen(canvas: Canvas): Screen {
  let above: string[] = [];
  let drawn: readonly string[] = [];
  let before = canvas.columns();
  return {
    print: (lines) => void above.push(...lines),
    draw(lines) {
      const columns = Math.max(1, canvas.columns());
      const next = lines.slice(0, Math.max(1, canvas.rows() - 1)).map((line) => fit(line, columns - 1));
      const up = height(drawn, columns) - 1;
      const back = up > 0 ? `\r\x1b[${up}A` : '\r';
      // Not all at once from the top: tmux keeps a screen that is wiped whole in its history.
      const wipe = up > 0 ? '\x1b[2K\x1b[1B\x1b[J\x1b[1A' : '\x1b[2K';
      const text = next.join('\n');
      // A terminal that folded lines remembers where, until they are wiped.
      if (above.length > 0 || columns !== before || text === '') canvas.write(`${back}${wipe}${above.map((line) => `${line}\n`).join('')}${text}`);
      // Else written over, so that nothing flickers; each line is shorter than the screen is wide.
      else if (text !== drawn.join('\n')) canvas.write(`${back}${next.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
      above = [];
      drawn = next;
      before = columns;
    },
  };
}

/** Rows that these lines take now: a terminal made narrower has folded them. */
function height(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns)), 0);
}
