/** include_tasks and include_role: what is run is known only once a host's variables are. */
import type { Directives, Node, Role, Task, VarsLayer } from '../playbook/playbook.ts';
import { applied } from '../playbook/read-task.ts';
import { candidates, findFile } from '../playbook/find-file.ts';
import { readRoleTasks } from '../playbook/read-role.ts';
import { readTasksFile } from '../playbook/read-tasks.ts';
import { noDirectives, type Where } from '../playbook/reading.ts';
import { shortName } from '../source/read-source.ts';
import { TextError } from '../source/problem.ts';
import { compileTree } from '../template/compile-tree.ts';
import { TemplateError } from '../template/fault.ts';
import { Unknown, type Value } from '../template/value.ts';
import type { Outcome } from '../event/event.ts';
import type { HostState } from './host-state.ts';
import { judge } from './judge.ts';
import { failedText, unknown } from './ended.ts';
import { environmentFor, scopeFor, type Ended, type TaskOnHost } from './task-on-host.ts';
import { infoOf, type Frame } from './run-task.ts';

/** Files may include themselves under a condition, but not deeper than this. */
const deepest = 100;

/** What an include stands for on some hosts. */
interface Included {
  readonly nodes: readonly Node[];
  readonly hosts: readonly HostState[];
}

interface Wanted {
  readonly host: HostState;
  readonly name: string;
  readonly tasksFrom: string | undefined;
  readonly locals: ReadonlyMap<string, Value>;
}

/** Works out what each host includes, and reads it once for all hosts that include the same. */
export async function includeNodes(frame: Frame, task: Task, hosts: readonly HostState[]): Promise<Included[]> {
  const info = infoOf(frame, task, hosts[0]!);
  const { report } = frame.run.options;
  report({ event: 'task_start', task: info, hosts: hosts.map((host) => host.name) });
  const wanted: Wanted[] = [];
  const ends = new Map<HostState, Ended>();
  for (const host of hosts) ends.set(host, wantedBy({ run: frame.run, play: frame.play, task, info, host }, frame.depth ?? 0, wanted));
  const included: Included[] = [];
  for (const group of grouped(wanted)) {
    const some = group.map(({ host }) => host);
    try {
      included.push({ nodes: await read(frame, task, group[0]!), hosts: some });
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      for (const host of some) ends.set(host, failedText({ run: frame.run, play: frame.play, task, info, host }, error, undefined));
    }
  }
  for (const [host, ended] of ends) {
    if (ended.status === 'failed' && !ended.ignored) Object.assign(host, { out: 'failed', failure: { task, result: ended.value } });
    report({ event: 'outcome', task: info, host: host.name, outcome: outcome(ended, frame) });
  }
  report({ event: 'task_end', task: info });
  return included;
}

