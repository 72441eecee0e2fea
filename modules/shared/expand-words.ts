/** Words of a command in which $NAME, ${NAME} and a leading ~ stand for what they are on the host. */
import { quote } from '../../engine/module/kit.ts';

/**
 * Shell text that runs the words with their variables filled in; a variable that is not set stays as it is written.
 * Undefined where there is nothing to fill in. No other part of a word has a meaning to the shell.
 */
export function expandedScript(words: readonly string[]): string | undefined {
  if (!words.some((word) => /\$(?:[A-Za-z_]|\{[A-Za-z_]\w*\})|^~/.test(word))) return undefined;
  return `exec ${words.map(expandedWord).join(' ')}`;
}

function expandedWord(word: string): string {
  const tilde = /^~([a-z_][\w-]*)?(?=\/|$)/.exec(word);
  const rest = tilde ? word.slice(tilde[0].length) : word;
  const start = tilde ? (tilde[1] === undefined ? '"${HOME-~}"' : tilde[0]) : '';
  const parts = rest.split(/(\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}))/);
  return `${start}${parts.map((part, index) => (part === '' ? '' : index % 2 === 1 ? variable(part) : quote(part))).join('')}` || "''";
}

function variable(part: string): string {
  const name = part.replace(/[${}]/g, '');
  return `"\${${name}-\\${part.replace('}', '\\}')}}"`;
}
