/** A command line as words, without a shell. */
import { ModuleFailure } from '../../engine/module/kit.ts';

/**
 * Splits as Python's shlex.split does: spaces part words, `'…'` is literal, in `"…"` a backslash stands before `"` and
 * `\`, elsewhere before anything. Throws ModuleFailure for a quote that is not closed.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new ModuleFailure(`a ' is opened and not closed: ${text}`);
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const [inner, end] = doubleQuoted(text, at);
      word = (word ?? '') + inner;
      at = end;
    } else if (char === '\\') {
      if (++at >= text.length) throw new ModuleFailure(`a backslash stands at the end: ${text}`);
      word = (word ?? '') + text[at]!;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

function doubleQuoted(text: string, start: number): [inner: string, end: number] {
  let inner = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') return [inner, at];
    if (char === '\\' && /["\\]/.test(text[at + 1] ?? '')) inner += text[++at]!;
    else inner += char;
  }
  throw new ModuleFailure(`a " is opened and not closed: ${text}`);
}
