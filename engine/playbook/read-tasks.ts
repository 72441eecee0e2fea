/** Lists of tasks: blocks, tasks, and the files that they import in place. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readYaml, shortName } from '../source/read-source.ts';
import { nearest } from '../source/nearest.ts';
import { field, keyText, type Mapping, type Tree } from '../source/tree.ts';
import { extend } from './directives.ts';
import { candidates, findFile } from './find-file.ts';
import { checkKeywords } from './keywords.ts';
import type { Block, Directives, Node } from './playbook.ts';
import { itemsOf, mappingOf, report, take, textOfTree, type Where } from './reading.ts';
import { readRoleTasks } from './read-role.ts';
import { readTask } from './read-task.ts';

/** Reads a list of tasks and blocks; imports stand in place as blocks. Problems go to the reading. */
export async function readTasks(where: Where, tree: Tree | undefined, what: string): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const item of itemsOf(where, tree, what)) {
    const map = mappingOf(where, item, 'a task');
    const node = map && (await readNode(where, map));
    if (node) nodes.push(node);
  }
  return nodes;
}

/** Reads a tasks file. Throws TextError where it cannot be read at all. */
export async function readTasksFile(where: Where, file: string, from: Tree | undefined): Promise<Node[]> {
  if (where.stack.includes(file)) {
    const chain = [...where.stack.slice(where.stack.indexOf(file)), file].map(shortName).join(' → ');
    report(where, `this file imports itself: ${chain}`, from?.span);
    return [];
  }
  const inside: Where = { ...where, file, stack: [...where.stack, file] };
  try {
    return await readTasks(inside, readYaml(file, from?.span), `${shortName(file)}, a file of tasks,`);
  } catch (error) {
    take(where, error);
    return [];
  }
}

async function readNode(where: Where, map: Mapping): Promise<Node | undefined> {
  if (field(map, 'block')) return readBlock(where, map);
  const word = map.entries.find(({ key }) => importWord(keyText(key)));
  if (word) return readImport(where, map, importWord(keyText(word.key))!, word.value);
  return readTask(where, map);
}

async function readBlock(where: Where, map: Mapping): Promise<Block> {
  where.reading.problems.push(...checkKeywords(map, 'block'));
  const inside: Where = { ...where, inherited: extend(where, map, 'vars of the block') };
  const name = field(map, 'name');
  return {
    kind: 'block',
    span: map.span,
    name: name && textOfTree(where, name, 'a name'),
    tasks: await readTasks(inside, field(map, 'block'), '"block"'),
    rescue: await readTasks(inside, field(map, 'rescue'), '"rescue"'),
    always: await readTasks(inside, field(map, 'always'), '"always"'),
    directives: inside.inherited,
  };
}

function importWord(key: string): 'import_tasks' | 'import_role' | undefined {
  const name = key.replace(/^ansible\.(builtin|legacy)\./, '');
  return name === 'import_tasks' || name === 'import_role' ? name : undefined;
}

/** `import_tasks: file` and `import_role:`: what they name stands here, with what they say handed down. */
async function readImport(where: Where, map: Mapping, word: 'import_tasks' | 'import_role', value: Tree): Promise<Block | undefined> {
  const others = map.entries.map(({ key }) => keyText(key)).filter((key) => importWord(key));
  where.reading.problems.push(...checkKeywords(map, 'task', others));
  for (const banned of ['loop', 'with_items', 'until', 'register']) {
    const at = map.entries.find(({ key }) => keyText(key) === banned);
    if (at) report(where, `"${banned}" has no meaning on ${word}, which is read before anything runs`, at.key.span, `use ${word.replace('import', 'include')}`);
  }
  const inherited: Directives = extend(where, map, `vars of ${word}`);
  const tasks = word === 'import_tasks' ? await importTasks({ ...where, inherited }, value) : await importRole({ ...where, inherited }, value);
  return tasks && { kind: 'block', span: map.span, tasks, rescue: [], always: [], directives: inherited };
}

async function importTasks(where: Where, value: Tree): Promise<Node[] | undefined> {
  const named = value.kind === 'map' ? field(value, 'file') : value;
  const name = named && textOfTree(where, named, 'the file to import');
  if (!named || !name) return report(where, 'import_tasks needs the name of a file', value.span);
  if (name.includes('{{')) return report(where, 'import_tasks is read before variables of hosts are known, so its file cannot be a template', named.span, 'use include_tasks');
  const file = findFile(name, 'tasks', where);
  if (!file) return report(where, `no file of tasks "${name}"`, named.span, missingHint(name, where));
  return readTasksFile(where, file, named);
}

/** Where a file of tasks was looked for, or the name that was meant. */
export function missingHint(name: string, where: Pick<Where, 'file' | 'folder' | 'role'>): string {
  const places = candidates(name, 'tasks', where);
  const folder = path.dirname(places[0]!);
  const near = existsSync(folder) ? nearest(path.basename(name), readdirSync(folder)) : undefined;
  return near ? `did you mean "${near}"?` : `looked for ${places.slice(0, 3).map(shortName).join(', ')}`;
}

async function importRole(where: Where, value: Tree): Promise<Node[] | undefined> {
  const map = mappingOf(where, value, 'import_role');
  const named = map && field(map, 'name');
  const name = named && textOfTree(where, named, 'the role\'s name');
  if (!map || !named || !name) return report(where, 'import_role needs `name:`', value.span);
  const from = field(map, 'tasks_from');
  return (await readRoleTasks(where, name, named.span, { tasksFrom: from && textOfTree(where, from, 'tasks_from') }))?.nodes;
}
