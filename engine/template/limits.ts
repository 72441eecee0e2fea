/** Bounds that keep a template, or the data it is given, from taking the machine's time or memory. */
import { Fault } from './fault.ts';

export const limits = {
  /** UTF-16 units of one text. */
  text: 64 * 1024 * 1024,
  /** Items of one list that an expression makes (`range`, `*`, `product`). */
  items: 1_000_000,
  /** Rounds of all loops of one rendering together. */
  rounds: 5_000_000,
  /** Macros, includes and recursive loops within each other. */
  depth: 150,
  /** Levels of nesting in the text of one expression, and statements within each other. */
  nesting: 200,
  /** Operators in a row (`a + b + c ...`). */
  chain: 1000,
} as const;

/** A text repeated; throws where the result would pass the limit. */
export function repeat(text: string, times: number): string {
  if (times <= 0) return '';
  if (text.length * times > limits.text) throw new Fault(`the text would be longer than ${limits.text} characters`);
  return text.repeat(times);
}

/** Throws where a list of so many items would pass the limit. */
export function checkItems(count: number): void {
  if (count > limits.items) throw new Fault(`the list would have ${count} items; at most ${limits.items} are allowed`);
}
