/** Variables of one task on one host: where each name is looked for, strongest first, in Ansible's order. */
import { groupNames, groupsOf, hostMagic, variableLayers, type VariableValue } from '../inventory/variables.ts';
import type { Directives, Play, Role, VarsLayer } from '../playbook/playbook.ts';
import { compileTree, type CompiledTree } from '../template/compile-tree.ts';
import type { Tree } from '../source/tree.ts';
import type { Scope } from '../template/registry.ts';
import { lazyMapping, type Value } from '../template/value.ts';
import { TemplateError } from '../template/fault.ts';
import type { HostState } from './host-state.ts';
import { environmentOf } from './lookups.ts';
import type { Run } from './run.ts';

/** What a scope is for. */
export interface Occasion {
  readonly run: Run;
  readonly host: HostState;
  /** Missing for what belongs to no play: another host's view in hostvars. */
  readonly play?: PlayContext | undefined;
  /** Folder of the playbook whose group_vars and host_vars count, where there is no play; the play's own otherwise. */
  readonly folder?: string | undefined;
  readonly directives?: Directives | undefined;
  /** Loop variables, and what rescue and retries add; stronger than all but extra vars. */
  readonly locals?: ReadonlyMap<string, Value> | undefined;
  /** The tasks file that is running, for lookups. */
  readonly file?: string | undefined;
}

/** A play while it runs. */
export interface PlayContext {
  readonly play: Play;
  /** Hosts of the play by pattern and limit, in order. */
  readonly allHosts: readonly string[];
  /** Hosts of the batch. */
  readonly batch: readonly HostState[];
  /** vars_files whose names are templates, read for a host. */
  readonly hostVarsFiles: Map<string, readonly VarsLayer[]>;
  /** Roles that include_role made public: their defaults and vars are the play's from then on. */
  readonly publicRoles: Role[];
  /** max_fail_percentage. */
  readonly maxFail?: number | undefined;
  /** True once the play has ended for all its hosts. */
  stopped: boolean;
}

type Found = { readonly value: Value } | { readonly tree: CompiledTree };
type Source = (name: string) => Found | undefined;

/** The variables of an occasion. Values are worked out when asked for, once. */
export function openScope(occasion: Occasion): Scope {
  const known = new Map<string, Value | undefined>();
  const under: string[] = [];
  const sources = sourcesOf(occasion);
  const scope: Scope = {
    get(name) {
      if (known.has(name)) return known.get(name);
      const found = find(sources, name);
      if (!found) {
        known.set(name, undefined);
        return undefined;
      }
      if ('value' in found) {
        known.set(name, found.value);
        return found.value;
      }
      if (under.includes(name)) throw new TemplateError(`the variable "${name}" stands for itself: ${[...under.slice(under.indexOf(name)), name].join(' → ')}`, found.tree.tree.span);
      under.push(name);
      try {
        const value = found.tree.evaluateVariable(scope, environment);
        known.set(name, value);
        return value;
      } finally {
        under.pop();
      }
    },
  };
  const environment = environmentOf(occasion, scope);
  return scope;
}

function find(sources: readonly Source[], name: string): Found | undefined {
  for (const source of sources) {
    const found = source(name);
    if (found) return found;
  }
  return undefined;
}

/** Strongest first. https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#understanding-variable-precedence */
function sourcesOf({ run, host, play, folder, directives, locals, ...rest }: Occasion): Source[] {
  const layers = (list: readonly VarsLayer[]): Source => (name) => {
    for (let at = list.length - 1; at >= 0; at--) {
      const tree = list[at]!.values.get(name);
      if (tree) return { tree };
    }
    return undefined;
  };
  const role = directives?.role;
  const roleChain = role ? [...role.dependencies, role] : [];
  const playRoles = play ? [...play.play.roles, ...play.publicRoles] : [];
  return [
    layers([run.options.extraVars]),
    (name) => valueOf(locals?.get(name)),
    magic({ run, host, play, directives, ...rest }),
    layers(directives?.includeVars ?? []),
    layers(roleChain.map((each) => each.params)),
    (name) => valueOf(host.stored.get(name)),
    layers(directives?.vars ?? []),
    layers([...playRoles, ...roleChain].map((each) => each.vars)),
    layers(play?.hostVarsFiles.get(host.name) ?? []),
    layers(play ? play.play.varsFiles.flatMap((file) => file.layer ?? []) : []),
    layers(play ? [play.play.vars] : []),
    (name) => factOf(host, name),
    inventorySource(run, host.name, play?.play.folder ?? folder),
    layers([...playRoles, ...roleChain].map((each) => each.defaults)),
  ];
}

function factOf(host: HostState, name: string): Found | undefined {
  return name.startsWith('ansible_') ? valueOf(host.facts.get(name.slice('ansible_'.length))) : undefined;
}

const compiledTrees = new WeakMap<Tree, CompiledTree>();

/** An inventory value with its templates compiled, once. */
export function compiledOnce(tree: Tree): CompiledTree {
  let compiled = compiledTrees.get(tree);
  if (!compiled) compiledTrees.set(tree, (compiled = compileTree(tree)));
  return compiled;
}

