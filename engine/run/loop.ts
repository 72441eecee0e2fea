/** Loops: their items, and the variables that each item sees. */
import type { Loop } from '../playbook/playbook.ts';
import { TextError } from '../source/problem.ts';
import { TemplateError } from '../template/fault.ts';
import { LazyMapping, Undefined, Unknown, type Value } from '../template/value.ts';
import { failedText, unknown } from './ended.ts';
import { judge } from './judge.ts';
import { environmentFor, scopeFor, type Ended, type TaskOnHost } from './task-on-host.ts';

/** The list to loop over; an end where there is none, or where only the run can tell. */
export function loopItems(on: TaskOnHost, loop: Loop): Value[] | Ended {
  const scope = scopeFor(on, new Map());
  const environment = environmentFor(on, scope);
  try {
    const value = loop.items.evaluate(scope, environment);
    if (value instanceof Unknown) return unknown(on, value.because, undefined);
    if (value instanceof Undefined || !Array.isArray(value)) throw new TextError({ message: `a loop needs a list, found ${value instanceof LazyMapping || typeof value === 'object' ? 'a mapping' : JSON.stringify(value)}`, span: loop.span, hint: 'for a mapping use the filter dict2items' });
    return loop.flatten ? (value as Value[]).flat(1) as Value[] : (value as Value[]);
  } catch (error) {
    if (!(error instanceof TextError || error instanceof TemplateError)) throw error;
    if (skips(on)) return { status: 'skipped', changes: [], value: { changed: false, skipped: true, failed: false, results: [] }, message: `when: ${on.task.directives.when.map((each) => each.text).join(' and ')}` };
    return failedText(on, error, undefined);
  }
}

/** A loop that cannot be worked out does not matter where the task is skipped anyway. */
function skips(on: TaskOnHost): boolean {
  try {
    const scope = scopeFor(on, new Map());
    return judge(on.task.directives.when, scope, environmentFor(on, scope)).kind === 'no';
  } catch {
    return false;
  }
}

/** The loop variables of one item. */
export function loopLocals(loop: Loop, items: readonly Value[], index: number): Map<string, Value> {
  const locals = new Map<string, Value>([[loop.itemName, items[index]!], ['ansible_loop_var', loop.itemName]]);
  if (loop.indexName) locals.set(loop.indexName, index);
  if (loop.extended) {
    const extended: Record<string, Value> = { index: index + 1, index0: index, revindex: items.length - index, revindex0: items.length - index - 1, first: index === 0, last: index === items.length - 1, length: items.length, allitems: [...items] };
    if (index > 0) extended['previtem'] = items[index - 1]!;
    if (index + 1 < items.length) extended['nextitem'] = items[index + 1]!;
    locals.set('ansible_loop', extended);
  }
  return locals;
}
