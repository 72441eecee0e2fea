/** How many files and connections this process may have open. */
import { readFileSync } from 'node:fs';

/** The limit that cannot be raised from within (`ulimit -Hn`), to which Node raises its own; Infinity where nothing tells it. */
export function openFilesLimit(): number {
  const text = limitsText();
  const [, hard] = /^Max open files\s+\S+\s+(\d+)/m.exec(text) ?? [];
  return hard === undefined ? Infinity : Number(hard);
}

/** Only Linux has it. */
function limitsText(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
