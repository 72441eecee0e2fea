/** Roles: their defaults, vars, dependencies, tasks and handlers. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { nearestHint } from '../source/nearest.ts';
import { readYaml, shortName } from '../source/read-source.ts';
import type { Span } from '../source/source.ts';
import { field, keyText, type Mapping, type Tree } from '../source/tree.ts';
import { extend } from './directives.ts';
import { findMain, findRole } from './find-file.ts';
import { keywords } from './keywords.ts';
import type { Node, Role, Task, VarsLayer } from './playbook.ts';
import { compiled, isName, itemsOf, mappingOf, report, take, textOfTree, varsLayer, type Where } from './reading.ts';
import { readTasksFile } from './read-tasks.ts';

/** A role and what it runs. */
export interface ReadRole {
  readonly role: Role;
  /** The tasks of its dependencies, then its own. */
  readonly nodes: Node[];
  readonly handlers: Task[];
}

interface RoleOptions {
  readonly tasksFrom?: string | undefined;
  readonly params?: VarsLayer | undefined;
  /** Roles that have run in this play, so that dependencies run once. */
  readonly seen?: Set<string> | undefined;
}

/** Reads an entry of `roles:` or of a role's dependencies: a name, or a mapping with parameters. */
export async function readRoleEntry(where: Where, entry: Tree, seen: Set<string>): Promise<ReadRole | undefined> {
  const map = entry.kind === 'map' ? entry : undefined;
  const named = map ? (field(map, 'role') ?? field(map, 'name')) : entry;
  const name = named && textOfTree(where, named, 'a role');
  if (!named || !name) return report(where, 'a role is a name, or a mapping with `role: name`', entry.span);
  if (name.includes('{{')) return report(where, 'roles are read before hosts are known, so their names cannot be templates', named.span, 'use include_role');
  const inherited = map ? extend(where, map, `vars of the role ${name}`) : where.inherited;
  return readRoleTasks({ ...where, inherited }, name, named.span, { params: map && roleParams(where, map, name), seen });
}

/** What stands in a role entry beside keywords is a parameter of the role. */
function roleParams(where: Where, map: Mapping, name: string): VarsLayer {
  const own = map.entries.filter(({ key }) => !keywords.get(keyText(key))?.on.includes('role'));
  for (const { key } of own) if (!isName(keyText(key))) report(where, `"${keyText(key)}" is neither a keyword of roles nor a variable name`, key.span);
  return { label: `parameters of the role ${name}`, values: new Map(own.map(({ key, value }) => [keyText(key), compiled(where, value)])) };
}

/** Finds a role and reads what it runs, its dependencies first. */
export async function readRoleTasks(where: Where, name: string, span: Span, options: RoleOptions): Promise<ReadRole | undefined> {
  const folder = findRole(name, where.folder, where.role);
  if (!folder) return report(where, `no role "${name}"`, span, nearestHint(name, rolesNear(where.folder)) ?? `looked in ${shortName(path.join(where.folder, 'roles'))}`);
  if (where.stack.includes(folder)) return report(where, `this role depends on itself: ${[...where.stack.slice(where.stack.indexOf(folder)), folder].map(shortName).join(' → ')}`, span);
  const inside: Where = { ...where, stack: [...where.stack, folder] };
  const nodes: Node[] = [];
  const handlers: Task[] = [];
  const dependencies: Role[] = [];
  const seen = options.seen ?? new Set<string>();
  const meta = readMeta(inside, folder);
  for (const entry of meta.dependencies) {
    const read = await readRoleEntry(inside, entry, seen);
    if (!read) continue;
    dependencies.push(read.role);
    nodes.push(...read.nodes);
    handlers.push(...read.handlers);
  }
  const role = openRole(inside, name, folder, options.params, dependencies);
  const key = JSON.stringify([folder, [...(options.params?.values ?? [])].map(([each, value]) => [each, value.tree.span.start])]);
  if (seen.has(key) && !meta.allowDuplicates) return { role, nodes: [], handlers: [] };
  seen.add(key);
  const own: Where = { ...inside, role, file: path.join(folder, 'tasks', 'main.yml'), inherited: { ...where.inherited, role } };
  const tasks = findMain(path.join(folder, 'tasks'), options.tasksFrom?.replace(/\.ya?ml$/, ''));
  if (!tasks && options.tasksFrom) report(where, `the role "${name}" has no tasks file "${options.tasksFrom}"`, span);
  if (tasks) nodes.push(...(await readTasksFile(own, tasks, undefined)));
  handlers.push(...(await roleHandlers({ ...own, inherited: handlerDirectives(own) }, folder)));
  return { role, nodes, handlers };
}

/** Handlers do not inherit the conditions and tags of the entry that brought the role. */
function handlerDirectives(where: Where): Where['inherited'] {
  return { ...where.inherited, when: [] };
}

async function roleHandlers(where: Where, folder: string): Promise<Task[]> {
  const file = findMain(path.join(folder, 'handlers'));
  return file ? flatTasks(await readTasksFile({ ...where, handlers: true }, file, undefined)) : [];
}

/** Every task of a list, blocks opened. */
export function flatTasks(nodes: readonly Node[]): Task[] {
  return nodes.flatMap((node) => (node.kind === 'task' ? [node] : flatTasks([...node.tasks, ...node.rescue, ...node.always])));
}

function openRole(where: Where, name: string, folder: string, params: VarsLayer | undefined, dependencies: Role[]): Role {
  const key = params && params.values.size > 0 ? `${folder}?${where.reading.roles.size}` : folder;
  const known = where.reading.roles.get(key);
  if (known) return known;
  const role: Role = {
    name, folder, dependencies,
    defaults: varsOf(where, folder, 'defaults'),
    vars: varsOf(where, folder, 'vars'),
    params: params ?? { label: `parameters of the role ${name}`, values: new Map() },
  };
  where.reading.roles.set(key, role);
  return role;
}

/** `defaults/main.yml`, or every file of `defaults/main/`. */
function varsOf(where: Where, folder: string, kind: 'defaults' | 'vars'): VarsLayer {
  const main = findMain(path.join(folder, kind));
  const parts = path.join(folder, kind, 'main');
  const files = main ? [main] : existsSync(parts) ? readdirSync(parts).filter((name) => /\.ya?ml$/.test(name)).sort().map((name) => path.join(parts, name)) : [];
  const values = new Map<string, ReturnType<typeof compiled>>();
  for (const file of files) {
    try {
      for (const [key, value] of varsLayer(where, readYaml(file), shortName(file)).values) values.set(key, value);
    } catch (error) {
      take(where, error);
    }
  }
  return { label: shortName(main ?? path.join(folder, kind)), values };
}

function readMeta(where: Where, folder: string): { readonly dependencies: readonly Tree[]; readonly allowDuplicates: boolean } {
  const file = findMain(path.join(folder, 'meta'));
  try {
    const tree = file === undefined ? undefined : readYaml(file);
    const map = tree && mappingOf(where, tree, shortName(file!));
    const duplicates = map && field(map, 'allow_duplicates');
    return { dependencies: itemsOf(where, map && field(map, 'dependencies'), 'dependencies'), allowDuplicates: duplicates?.kind === 'scalar' && duplicates.value === true };
  } catch (error) {
    take(where, error);
    return { dependencies: [], allowDuplicates: false };
  }
}

function rolesNear(folder: string): string[] {
  return [path.join(folder, 'roles'), path.join(folder, '..', 'roles')].flatMap((each) => (existsSync(each) ? readdirSync(each) : []));
}
