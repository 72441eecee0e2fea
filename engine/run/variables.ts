/** Variables of one task on one host: where each name is looked for, strongest first, in Ansible's order. */
import { variableLayers, type VariableValue } from '../inventory/variables.ts';
import type { Directives, Play, Role, VarsLayer } from '../playbook/playbook.ts';
import { compileTree, type CompiledTree } from '../template/compile-tree.ts';
import type { Tree } from '../source/tree.ts';
import type { Scope } from '../template/registry.ts';
import { lazyMapping, type Value } from '../template/value.ts';
import { TemplateError } from '../template/fault.ts';
import type { HostState } from './host-state.ts';
import { environmentOf } from './lookups.ts';
import { magicOf } from './magic.ts';
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
  let sources: Source[] | undefined;
  const scope: Scope = {
    get(name) {
      if (known.has(name)) return known.get(name);
      const found = find((sources ??= sourcesOf(occasion)), name);
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
function sourcesOf(occasion: Occasion): Source[] {
  const { run, host, play, folder, directives, locals } = occasion;
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
    (name) => valueOf(name === 'hostvars' ? hostvarsOf(run, play) : magicOf(occasion, name)),
    layers(directives?.includeVars ?? []),
    layers(roleChain.map((each) => each.params)),
    (name) => valueOf(host.stored.get(name)),
    layers(directives?.vars ?? []),
    layers([...playRoles, ...roleChain].map((each) => each.vars)),
    layers(play?.hostVarsFiles.get(host.name) ?? []),
    layers(play ? play.play.varsFiles.flatMap((file) => file.layer ?? []) : []),
    (name) => valueOf(play && run.answers.get(play.play)?.get(name)),
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
