/** How the items of a loop travel: which can be looked at and acted on together, without anyone noticing but the clock. */
import path from 'node:path/posix';
import type { Loop } from '../playbook/playbook.ts';
import type { Value } from '../template/value.ts';
import { judge } from './judge.ts';
import { bindParams } from './params.ts';
import { environmentFor, scopeFor, type TaskOnHost } from './task-on-host.ts';

/**
 * `apart`: one item after the other. `beside`: all at once, since they touch nothing in common. `ordered`: acting in order
 * without a look, since their steps look for themselves. `chained`: each is planned on what the ones before
 * it will leave, and all act in order.
 */
export interface Travel {
  readonly way: 'apart' | 'beside' | 'ordered' | 'chained';
  /** What the items touch, as far as these are paths. */
  readonly paths: readonly string[];
}

const apart: Travel = { way: 'apart', paths: [] };

/**
 * Anything that is not plain (a module that does not say what it touches, retries, a pause, another host, values that cannot
 * be worked out) makes items go one after the other.
 */
export function travelOf(on: TaskOnHost, loop: Loop, items: readonly Value[], localsOf: (index: number) => ReadonlyMap<string, Value>): Travel {
  const { action, until, retries, directives } = on.task;
  if (items.length < 2 || loop.pause || until.length > 0 || retries || directives.settings.delegate_to || directives.settings.timeout) return apart;
  if (action.kind !== 'module' || action.module.controller || !(action.module.touches || action.module.unlooked)) return apart;
  const { module } = action;
  try {
    const params = items.flatMap((_, index) => {
      const scope = scopeFor(on, localsOf(index));
      const environment = environmentFor(on, scope);
      if (judge(directives.when, scope, environment).kind === 'no') return [];
      const bound = bindParams(action.name, module, action.args, scope, environment);
      return bound.kind === 'unknown' ? [] : [bound.params];
    });
    if (!module.touches) return params.every((each) => module.unlooked!(each) !== undefined) ? { way: 'ordered', paths: [] } : apart;
    const touched = params.map((each) => module.touches!(each));
    const paths = [...new Set(touched.flat().filter((each) => each.startsWith('/')))];
    return areDisjoint(touched) ? { way: 'beside', paths } : module.slow ? apart : { way: 'chained', paths };
  } catch {
    return apart;
  }
}

/** True where no path of one list is, or lies below, a path of another. */
export function areDisjoint(lists: readonly (readonly string[])[]): boolean {
  const all = lists.flatMap((paths, owner) => paths.map((each) => ({ owner, parts: path.normalize(each).replace(/\/+$/, '').replaceAll('/', '\0') })));
  all.sort((a, b) => (a.parts < b.parts ? -1 : a.parts > b.parts ? 1 : 0));
  let above: (typeof all)[number][] = [];
  for (const each of all) {
    above = above.filter(({ parts }) => each.parts === parts || each.parts.startsWith(`${parts}\0`));
    if (above.some(({ owner }) => owner !== each.owner)) return false;
    above.push(each);
  }
  return true;
}
