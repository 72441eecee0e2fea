/** A terminal small enough to trust: what a stream of text and escape sequences leaves on its screen. */

export interface Terminal {
  write(text: string): void;
  /** The rows on the screen down to the cursor or the last text, without trailing spaces. */
  screen(): string[];
  /** What scrolled off its upper end. */
  readonly scrolled: string[];
  cursorVisible(): boolean;
  /** Escape sequences that it does not know. */
  readonly unknown: string[];
}

/** An empty terminal; it wraps long lines, scrolls, and does not resize. */
export function openTerminal(columns: number, rows: number): Terminal {
  let lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  let visible = true;
  const scrolled: string[] = [];
  const unknown: string[] = [];
  const shown = (line: readonly string[]): string => Array.from(line, (cell) => cell ?? ' ').join('').trimEnd();

  const feed = (): void => {
    row++;
    if (row === rows) {
      scrolled.push(shown(lines.shift()!));
      row--;
    }
    lines[row] ??= [];
  };
  const put = (char: string): void => {
    const size = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uff01-\uff60]|\p{Emoji_Presentation}/u.test(char) ? 2 : 1;
    if (column + size > columns) {
      feed();
      column = 0;
    }
    lines[row]![column] = char;
    if (size === 2) lines[row]![column + 1] = '';
    column += size;
  };
  const act = (number: number, letter: string, whole: string): void => {
    if (letter === 'A') row = Math.max(0, row - number);
    else if (letter === 'B') {
      row = Math.min(rows - 1, row + number);
      for (let at = 0; at <= row; at++) lines[at] ??= [];
    } else if (letter === 'K') lines[row] = number === 2 ? [] : lines[row]!.slice(0, column);
    else if (letter === 'J') {
      lines[row] = lines[row]!.slice(0, column);
      lines = lines.slice(0, row + 1);
    } else if (letter === 'h' || letter === 'l') visible = letter === 'h';
    else if (letter !== 'm') unknown.push(whole);
  };

  return {
    write(text) {
      for (const [whole, number = '', letter] of text.matchAll(/\x1b\[\??([\d;]*)([A-Za-z])|[^]/gu)) {
        if (letter !== undefined) act(number === '' ? (letter === 'A' || letter === 'B' ? 1 : 0) : Number.parseInt(number, 10), letter, whole);
        else if (whole === '\n') {
          feed();
          column = 0;
        } else if (whole === '\r') column = 0;
        else if (whole < ' ') unknown.push(whole);
        else put(whole);
      }
    },
    screen() {
      const all = lines.map(shown);
      while (all.length > row + 1 && all.at(-1) === '') all.pop();
      return all;
    },
    scrolled,
    cursorVisible: () => visible,
    unknown,
  };
}
