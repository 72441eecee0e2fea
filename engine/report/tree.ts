/** The report on a terminal: what is done scrolls up as compact lines, what goes on stands below as a live tree. */
import type { Event, Outcome } from '../event/event.ts';
import { cleanLine } from './clean.ts';
import { failureBlock, failureLine, isSoft, type Failed } from './failure.ts';
import { openLines, type Lines } from './lines.ts';
import { mark, openLive, type Live } from './live.ts';
import type { Printer, ReportOptions } from './options.ts';
import { profileLines } from './profile-lines.ts';
import { recapLines } from './recap-lines.ts';
import { liveRows } from './rows.ts';
import { endings, endLine } from './summary.ts';
import { note, openTally, retryText, taskOf, toldOf, type Tally, type TaskTally } from './tally.ts';
import { indent, tellOutcome, warningLine, type Teller } from './tell.ts';
import { duration, hostList, taskName } from './words.ts';

interface Tree {
  readonly options: ReportOptions;
  readonly teller: Teller;
  readonly tally: Tally;
  readonly live: Live;
  readonly lines: Lines;
  /** What stands below a task's line once it has ended. */
  readonly details: Map<number, string[]>;
  /** Hosts whose loop was told item by item. */
  readonly looped: Set<string>;
  readonly failedItems: Set<string>;
  begun: boolean;
  ended: Promise<void> | undefined;
}

/** A live tree on stdout, which must be a terminal. */
export function openTree(options: ReportOptions, teller: Teller): Printer {
  const tally = openTally();
  const live = openLive(options, teller.style, () => liveRows(tally, teller.style, room(options.rows()), options.clock()));
  const tree: Tree = { options, teller, tally, live, lines: openLines(), details: new Map(), looped: new Set(), failedItems: new Set(), begun: false, ended: undefined };
  return {
    report(event) {
      note(tally, event, options.clock());
      show(tree, event);
    },
    close: () => end(tree, []),
  };
}

/** Rows for the tree: most of the screen, so that some of what was done stays in sight. */
function room(rows: number): number {
  return Math.max(1, Math.min(rows - 1, Math.max(6, Math.floor(rows * 0.6)), 30));
}

function show(tree: Tree, event: Event): void {
  const { style, verbosity } = tree.teller;
  switch (event.event) {
    case 'run_start':
      if (event.check) print(tree, [style('unknown', 'Check: hosts are looked at, nothing is changed.')]);
      break;
    case 'play_start':
      section(tree, `${style('title', `PLAY [${cleanLine(event.play)}]`)} ${style('dim', `${hostList(event.hosts, 8)}, ${cleanLine(event.place)}`)}`);
      break;
    case 'batch_start':
      section(tree, `${style('title', `BATCH ${event.number} of ${event.of}`)} ${style('dim', hostList(event.hosts, 8))}`);
      break;
    case 'task_end':
      endTask(tree, taskOf(tree.tally, event.task, tree.options.clock()));
      break;
    case 'output':
      if (verbosity > 0) print(tree, tree.lines.take(event));
      break;
    case 'retry':
      if (verbosity > 0) detail(tree, event.task.id, [style('dim', `retry: [${cleanLine(event.host)}] ${retryText(event).slice('retry '.length)}`)]);
      break;
    case 'item':
      showOutcome(tree, { ...event, item: event.label });
      break;
    case 'outcome':
      if (verbosity > 0) print(tree, tree.lines.flush(event.task, event.host));
      showOutcome(tree, event);
      break;
    case 'warning':
      print(tree, [warningLine(tree.teller, event)]);
      break;
    case 'recap':
      for (const task of [...tree.tally.tasks.values()]) endTask(tree, task);
      void end(tree, ['', ...recapLines(style, tree.tally, event, tree.options), ...(tree.tally.profile ? ['', ...profileLines(style, verbosity, tree.tally.profile)] : [])]);
      break;
  }
}

function showOutcome(tree: Tree, failed: Failed): void {
  const { task, host, outcome, item } = failed;
  const at = taskOf(tree.tally, task, tree.options.clock());
  const loop = `${task.id} ${host}`;
  if (item !== undefined) tree.looped.add(loop);
  if (outcome.status === 'failed' || outcome.status === 'unreachable') {
    showFailure(tree, at, failed, item === undefined && tree.failedItems.has(loop));
    if (item !== undefined) tree.failedItems.add(loop);
    return;
  }
  const done = item === undefined && outcome.status === 'changed' && tree.looped.has(loop);
  if (!done && worthIt(tree, outcome)) detail(tree, task.id, tellOutcome(tree.teller, host, outcome, item, (what) => toldOf(at, host, what)));
}

/** That a host changed stands in the task's line; more is told where it was asked for. */
function worthIt({ teller }: Tree, outcome: Outcome): boolean {
  return teller.verbosity > 0 || (outcome.message ?? '') !== '' || (teller.differ !== undefined && outcome.changes.length > 0);
}

/** A failure that counts is told at once; those known already, ignored or taken up wait for the task's line. */
function showFailure(tree: Tree, at: TaskTally, failed: Failed, known: boolean): void {
  const { teller } = tree;
  if (known || isSoft(teller, failed)) return detail(tree, failed.task.id, [failureLine(teller, failed)]);
  const first = toldOf(at, failed.host, failed.outcome.failure);
  if (first === undefined) print(tree, failureBlock(teller, failed));
  else detail(tree, failed.task.id, [failureLine(teller, failed, `as on ${first}`)]);
}

/** `✔ etcd : Write the unit file  changed: m1 m2, ok: m3  0.4 s` and what there is to tell. */
function endTask(tree: Tree, at: TaskTally): void {
  const { style, verbosity } = tree.teller;
  const worst = (Object.keys(endings) as (keyof typeof endings)[]).find((ending) => at.ended.has(ending)) ?? (at.running.size > 0 ? 'unknown' : 'ok');
  const name = `${at.task.handler ? 'handler ' : ''}${taskName(at.task)}`;
  const place = verbosity > 0 ? style('dim', cleanLine(at.task.place)) : '';
  const took = tree.options.clock() - at.since;
  const parts = [`${style(endings[worst], mark(worst))} ${name}`, place, endLine(style, verbosity, at), style('dim', duration(took))];
  print(tree, [parts.filter(Boolean).join('  '), ...indent(tree.details.get(at.task.id) ?? [])]);
  tree.details.delete(at.task.id);
  for (const host of at.hosts) tree.looped.delete(`${at.task.id} ${host}`), tree.failedItems.delete(`${at.task.id} ${host}`);
  tree.tally.tasks.delete(at.task.id);
}

function detail(tree: Tree, task: number, lines: readonly string[]): void {
  const kept = tree.details.get(task);
  if (kept) kept.push(...lines);
  else tree.details.set(task, [...lines]);
}

async function end(tree: Tree, lines: readonly string[]): Promise<void> {
  if (tree.ended === undefined) {
    for (const kept of tree.details.values()) print(tree, indent(kept));
    print(tree, lines);
    tree.ended = tree.live.end();
  }
  await tree.ended;
}

function section(tree: Tree, line: string): void {
  print(tree, tree.begun ? ['', line] : [line]);
}

function print(tree: Tree, lines: readonly string[]): void {
  if (lines.length === 0) return;
  tree.begun = true;
  tree.live.print(lines);
}
