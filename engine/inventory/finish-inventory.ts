/** From a draft to an inventory: the rules of all and ungrouped, the depth of groups, circles between them. */
import type { Problem } from '../source/problem.ts';
import { addChild, type Draft, type DraftHost } from './draft.ts';
import type { Group, Host, Inventory, VarsFolder } from './inventory.ts';

/**
 * The inventory of a draft. Adds to the draft's problems where groups hold each other in a circle, and to its
 * warnings; the caller throws the problems.
 */
export function finishInventory(draft: Draft, folders: readonly VarsFolder[]): Inventory {
  for (const group of draft.groups.values()) {
    if (group.name !== 'all' && group.parents.size === 0) addChild(draft, 'all', group.name, group.span);
  }
  for (const host of draft.hosts.values()) settleUngrouped(draft, host);
  for (const name of draft.hosts.keys()) {
    if (draft.groups.has(name)) draft.warnings.push({ message: `"${name}" is both a group and a host`, span: draft.hosts.get(name)!.span, hint: 'a pattern of that name means the host, and with ! or & the group' });
  }
  const depths = depthsOf(draft);
  const hosts = new Map<string, Host>();
  for (const host of draft.hosts.values()) hosts.set(host.name, { ...host, groups: [...host.groups] });
  const groups = new Map<string, Group>();
  for (const group of draft.groups.values()) {
    const { name, priority, vars, span } = group;
    groups.set(name, { name, hosts: [...group.hosts], children: [...group.children.keys()], parents: [...group.parents], depth: depths.get(name) ?? 0, priority, vars, span });
  }
  return { hosts, groups, folders, warnings: draft.warnings };
}

/** A host is in `ungrouped` exactly where it is in no other group but `all`; the implicit localhost never is. */
function settleUngrouped(draft: Draft, host: DraftHost): void {
  if (host.implicit) return;
  const others = [...host.groups].some((name) => name !== 'all' && name !== 'ungrouped');
  const ungrouped = draft.groups.get('ungrouped')!;
  if (others) {
    host.groups.delete('ungrouped');
    ungrouped.hosts.delete(host.name);
  } else {
    host.groups.add('ungrouped');
    ungrouped.hosts.add(host.name);
  }
}

/** The longest way down to each group; groups in a circle have none and are reported. */
function depthsOf(draft: Draft): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const waiting = new Map([...draft.groups.values()].map((group) => [group.name, group.parents.size]));
  const ready = [...waiting].filter(([, parents]) => parents === 0).map(([name]) => name);
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    const depth = depths.get(name) ?? 0;
    depths.set(name, depth);
    waiting.delete(name);
    for (const child of draft.groups.get(name)!.children.keys()) {
      depths.set(child, Math.max(depth + 1, depths.get(child) ?? 0));
      const left = waiting.get(child)! - 1;
      waiting.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  if (waiting.size > 0) draft.problems.push(circleProblem(draft, waiting));
  return depths;
}

/** Each group that still waits has a parent that waits too: going up leads into the circle. */
function circleProblem(draft: Draft, waiting: ReadonlyMap<string, number>): Problem {
  const path: string[] = [];
  const seen = new Set<string>();
  let name = waiting.keys().next().value!;
  while (!seen.has(name)) {
    seen.add(name);
    path.push(name);
    name = [...draft.groups.get(name)!.parents].find((parent) => waiting.has(parent))!;
  }
  const circle = [name, ...path.slice(path.indexOf(name) + 1).reverse(), name];
  const shown = circle.length > 8 ? [...circle.slice(0, 4), '…', ...circle.slice(-3)] : circle;
  const spans = circle.slice(1).map((child, i) => draft.groups.get(circle[i]!)!.children.get(child));
  return { message: `groups hold each other in a circle: ${shown.join(' > ')}`, span: spans.findLast((span) => span !== undefined) ?? draft.groups.get(name)!.span, hint: 'a group cannot be inside itself; take one of them out' };
}
