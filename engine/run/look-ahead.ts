/** Asks a host, together with what a task asks, what the coming tasks would ask if nothing changed until then. */
import type { Block, Loop, Node } from '../playbook/playbook.ts';
import type { Value } from '../template/value.ts';
import { hereFor } from './here-for.ts';
import { judge } from './judge.ts';
import { loopItems, loopLocals } from './loop.ts';
import { bindParams } from './params.ts';
import { aheadFor, reachOf, type Reach } from './reach.ts';
import { settingsOf } from './settings.ts';
import { isChosen } from './tags.ts';
import { environmentFor, scopeFor, type ModuleTask, type TaskOnHost } from './task-on-host.ts';

/** What comes after a task: the rest of its list, then of the lists around it. */
export interface Coming {
  readonly nodes: readonly Node[];
  /** Index of the next one. */
  readonly from: number;
  readonly around?: Coming | undefined;
}

/** Items of a coming loop that are asked for. */
const mostItems = 100;

/**
 * Asks ahead, as far as it seems worth it. The answers are kept with the session and count until something acts; what cannot be
 * worked out yet is not asked. Only questions are asked, on the machine and as the user of the task that begins.
 */
export function lookAhead(on: TaskOnHost, coming: Coming | undefined): void {
  const { run, host } = on;
  if (on.task.action.kind !== 'module' || on.task.action.module.controller || willAct(on.task as ModuleTask)) return;
  const width = host.ahead.begin(on.task.id, run.acts);
  if (!coming || width < 2 || run.acts.underWay()) return;
  const here = tolerant(() => reachFor(on, new Map()));
  if (!here) return;
  let count = 1;
  for (const task of tasksOf(coming)) {
    if (count >= width) return;
    if (task.action.kind !== 'module' || task.action.module.controller || !isChosen(task.directives.tags, run.options.tags)) continue;
    if (willAct(task as ModuleTask)) return;
    count++;
    if (task.directives.settings.run_once || task.directives.settings.delegate_to || task.action.module.ahead === false) continue;
    const next: TaskOnHost = { ...on, task };
    const asked = tolerant(() => task.loop ? itemsOf(next, task.loop).map((locals) => askFor(next, locals, here)) : [askFor(next, new Map(), here)]);
    if (asked?.every(Boolean)) host.ahead.covers(task.id);
  }
}

/** True for what acts, or may act without a look, each time it is asked: answers from before it would count no more. */
function willAct({ loop, action: { module, args } }: ModuleTask): boolean {
  if (loop && module.unlooked) return true;
  return module.kind === 'action' && !args.whole && !['creates', 'removes'].some((name) => args.fields.has(name));
}

/** Asks together what the items of a loop will ask one after the other. */
export function askItems(on: TaskOnHost, loop: Loop, items: readonly Value[]): void {
  const { action, directives } = on.task;
  if (action.kind !== 'module' || action.module.controller || action.module.ahead === false || directives.settings.delegate_to) return;
  for (const index of items.keys()) {
    if (index === mostItems) return;
    tolerant(() => {
      const locals = loopLocals(loop, items, index);
      return askFor(on, locals, reachFor(on, locals));
    });
  }
}

/** The tasks to come, in order; of blocks what runs where nothing fails. */
function* tasksOf({ nodes, from, around }: Coming): Generator<Extract<Node, { kind: 'task' }>> {
  for (const node of nodes.slice(from)) {
    if (node.kind === 'task') yield node;
    else yield* tasksOf({ nodes: partsOf(node), from: 0 });
  }
  if (around) yield* tasksOf(around);
}

function partsOf({ tasks, always }: Block): readonly Node[] {
  return [...tasks, ...always];
}

function itemsOf(on: TaskOnHost, loop: Loop): ReadonlyMap<string, Value>[] {
  const items = loopItems(on, loop);
  return Array.isArray(items) ? items.slice(0, mostItems).map((_, index) => loopLocals(loop, items, index)) : [];
}

/** Begins to ask what a task would; false where it would work elsewhere or not all is known yet. Throws what evaluating throws. */
function askFor(on: TaskOnHost, locals: ReadonlyMap<string, Value>, here: Reach): boolean {
  const task = on.task as ModuleTask;
  const scope = scopeFor(on, locals);
  const environment = environmentFor(on, scope);
  const verdict = judge(task.directives.when, scope, environment);
  if (verdict.kind !== 'yes') return verdict.kind === 'no';
  const settings = settingsOf(task.directives, scope, environment);
  const reach = reachOf(on.run, on.play, on.host, scope, settings);
  if (!isSame(reach, here)) return false;
  const bound = bindParams(task.action.name, task.action.module, task.action.args, scope, environment);
  if (bound.kind === 'unknown') return false;
  for (const secret of bound.secrets) on.run.hider.add(secret);
  const inspect = async (): Promise<unknown> => task.action.module.inspect(bound.params, await aheadFor(on.run, reach, settings.environment), hereFor(on, settings, reach, scope));
  inspect().catch(() => undefined);
  return true;
}

function reachFor(on: TaskOnHost, locals: ReadonlyMap<string, Value>): Reach {
  const scope = scopeFor(on, locals);
  return reachOf(on.run, on.play, on.host, scope, settingsOf(on.task.directives, scope, environmentFor(on, scope)));
}

function isSame(one: Reach, other: Reach): boolean {
  return one.host === other.host && one.become?.user === other.become?.user && JSON.stringify(one.target) === JSON.stringify(other.target);
}

/** What cannot be worked out now is worked out, and complained of, when its turn has come. */
function tolerant<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
