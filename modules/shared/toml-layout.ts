/** How a TOML text is laid out: lines, indents, blank lines, and where tables end. */
import type { AST } from 'toml-eslint-parser';
import type { TomlTree } from './toml-tree.ts';

/** What new lines are to look like. */
export interface Layout {
  readonly newline: string;
  /** What a pair is moved in by, seen from the header of its table. */
  readonly bodyIndent: string;
  /** What a table's header is moved in by, seen from that of the table above it. */
  readonly childIndent: string;
  /** True where blank lines stand between tables. */
  readonly isSpaced: boolean;
}

/** Reads the layout off the tables that are there. */
export function layoutOf(text: string, blocks: readonly AST.TOMLTable[]): Layout {
  const filled = blocks.find((block) => block.body.length > 0);
  const child = blocks.find((block, at) => at > 0 && isBelow(block, blocks[at - 1]!.resolvedKey));
  const parent = child && blocks[blocks.indexOf(child) - 1];
  const spaced = blocks.filter((block, at) => at > 0 && /\n[ \t]*\r?\n$/.test(text.slice(0, attachedStart(text, block)))).length;
  return {
    newline: newlineOf(text),
    bodyIndent: filled ? beyond(indentAt(text, filled.body[0]!.range[0]), indentAt(text, filled.range[0])) : '',
    childIndent: child && parent ? beyond(indentAt(text, child.range[0]), indentAt(text, parent.range[0])) : '',
    isSpaced: blocks.length < 2 || spaced * 2 >= blocks.length - 1,
  };
}

/** The end of line that the text has. */
export function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** All `[tables]` that are the one of that path or below it, in the order of the text. */
export function blocksBelow({ blocks }: TomlTree, path: readonly string[]): readonly AST.TOMLTable[] {
  return blocks.filter((block) => isBelow(block, path));
}

/** Where a line begins, or where the next one does. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Past the line's end; the text's length where the last line has none. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** The blanks that a line begins with. */
export function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, at)))![0];
}

/** Where what belongs to a block ends: comments right above the next header are that one's, and blank lines nobody's. */
export function blockEnd(text: string, block: AST.TOMLTable | undefined, next: AST.TOMLTable | undefined): number {
  const least = block ? lineEnd(text, block.range[1]) : 0;
  const kept = text.slice(0, next ? attachedStart(text, next) : text.length).replace(/(?<=\n|^)(?:[ \t]*\r?\n)+$/, '');
  return Math.max(least, next ? kept.length : text.length);
}

/** Past the blank lines that stand at a place. */
export function nextContent(text: string, at: number): number {
  return at + /^(?:[ \t]*\r?\n)*/.exec(text.slice(at))![0].length;
}

/** Where the comments begin that stand right above a header, else where its own line does. */
function attachedStart(text: string, block: AST.TOMLTable): number {
  let start = lineStart(text, block.range[0]);
  while (start > 0 && /^[ \t]*#/.test(text.slice(lineStart(text, start - 1), start))) start = lineStart(text, start - 1);
  return start;
}

function isBelow(block: AST.TOMLTable, path: readonly (string | number)[]): boolean {
  return path.every((name, at) => block.resolvedKey[at] === name);
}

function beyond(indent: string, base: string): string {
  return indent.startsWith(base) ? indent.slice(base.length) : '';
}
