/** What --limit says: a pattern, or `@file` with a term on each line. */
import { readSource } from '../source/read-source.ts';
import { orderTerms, splitTexts, type Term } from './split-pattern.ts';

/** The terms of a limit, those of its files included. Throws TextError where a file cannot be read. */
export function readLimit(limit: string): readonly Term[] {
  return orderTerms(splitTexts(limit).flatMap((text) => (text.startsWith('@') ? linesOf(text.slice(1)) : [text])));
}

function linesOf(file: string): readonly string[] {
  return readSource(file).text.split('\n').map((line) => line.trim());
}
