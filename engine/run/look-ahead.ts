/** Asks a host, together with what a task asks, what the coming tasks would ask if nothing changed until then. */
import type { Loop } from '../playbook/playbook.ts';
import type { Value } from '../template/value.ts';
import { foldersAbove, plainPath } from '../module/host-paths.ts';
import { tasksOf, type Coming } from './coming.ts';
import { hereFor } from './here-for.ts';
import { mayJoin, mayLead } from './join.ts';
import { judge } from './judge.ts';
import { loopItems, loopLocals } from './loop.ts';
import { bindParams } from './params.ts';
import { aheadFor, placeOf, reachFor, reachOf } from './reach.ts';
import { settingsOf } from './settings.ts';
import { isChosen } from './tags.ts';
import { environmentFor, scopeFor, type ModuleTask, type TaskOnHost } from './task-on-host.ts';

/** Items of a coming loop that are asked for. */
export const mostItems = 100;
/** Coming tasks that are asked for where all of them may travel together, changed or not. */
const travelling = 16;

/**
 * Asks ahead, as far as it seems worth it. The answers are kept with the session and count until something acts; what cannot be
 * worked out yet is not asked. Only questions are asked, on the machine and as the user of the task that begins.
 */
export function lookAhead(on: TaskOnHost, coming: Coming | undefined): void {
  const { run, host } = on;
  if (on.task.action.kind !== 'module' || on.task.action.module.controller || willAct(on.task as ModuleTask)) return;
  const width = host.ahead.begin(on.task.id, run.acts);
  let together = width > 0 && mayLead(on);
  if (!coming || (width < 2 && !together) || run.acts.underWay()) return;
  const there = tolerant(() => placeOf(reachFor(on, new Map())));
  if (there === undefined) return;
  const asking: Asking = { there, seen: new Set() };
  let count = 1;
  for (const task of tasksOf(coming)) {
    together &&= mayJoin(task);
    if (count >= (together ? Math.max(width, travelling) : width)) return;
    if (task.action.kind !== 'module' || task.action.module.controller || !isChosen(task.directives.tags, run.options.tags)) continue;
    if (willAct(task as ModuleTask)) return;
    count++;
    if (task.directives.settings.run_once || task.directives.settings.delegate_to || task.action.module.ahead === false) continue;
    const next: TaskOnHost = { ...on, task };
    const asked = tolerant(() => task.loop ? itemsOf(next, task.loop).map((locals) => askFor(next, locals, asking)) : [askFor(next, new Map(), asking)]);
    if (asked?.every(Boolean)) host.ahead.covers(task.id);
  }
}

/** True for what acts, or may act without a look, each time it is asked: answers from before it would count no more. */
function willAct(task: ModuleTask): boolean {
  return (task.loop !== undefined && task.action.module.unlooked !== undefined) || acts(task);
}

/** True for what acts whatever it finds. */
export function acts({ action: { module, args } }: ModuleTask): boolean {
  return module.kind === 'action' && !args.whole && !['creates', 'removes'].some((name) => args.fields.has(name));
}

/** Asks together what the items of a loop will ask one after the other. */
export function askItems(on: TaskOnHost, loop: Loop, items: readonly Value[]): void {
  const { action, directives } = on.task;
  if (action.kind !== 'module' || action.module.controller || action.module.ahead === false || directives.settings.delegate_to) return;
  const asking: Asking = { seen: new Set() };
  for (const index of items.keys()) {
    if (index === mostItems) return;
    tolerant(() => askFor(on, loopLocals(loop, items, index), asking));
  }
}

/** What holds for all that is asked at once. */
interface Asking {
  /** Where it is asked; anywhere where missing. */
  readonly there?: string | undefined;
  /** Stats that were asked only to know whether links are on the way. */
  readonly seen: Set<string>;
}

function itemsOf(on: TaskOnHost, loop: Loop): ReadonlyMap<string, Value>[] {
  const items = loopItems(on, loop);
  return Array.isArray(items) ? items.slice(0, mostItems).map((_, index) => loopLocals(loop, items, index)) : [];
}

/** Begins to ask what a task would; false where it would work elsewhere or not all is known yet. Throws what evaluating throws. */
function askFor(on: TaskOnHost, locals: ReadonlyMap<string, Value>, { there, seen }: Asking): boolean {
  const task = on.task as ModuleTask;
  const scope = scopeFor(on, locals);
  const environment = environmentFor(on, scope);
  const verdict = judge(task.directives.when, scope, environment);
  if (verdict.kind !== 'yes') return verdict.kind === 'no';
  const settings = settingsOf(task.directives, scope, environment);
  const reach = reachOf(on.run, on.play, on.host, scope, settings);
  if (there !== undefined && there !== placeOf(reach)) return false;
  const bound = bindParams(task.action.name, task.action.module, task.action.args, scope, environment);
  if (bound.kind === 'unknown') return false;
  for (const secret of bound.secrets) on.run.hider.add(secret);
  const inspect = async (): Promise<unknown> => {
    const probe = await aheadFor(on.run, reach, settings.environment);
    const here = hereFor(on, settings, reach, scope);
    if (!mayJoin(task)) return task.action.module.inspect(bound.params, probe, here);
    // Whether links are on the way decides whether it may change together with others.
    const look = (at: string, follow: boolean): void => {
      const key = `${follow} ${at}`;
      if (!seen.has(key)) probe.stat(at, { follow }).catch(() => undefined);
      seen.add(key);
    };
    for (const each of task.action.module.touches!(bound.params).flatMap((at) => foldersAbove(plainPath(at)))) look(each, true);
    return task.action.module.inspect(bound.params, { ...probe, stat: (at, options) => (look(at, options?.follow === true), probe.stat(at, options)) }, here);
  };
  inspect().catch(() => undefined);
  return true;
}


/** What cannot be worked out now is worked out, and complained of, when its turn has come. */
function tolerant<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
