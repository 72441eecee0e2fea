/** Tokens: the words of expressions and the text between tags. */

export type TokenKind = 'text' | 'open' | 'close' | 'name' | 'string' | 'int' | 'float' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The sign, name or text itself; of a string its content; of `open` and `close`, `{{` or `{%`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What is wrong in a text, by offsets. */
export interface Flaw {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly hint?: string | undefined;
}

/** Thrown where reading cannot go on; the tag that it stands in is skipped. */
export class Stop extends Error {
  readonly flaw: Flaw;
  constructor(message: string, start: number, end: number, hint?: string) {
    super(message);
    this.flaw = { message, start, end: Math.max(end, start + 1), hint };
  }
}
