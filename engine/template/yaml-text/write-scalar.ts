/** Scalars as libyaml writes them: plain, in single quotes, in double quotes; long ones are folded at blanks. */
import { indentTo, lineBreak, indicator, write, type Writer } from './writer.ts';

const isBreak = (char: string | undefined): boolean => char !== undefined && '\n\x85\u2028\u2029'.includes(char);

/** Text without quotes; it holds no line breaks. */
export function writePlain(w: Writer, text: string, split: boolean): void {
  if (text === '') return;
  if (!w.whitespace) write(w, ' ');
  w.whitespace = false;
  w.indention = false;
  eachRun(text, (run, start, end) => {
    if (run === ' ' && split && w.column > w.width && start > 0 && end < text.length) {
      indentTo(w);
      w.whitespace = false;
      w.indention = false;
    } else write(w, run);
  });
}

export function writeSingleQuoted(w: Writer, text: string, split: boolean): void {
  indicator(w, "'", true);
  eachRun(text, (run, start, end) => {
    if (isBreak(run[0])) writeBreaks(w, run);
    else if (run === ' ' && split && w.column > w.width && start > 0 && end < text.length) indentTo(w);
    else write(w, run.replaceAll("'", "''"));
  });
  indicator(w, "'", false);
}

function writeBreaks(w: Writer, run: string): void {
  if (run[0] === '\n') lineBreak(w);
  for (const char of run) lineBreak(w, char === '\n' ? undefined : char);
  indentTo(w);
}

/** Runs of blanks, of line breaks, and of all else, with where they begin and end. */
function eachRun(text: string, use: (run: string, start: number, end: number) => void): void {
  for (const match of text.matchAll(/ +|[\n\x85\u2028\u2029]+|[^ \n\x85\u2028\u2029]+/g)) use(match[0], match.index, match.index + match[0].length);
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '0', '\x07': 'a', '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r', '\x1b': 'e', '"': '"', '\\': '\\', '\x85': 'N', '\xa0': '_', '\u2028': 'L', '\u2029': 'P',
};

export function writeDoubleQuoted(w: Writer, text: string, split: boolean): void {
  indicator(w, '"', true);
  const chars = Array.from(text);
  let afterBlank = false;
  chars.forEach((char, i) => {
    const isBlank = char === ' ';
    if (isBlank && split && !afterBlank && w.column > w.width && i > 0 && i < chars.length - 1) {
      indentTo(w);
      if (chars[i + 1] === ' ') write(w, '\\');
    } else write(w, needsEscape(char) ? escapeOf(char) : char);
    afterBlank = isBlank;
  });
  indicator(w, '"', false);
}

function needsEscape(char: string): boolean {
  return '"\\\x85\u2028\u2029\ufeff'.includes(char) || !/^[\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]$/u.test(char);
}

function escapeOf(char: string): string {
  const known = escapes[char];
  if (known !== undefined) return `\\${known}`;
  const hex = char.codePointAt(0)!.toString(16).toUpperCase();
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
