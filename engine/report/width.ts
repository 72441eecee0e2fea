/** How many columns of a terminal a text takes, and cutting it to fit. */

/** Colour as style.ts writes it; takes no room. */
const colour = /\x1b\[[\d;]*m/y;
const ascii = /^[\x20-\x7e]*$/;
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;
const empty = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;
/** Made when the first text needs it: that takes milliseconds. */
let graphemes: Intl.Segmenter | undefined;

/** Columns of one line; wide characters (Chinese, emoji) count two. */
export function width(text: string): number {
  if (ascii.test(text)) return text.length;
  let sum = 0;
  for (const piece of pieces(text)) sum += piece.columns;
  return sum;
}

/** The line itself where it fits into so many columns, else its beginning and an ellipsis. Colours are closed. */
export function fit(text: string, columns: number): string {
  if (text.length <= columns && ascii.test(text)) return text;
  if (width(text) <= columns) return text;
  let kept = '';
  let used = 0;
  for (const piece of pieces(text)) {
    if (used + piece.columns > columns - 1) break;
    kept += piece.text;
    used += piece.columns;
  }
  const end = columns > 0 ? '…' : '';
  return kept.includes('\x1b') ? `${kept}${end}\x1b[0m` : kept + end;
}

/** The text, filled up with spaces to so many columns. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

function* pieces(text: string): Generator<{ readonly text: string; readonly columns: number }> {
  for (let at = 0; at < text.length; ) {
    colour.lastIndex = at;
    const sequence = colour.exec(text)?.[0];
    if (sequence !== undefined) {
      yield { text: sequence, columns: 0 };
      at += sequence.length;
      continue;
    }
    const stop = text.indexOf('\x1b', at + 1);
    const run = text.slice(at, stop < 0 ? text.length : stop);
    graphemes ??= new Intl.Segmenter();
    for (const { segment } of graphemes.segment(run)) yield { text: segment, columns: columnsOf(segment) };
    at += run.length;
  }
}

function columnsOf(grapheme: string): number {
  if (grapheme.length === 1 && ascii.test(grapheme)) return 1;
  if (empty.test(grapheme)) return 0;
  return wide.test(grapheme) || grapheme.includes('\ufe0f') ? 2 : 1;
}
