/** Who is in which group, by way of the groups inside it. */
import type { Group, Inventory } from './inventory.ts';

const memberCache = new WeakMap<Inventory, Map<string, readonly string[]>>();
const groupCache = new WeakMap<Inventory, Map<string, readonly Group[]>>();

/** Names of all hosts of a group: its own first, then those of the groups inside it, level by level. Empty where there is no such group; `all` leaves out an implicit localhost. */
export function membersOf(inventory: Inventory, group: string): readonly string[] {
  return cached(memberCache, inventory, group, () => {
    const names = new Set<string>();
    for (const each of reach(inventory, [group], 'children')) for (const host of each.hosts) if (group !== 'all' || !inventory.hosts.get(host)!.implicit) names.add(host);
    return [...names];
  });
}

/** All groups that a host is in except `all`, weakest first: by depth, then priority, then name. Empty for a host that the inventory does not name. */
export function groupsOfHost(inventory: Inventory, host: string): readonly Group[] {
  const direct = inventory.hosts.get(host)?.groups ?? [];
  return cached(groupCache, inventory, direct.join('\0'), () => reach(inventory, direct, 'parents').filter((group) => group.name !== 'all').sort(weakestFirst));
}

function weakestFirst(a: Group, b: Group): number {
  return a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1);
}

function reach(inventory: Inventory, names: readonly string[], along: 'children' | 'parents'): Group[] {
  const found = new Set<Group>();
  for (const name of names) {
    const group = inventory.groups.get(name);
    if (group) found.add(group);
  }
  for (const group of found) {
    for (const name of group[along]) found.add(inventory.groups.get(name)!);
  }
  return [...found];
}

/** The value kept for a key of an inventory, made where it is not there yet. */
export function cached<T>(cache: WeakMap<object, Map<string, T>>, owner: object, key: string, make: () => T): T {
  let known = cache.get(owner);
  if (!known) cache.set(owner, (known = new Map()));
  let value = known.get(key);
  if (value === undefined) known.set(key, (value = make()));
  return value;
}
