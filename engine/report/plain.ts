/** The report as plain lines, for CI logs, files and pipes. */
import type { Event, TaskInfo } from '../event/event.ts';
import { cleanLine } from './clean.ts';
import { failureBlock, failureLine, isSoft, type Failed } from './failure.ts';
import { openLines, type Lines } from './lines.ts';
import type { Printer, ReportOptions } from './options.ts';
import { profileLines } from './profile-lines.ts';
import { recapLines } from './recap-lines.ts';
import { quietLine } from './summary.ts';
import { note, openTally, retryText, taskOf, toldOf, type Tally, type TaskTally } from './tally.ts';
import { tellOutcome, warningLine, type Teller } from './tell.ts';
import { amount, duration, hostList, taskName } from './words.ts';

/** Milliseconds between two signs of life of long work. */
const pulse = 10_000;

interface Plain {
  readonly options: ReportOptions;
  readonly teller: Teller;
  readonly tally: Tally;
  readonly live: Lines;
  /** Hosts that had a line of their own, by task. */
  readonly told: Map<number, Set<string>>;
  /** Hosts of which a failed item was told, by task and host. */
  readonly failedItems: Set<string>;
  /** When a host's last retry was shown, by task and host. */
  readonly retried: Map<string, number>;
  /** The task under whose header the last line stands. */
  current: number | undefined;
  begun: boolean;
  lastSign: number;
}

/** Plain lines on stdout. A clock of one second, which keeps no process alive, tells of work that lasts. */
export function openPlain(options: ReportOptions, teller: Teller): Printer {
  const state: Plain = {
    options, teller, tally: openTally(), live: openLines(), told: new Map(), failedItems: new Set(), retried: new Map(), current: undefined, begun: false, lastSign: options.clock(),
  };
  const timer = setInterval(() => showSigns(state), 1000);
  timer.unref();
  return {
    report(event) {
      note(state.tally, event, options.clock());
      show(state, event);
      if (event.event === 'recap') clearInterval(timer);
    },
    close: () => clearInterval(timer),
  };
}

function show(state: Plain, event: Event): void {
  const { style, verbosity } = state.teller;
  switch (event.event) {
    case 'run_start':
      if (event.check) print(state, [style('unknown', 'Check: hosts are looked at, nothing is changed.')]);
      break;
    case 'play_start':
      section(state, `${style('title', `PLAY [${cleanLine(event.play)}]`)} ${style('dim', `${hostList(event.hosts, verbosity > 0 ? Infinity : 8)}, ${cleanLine(event.place)}`)}`);
      break;
    case 'batch_start':
      section(state, `${style('title', `BATCH ${event.number} of ${event.of}`)} ${style('dim', hostList(event.hosts, verbosity > 0 ? Infinity : 8))}`);
      break;
    case 'task_start':
      header(state, event.task);
      state.lastSign = state.options.clock();
      break;
    case 'task_end':
      endTask(state, taskOf(state.tally, event.task, 0));
      break;
    case 'progress':
      showSigns(state);
      break;
    case 'output':
      if (verbosity > 0) under(state, event.task, state.live.take(event));
      break;
    case 'retry':
      showRetry(state, event);
      break;
    case 'item':
      showItem(state, event);
      break;
    case 'outcome':
      showOutcome(state, event);
      break;
    case 'warning':
      print(state, [warningLine(state.teller, event)]);
      break;
    case 'recap':
      for (const task of [...state.tally.tasks.values()]) endTask(state, task);
      section(state, ...recapLines(style, state.tally, event, state.options));
      if (state.tally.profile) section(state, ...profileLines(style, verbosity, state.tally.profile));
      break;
  }
}

function showOutcome(state: Plain, event: Extract<Event, { event: 'outcome' }>): void {
  const { host, outcome, task } = event;
  const at = taskOf(state.tally, task, state.options.clock());
  const told = toldIn(state, task);
  under(state, task, state.live.flush(task, host));
  const bad = outcome.status === 'failed' || outcome.status === 'unreachable';
  const looped = outcome.status === 'changed' && told.has(host);
  const lines = bad
    ? failureLines(state, at, { task, host, outcome }, state.failedItems.has(`${task.id} ${host}`))
    : looped ? [] : tellOutcome(state.teller, host, outcome, undefined, (what) => toldOf(at, host, what));
  if (lines.length > 0) told.add(host);
  under(state, task, lines);
}