function inventorySource(run: Run, host: string, folder: string | undefined): Source {
  const layers = variableLayers(run.inventory, host, folder);
  return (name) => {
    for (let at = layers.length - 1; at >= 0; at--) {
      const value: VariableValue | undefined = layers[at]!.values.get(name);
      if (value) return 'tree' in value ? { tree: compiledOnce(value.tree) } : { value: value.data as Value };
    }
    return undefined;
  };
}

function valueOf(value: Value | undefined): Found | undefined {
  return value === undefined ? undefined : { value };
}

/** Names that the engine itself gives and nothing but extra vars can take over. */
export const magicNames = [
  'inventory_hostname', 'inventory_hostname_short', 'group_names', 'groups', 'hostvars', 'inventory_dir', 'inventory_file', 'playbook_dir',
  'role_path', 'role_name', 'ansible_role_name', 'ansible_play_name', 'ansible_play_hosts', 'ansible_play_hosts_all', 'ansible_play_batch', 'play_hosts',
  'ansible_check_mode', 'ansible_diff_mode', 'ansible_verbosity', 'ansible_forks', 'ansible_run_tags', 'ansible_skip_tags', 'ansible_limit', 'ansible_facts',
  'ansible_version', 'ansible_failed_task', 'ansible_failed_result', 'ansible_managed', 'vars', 'environment', 'omit',
] as const;

function magic(occasion: Occasion): Source {
  const { run, host, play, directives } = occasion;
  const give: Partial<Record<(typeof magicNames)[number], () => Value | undefined>> = {
    inventory_hostname: () => host.name,
    inventory_hostname_short: () => hostMagic(run.inventory, host.name).inventory_hostname_short,
    group_names: () => [...groupNames(run.inventory, host.name)],
    groups: () => groupsOf(run.inventory) as Value,
    hostvars: () => hostvarsOf(run, play),
    inventory_dir: () => hostMagic(run.inventory, host.name).inventory_dir,
    inventory_file: () => hostMagic(run.inventory, host.name).inventory_file,
    playbook_dir: () => play?.play.folder,
    role_path: () => directives?.role?.folder,
    role_name: () => directives?.role?.name,
    ansible_role_name: () => directives?.role?.name,
    ansible_play_name: () => play?.play.name,
    ansible_play_hosts: () => play?.batch && play.allHosts.filter((name) => !run.hosts.get(name)?.out),
    ansible_play_hosts_all: () => play && [...play.allHosts],
    ansible_play_batch: () => play?.batch.filter((each) => !each.out).map((each) => each.name),
    play_hosts: () => play?.batch.filter((each) => !each.out).map((each) => each.name),
    ansible_check_mode: () => run.options.check,
    ansible_diff_mode: () => run.options.diff,
    ansible_verbosity: () => run.options.verbosity,
    ansible_forks: () => run.options.forks,
    ansible_run_tags: () => (run.options.tags.only.length > 0 ? [...run.options.tags.only] : ['all']),
    ansible_skip_tags: () => [...run.options.tags.skip],
    ansible_limit: () => run.options.limit,
    ansible_facts: () => lazyMapping((key) => host.facts.get(key), () => host.facts.keys()),
    ansible_version: () => ({ full: '2.16.0', major: 2, minor: 16, revision: 0, string: '2.16.0' }),
    ansible_failed_task: () => host.rescued && { name: host.rescued.task.name?.isStatic ? String((host.rescued.task.name.tree as { value: unknown }).value) : host.rescued.task.action.name, action: host.rescued.task.action.name },
    ansible_failed_result: () => host.rescued?.result,
    ansible_managed: () => 'Managed by kplay; changes made here are overwritten',
    environment: () => [],
  };
  return (name) => valueOf(Object.hasOwn(give, name) ? give[name as (typeof magicNames)[number]]!() : undefined);
}

/** Every host's variables, worked out only for the host and the name that is asked for. */
function hostvarsOf(run: Run, play: PlayContext | undefined): Value {
  const scopes = new Map<string, Value>();
  return lazyMapping((name) => {
    const other = run.hosts.get(name);
    if (!other) return undefined;
    let view = scopes.get(name);
    if (view === undefined) scopes.set(name, (view = hostView(run, other, play?.play.folder)));
    return view;
  }, () => run.inventory.hosts.keys());
}

/** A host's variables as others see them: inventory, facts, stored values, extra vars. */
function hostView(run: Run, host: HostState, folder: string | undefined): Value {
  const scope = openScope({ run, host, folder });
  const keys = (): string[] => [
    ...new Set([
      ...variableLayers(run.inventory, host.name, folder).flatMap((layer) => [...layer.values.keys()]),
      ...host.stored.keys(), ...[...host.facts.keys()].map((name) => `ansible_${name}`), ...run.options.extraVars.values.keys(),
      'inventory_hostname', 'inventory_hostname_short', 'group_names', 'groups', 'ansible_facts',
    ]),
  ];
  return lazyMapping((name) => scope.get(name), keys);
}

/** A host's variables by name, for what the engine itself asks (ansible_host, ansible_user …). */
export function hostScope(run: Run, host: HostState, play: PlayContext | undefined): Scope {
  return openScope({ run, host, play });
}
