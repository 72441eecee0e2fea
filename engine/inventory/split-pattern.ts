/** A pattern of hosts as its terms: `web:&eu:!old`, `web,db[0]`. */
import { parseAddress } from './host-address.ts';

/** One term: hosts to add, to keep (`&`) or to take out (`!`). */
export interface Term {
  readonly kind: 'add' | 'keep' | 'drop';
  /** Without its `&` or `!`. */
  readonly text: string;
}

/**
 * The terms of a pattern, or of a list of patterns, in the order in which Ansible applies them: all that add, all that
 * keep, all that take out. Commas part terms; without a comma colons do, unless they belong to an address or a range.
 * Where nothing adds, `all` does.
 */
export function splitPattern(pattern: string | readonly string[]): readonly Term[] {
  const patterns = typeof pattern === 'string' ? [pattern] : pattern;
  return orderTerms(patterns.flatMap(splitTexts));
}

/** Puts terms into the order in which they apply; empty ones fall out. */
export function orderTerms(texts: readonly string[]): readonly Term[] {
  const terms = texts.filter((text) => text !== '').map(readTerm);
  const adding = terms.filter((term) => term.kind === 'add');
  if (adding.length === 0) adding.push({ kind: 'add', text: 'all' });
  return [...adding, ...terms.filter((term) => term.kind === 'keep'), ...terms.filter((term) => term.kind === 'drop')];
}

/** The terms of one pattern as they are written, in their order. */
export function splitTexts(pattern: string): readonly string[] {
  const parts = pattern.includes(',') ? pattern.split(',')
    : parseAddress(pattern) ? [pattern]
    : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function readTerm(text: string): Term {
  if (text.startsWith('!')) return { kind: 'drop', text: text.slice(1) };
  if (text.startsWith('&')) return { kind: 'keep', text: text.slice(1) };
  return { kind: 'add', text };
}
