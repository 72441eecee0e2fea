/** One play of a playbook. */
import path from 'node:path';
import { readYaml } from '../source/read-source.ts';
import { field, type Mapping, type Tree } from '../source/tree.ts';
import { extend } from './directives.ts';
import { candidates, findFile } from './find-file.ts';
import { checkKeywords } from './keywords.ts';
import type { Directives, Node, Play, Role, Task, VarsFile } from './playbook.ts';
import { readPrompts } from './read-prompts.ts';
import { flatTasks, readRoleEntry } from './read-role.ts';
import { readTasks } from './read-tasks.ts';
import { compiled, itemsOf, report, take, textOfTree, varsLayer, type Where } from './reading.ts';

/** Reads a play; `where.inherited` holds what the imports around it hand down. */
export async function readPlay(where: Where, map: Mapping): Promise<Play | undefined> {
  where.reading.problems.push(...checkKeywords(map, 'play'));
  const hosts = field(map, 'hosts');
  if (!hosts) return report(where, 'this play has no `hosts:`', map.span, 'name a group, hosts or all');
  const directives = { ...extend(where, without(map, 'vars'), 'play'), vars: where.inherited.vars };
  const inside: Where = { ...where, inherited: directives };
  const { roles, roleNodes, roleHandlers } = await readRoles(inside, field(map, 'roles'));
  const tree = (name: string) => { const value = field(map, name); return value && compiled(where, value); };
  checkStrategy(where, field(map, 'strategy'));
  return {
    name: nameOf(where, map, hosts), span: map.span, folder: where.folder,
    hosts: compiled(where, hosts),
    vars: varsLayer(where, field(map, 'vars'), 'vars of the play'),
    varsFiles: itemsOf(where, listed(field(map, 'vars_files')), '"vars_files"').map((item) => readVarsFile(where, item)),
    prompts: readPrompts(inside, field(map, 'vars_prompt')),
    gatherFacts: tree('gather_facts'), serial: tree('serial'), maxFailPercentage: tree('max_fail_percentage'), order: tree('order'), forceHandlers: tree('force_handlers'),
    directives, roles,
    sections: [
      await readTasks(inside, field(map, 'pre_tasks'), '"pre_tasks"'),
      [...roleNodes, ...(await readTasks(inside, field(map, 'tasks'), '"tasks"'))],
      await readTasks(inside, field(map, 'post_tasks'), '"post_tasks"'),
    ],
    handlers: [...roleHandlers, ...flatTasks(await readTasks({ ...inside, handlers: true }, field(map, 'handlers'), '"handlers"'))],
  };
}

async function readRoles(where: Where, tree: Tree | undefined): Promise<{ roles: Role[]; roleNodes: Node[]; roleHandlers: Task[] }> {
  const roles: Role[] = [];
  const roleNodes: Node[] = [];
  const roleHandlers: Task[] = [];
  const seen = new Set<string>();
  for (const entry of itemsOf(where, tree, '"roles"')) {
    const read = await readRoleEntry(where, entry, seen);
    if (!read) continue;
    for (const each of [...read.role.dependencies, read.role]) if (!roles.includes(each)) roles.push(each);
    roleNodes.push(...read.nodes);
    roleHandlers.push(...read.handlers);
  }
  return { roles, roleNodes, roleHandlers };
}

/** A file that can be read now is; one whose name is a template is read once a host is known. */
function readVarsFile(where: Where, item: Tree): VarsFile {
  const name = compiled(where, item);
  if (!name.isStatic || item.kind !== 'scalar') return { name };
  const file = findFile(item.text, 'vars', where);
  if (!file) {
    report(where, `no file of variables "${item.text}"`, item.span, `looked for ${candidates(item.text, 'vars', where).map((each) => path.relative(process.cwd(), each)).join(', ')}`);
    return { name };
  }
  try {
    return { name, layer: varsLayer(where, readYaml(file, item.span), item.text) };
  } catch (error) {
    take(where, error);
    return { name };
  }
}

function nameOf(where: Where, map: Mapping, hosts: Tree): string {
  const name = field(map, 'name');
  const text = name && textOfTree(where, name, 'a name');
  return text ?? (hosts.kind === 'scalar' ? hosts.text : hosts.kind === 'list' ? hosts.items.map((item) => (item.kind === 'scalar' ? item.text : '')).join(',') : 'play');
}

function checkStrategy(where: Where, tree: Tree | undefined): void {
  const name = tree && textOfTree(where, tree, 'strategy');
  if (tree && name !== undefined && name !== 'linear' && name !== 'ansible.builtin.linear') report(where, `the strategy "${name}" is not supported`, tree.span, 'known: linear');
}

function without(map: Mapping, name: string): Mapping {
  return { ...map, entries: map.entries.filter(({ key }) => key.text !== name) };
}

function listed(tree: Tree | undefined): Tree | undefined {
  return tree?.kind === 'scalar' && tree.value !== null ? { kind: 'list', items: [tree], span: tree.span } : tree;
}

/** Directives of an import around plays, added to those already inherited. */
export function importDirectives(where: Where, map: Mapping): Directives {
  return extend(where, map, 'vars of import_playbook');
}
