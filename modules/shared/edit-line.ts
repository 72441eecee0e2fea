/** One line in a text, or out of it: Ansible's rules for lineinfile, step by step. */
import { expandReplacement, pythonRegex } from './python-regex.ts';

/** What is asked; all texts are bytes (latin1). */
export interface LineAsked {
  readonly line?: string;
  readonly regexp?: string;
  readonly search?: string;
  /** A pattern, `EOF` or `BOF`. */
  readonly insertafter?: string;
  readonly insertbefore?: string;
}

export interface LinePresent extends LineAsked {
  readonly line: string;
  readonly firstmatch: boolean;
  readonly backrefs: boolean;
}

/** The text with the line in it; `msg` is empty where nothing changed. */
export function presentLine(text: string, asked: LinePresent): { readonly content: string; readonly msg: '' | 'line added' | 'line replaced' } {
  const lines = linesOf(text);
  const same = { content: text, msg: '' } as const;
  const hit = find(lines, asked);
  if (hit.index >= 0) {
    const replaced = asked.backrefs && hit.match ? expandReplacement(asked.line, hit.match) : asked.line;
    const line = replaced.endsWith('\n') ? replaced : `${replaced}\n`;
    return lines[hit.index] === line ? same : { content: lines.with(hit.index, line).join(''), msg: 'line replaced' };
  }
  if (asked.backrefs) return same;
  const inserted = insert(lines, `${asked.line}\n`, hit.insertAt, asked);
  return inserted ? { content: inserted.join(''), msg: 'line added' } : same;
}

/** The text without the lines that match, and how many there were. */
export function withoutLines(text: string, asked: LineAsked): { readonly content: string; readonly found: number } {
  const pattern = asked.regexp === undefined ? undefined : pythonRegex(asked.regexp);
  const goes = (line: string): boolean => (pattern ? pattern.test(line) : asked.search !== undefined ? line.includes(asked.search) : bare(line) === asked.line);
  const lines = linesOf(text);
  const kept = lines.filter((line) => !goes(line));
  return { content: kept.join(''), found: lines.length - kept.length };
}

interface Hit {
  /** The line that is replaced, or -1. */
  readonly index: number;
  readonly match?: RegExpExecArray;
  /** Where a new line goes by insertafter or insertbefore, or -1. */
  readonly insertAt: number;
}

/** First by regexp or search_string; only where neither matches, by the line itself and by insertafter or insertbefore. */
function find(lines: readonly string[], asked: LinePresent): Hit {
  const pattern = asked.regexp === undefined ? undefined : pythonRegex(asked.regexp);
  const matches = (line: string): boolean => (pattern ? pattern.test(line) : asked.search !== undefined && line.includes(asked.search));
  const at = asked.firstmatch ? lines.findIndex(matches) : lines.findLastIndex(matches);
  if (at >= 0) {
    const match = pattern?.exec(lines[at]!);
    return { index: at, insertAt: -1, ...(match && { match }) };
  }
  return findPlace(lines, asked);
}

function findPlace(lines: readonly string[], { line, insertafter, insertbefore, firstmatch }: LinePresent): Hit {
  const anchor = insertafter !== undefined && insertafter !== 'EOF' && insertafter !== 'BOF' ? insertafter : insertbefore !== undefined && insertbefore !== 'BOF' ? insertbefore : undefined;
  const pattern = anchor === undefined ? undefined : pythonRegex(anchor);
  let index = -1;
  let insertAt = -1;
  for (const [at, current] of lines.entries()) {
    if (bare(current) === line) index = at;
    else if (pattern?.test(current)) {
      insertAt = insertafter ? at + 1 : at;
      if (firstmatch) break;
    }
  }
  return { index, insertAt };
}

/** The lines with the new one among them; undefined where it already stands at that place. */
function insert(lines: readonly string[], line: string, at: number, { insertafter, insertbefore }: LinePresent): string[] | undefined {
  if (insertafter === 'BOF' || insertbefore === 'BOF') return [line, ...lines];
  if (insertafter === 'EOF' || at === -1 || at === lines.length) {
    const ended = lines.length === 0 || /[\n\r]$/.test(lines.at(-1)!);
    return [...lines, ...(ended ? [] : ['\n']), line];
  }
  if (insertafter && bare(lines[at]!) === bare(line)) return undefined;
  return lines.toSpliced(at, 0, line);
}

/** Lines with their newlines. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function bare(line: string): string {
  return line.replace(/[\r\n]+$/, '');
}
