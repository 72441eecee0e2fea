/** Which roles a run plays on which hosts, as far as that can be told before it: for those who plan ahead of a run. */
import { flatTasks } from '../playbook/read-role.ts';
import type { Node, Playbook, Role, Task } from '../playbook/playbook.ts';
import { noDirectives } from '../playbook/reading.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { placeText } from '../source/source.ts';
import { TemplateError } from '../template/fault.ts';
import type { Env, Scope } from '../template/registry.ts';
import { Unknown, type Value } from '../template/value.ts';
import type { HostState } from './host-state.ts';
import { includeNodes } from './include.ts';
import { judge, type Verdict } from './judge.ts';
import { environmentOf } from './lookups.ts';
import { hostsOfPlay, readVarsFiles } from './run-play.ts';
import type { Frame } from './run-task.ts';
import { hostState, type Run } from './run.ts';
import { isChosen } from './tags.ts';
import { openScope, type Occasion, type PlayContext } from './variables.ts';

/** A role on a host, with the variables that its tasks see there. */
export interface RolePlayed {
  readonly role: Role;
  readonly host: string;
  readonly scope: Scope;
  readonly environment: Env;
}

/** What was found, and what only the run can tell. */
export interface RolesPlayed {
  readonly played: readonly RolePlayed[];
  /** Includes of which only the run can tell what they include. */
  readonly open: readonly Problem[];
}

interface Walk {
  readonly seen: Set<string>;
  readonly ids: Map<object, number>;
  readonly played: RolePlayed[];
  readonly open: Problem[];
}

/**
 * Walks through all plays without running anything. A role counts on a host where one of its tasks may run there: tags choose it,
 * and its conditions hold or hang on what only the run can tell. Facts have to be there already. Throws TextError.
 */
export async function rolesPlayed(run: Run, playbooks: readonly Playbook[]): Promise<RolesPlayed> {
  const walk: Walk = { seen: new Set(), ids: new Map(), played: [], open: [] };
  for (const play of playbooks.flatMap((each) => each.plays)) {
    const names = hostsOfPlay(run, play);
    const hosts = names.map((name) => hostState(run, name));
    const context: PlayContext = { play, allHosts: names, batch: hosts, hostVarsFiles: new Map(), publicRoles: [], stopped: false };
    const frame: Frame = { run, play: context, rescuable: false };
    readVarsFiles(frame, hosts);
    await walkNodes(walk, frame, play.sections.flat(), hosts, []);
  }
  return walk;
}

/** `inside` are the includes around, by their places: one that leads to itself is not followed again. */
async function walkNodes(walk: Walk, frame: Frame, nodes: readonly Node[], hosts: readonly HostState[], inside: readonly string[]): Promise<void> {
  for (const task of flatTasks(nodes)) {
    if (!isChosen(task.directives.tags, frame.run.options.tags)) continue;
    const verdicts = new Map(hosts.map((host) => [host, verdictOf(frame, task, host)]));
    const able = hosts.filter((host) => verdicts.get(host)!.kind !== 'no');
    if (able.length === 0) continue;
    for (const host of able) {
      note(walk, frame, task, host);
      leave(frame, task, host, verdicts.get(host)!);
    }
    const place = placeText(task.span);
    if (task.action.kind === 'module' || inside.includes(place)) continue;
    for (const { nodes: included, hosts: some } of await include(walk, frame, task, able)) await walkNodes(walk, frame, included, some, [...inside, place]);
  }
}

function occasionOf({ run, play }: Frame, task: Task, host: HostState): Occasion {
  return { run, host, play, directives: task.directives, file: task.file };
}

/** Whether a task runs on a host; a condition that cannot be worked out yet may hold. */
function verdictOf(frame: Frame, task: Task, host: HostState): Verdict {
  const occasion = occasionOf(frame, task, host);
  try {
    const scope = openScope(occasion);
    return judge(task.directives.when, scope, environmentOf(occasion, scope));
  } catch (error) {
    if (error instanceof TemplateError) return { kind: 'unknown', because: error.message };
    throw error;
  }
}

/** Notes the role of a task, once for each set of variables that are handed to it. */
function note({ seen, ids, played }: Walk, { run, play }: Frame, { directives }: Task, host: HostState): void {
  const { role, vars, includeVars } = directives;
  if (!role) return;
  const id = (thing: object): number => ids.get(thing) ?? (ids.set(thing, ids.size), ids.size - 1);
  const key = JSON.stringify([host.name, id(play), ...[role, ...vars, null, ...includeVars].map((each) => each && id(each))]);
  if (seen.has(key)) return;
  seen.add(key);
  const occasion: Occasion = { run, host, play, directives: { ...noDirectives, role, vars, includeVars } };
  const scope = openScope(occasion);
  played.push({ role, host: host.name, scope, environment: environmentOf(occasion, scope) });
}

/** What a task leaves for those after it: a result is known only at run, a variable that is set perhaps now. */
function leave(frame: Frame, task: Task, host: HostState, verdict: Verdict): void {
  const unknown = new Unknown(`what "${task.action.name}" (${placeText(task.span)}) gives`);
  if (task.register) host.stored.set(task.register, unknown);
  if (task.action.kind !== 'module' || task.action.name !== 'set_fact') return;
  for (const { name, value } of task.action.args.fields.values()) {
    const known = verdict.kind === 'yes' && !task.loop ? valueNow(occasionOf(frame, task, host), value) : undefined;
    host.stored.set(name, known ?? unknown);
  }
}

function valueNow(occasion: Occasion, tree: { evaluate(scope: Scope, env: Env): Value }): Value | undefined {
  try {
    const scope = openScope(occasion);
    return tree.evaluate(scope, environmentOf(occasion, scope));
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/** What an include stands for; its condition has been judged already, except where it is asked item by item. */
async function include(walk: Walk, frame: Frame, task: Task, hosts: readonly HostState[]): ReturnType<typeof includeNodes> {
  const problems: Problem[] = [];
  const report: Run['options']['report'] = (event) => {
    if (event.event !== 'outcome') return;
    const { status, message, failure } = event.outcome;
    if (status === 'failed') problems.push({ message: failure?.message ?? 'what it includes cannot be read', span: task.span });
    if (status === 'unknown') walk.open.push({ message: `${event.host}: what this includes is ${message}`, span: task.span });
  };
  const judged = task.loop ? task : { ...task, directives: { ...task.directives, when: [] } };
  const included = await includeNodes({ ...frame, run: { ...frame.run, options: { ...frame.run.options, report } } }, judged, hosts);
  for (const host of hosts) host.out = undefined;
  if (problems.length > 0) throw new TextError(problems);
  return included;
}
