/** Hosts and groups that come while a run is on: what add_host and group_by do. */
import type { Problem } from '../source/problem.ts';
import { TextError } from '../source/problem.ts';
import { addChild, addGroup, addHost, groupNameFault, hostNameFault, newDraft, type Draft } from './draft.ts';
import { parseAddress } from './host-address.ts';
import { findHost } from './find-host.ts';
import { finishInventory } from './finish-inventory.ts';
import type { Host, Inventory } from './inventory.ts';

/** One host to add (add_host), or to put into more groups (group_by). */
export interface Addition {
  /** Its name, with a port where it has one of its own: `web1`, `web1:2222`. */
  readonly host: string;
  /** Groups to be in; new ones are made. */
  readonly groups?: readonly string[];
  /** Groups that the `groups` are put into. */
  readonly parents?: readonly string[];
  /** Variables as plain data: they are never templates. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** True where the host takes part in the run already, as for group_by: an implicit localhost then stays implicit. */
  readonly existing?: boolean;
}

/** A new inventory with the additions made, the old one left as it was. Throws TextError for bad names and circles. */
export function growInventory(inventory: Inventory, additions: readonly Addition[]): Inventory {
  const draft = thaw(inventory);
  for (const addition of additions) add(draft, addition, inventory);
  if (draft.problems.length > 0) throw new TextError(draft.problems);
  const grown = finishInventory(draft, inventory.folders);
  if (draft.problems.length > 0) throw new TextError(draft.problems);
  return { ...grown, warnings: inventory.warnings };
}

function add(draft: Draft, { host: given, groups = [], parents = [], vars = {}, existing }: Addition, inventory: Inventory): void {
  const { host, port } = existing ? { host: given } : (parseAddress(given) ?? { host: given });
  const faults: (Problem | undefined)[] = [fault(host, hostNameFault(host)), ...[...groups, ...parents].map((name) => fault(name, groupNameFault(name)))];
  const problems = faults.filter((each) => each !== undefined);
  draft.problems.push(...problems);
  if (problems.length > 0) return;
  if (existing) keepImplicit(draft, findHost(inventory, host));
  const added = draft.hosts.get(host) ?? addHost(draft, host, 'all');
  if (port !== undefined) added.vars.set('ansible_port', { data: port });
  for (const [name, data] of Object.entries(vars)) added.vars.set(name, { data });
  for (const name of parents) addGroup(draft, name);
  for (const name of groups) {
    addGroup(draft, name);
    addHost(draft, host, name);
    for (const parent of parents) addChild(draft, parent, name);
  }
}

function keepImplicit(draft: Draft, host: Host | undefined): void {
  if (host?.implicit && !draft.hosts.has(host.name)) draft.hosts.set(host.name, { ...host, groups: new Set(), vars: new Map(host.vars) });
}

function fault(name: string, message: string | undefined): Problem | undefined {
  return message === undefined ? undefined : { message: `"${name}": ${message}` };
}

function thaw(inventory: Inventory): Draft {
  const draft = newDraft();
  for (const { children, hosts, parents, vars, ...group } of inventory.groups.values()) {
    draft.groups.set(group.name, { ...group, hosts: new Set(hosts), children: new Map(children.map((child) => [child, inventory.groups.get(child)!.span])), parents: new Set(parents), vars: new Map(vars) });
  }
  for (const { groups, vars, ...host } of inventory.hosts.values()) draft.hosts.set(host.name, { ...host, groups: new Set(groups), vars: new Map(vars) });
  return draft;
}
