/** A failure, with all that a person needs to understand it. */
import type { Failure, Outcome, TaskInfo } from '../event/event.ts';
import { cleanLine, cleanText } from './clean.ts';
import { head, indent, type Teller } from './tell.ts';
import { fit } from './width.ts';
import { taskName } from './words.ts';

/** What is shown of long texts without -vvv: the last lines of an output, the beginning of a param. */
const limits = { lines: 40, tail: 64 * 1024, param: 300 } as const;

export interface Failed {
  readonly task: TaskInfo;
  readonly host: string;
  readonly outcome: Outcome;
  /** The label of the loop's item. */
  readonly item?: string | undefined;
}

/** One line: `failed: [m2] message`, and where it went on all the same. */
export function failureLine(teller: Teller, failed: Failed, note?: string): string {
  const { outcome } = failed;
  const notes = [outcome.ignored ? 'ignored' : '', outcome.rescued ? 'rescued' : '', cleanLine(note ?? '')].filter(Boolean);
  const message = cleanLine(failureMessage(outcome));
  return `${head(teller.style, failed.host, outcome, failed.item)} ${message}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** Whether the run takes it lightly: a line is enough, without -v. */
export function isSoft({ verbosity }: Teller, { outcome }: Failed): boolean {
  return verbosity === 0 && (outcome.ignored === true || outcome.rescued === true);
}

/** The whole story, in lines: message, task, place with its line, params, code, outputs, evidence, hint. */
export function failureBlock(teller: Teller, failed: Failed): string[] {
  const { task, host, outcome, item } = failed;
  const { failure } = outcome;
  const message = cleanText(failureMessage(outcome)).split('\n');
  const inner = [
    ...message.slice(1),
    `task: ${taskName(task)}`,
    teller.style('dim', cleanLine(failure?.place ?? task.place)),
    ...(failure?.excerpt ?? []).map((line) => cleanText(line)),
    ...(failure === undefined ? [] : details(teller, task, failure)),
  ];
  return [`${head(teller.style, host, outcome, item)} ${message[0]}`, ...indent(inner)];
}

/** The message of an outcome that is no success. */
export function failureMessage(outcome: Outcome): string {
  return outcome.failure?.message ?? outcome.message ?? outcome.status;
}

function details(teller: Teller, task: TaskInfo, failure: Failure): string[] {
  return [
    ...(failure.params === undefined ? [] : titled(`params of ${cleanLine(task.module)}`, paramLines(teller, failure.params))),
    ...(failure.code === undefined ? [] : [`exit code: ${failure.code}`]),
    ...titled('stderr', tail(teller, failure.stderr)),
    ...titled('stdout', tail(teller, failure.stdout)),
    ...(failure.evidence ?? []).flatMap(({ title, text }) => titled(cleanLine(title), tail(teller, text))),
    ...(failure.hint === undefined ? [] : indent(cleanText(failure.hint).split('\n')).map((line, at) => (at === 0 ? `= ${line.trimStart()}` : line))),
  ];
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...indent(lines)];
}

function paramLines({ verbosity }: Teller, params: unknown): string[] {
  const shown = (value: unknown): string => {
    const text = typeof value === 'string' && value !== '' && !value.includes('\n') ? value : (JSON.stringify(value) ?? 'null');
    return cleanLine(verbosity >= 3 ? text : fit(text.slice(0, 2 * limits.param), limits.param));
  };
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return [shown(params)];
  return Object.entries(params).filter(([, value]) => value !== undefined).map(([name, value]) => `${cleanLine(name)}: ${shown(value)}`);
}

/** The last lines of an output, where causes stand as a rule. */
function tail({ verbosity }: Teller, text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return [];
  if (verbosity >= 3) return cleanText(text).trimEnd().split('\n');
  const lines = cleanText(text.slice(-limits.tail)).trimEnd().split('\n');
  const cut = text.length > limits.tail || lines.length > limits.lines;
  return cut ? [`(the last ${Math.min(lines.length, limits.lines)} lines; -vvv shows all)`, ...lines.slice(-limits.lines)] : lines;
}
