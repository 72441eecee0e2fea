/** Hosts by name, this machine included. */
import { localNames, type Host, type Inventory } from './inventory.ts';

/**
 * The host of this name, undefined where there is none. `localhost`, `127.0.0.1` and `::1` are always there: as the host
 * that the inventory calls by one of these names, else as an implicit one on this machine that is in no group.
 */
export function findHost(inventory: Inventory, name: string): Host | undefined {
  const host = inventory.hosts.get(name);
  if (host || !localNames.includes(name)) return host;
  const other = localNames.map((local) => inventory.hosts.get(local)).find((each) => each !== undefined);
  return other ?? { name, groups: [], vars: new Map([['ansible_connection', { data: 'local' }]]), implicit: true };
}
