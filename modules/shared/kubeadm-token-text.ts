/** Bootstrap tokens as texts. */
import { randomInt } from 'node:crypto';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A new token, `abcdef.0123456789abcdef`; what stands before the dot is its id and no secret. */
export function newToken(): string {
  const word = (length: number): string => Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
  return `${word(6)}.${word(16)}`;
}

/** What a token is called in lists, and deleted by. */
export function idOfToken(token: string): string {
  return token.slice(0, 6);
}
