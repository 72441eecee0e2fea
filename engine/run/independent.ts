/** Which items of a loop can go together: those that touch nothing in common. */
import path from 'node:path/posix';
import type { Loop } from '../playbook/playbook.ts';
import type { Value } from '../template/value.ts';
import { judge } from './judge.ts';
import { bindParams } from './params.ts';
import { environmentFor, scopeFor, type TaskOnHost } from './task-on-host.ts';

/**
 * True where the items' calls touch different things, so that they are looked at in one round trip and act side by side.
 * Anything that is not plain (a module that does not say what it touches, retries, values that cannot be worked out)
 * makes them go one after the other.
 */
export function areIndependent(on: TaskOnHost, loop: Loop, items: readonly Value[], localsOf: (index: number) => ReadonlyMap<string, Value>): boolean {
  const { action, until, retries, directives } = on.task;
  if (items.length < 2 || loop.pause || until.length > 0 || retries || directives.settings.delegate_to) return false;
  if (action.kind !== 'module' || !action.module.touches || action.module.controller) return false;
  try {
    const touched = items.map((_, index) => {
      const scope = scopeFor(on, localsOf(index));
      const environment = environmentFor(on, scope);
      if (judge(directives.when, scope, environment).kind === 'no') return [];
      const bound = bindParams(action.name, action.module, action.args, scope, environment);
      return bound.kind === 'unknown' ? [] : action.module.touches!(bound.params);
    });
    return areDisjoint(touched);
  } catch {
    return false;
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
