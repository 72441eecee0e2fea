/** What `kplay inventory` prints, as ansible-inventory does. */
import { findHost } from '../inventory/find-host.ts';
import { inventoryGraph } from '../inventory/inventory-graph.ts';
import { hostJson, inventoryJson } from '../inventory/inventory-json.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { readInventory } from '../inventory/read-inventory.ts';
import { nearestHint } from '../source/nearest.ts';
import { problemText, TextError } from '../source/problem.ts';
import { plain } from '../source/tree.ts';
import { hostVariables } from '../run/host-variables.ts';
import { inventoriesOf, type Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { readExtraVars } from './extra-vars.ts';
import type { InventoryFlags } from './inventory-command.ts';

/** Prints what was asked; gives the exit code. Throws TextError. */
export async function showInventory(flags: InventoryFlags, context: Context): Promise<number> {
  const asked = [flags.list, flags.graph, flags.host].filter((each) => each !== undefined);
  if (asked.length !== 1) throw new TextError({ message: 'inventory: give one of --list, --graph and --host' });
  const inventory = await readInventory(inventoriesOf(flags.inventory));
  for (const warning of inventory.warnings) context.error(`warning: ${problemText(warning)}`);
  const vars = hostVariables(inventory, readExtraVars(flags.extraVars));
  if (flags.host !== undefined) {
    known(inventory, flags.host, [...inventory.hosts.keys()], 'host');
    context.out(JSON.stringify(hostJson(vars(flags.host)), null, 4));
  } else if (flags.list) context.out(JSON.stringify(inventoryJson(inventory, vars), null, 4));
  else {
    const start = flags.graph === true ? 'all' : flags.graph!;
    known(inventory, start, [...inventory.groups.keys()], 'group');
    const written = (name: string) => Object.fromEntries([...inventory.groups.get(name)!.vars].map(([key, value]) => [key, 'tree' in value ? plain(value.tree) : value.data]));
    context.out(inventoryGraph(inventory, start, flags.vars ? { host: vars, group: written } : undefined));
  }
  return exitCode.fine;
}

function known(inventory: Inventory, name: string, names: readonly string[], what: 'host' | 'group'): void {
  if (what === 'group' ? inventory.groups.has(name) : findHost(inventory, name)) return;
  throw new TextError({ message: `no ${what} "${name}" in the inventory`, hint: nearestHint(name, names) });
}
