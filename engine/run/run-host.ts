/** One task on one host: its loop, its results put together, and what the host remembers of it. */
import type { Outcome, ShownChange, Status } from '../event/event.ts';
import type { Loop, Task } from '../playbook/playbook.ts';
import { LazyMapping, lazyMapping, Unknown, type Value } from '../template/value.ts';
import { pause } from './call.ts';
import { openConvoy } from './convoy.ts';
import { toPlain, openResult } from './result.ts';
import { loopItems, loopLocals } from './loop.ts';
import { acts, askItems, mostItems } from './look-ahead.ts';
import type { Member } from './member.ts';
import { runItem } from './run-item.ts';
import { NotPerformed } from '../session/session.ts';
import { openTrain, type Train, type TrainMember } from './train.ts';
import { travelOf } from './travel.ts';
import { environmentFor, scopeFor, taskTitle, type Ended, type ModuleTask, type TaskOnHost } from './task-on-host.ts';

/** How a task ended on a host, and what is told of it. */
export interface Done {
  readonly ended: Ended;
  readonly outcome: Outcome;
}

/** Runs a task on a host and gives its outcome; its changes wait in the train where there is one. */
export async function runOnHost(on: TaskOnHost, train?: Train): Promise<Done> {
  const begun = on.run.options.now();
  const ended = on.task.loop ? await runLoop(on, on.task.loop, train) : await runAlone(on, train);
  return { ended, outcome: outcomeOf(on, ended, begun) };
}

async function runAlone(on: TaskOnHost, train: Train | undefined): Promise<Ended> {
  const [member] = train?.members(1) ?? [];
  return leaving(member, runItem(on, new Map(), train?.asOf, member, isHasty(on)));
}

/** True for a command that is to act anyway, or likely so since things are changing: a look would cost a round trip more. */
function isHasty({ task, host }: TaskOnHost): boolean {
  return task.action.kind === 'module' && task.action.module.unlooked !== undefined && (acts(task as ModuleTask) || (host.ahead.isChanging() && !host.ahead.isAnswered()));
}

/** Gives up an item's place when it has ended. */
async function leaving(member: Member | undefined, item: Promise<Ended>): Promise<Ended> {
  const ended = await item.catch((error: unknown) => {
    member?.leave();
    throw error;
  });
  member?.leave(ended.status);
  return ended;
}

/** Keeps what a task gave: facts with their host, the registered value with each host that it is for. */
export function remember(task: Task, ended: Ended, hosts: readonly TaskOnHost['host'][]): void {
  rememberFacts(task, ended, hosts);
  if (task.register !== undefined) for (const host of hosts) host.stored.set(task.register, ended.value);
}

function rememberFacts(task: Task, ended: Ended, hosts: readonly TaskOnHost['host'][]): void {
  for (const each of ended.facts ? [ended.facts] : []) {
    const isSetFact = task.action.name === 'set_fact';
    const owners = hosts.includes(each.host) ? hosts : [each.host];
    for (const host of owners) {
      for (const [name, value] of Object.entries(each.values)) {
        if (isSetFact) host.stored.set(name, value as Value);
        else host.facts.set(name.replace(/^ansible_/, ''), value as Value);
      }
    }
  }
}

async function runLoop(on: TaskOnHost, loop: Loop, train: Train | undefined): Promise<Ended> {
  const items = loopItems(on, loop);
  if (!Array.isArray(items)) return items;
  const asOf = train?.asOf ?? on.run.acts.count();
  const { check } = on.run.options;
  const travel = travelOf(on, loop, items, (index) => loopLocals(loop, items, index));
  const runs = (index: number, member?: Member): Promise<LoopEnded> => runOne(on, loop, items, index, asOf, member);
  if (!check && (travel.way === 'chained' || (train && travel.way === 'beside' && items.length <= mostItems))) {
    // A task that joins was asked for with the first.
    if (!train?.isCoupled()) askItems(on, loop, items);
    return together(on, loop, await (train ? inChain(train.members(items.length), runs) : inOwnTrain(asOf, items.length, runs)));
  }
  if (train?.isCoupled()) throw new NotPerformed();
  const convoy = check || travel.way === 'apart' || isSlow(on) ? undefined : openConvoy(items.length, travel, on.host.ahead.isAnswered());
  if (travel.way === 'beside' || convoy) return together(on, loop, await Promise.all(items.map((_, index) => runs(index, convoy?.member(index)))));
  askItems(on, loop, items);
  const all: LoopEnded[] = [];
  for (const index of items.keys()) {
    if (index > 0) await pauseBetween(on, loop);
    all.push(await runs(index));
    if (all.at(-1)!.ended.status === 'unreachable') break;
  }
  return together(on, loop, all);
}

/** Items that go by themselves, with no other task. */
async function inOwnTrain(asOf: number, count: number, run: (index: number, member: Member) => Promise<LoopEnded>): Promise<LoopEnded[]> {
  const train = openTrain(asOf, true);
  const ended = inChain(train.members(count), run);
  await train.settled();
  await train.depart();
  return ended;
}

/** Each item begins when the one before has said what it will do. */
async function inChain(members: readonly TrainMember[], run: (index: number, member: Member) => Promise<LoopEnded>): Promise<LoopEnded[]> {
  const running: Promise<LoopEnded>[] = [];
  for (const [index, member] of members.entries()) {
    const item = run(index, member);
    item.catch(() => undefined);
    running.push(item);
    await member.settled;
  }
  return Promise.all(running);
}

