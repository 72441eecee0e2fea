/** Answers of several parts in one text: how inspect scripts write them and how they are read. */

/**
 * Reads `@name` lines and what follows each of them until the next. Content lines stand behind one space, so that
 * no content is ever taken for a name; a script makes them with `sed 's/^/ /'` or {@link spacedFunction}. A part that is absent is undefined.
 */
export function readRecords(text: string): Readonly<Record<string, string>> {
  const parts: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  let current: string[] | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('@')) parts[line.slice(1)] = current = [];
    else if (line.startsWith(' ')) current?.push(line.slice(1));
  }
  return Object.fromEntries(Object.entries(parts).map(([name, lines]) => [name, lines.join('\n')]));
}

/** Shell text of the function `spaced`, which prints a text as content lines and starts no process for it. */
export const spacedFunction = `spaced() {
  while IFS= read -r line; do printf ' %s\\n' "$line"; done <<END
$1
END
}`;

/** The lines of a record; none where it is missing or empty. */
export function linesOf(text: string | undefined): string[] {
  return text ? text.split('\n').filter((line) => line !== '') : [];
}
