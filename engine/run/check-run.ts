/** All that can be known to be wrong before the first connection, told at once. */
import { selectHosts } from '../inventory/select-hosts.ts';
import { checkFiles } from '../playbook/check-files.ts';
import { checkHandlers } from '../playbook/check-handlers.ts';
import { findFile, candidates } from '../playbook/find-file.ts';
import type { Play, Playbook, Task } from '../playbook/playbook.ts';
import { flatTasks } from '../playbook/read-role.ts';
import { readTasksFile } from '../playbook/read-tasks.ts';
import { nearestHint } from '../source/nearest.ts';
import { shortName } from '../source/read-source.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { TemplateError } from '../template/fault.ts';
import { definitionsOf, isOpenEnded, namesLeftBehind, undefinedNames } from './check-variables.ts';
import { selectionOf } from './run-play.ts';
import { matches } from './run-nodes.ts';
import type { Run } from './run.ts';

/**
 * Checks playbooks against inventory and options. `found` are the problems of reading them; where there are some, variables
 * are not judged, since what defines them may not have been read. Throws TextError with every problem; gives warnings.
 */
export async function checkRun(run: Run, playbooks: readonly Playbook[], found: readonly Problem[]): Promise<readonly Problem[]> {
  const problems: Problem[] = [...found];
  const warnings: Problem[] = [];
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  const tasks = new Map<Play, Task[]>();
  for (const play of plays) tasks.set(play, await allTasks(run, play, problems));
  const left = namesLeftBehind([...tasks.values()].flat());
  problems.push(...onePlace(plays.flatMap((play) => checkHosts(run, play, warnings))));
  for (const play of plays) {
    const own = tasks.get(play)!;
    problems.push(...checkHandlers(play, own), ...checkTasks(run, play, own, found.length > 0 ? undefined : left));
  }
  problems.push(...checkOptions(run, [...tasks.values()].flat(), playbooks));
  if (problems.length > 0) throw new TextError(unique(problems));
  return warnings;
}

/** A play's tasks and handlers, and those of the files that it includes by a plain name. */
async function allTasks(run: Run, play: Play, problems: Problem[]): Promise<Task[]> {
  const found = [...flatTasks(play.sections.flat()), ...play.handlers];
  const read = new Set<string>();
  const always = new Map<string, string[]>();
  for (let at = 0; at < found.length; at++) {
    const task = found[at]!;
    if (task.action.kind !== 'include_tasks' || !task.action.file.isStatic) continue;
    const { tree } = task.action.file;
    const name = tree.kind === 'scalar' ? String(tree.value) : '';
    const where = { role: task.directives.role, file: task.file, folder: play.folder };
    const file = findFile(name, 'tasks', where);
    if (!file) problems.push({ message: `no file of tasks "${name}"`, span: tree.span, hint: `looked for ${candidates(name, 'tasks', where).slice(0, 3).map(shortName).join(', ')}` });
    if (!file) continue;
    if (task.directives.when.length === 0 && !task.loop) {
      always.set(task.file, [...(always.get(task.file) ?? []), file]);
      const circle = pathTo(always, file, task.file);
      if (circle) problems.push({ message: `this file includes itself for ever: ${[...circle, file].map(shortName).join(' → ')}`, span: tree.span, hint: 'a file may include itself under a condition that ends it (`when:`)' });
    }
    if (read.has(file)) continue;
    read.add(file);
    const reading = { ...run.reading, problems: [] as Problem[] };
    found.push(...flatTasks(await readTasksFile({ ...where, reading, inherited: handed(task), handlers: task.handler, stack: [] }, file, tree)));
    problems.push(...reading.problems);
  }
  return found;
}

/** The files on the way from one to another, both included, along includes that nothing stops. */
function pathTo(always: ReadonlyMap<string, readonly string[]>, from: string, to: string, seen: readonly string[] = []): string[] | undefined {
  if (from === to) return [...seen, from];
  if (seen.includes(from)) return undefined;
  for (const next of always.get(from) ?? []) {
    const path = pathTo(always, next, to, [...seen, from]);
    if (path) return path;
  }
  return undefined;
}

/** An included file's tasks see the include's loop variable; what it holds does not matter here. */
function handed(task: Task): Task['directives'] {
  if (!task.loop) return task.directives;
  const names = [task.loop.itemName, task.loop.indexName].filter((name) => name !== undefined);
  return { ...task.directives, includeVars: [...task.directives.includeVars, { label: 'loop', values: new Map(names.map((name) => [name, task.loop!.items])) }] };
}