function showItem(state: Plain, event: Extract<Event, { event: 'item' }>): void {
  const { host, outcome, task, label } = event;
  const at = taskOf(state.tally, task, state.options.clock());
  const bad = outcome.status === 'failed' || outcome.status === 'unreachable';
  if (bad) state.failedItems.add(`${task.id} ${host}`);
  const lines = bad
    ? failureLines(state, at, { task, host, outcome, item: label }, false)
    : tellOutcome(state.teller, host, outcome, label, (what) => toldOf(at, host, what));
  if (lines.length > 0 && (bad || outcome.status === 'changed')) toldIn(state, task).add(host);
  under(state, task, lines);
}

/** The whole block for a failure that counts and is new; else one line. */
function failureLines({ teller }: Plain, at: TaskTally, failed: Failed, known: boolean): string[] {
  if (known || isSoft(teller, failed)) return [failureLine(teller, failed)];
  const first = toldOf(at, failed.host, failed.outcome.failure);
  return first === undefined ? failureBlock(teller, failed) : [failureLine(teller, failed, `as on ${first}`)];
}

function showRetry(state: Plain, event: Extract<Event, { event: 'retry' }>): void {
  const key = `${event.task.id} ${event.host}`;
  const now = state.options.clock();
  const last = state.retried.get(key);
  if (last !== undefined && now - last < pulse && state.teller.verbosity === 0) return;
  state.retried.set(key, now);
  state.lastSign = now;
  under(state, event.task, [state.teller.style('dim', `retry: [${cleanLine(event.host)}] ${retryText(event).slice('retry '.length)}`)]);
}

/** Says what lasts, at most every ten seconds. */
function showSigns(state: Plain): void {
  const now = state.options.clock();
  if (now - state.lastSign < pulse) return;
  state.lastSign = now;
  for (const { task, since, running } of state.tally.tasks.values()) {
    if (running.size === 0) continue;
    const some = [...running].sort(([, a], [, b]) => Number(b.note !== '') - Number(a.note !== '')).slice(0, 3);
    const list = some.map(([host, { note: text }]) => `${cleanLine(host)}${text && ` (${text})`}`);
    const rest = running.size - some.length;
    under(state, task, [state.teller.style('dim', `after ${duration(now - since)} still at work: ${list.join(', ')}${rest > 0 ? ` and ${amount(rest, 'more host')}` : ''}`)]);
  }
}

function endTask(state: Plain, at: TaskTally): void {
  const { style, verbosity } = state.teller;
  const line = quietLine(style, verbosity, at, toldIn(state, at.task));
  const took = state.options.clock() - at.since;
  const time = took >= pulse || (verbosity > 0 && took > 0) ? style('dim', `took ${duration(took)}`) : '';
  const text = [line, time].filter(Boolean).join(' ');
  if (text !== '') under(state, at.task, [text]);
  state.told.delete(at.task.id);
  state.tally.tasks.delete(at.task.id);
}

function toldIn(state: Plain, task: TaskInfo): Set<string> {
  let told = state.told.get(task.id);
  if (told === undefined) state.told.set(task.id, (told = new Set()));
  return told;
}

function header(state: Plain, task: TaskInfo, again = ''): void {
  const { style } = state.teller;
  section(state, `${style('title', `${task.handler ? 'RUNNING HANDLER' : 'TASK'} [${taskName(task)}]`)} ${style('dim', cleanLine(task.place) + again)}`);
  state.current = task.id;
}

/** Lines that belong to a task; where another's came between, its header stands again. */
function under(state: Plain, task: TaskInfo, lines: readonly string[]): void {
  if (lines.length === 0) return;
  if (state.current !== task.id) header(state, task, ', continued');
  print(state, lines);
}

function section(state: Plain, ...lines: readonly string[]): void {
  print(state, state.begun ? ['', ...lines] : lines);
  state.current = undefined;
}

function print(state: Plain, lines: readonly string[]): void {
  if (lines.length === 0) return;
  state.begun = true;
  state.options.stdout.write(`${lines.join('\n')}\n`);
}
