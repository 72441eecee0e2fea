/** What the inventory says of a host, in the order in which variables win over each other. */
import { isIPv4, isIPv6 } from 'node:net';
import { findHost } from './find-host.ts';
import { cached, groupsOfHost, membersOf } from './groups.ts';
import type { Group, Inventory, VariableLayer, Variables, VarsFolder } from './inventory.ts';
import { openVarsFolder, varsOf } from './read-variables.ts';

export type { VariableLayer, VariableValue } from './inventory.ts';

const layerCache = new WeakMap<object, Map<string, readonly VariableLayer[]>>();
const folderCache = new WeakMap<object, Map<string, VarsFolder>>();
const groupsCache = new WeakMap<object, Map<string, Readonly<Record<string, readonly string[]>>>>();

/**
 * All that the inventory says of a host, weakest first, in Ansible's order: the inventory's vars of `all`, of groups;
 * group_vars/all beside the inventory, beside the playbook; other group_vars beside the inventory, beside the
 * playbook; the inventory's vars of the host; host_vars beside the inventory, beside the playbook. Groups go by depth,
 * priority, name. `playbook` is the folder of the playbook. A name that the inventory lacks has what `all` and host_vars
 * say. Throws TextError for a file that was not checked before.
 * @see https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#understanding-variable-precedence
 */
export function variableLayers(inventory: Inventory, host: string, playbook?: string): readonly VariableLayer[] {
  return cached(layerCache, inventory, `${host}\0${playbook ?? ''}`, () => gather(inventory, host, playbook));
}

function gather(inventory: Inventory, host: string, playbook: string | undefined): readonly VariableLayer[] {
  const groups = groupsOfHost(inventory, host);
  const all = inventory.groups.get('all')!;
  const beside = playbook === undefined ? [] : [playbookFolder(inventory, playbook)];
  return [
    ...own('group all', all.vars),
    ...groups.flatMap((group) => own(`group ${group.name}`, group.vars)),
    ...groupVars(inventory.folders, [all]),
    ...groupVars(beside, [all]),
    ...groupVars(inventory.folders, groups),
    ...groupVars(beside, groups),
    ...own(`host ${host}`, findHost(inventory, host)?.vars ?? new Map()),
    ...[...inventory.folders, ...beside].flatMap((folder) => varsOf(folder, 'host_vars', host)),
  ];
}

/** Every layer that the inventory has for any host, each once, in no order: what names there are. Throws TextError as variableLayers. */
export function* everyLayer(inventory: Inventory, playbook: string): Generator<VariableLayer> {
  const folders = [...inventory.folders, playbookFolder(inventory, playbook)];
  for (const group of inventory.groups.values()) {
    if (group.name !== 'all' && membersOf(inventory, group.name).length === 0) continue;
    yield* own(`group ${group.name}`, group.vars);
    yield* groupVars(folders, [group]);
  }
  for (const host of inventory.hosts.values()) {
    yield* own(`host ${host.name}`, host.vars);
    for (const folder of folders) yield* varsOf(folder, 'host_vars', host.name);
  }
}

/** Folder by folder, and in each the groups in their order: a later source's files win over all of an earlier one's. */
function groupVars(folders: readonly VarsFolder[], groups: readonly Group[]): readonly VariableLayer[] {
  return folders.flatMap((folder) => groups.flatMap((group) => varsOf(folder, 'group_vars', group.name)));
}

function own(what: string, values: Variables): readonly VariableLayer[] {
  return values.size === 0 ? [] : [{ label: `inventory: ${what}`, values }];
}

/** The group_vars/ and host_vars/ of a playbook's folder, listed once for an inventory. */
export function playbookFolder(inventory: Inventory, folder: string): VarsFolder {
  return cached(folderCache, inventory.folders, folder, () => openVarsFolder(folder));
}

/** The variable `group_names`: sorted, without `all`; `['ungrouped']` for a host in no group. */
export function groupNames(inventory: Inventory, host: string): readonly string[] {
  return groupsOfHost(inventory, host).map((group) => group.name).sort();
}

/** The variable `groups`: each group's name and the names of its hosts. One object an inventory, so that templates share it. */
export function groupsOf(inventory: Inventory): Readonly<Record<string, readonly string[]>> {
  return cached(groupsCache, inventory, '', () => Object.fromEntries([...inventory.groups.keys()].map((name) => [name, membersOf(inventory, name)])));
}

/** The other variables that nobody sets, plain data. */
export interface HostMagic {
  readonly inventory_hostname: string;
  /** The name up to its first dot; an address stays whole. */
  readonly inventory_hostname_short: string;
  /** Folder and file of the source that named the host first; null where it stands in none. */
  readonly inventory_dir: string | null;
  readonly inventory_file: string | null;
}

/** What a host is called and where it stands. */
export function hostMagic(inventory: Inventory, host: string): HostMagic {
  const known = inventory.hosts.get(host);
  const short = isIPv4(host) || isIPv6(host) ? host : host.split('.', 1)[0]!;
  return { inventory_hostname: host, inventory_hostname_short: short, inventory_dir: known?.folder ?? null, inventory_file: known?.file ?? null };
}
