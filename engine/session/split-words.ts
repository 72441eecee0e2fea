/** Splits a command line into words as a shell would, without expanding anything. */

/** The words of a line; quotes and backslashes as in POSIX sh. Throws RangeError where a quote is not closed. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const token = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)|(['"\\])/gy;
  for (const match of line.matchAll(token)) {
    const [whole, single, double, escaped, bare, open] = match;
    if (open !== undefined) throw new RangeError(`${open === '\\' ? 'a backslash at the end' : `a quote ${open} that is not closed`}: ${line}`);
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1').replace(/\\\n/g, '') ?? escaped ?? bare;
    if (part !== undefined) word = (word ?? '') + part;
    else if (whole !== '' && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
