/** What an inventory is: hosts, groups and their variables, read from all sources and put together. */
import type { Problem } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import type { Tree } from '../source/tree.ts';

/** A variable: text that a person wrote (its templates count), or plain data that a script answered (never a template). */
export type VariableValue = { readonly tree: Tree } | { readonly data: unknown };

export type Variables = ReadonlyMap<string, VariableValue>;

/** Variables that come from one place; a later layer wins over an earlier one, name by name. */
export interface VariableLayer {
  /** Where they come from, for people: `inventory: group etcd`, `group_vars/etcd.yml`. */
  readonly label: string;
  readonly values: Variables;
}

export interface Host {
  readonly name: string;
  /** The groups that list it themselves, in the order of the sources. */
  readonly groups: readonly string[];
  /** What the inventory files say of this host itself. */
  readonly vars: Variables;
  /** Absolute path of the source that named it first (`a,b,` for a list of hosts); the variable inventory_file. */
  readonly file?: string | undefined;
  /** The folder of that source, where it has one; the variable inventory_dir. */
  readonly folder?: string | undefined;
  /** True for the localhost that is there without being in any inventory. */
  readonly implicit: boolean;
  /** Where it is named first. */
  readonly span?: Span | undefined;
}

export interface Group {
  readonly name: string;
  /** Names of hosts that it lists itself. */
  readonly hosts: readonly string[];
  /** Names of groups inside it. */
  readonly children: readonly string[];
  readonly parents: readonly string[];
  /** Steps of the longest way down from `all`, which has depth 0. Deeper groups win. */
  readonly depth: number;
  /** `ansible_group_priority`, default 1: the higher one wins among groups of one depth. */
  readonly priority: number;
  readonly vars: Variables;
  readonly span?: Span | undefined;
}

export interface Inventory {
  /** In the order of the sources. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** `all`, `ungrouped`, then in the order of the sources. */
  readonly groups: ReadonlyMap<string, Group>;
  /** The folders whose group_vars/ and host_vars/ belong to the inventory, weakest first. */
  readonly folders: readonly VarsFolder[];
  /** What is allowed but surely not meant. */
  readonly warnings: readonly Problem[];
}

/** A folder that holds group_vars/ and host_vars/, listed once; what stands in them is read on first use. */
export interface VarsFolder {
  /** Absolute path. */
  readonly path: string;
  /** Names of the files and folders in group_vars/ and in host_vars/. */
  readonly groupVars: ReadonlySet<string>;
  readonly hostVars: ReadonlySet<string>;
}

/** Names that mean this machine, and that stand for a host even where no inventory names them. */
export const localNames: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/** Bounds that keep hostile inventories from taking the machine's time or memory. */
export const bounds = { hosts: 100_000, groups: 10_000, memberships: 1_000_000, problems: 50, name: 255 } as const;
