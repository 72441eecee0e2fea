/** Shell quoting: the one place where a value becomes part of shell text. */

/** A value as one word of POSIX sh, whatever it holds (NUL cannot be passed to any command and throws). */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a NUL character cannot be part of a command');
  if (word !== '' && /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** An argv as shell text that runs exactly it. */
export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
