/** A block between marker lines in a text, or out of it: Ansible's rules for blockinfile, step by step. */
import { pythonRegex } from './python-regex.ts';

/** What is asked; all texts are bytes (latin1). */
export interface BlockAsked {
  /** Empty: no block and no markers. */
  readonly block: string;
  /** Marker lines, without their newlines. */
  readonly begin: string;
  readonly end: string;
  /** A pattern or `EOF`. */
  readonly insertafter?: string | undefined;
  /** A pattern or `BOF`. */
  readonly insertbefore?: string | undefined;
  readonly prepend: boolean;
  readonly append: boolean;
}

/** The text with the block between its markers, where they stand already or else where it is to be inserted. */
export function withBlock(text: string, asked: BlockAsked): string {
  const { rest, at } = cut(linesOf(text), asked, text);
  const block = asked.block === '' ? [] : [`${asked.begin}\n`, asked.block.replace(/([^\n])$/, '$1\n'), `${asked.end}\n`];
  const above = rest.slice(0, at);
  if (above.length > 0 && !above.at(-1)!.endsWith('\n')) above[above.length - 1] += '\n';
  if (asked.prepend && above.length > 0 && above.at(-1) !== '\n') above.push('\n');
  const below = rest.slice(at);
  if (asked.append && below.length > 0 && below[0] !== '\n') below.unshift('\n');
  return [...above, ...block, ...below].join('');
}

/** The lines without an old block, and the place where the new one goes. */
function cut(lines: readonly string[], asked: BlockAsked, text: string): { readonly rest: readonly string[]; readonly at: number } {
  const begin = lines.lastIndexOf(`${asked.begin}\n`);
  const end = lines.lastIndexOf(`${asked.end}\n`);
  if (begin < 0 || end < 0) return { rest: lines, at: placeOf(lines, asked, text) };
  const [from, to] = begin < end ? [begin, end] : [end, begin];
  return { rest: lines.toSpliced(from, to - from + 1), at: from };
}

function placeOf(lines: readonly string[], { insertafter, insertbefore }: BlockAsked, text: string): number {
  const after = insertafter !== undefined && insertafter !== 'EOF';
  const before = insertbefore !== undefined && insertbefore !== 'BOF';
  if (!after && !before) return insertbefore === undefined ? lines.length : 0;
  const anchor = after ? insertafter : insertbefore!;
  const pattern = pythonRegex(anchor);
  const at = /^\(\?[a-z]*m/.test(anchor) ? lineOfMatch(text, pattern, after) : lines.findLastIndex((line) => pattern.test(line));
  if (at < 0) return lines.length;
  return insertbefore === undefined ? at + 1 : at;
}

/** With the flag (?m) the pattern is looked for in the whole text: the number of the line where its match ends or begins. */
function lineOfMatch(text: string, pattern: RegExp, end: boolean): number {
  const match = pattern.exec(text);
  if (!match) return -1;
  return text.slice(0, match.index + (end ? match[0].length : 0)).split('\n').length - 1;
}

/** Lines with their ends, which may be \n, \r or \r\n. */
function linesOf(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}
