/** The state of reading tokens, and the small steps all readers share. */
import { limits } from '../limits.ts';
import { Stop, type Flaw, type Token } from './token.ts';

export interface Parser {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly flaws: Flaw[];
  at: number;
  depth: number;
}

export function makeParser(text: string, tokens: readonly Token[], flaws: Flaw[]): Parser {
  return { text, tokens, flaws, at: 0, depth: 0 };
}

/** The token to be read next, or one further on. */
export function peek(p: Parser, ahead = 0): Token {
  return p.tokens[Math.min(p.at + ahead, p.tokens.length - 1)]!;
}

/** Takes the next token, whatever it is. */
export function take(p: Parser): Token {
  const token = peek(p);
  if (token.kind !== 'end') p.at++;
  return token;
}

export function isSign(token: Token, sign: string): boolean {
  return token.kind === 'sign' && token.text === sign;
}

export function isName(token: Token, name: string): boolean {
  return token.kind === 'name' && token.text === name;
}

/** Takes the next token if it is this sign. */
export function takeSign(p: Parser, sign: string): boolean {
  if (!isSign(peek(p), sign)) return false;
  p.at++;
  return true;
}

/** Takes the next token if it is this word. */
export function takeName(p: Parser, name: string): boolean {
  if (!isName(peek(p), name)) return false;
  p.at++;
  return true;
}

/** Takes this sign, or stops. */
export function expectSign(p: Parser, sign: string): Token {
  const token = peek(p);
  if (!isSign(token, sign)) throw unexpected(p, `"${sign}"`);
  return take(p);
}

/** Takes a name, or stops; `what` says what it names. */
export function expectName(p: Parser, what = 'a name'): Token {
  if (peek(p).kind !== 'name') throw unexpected(p, what);
  return take(p);
}

/** Takes this word, or stops. */
export function expectWord(p: Parser, word: string): void {
  if (!takeName(p, word)) throw unexpected(p, `"${word}"`);
}

/** "expected X, found Y" at the next token. */
export function unexpected(p: Parser, expected: string): Stop {
  const token = peek(p);
  const found = token.kind === 'end' || token.kind === 'text' ? 'the end' : token.kind === 'close' ? `the end of the tag` : token.kind === 'string' ? 'a text' : `"${p.text.slice(token.start, token.end)}"`;
  const atEnd = token.kind === 'end' || token.kind === 'close';
  const before = p.tokens[p.at - 1];
  const start = atEnd && before ? before.end - 1 : token.start;
  return new Stop(`expected ${expected}, found ${found}`, Math.max(0, start), atEnd && before ? before.end : token.end, hintFor(p, token));
}

function hintFor(p: Parser, token: Token): string | undefined {
  if (isSign(token, '=')) return 'compare with ==';
  if (isSign(token, '|') && isSign(p.tokens[p.at - 1] ?? token, '|')) return 'write "or"';
  if (token.kind === 'open' || (isSign(token, '{') && isSign(peek(p, 1), '{'))) return 'an expression is written without {{ }}';
  return undefined;
}

/** Runs a reader one level deeper; stops where the text nests too deeply. */
export function deeper<T>(p: Parser, read: () => T): T {
  if (++p.depth > limits.nesting) throw new Stop(`nested deeper than ${limits.nesting} levels`, peek(p).start, peek(p).end);
  try {
    return read();
  } finally {
    p.depth--;
  }
}

/** Stops where a row of operators is longer than the limit. */
export function countLink(p: Parser, links: number): void {
  if (links > limits.chain) throw new Stop(`more than ${limits.chain} operators in a row`, peek(p).start, peek(p).end);
}