function isSlow({ task: { action } }: TaskOnHost): boolean {
  return action.kind === 'module' && action.module.slow === true;
}

interface LoopEnded {
  readonly item: Value;
  readonly ended: Ended;
}

async function runOne(on: TaskOnHost, loop: Loop, items: readonly Value[], index: number, asOf: number, member: Member | undefined): Promise<LoopEnded> {
  const item = items[index]!;
  const locals = loopLocals(loop, items, index);
  const begun = on.run.options.now();
  const ended = await leaving(member, runItem(on, locals, asOf, member));
  rememberFacts(on.task, ended, [on.host]);
  const hidden = '(hidden by no_log)';
  const shown = ended.noLog ? { item: hidden, label: hidden } : { item: on.run.hider.hide(toPlain(item)), label: labelOf(on, loop, locals, item) };
  (on.ahead?.tell ?? on.run.options.report)({ event: 'item', task: on.info, host: on.host.name, ...shown, outcome: outcomeOf(on, ended, begun) });
  return { item, ended };
}

async function pauseBetween(on: TaskOnHost, loop: Loop): Promise<void> {
  if (!loop.pause) return;
  const scope = scopeFor(on, new Map());
  await pause(Number(loop.pause.evaluate(scope, environmentFor(on, scope))) * 1000, on.run.options.signal);
}

function labelOf(on: TaskOnHost, loop: Loop, locals: ReadonlyMap<string, Value>, item: Value): string {
  try {
    const scope = scopeFor(on, locals);
    const value = loop.label ? toPlain(loop.label.evaluate(scope, environmentFor(on, scope))) : toPlain(item);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return on.run.hider.hide(text.length > 120 ? `${text.slice(0, 120)}…` : text);
  } catch {
    return '(label failed)';
  }
}

/** The items' results as one: failed where one failed, changed where one changed, skipped where all were. */
function together(on: TaskOnHost, loop: Loop, all: readonly LoopEnded[]): Ended {
  const statuses = all.map(({ ended }) => ended.status);
  const broken = all.find(({ ended }) => ended.status === 'unreachable' || (ended.status === 'failed' && !ended.ignored));
  const passed = all.find(({ ended }) => ended.status === 'failed');
  const failed = broken ?? passed;
  const status: Status = failed ? failed.ended.status : statuses.includes('unknown') ? 'unknown' : statuses.includes('changed') ? 'changed' : all.length === 0 || statuses.every((each) => each === 'skipped') ? 'skipped' : 'ok';
  const results = all.map(({ item, ended }) => itemResult(loop, item, ended.value));
  const known = { changed: statuses.includes('changed'), failed: status === 'failed', ...(status === 'skipped' ? { skipped: true } : {}), msg: failed ? 'one or more items failed' : 'all items completed', results };
  const value = statuses.includes('unknown') && !statuses.includes('changed') ? openResult({ results }, `the result of ${taskTitle(on.task)}`) : (known as Value);
  const failures = all.filter(({ ended }) => ended.failure);
  return {
    status, value, changes: all.flatMap(({ ended }) => ended.changes) as ShownChange[],
    message: all.length === 0 ? 'no items' : undefined,
    failure: failed && { ...failed.ended.failure!, message: failures.length > 1 ? `${failures.length} of ${all.length} items failed, the first: ${failed.ended.failure!.message}` : failed.ended.failure!.message },
    ignored: failed?.ended.ignored, noLog: all.some(({ ended }) => ended.noLog), delegatedTo: all[0]?.ended.delegatedTo,
    control: all.find(({ ended }) => ended.control)?.ended.control,
  };
}

function itemResult(loop: Loop, item: Value, value: Value): Value {
  const fields = { [loop.itemName]: item, ansible_loop_var: loop.itemName };
  if (value instanceof LazyMapping) return lazyMapping((key) => (key in fields ? fields[key as keyof typeof fields] as Value : value.get(key)), () => [...Object.keys(fields), ...value.keys()]);
  if (value instanceof Unknown || value === null || typeof value !== 'object') return lazyMapping((key) => (key in fields ? fields[key as keyof typeof fields] as Value : value instanceof Unknown ? value : undefined), () => Object.keys(fields));
  return { ...(value as object), ...fields } as Value;
}

function outcomeOf(on: TaskOnHost, ended: Ended, begun: number): Outcome {
  const { hider } = on.run;
  const durationMs = on.run.options.now() - begun;
  const rest = { status: ended.status, delegatedTo: ended.delegatedTo, ignored: ended.ignored || undefined, durationMs };
  if (ended.noLog) {
    const hidden = '(hidden by no_log)';
    return { ...rest, changes: ended.changes.map(() => ({ summary: hidden })), result: { censored: hidden, changed: ended.status === 'changed' }, failure: ended.failure && { message: `failed; details ${hidden.slice(1, -1)}`, place: ended.failure.place, code: ended.failure.code } };
  }
  const result = toPlain(ended.value);
  const asked = on.task.directives.settings.diff?.tree;
  const diffs = !(asked?.kind === 'scalar' && asked.value === false);
  const changes = diffs ? ended.changes : ended.changes.map(({ summary }) => ({ summary }));
  return { ...rest, changes: hider.hide(changes), result: hider.hide(result !== null && typeof result === 'object' && !Array.isArray(result) ? (result as Record<string, unknown>) : {}), message: hider.hide(ended.message), failure: hider.hide(ended.failure) };
}