/** Hosts and items that include the same with the same variables. */
function grouped(wanted: readonly Wanted[]): Wanted[][] {
  const groups = new Map<string, Wanted[]>();
  for (const each of wanted) {
    const key = JSON.stringify([each.name, each.tasksFrom, [...each.locals].map(([name, value]) => [name, String(JSON.stringify(value))])]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

/** Adds what a host wants, item by item of a loop; gives the include's own outcome. */
function wantedBy(on: TaskOnHost, depth: number, wanted: Wanted[]): Ended {
  const { task } = on;
  try {
    const scope = scopeFor(on, new Map());
    const items = task.loop ? task.loop.items.evaluate(scope, environmentFor(on, scope)) : [undefined];
    if (items instanceof Unknown) return unknown(on, items.because, undefined);
    if (!Array.isArray(items)) throw new TextError({ message: 'a loop needs a list', span: task.loop!.span });
    let skips = 0;
    for (const [index, item] of (items as Value[]).entries()) {
      const locals = new Map<string, Value>();
      if (task.loop) locals.set(task.loop.itemName, item);
      if (task.loop?.indexName) locals.set(task.loop.indexName, index);
      const inner = scopeFor(on, locals);
      const environment = environmentFor(on, inner);
      const verdict = judge(task.directives.when, inner, environment);
      if (verdict.kind === 'unknown') return unknown(on, verdict.because, undefined);
      if (verdict.kind === 'no') { skips++; continue; }
      const { action } = task;
      if (action.kind === 'module') continue;
      const tree = action.kind === 'include_tasks' ? action.file : action.role;
      const name = tree.evaluate(inner, environment);
      if (name instanceof Unknown) return unknown(on, name.because, undefined);
      if (typeof name !== 'string' || name === '') throw new TextError({ message: `${action.name} needs a name, found ${JSON.stringify(name)}`, span: tree.tree.span });
      const from = action.kind === 'include_role' ? action.tasksFrom?.evaluate(inner, environment) : undefined;
      check(on, depth, name, tree.tree.span);
      wanted.push({ host: on.host, name, tasksFrom: typeof from === 'string' ? from : undefined, locals });
    }
    const none = items.length > 0 && skips === items.length;
    return { status: none ? 'skipped' : 'ok', changes: [], value: { changed: false, skipped: none }, message: none ? `when: ${task.directives.when.map((each) => each.text).join(' and ')}` : undefined };
  } catch (error) {
    if (error instanceof TextError || error instanceof TemplateError) return failedText(on, error, undefined);
    throw error;
  }
}

function check({ task, play }: TaskOnHost, depth: number, name: string, span: Task['span']): void {
  if (depth > deepest) throw new TextError({ message: `includes stand ${deepest} deep in each other; "${name}" seems to include itself for ever`, span });
  if (task.action.kind !== 'include_tasks') return;
  const at = { role: task.directives.role, file: task.file, folder: play.play.folder };
  if (!findFile(name, 'tasks', at)) throw new TextError({ message: `no file of tasks "${name}"`, span, hint: `looked for ${candidates(name, 'tasks', at).slice(0, 3).map(shortName).join(', ')}` });
}

function outcome(ended: Ended, frame: Frame): Outcome {
  return { status: ended.status, changes: [], result: {}, message: ended.message, failure: ended.failure, rescued: (ended.status === 'failed' && frame.rescuable) || undefined, durationMs: 0 };
}

/** Reads what is included. Throws TextError for what is wrong with it: the hosts that include it have failed. */
async function read(frame: Frame, task: Task, { name, tasksFrom, locals }: Wanted): Promise<readonly Node[]> {
  const { run, play } = frame;
  const reading = { ...run.reading, problems: [] as typeof run.reading.problems };
  const handed = inheritedBy(task, locals);
  const base: Where = { reading, file: task.file, folder: play.play.folder, role: task.directives.role, inherited: handed, handlers: false, stack: [] };
  const where: Where = { ...base, inherited: applied(base, task.action.kind === 'module' ? undefined : task.action.apply) };
  let nodes: readonly Node[] = [];
  if (task.action.kind === 'include_tasks') nodes = await readTasksFile(where, findFile(name, 'tasks', { role: task.directives.role, file: task.file, folder: play.play.folder })!, undefined);
  else {
    const role = await readRoleTasks(where, name, task.action.span, { tasksFrom });
    nodes = role?.nodes ?? [];
    if (role) addRole(frame, role.role, role.handlers, task.action.kind === 'include_role' && task.action.isPublic);
  }
  if (reading.problems.length > 0) throw new TextError(reading.problems);
  return nodes;
}

/** What an include hands down: all but its own condition, tags and loop; its loop's variables are stronger than facts that were set. */
function inheritedBy(task: Task, locals: ReadonlyMap<string, Value>): Directives {
  const { directives } = task;
  const own: VarsLayer[] = locals.size > 0 ? [{ label: 'the include\'s loop', values: new Map([...locals].map(([name, value]) => [name, constant(value, task)])) }] : [];
  return { ...noDirectives, vars: directives.vars, includeVars: [...directives.includeVars, ...own], environment: directives.environment, settings: withoutOnce(directives.settings), role: directives.role };
}

function withoutOnce(settings: Directives['settings']): Directives['settings'] {
  const { run_once: _once, ...rest } = settings;
  return rest;
}

/** A value as a tree that evaluates to it, whatever it holds. */
function constant(value: Value, task: Task): ReturnType<typeof compileTree> {
  const tree = compileTree({ kind: 'scalar', value: null, text: '', style: 'plain', span: task.span });
  return { ...tree, isStatic: true, evaluate: () => value, evaluateVariable: () => value };
}

function addRole(frame: Frame, role: Role, handlers: readonly Task[], isPublic: boolean): void {
  if (isPublic) for (const each of [...role.dependencies, role]) if (!frame.play.publicRoles.includes(each)) frame.play.publicRoles.push(each);
  const known = frame.play.play.handlers as Task[];
  for (const handler of handlers) if (!known.some((each) => each.span.source.name === handler.span.source.name && each.span.start === handler.span.start)) known.push(handler);
}
