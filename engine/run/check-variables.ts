/** Variables that nothing defines, found before any host is touched. */
import type { Play, Task, VarsLayer } from '../playbook/playbook.ts';
import { nearestHint } from '../source/nearest.ts';
import type { Problem } from '../source/problem.ts';
import { holdsTemplate, type CompiledTree } from '../template/compile-tree.ts';
import type { FreeName } from '../template/compile.ts';
import { everyLayer } from '../inventory/variables.ts';
import { magicNames } from './magic.ts';
import { compiledOnce } from './variables.ts';
import type { Run } from './run.ts';

/** Names that tasks of any play leave behind: registered results and facts that are set. */
export function namesLeftBehind(tasks: readonly Task[]): Set<string> {
  const names = new Set<string>();
  for (const task of tasks) {
    if (task.register) names.add(task.register);
    if (task.action.kind === 'module' && task.action.name === 'set_fact') for (const name of task.action.args.fields.keys()) names.add(name);
  }
  return names;
}

/** What a play defines, by name, with the trees that hold templates; a name that stands at several places may have several. */
export type Definitions = ReadonlyMap<string, readonly CompiledTree[]>;

/** Everything that the inventory, the command line, the play and its roles define. */
export function definitionsOf(run: Pick<Run, 'inventory' | 'options'>, play: Play): Definitions {
  const all = new Map<string, CompiledTree[]>();
  const add = (name: string, tree?: CompiledTree): void => {
    const trees = all.get(name) ?? [];
    if (tree && !tree.isStatic) trees.push(tree);
    all.set(name, trees);
  };
  const addLayer = (layer: VarsLayer): void => { for (const [name, tree] of layer.values) add(name, tree); };
  for (const { values } of everyLayer(run.inventory, play.folder)) {
    for (const [name, value] of values) add(name, 'tree' in value && holdsTemplate(value.tree) ? compiledOnce(value.tree) : undefined);
  }
  for (const layer of [run.options.extraVars, play.vars, ...play.varsFiles.flatMap((file) => file.layer ?? []), ...play.directives.vars]) addLayer(layer);
  for (const { name } of play.prompts) add(name);
  for (const role of play.roles) for (const layer of [role.defaults, role.vars, role.params]) addLayer(layer);
  return all;
}

/** Names that a task uses and nothing can define. `fileNames` are those of its template files and expressions. */
export function undefinedNames(task: Task, fileNames: readonly FreeName[], definitions: Definitions, left: ReadonlySet<string>, visited: Set<unknown>): Problem[] {
  const own = [...task.directives.vars, ...task.directives.includeVars, ...roleLayers(task)].map((layer) => layer.values);
  const loop = task.loop ? [task.loop.itemName, ...(task.loop.indexName ? [task.loop.indexName] : []), 'ansible_loop', 'ansible_loop_var'] : [];
  const guarded = new Set(task.directives.when.flatMap((each) => each.expression.guards));
  const isKnown = (name: string): boolean => loop.includes(name) || own.some((values) => values.has(name)) || definitions.has(name) || left.has(name) || magicNames.includes(name) || name.startsWith('ansible_');
  const problems: Problem[] = [];
  const once = (what: unknown, act: () => void): void => {
    if (visited.has(what)) return;
    visited.add(what);
    act();
  };
  const visit = (names: readonly FreeName[]): void => {
    for (const { name, span, guarded: allowed } of names) {
      if (!isKnown(name)) {
        if (!allowed && !guarded.has(name)) problems.push({ message: `the variable "${name}" is not defined anywhere`, span, hint: nearestHint(name, [...own.flatMap((values) => [...values.keys()]), ...definitions.keys(), ...left, ...loop].filter((known) => known !== name)) });
        continue;
      }
      if (allowed || guarded.has(name)) continue;
      for (const tree of own.flatMap((values) => values.get(name) ?? [])) once(tree, () => visit(tree.names));
      const trees = definitions.get(name);
      if (trees) once(trees, () => trees.forEach((tree) => once(tree, () => visit(tree.names))));
    }
  };
  visit([...namesUsed(task), ...fileNames]);
  return problems;
}

function roleLayers(task: Task): VarsLayer[] {
  const { role } = task.directives;
  return role ? [...role.dependencies, role].flatMap((each) => [each.defaults, each.vars, each.params]) : [];
}

function namesUsed(task: Task): FreeName[] {
  const { directives, action } = task;
  const trees = [
    task.loop?.items, task.loop?.label, task.loop?.pause, task.retries, task.delay, task.notify, ...directives.environment, ...Object.values(directives.settings),
    ...(action.kind === 'module' ? [...[...action.args.fields.values()].map((arg) => arg.value), action.args.whole] : action.kind === 'include_tasks' ? [action.file] : [action.role, action.tasksFrom]),
  ];
  const conditions = [...directives.when, ...task.until, ...(task.changedWhen ?? []), ...(task.failedWhen ?? [])];
  return [...trees.flatMap((tree) => tree?.names ?? []), ...conditions.flatMap((each) => each.expression.names)];
}

/** True where a play's variables cannot all be known before the run. */
export function isOpenEnded(play: Play, tasks: readonly Task[]): boolean {
  return play.varsFiles.some((file) => !file.layer) || tasks.some((task) => task.action.kind === 'include_role' || (task.action.kind === 'module' && task.action.args.whole && task.action.name === 'set_fact'));
}

