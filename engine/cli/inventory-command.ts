/** `kplay inventory`: its words on the command line. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { repeatable } from './repeatable.ts';

/** The options as commander gives them. */
export interface InventoryFlags {
  readonly inventory?: string[];
  readonly extraVars?: string[];
  readonly list?: boolean;
  readonly graph?: string | true;
  readonly host?: string;
  readonly vars?: boolean;
}

/** Adds the command. */
export function addInventory(program: Command, context: Context, done: (code: number) => void): void {
  program.command('inventory').description('show what an inventory says')
    .addOption(repeatable('-i, --inventory <path>', 'inventory file, folder, script, or hosts "a,b,"; repeatable (default: inventory/)'))
    .addOption(repeatable('-e, --extra-vars <vars>', 'variables: k=v, JSON or @file; repeatable'))
    .option('--list', 'all groups, hosts and variables as JSON')
    .option('--graph [group]', 'groups and hosts as a tree')
    .option('--host <name>', 'one host\'s variables as JSON')
    .option('--vars', 'with --graph: variables too')
    .action(async (flags: InventoryFlags) => {
      const { showInventory } = await import('./show-inventory.ts');
      done(await showInventory(flags, context));
    });
}
