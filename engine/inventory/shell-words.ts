/** A line of an INI inventory as words, split and unquoted as Python's shlex does it for Ansible. */

/** A word without its quotes. */
export interface Word {
  readonly text: string;
  /** The place in the line of each character of `text`; empty for `''`. */
  readonly at: readonly number[];
  /** Where the word stands in the line, quotes included; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface Words {
  readonly words: readonly Word[];
  /** Where a comment cuts a word short (`pass=a#b`), which Ansible does without a word. */
  readonly cut?: number | undefined;
  /** What is wrong with the line, and where. */
  readonly fault?: { readonly message: string; readonly at: number } | undefined;
}

interface Scan {
  readonly line: string;
  at: number;
}

/** The words of a line up to its comment; `#` begins one anywhere outside of quotes. */
export function splitWords(line: string): Words {
  const scan: Scan = { line, at: 0 };
  const words: Word[] = [];
  while (scan.at < line.length) {
    const char = line[scan.at]!;
    if (char === '#') break;
    if (isSpace(char)) {
      scan.at++;
      continue;
    }
    const word = readWord(scan);
    if ('message' in word) return { words, fault: word };
    words.push(word);
    if (line[scan.at] === '#') return { words, cut: scan.at };
  }
  return { words };
}

type Fault = { readonly message: string; readonly at: number };

function readWord(scan: Scan): Word | Fault {
  const { line, at: start } = scan;
  const at: number[] = [];
  let text = '';
  while (scan.at < line.length && line[scan.at] !== '#' && !isSpace(line[scan.at]!)) {
    const char = line[scan.at]!;
    if (char === '"' || char === "'") {
      const part = readQuoted(scan);
      if ('message' in part) return part;
      text += part.text;
      for (const place of part.at) at.push(place);
      continue;
    }
    if (char === '\\') scan.at++;
    if (scan.at >= line.length) return { message: 'a backslash ends the line, with nothing to escape', at: scan.at - 1 };
    text += line[scan.at]!;
    at.push(scan.at++);
  }
  return { text, at, start, end: scan.at };
}

/** Within double quotes a backslash escapes `"` and itself alone; within single quotes nothing. */
function readQuoted(scan: Scan): { text: string; at: number[] } | Fault {
  const { line } = scan;
  const open = scan.at++;
  const quote = line[open];
  const at: number[] = [];
  let text = '';
  for (; scan.at < line.length; scan.at++) {
    if (line[scan.at] === quote) {
      scan.at++;
      return { text, at };
    }
    if (quote === '"' && line[scan.at] === '\\' && (line[scan.at + 1] === '"' || line[scan.at + 1] === '\\')) scan.at++;
    text += line[scan.at]!;
    at.push(scan.at);
  }
  return { message: `this ${quote} is never closed`, at: open };
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n';
}
