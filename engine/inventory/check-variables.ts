/** Reads all that group_vars/ and host_vars/ say of an inventory, so that mistakes show before a host is touched. */
import { nearest } from '../source/nearest.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { shortName } from '../source/read-source.ts';
import { bounds, localNames, type Inventory, type VarsFolder } from './inventory.ts';
import { candidates, varsOf, type VarsKind } from './read-variables.ts';
import { playbookFolder } from './variables.ts';

/**
 * Reads the group_vars/ and host_vars/ beside a playbook, for {@link variableLayers} of the same folder. Gives warnings;
 * throws TextError with every problem of the files that the inventory's names use.
 */
export function checkPlaybookVars(inventory: Inventory, folder: string): readonly Problem[] {
  const { problems, warnings } = checkVars(playbookFolder(inventory, folder), inventory);
  if (problems.length > 0) throw new TextError(problems);
  return warnings;
}

/** Reads a folder's files for every group and host, and tells what is wrong with them and which are surely misnamed. */
export function checkVars(folder: VarsFolder, inventory: Inventory): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const found = { problems: [] as Problem[], warnings: [] as Problem[] };
  check(folder, 'group_vars', folder.groupVars, inventory.groups, [], found);
  check(folder, 'host_vars', folder.hostVars, inventory.hosts, localNames, found);
  return found;
}

function check(folder: VarsFolder, kind: VarsKind, entries: ReadonlySet<string>, known: ReadonlyMap<string, unknown>, extra: readonly string[], found: { problems: Problem[]; warnings: Problem[] }): void {
  if (entries.size === 0) return;
  const used = new Set<string>();
  for (const name of [...known.keys(), ...extra]) {
    const [first, ...others] = candidates(folder, kind, name);
    if (first === undefined) continue;
    for (const entry of [first, ...others]) used.add(entry);
    for (const entry of others) found.warnings.push({ message: `${shown(folder, kind, entry)} is not read: ${first} of the same name comes before it, as in Ansible`, hint: 'move it into a folder of that name, which may hold several files' });
    try {
      const layers = varsOf(folder, kind, name);
      if (kind === 'group_vars') found.warnings.push(...layers.flatMap(priorityWarning));
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      found.problems.push(...error.problems);
    }
  }
  found.warnings.push(...misnamed(folder, kind, [...entries].filter((entry) => !used.has(entry)), known));
}

function priorityWarning({ values }: { readonly values: ReadonlyMap<string, unknown> }): readonly Problem[] {
  const value = values.get('ansible_group_priority') as { readonly tree: { readonly span: Problem['span'] } } | undefined;
  return value ? [{ message: 'ansible_group_priority works in the inventory file alone, as in Ansible', span: value.tree.span, hint: 'move it to the vars of the group in the inventory' }] : [];
}

/** Files for other inventories may stand here too, so only a near miss is worth a word; `web2` beside `web1` is none. */
function misnamed(folder: VarsFolder, kind: VarsKind, entries: readonly string[], known: ReadonlyMap<string, unknown>): readonly Problem[] {
  const warnings: Problem[] = [];
  for (const entry of entries.slice(0, bounds.problems)) {
    const name = entry.replace(/\.(yml|yaml|json)$/, '');
    const near = entry.startsWith('.') ? undefined : nearest(name, known.keys());
    if (near === undefined || near === name || near.replace(/\d/g, '') === name.replace(/\d/g, '')) continue;
    warnings.push({ message: `${shown(folder, kind, entry)} belongs to no ${kind === 'group_vars' ? 'group' : 'host'} of the inventory`, hint: `did you mean "${near}"?` });
  }
  return warnings;
}

function shown(folder: VarsFolder, kind: VarsKind, entry: string): string {
  return shortName(`${folder.path}/${kind}/${entry}`);
}
