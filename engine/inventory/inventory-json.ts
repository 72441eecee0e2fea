/** An inventory as `ansible-inventory --list` and `--host` print it. */
import { membersOf } from './groups.ts';
import type { Inventory } from './inventory.ts';

/** A host's variables with their templates worked out. */
export type RenderedVars = (host: string) => Readonly<Record<string, unknown>>;

/**
 * The answer of an inventory script: groups with hosts and children (empty ones left out), the hosts' variables under
 * `_meta.hostvars`. Keys are sorted; print it with `JSON.stringify(…, null, 4)` and it is what Ansible prints.
 */
export function inventoryJson(inventory: Inventory, varsOf: RenderedVars): Readonly<Record<string, unknown>> {
  const listed: [string, unknown][] = [];
  for (const { name, hosts, children } of inventory.groups.values()) {
    const body = { ...(children.length > 0 && { children }), ...(name !== 'all' && hosts.length > 0 && { hosts }) };
    if (Object.keys(body).length > 0) listed.push([name, body]);
  }
  const hostvars: [string, unknown][] = [];
  for (const host of membersOf(inventory, 'all')) {
    const vars = hostJson(varsOf(host));
    if (Object.keys(vars).length > 0) hostvars.push([host, vars]);
  }
  return sortKeys(Object.fromEntries([...listed, ['_meta', { hostvars: Object.fromEntries(hostvars) }]])) as Record<string, unknown>;
}

/** One host's variables as `--host` prints them: keys sorted at every depth, magic variables left out. */
export function hostJson(vars: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return sortKeys(Object.fromEntries(Object.entries(vars).filter(([name]) => !internal.has(name)))) as Record<string, unknown>;
}

/** What Ansible leaves out of its views too. */
const internal = new Set([
  'ansible_diff_mode', 'ansible_config_file', 'ansible_facts', 'ansible_forks', 'ansible_inventory_sources', 'ansible_limit',
  'ansible_playbook_python', 'ansible_run_tags', 'ansible_skip_tags', 'ansible_verbosity', 'ansible_version', 'inventory_dir',
  'inventory_file', 'inventory_hostname', 'inventory_hostname_short', 'groups', 'group_names', 'omit', 'playbook_dir',
]);

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sortKeys(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
