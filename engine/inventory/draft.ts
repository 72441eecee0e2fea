/** An inventory while its sources are being read: the one place of this room that changes values in place. */
import type { Problem } from '../source/problem.ts';
import { TextError } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import { bounds, type VariableValue } from './inventory.ts';

export interface DraftHost {
  readonly name: string;
  readonly groups: Set<string>;
  readonly vars: Map<string, VariableValue>;
  readonly file?: string | undefined;
  readonly folder?: string | undefined;
  readonly implicit: boolean;
  readonly span?: Span | undefined;
}

export interface DraftGroup {
  readonly name: string;
  readonly hosts: Set<string>;
  /** Child names, each with the place that says so. */
  readonly children: Map<string, Span | undefined>;
  readonly parents: Set<string>;
  readonly vars: Map<string, VariableValue>;
  priority: number;
  readonly span?: Span | undefined;
}

export interface Draft {
  readonly hosts: Map<string, DraftHost>;
  readonly groups: Map<string, DraftGroup>;
  readonly problems: Problem[];
  readonly warnings: Problem[];
  memberships: number;
}

/** The source that is being read, as the variables inventory_file and inventory_dir name it. */
export interface Origin {
  readonly file: string;
  readonly folder?: string | undefined;
}

/** A draft with the two groups that are always there. */
export function newDraft(): Draft {
  const draft: Draft = { hosts: new Map(), groups: new Map(), problems: [], warnings: [], memberships: 0 };
  addGroup(draft, 'all');
  addGroup(draft, 'ungrouped');
  addChild(draft, 'all', 'ungrouped');
  return draft;
}

/** The group of this name, made where it is new. Throws TextError past the bounds. */
export function addGroup(draft: Draft, name: string, span?: Span): DraftGroup {
  const known = draft.groups.get(name);
  if (known) return known;
  if (draft.groups.size >= bounds.groups) throw new TextError({ message: `more than ${bounds.groups} groups`, span });
  const group: DraftGroup = { name, hosts: new Set(), children: new Map(), parents: new Set(), vars: new Map(), priority: 1, span };
  draft.groups.set(name, group);
  warnOfName(draft, name, span);
  return group;
}

/** Puts a host into a group (which must be there), and into the inventory where it is new. Throws TextError past the bounds. */
export function addHost(draft: Draft, name: string, group: string, origin?: Origin, span?: Span): DraftHost {
  let host = draft.hosts.get(name);
  if (!host) {
    if (draft.hosts.size >= bounds.hosts) throw new TextError({ message: `more than ${bounds.hosts} hosts`, span });
    host = { name, groups: new Set(), vars: new Map(), file: origin?.file, folder: origin?.folder, implicit: false, span };
    draft.hosts.set(name, host);
  }
  if (++draft.memberships > bounds.memberships) throw new TextError({ message: `hosts are put into groups more than ${bounds.memberships} times`, span });
  host.groups.add(group);
  draft.groups.get(group)!.hosts.add(name);
  return host;
}

/** Puts a group into another; both must be there. */
export function addChild(draft: Draft, parent: string, child: string, span?: Span): void {
  const { children } = draft.groups.get(parent)!;
  if (!children.has(child)) children.set(child, span);
  draft.groups.get(child)!.parents.add(parent);
}

/** Sets a variable of a group; `ansible_group_priority` is the group's rank instead. */
export function setGroupVariable(draft: Draft, group: DraftGroup, name: string, value: VariableValue): void {
  if (name !== 'ansible_group_priority') {
    group.vars.set(name, value);
    return;
  }
  const given = 'data' in value ? value.data : value.tree.kind === 'scalar' ? value.tree.value : undefined;
  const priority = typeof given === 'string' && /^[-+]?\d+$/.test(given.trim()) ? Number(given) : given;
  if (Number.isSafeInteger(priority)) group.priority = priority as number;
  else draft.problems.push({ message: `ansible_group_priority of group "${group.name}" must be a whole number`, span: 'tree' in value ? value.tree.span : undefined });
}

/** What is wrong with a host's name, if anything is. */
export function hostNameFault(name: string): string | undefined {
  if (name === '') return 'a host needs a name';
  if (name.length > bounds.name) return `a host name of more than ${bounds.name} characters`;
  if (/[\s\p{Cc}]/u.test(name)) return 'a host name cannot hold spaces or control characters';
  if (name.includes(',')) return 'a host name cannot hold a comma: write one host a line';
  return undefined;
}

/** What is wrong with a group's name, if anything is. */
export function groupNameFault(name: string): string | undefined {
  if (name === '') return 'a group needs a name';
  if (name.length > bounds.name) return `a group name of more than ${bounds.name} characters`;
  if (/[\s\p{Cc},:]/u.test(name)) return 'a group name cannot hold spaces, commas or colons';
  return undefined;
}

/** As Ansible: such names work in patterns, but not as `groups.name` in a template. */
function warnOfName(draft: Draft, name: string, span: Span | undefined): void {
  const invalid = name.match(/^\d|[^\p{L}\p{N}_]/gu);
  if (!invalid || draft.warnings.length >= bounds.problems) return;
  const which = [...new Set(invalid)].map((char) => `"${char}"`).join(', ');
  draft.warnings.push({ message: `the group name "${name}" is no variable name because of ${which}`, span, hint: `templates reach it as groups['${name}'] only; "${name.replace(/^\d|[^\p{L}\p{N}_]/gu, '_')}" would do` });
}