/** A name that many plays have wrong is told where it is first, and how often more. */
function onePlace(problems: readonly Problem[]): Problem[] {
  const firsts = problems.filter(({ message }, at) => problems.findIndex((each) => each.message === message) === at);
  return firsts.map((first) => {
    const more = problems.filter(({ message }) => message === first.message).length - 1;
    if (more === 0) return first;
    const count = `so in ${more} more ${more === 1 ? 'place' : 'places'}`;
    return { ...first, hint: first.hint === undefined ? count : `${first.hint}; ${count}` };
  });
}

function checkHosts(run: Run, play: Play, warnings: Problem[]): Problem[] {
  try {
    const { names, problems } = selectionOf(run, play);
    if (names.length === 0 && problems.length > 0) return [...problems];
    warnings.push(...problems);
    if (names.length === 0) warnings.push({ message: `the play "${play.name}" has no hosts${run.options.limit === undefined ? '' : ` under --limit ${run.options.limit}`}`, span: play.hosts.tree.span });
    return [];
  } catch (error) {
    if (error instanceof TextError) return [...error.problems];
    if (error instanceof TemplateError) return [{ message: error.message, span: error.span, hint: error.hint }];
    throw error;
  }
}

function checkTasks(run: Run, play: Play, tasks: readonly Task[], left: ReadonlySet<string> | undefined): Problem[] {
  const open = left === undefined || isOpenEnded(play, tasks);
  const definitions = definitionsOf(run, play);
  const visited = new Set<unknown>();
  return tasks.flatMap((task) => {
    const { problems, names } = checkFiles(task, play.folder);
    return [...problems, ...(open ? [] : undefinedNames(task, names, definitions, left, visited)), ...checkDelegate(run, task)];
  });
}

/** A delegate that is in no inventory is reached by its name, as in Ansible; one that nearly is was misspelt. */
function checkDelegate(run: Run, task: Task): Problem[] {
  const tree = task.directives.settings.delegate_to;
  if (!tree?.isStatic || tree.tree.kind !== 'scalar') return [];
  const name = String(tree.tree.value);
  if (run.hosts.has(name) || ['localhost', '127.0.0.1', '::1', 'null'].includes(name)) return [];
  const group = run.inventory.groups.has(name) ? `"${name}" is a group: write groups['${name}'][0]` : nearestHint(name, run.hosts.keys());
  return group === undefined ? [] : [{ message: `delegate_to: no host "${name}" in the inventory`, span: tree.tree.span, hint: group }];
}

function checkOptions(run: Run, tasks: readonly Task[], playbooks: readonly Playbook[]): Problem[] {
  const { tags, startAtTask, limit } = run.options;
  const problems: Problem[] = [];
  const known = new Set([...tasks.flatMap((task) => task.directives.tags), 'all', 'always', 'never', 'tagged', 'untagged']);
  for (const [option, list] of [['--tags', tags.only], ['--skip-tags', tags.skip]] as const) {
    for (const tag of list) if (!known.has(tag)) problems.push({ message: `${option}: no task has the tag "${tag}"`, hint: nearestHint(tag, known) });
  }
  const names = tasks.map((task) => (task.name?.tree.kind === 'scalar' ? String(task.name.tree.value) : ''));
  const full = tasks.map((task, at) => (task.directives.role ? `${task.directives.role.name} : ${names[at]}` : names[at]!));
  if (startAtTask !== undefined && ![...names, ...full].some((name) => matches(startAtTask, name))) {
    problems.push({ message: `--start-at-task: no task is named "${startAtTask}" in ${playbooks.map((each) => each.file).join(', ')}`, hint: nearestHint(startAtTask, names.filter(Boolean)) });
  }
  if (limit !== undefined) {
    const selected = selectHosts(run.inventory, limit, {});
    problems.push(...selected.problems.map((problem) => ({ ...problem, message: `--limit: ${problem.message}` })));
  }
  return problems;
}

/** Each problem once, file by file in the order in which they came, and down each file. */
function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const key = `${problem.span?.source.name}:${problem.span?.start}:${problem.message}`;
    if (!seen.has(key)) seen.set(key, problem);
  }
  const files = [...new Set([...seen.values()].map(({ span }) => span?.source.name))];
  const rank = ({ span }: Problem): number => files.indexOf(span?.source.name);
  return [...seen.values()].sort((a, b) => rank(a) - rank(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0));
}
