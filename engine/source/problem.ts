/** What is wrong with a text, and the error that carries it. */
import { lineText, locate, placeText, type Span } from './source.ts';

/** One thing that is wrong with what the user wrote. */
export interface Problem {
  /** What was found and what was expected, one sentence without a full stop. */
  readonly message: string;
  /** Where; missing only for what stands in no text (an option, an absent file). */
  readonly span?: Span | undefined;
  /** The nearest remedy: `did you mean "mode"?`, `known: path, state, mode`. */
  readonly hint?: string | undefined;
}

/** The text is wrong: one or more problems, found before any host was touched. Exit code 1. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly problems: readonly Problem[];
  constructor(problems: Problem | readonly Problem[]) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(problemText).join('\n\n'));
    this.problems = list;
  }
}

/** A problem as people read it: place and message, the line with the place marked, the remedy. */
export function problemText(problem: Problem): string {
  const lines = [problem.span ? `${placeText(problem.span)}: ${problem.message}` : problem.message];
  if (problem.span) lines.push(...excerpt(problem.span));
  if (problem.hint) lines.push(`  = ${problem.hint}`);
  return lines.join('\n');
}

/** The line of a span and a second one that marks the span under it. */
export function excerpt(span: Span): string[] {
  const { line, column } = locate(span);
  const whole = lineText(span.source, line);
  const from = column > 100 ? column - 60 : 1;
  const text = whole.slice(from - 1, from + 139).replaceAll('\t', ' ');
  const rest = Math.max(1, Math.min(span.end - span.start, text.length - (column - from)));
  const gutter = String(line);
  return [`${gutter} | ${text}`, `${' '.repeat(gutter.length)} | ${' '.repeat(column - from)}${'^'.repeat(rest)}`];
}
