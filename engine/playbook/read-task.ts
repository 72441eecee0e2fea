/** One task: its action and the keywords around it. */
import { nearestHint } from '../source/nearest.ts';
import { field, keyText, type Entry, type Mapping, type Tree } from '../source/tree.ts';
import { checkArgs } from './check-args.ts';
import { extend } from './directives.ts';
import { checkKeywords, keywords } from './keywords.ts';
import type { Action, Directives, Loop, Task } from './playbook.ts';
import { readArgs } from './read-args.ts';
import { compiled, conditions, isName, mappingOf, report, textOfTree, textsOfTree, type Where } from './reading.ts';

const includes = ['include_tasks', 'include_role'] as const;

/** Reads a task; undefined where it has no action that could be read. */
export async function readTask(where: Where, map: Mapping): Promise<Task | undefined> {
  const level = where.handlers ? 'handler' : 'task';
  const actions = map.entries.filter(({ key }) => isAction(where, keyText(key)));
  const guess = actions.length === 0 ? unknownAction(where, map) : [];
  where.reading.problems.push(...checkKeywords(map, level, [...actions.map(({ key }) => keyText(key)), ...guess]));
  const entry = actions[0];
  if (!entry) return guess.length > 0 ? undefined : report(where, 'this task has no module', map.span, 'a task is a name and one module with its params');
  if (actions.length > 1) return report(where, `two modules in one task: "${keyText(entry.key)}" and "${keyText(actions[1]!.key)}"`, actions[1]!.key.span, 'each task begins with "- "');
  const directives = extend(where, map, 'vars of the task');
  const action = await readAction(where, map, entry);
  if (!action) return undefined;
  return {
    kind: 'task', id: where.reading.nextId(), span: map.span, file: where.file, action, directives, handler: where.handlers,
    ...readFlow(where, map),
  };
}

function readFlow(where: Where, map: Mapping): Omit<Task, 'kind' | 'id' | 'span' | 'file' | 'action' | 'directives' | 'handler'> {
  const at = (name: string): Tree | undefined => field(map, name);
  const tree = (name: string) => { const value = at(name); return value && compiled(where, value); };
  const list = (name: string) => { const value = at(name); return value && conditions(where, value); };
  const register = at('register');
  const registered = register && textOfTree(where, register, 'register');
  if (register && registered !== undefined && !isName(registered)) report(where, `"${registered}" is not a variable name`, register.span);
  return {
    name: tree('name'),
    loop: readLoop(where, map),
    register: registered,
    until: list('until') ?? [],
    retries: tree('retries'),
    delay: tree('delay'),
    changedWhen: list('changed_when'),
    failedWhen: list('failed_when'),
    notify: tree('notify'),
    listen: at('listen') ? textsOfTree(where, at('listen')!, 'listen') : [],
  };
}

function readLoop(where: Where, map: Mapping): Loop | undefined {
  const loop = map.entries.find(({ key }) => ['loop', 'with_items'].includes(keyText(key)));
  const control = field(map, 'loop_control');
  if (!loop) return control && report(where, '"loop_control" without a loop', control.span);
  const controls = control && mappingOf(where, control, 'loop_control');
  for (const { key } of controls?.entries ?? []) {
    const name = keyText(key);
    const known = ['loop_var', 'index_var', 'label', 'pause', 'extended'];
    if (!known.includes(name)) report(where, `unknown field "${name}" of loop_control`, key.span, nearestHint(name, known));
  }
  const get = (name: string): Tree | undefined => controls && field(controls, name);
  const name = (key: string): string | undefined => { const value = get(key); return value && textOfTree(where, value, key); };
  const label = get('label');
  const pause = get('pause');
  const extended = get('extended');
  if (loop.value.kind === 'map' && keyText(loop.key) === 'loop') report(where, '"loop" takes a list, found a mapping', loop.value.span, 'use the filter dict2items');
  return {
    items: compiled(where, loop.value), span: loop.value.span, flatten: keyText(loop.key) === 'with_items',
    itemName: name('loop_var') ?? 'item', indexName: name('index_var'),
    label: label && compiled(where, label), pause: pause && compiled(where, pause),
    extended: extended?.kind === 'scalar' && extended.value === true,
  };
}

async function readAction(where: Where, map: Mapping, { key, value }: Entry): Promise<Action | undefined> {
  const word = keyText(key);
  const short = word.replace(/^ansible\.(builtin|legacy)\./, '');
  if (short === 'include_tasks') return readInclude(where, key.span, value);
  if (short === 'include_role') return readIncludeRole(where, key.span, value);
  const name = where.reading.catalogue.resolve(word)!;
  const module = await where.reading.catalogue.load(name);
  const args = readArgs(where, name, module, key.span, value, field(map, 'args'));
  where.reading.problems.push(...checkArgs(name, module, args));
  return { kind: 'module', name, module, args, span: key.span };
}

function readInclude(where: Where, span: Entry['key']['span'], value: Tree): Action | undefined {
  const file = value.kind === 'map' ? field(value, 'file') : value;
  if (value.kind === 'map') onlyFields(where, value, 'include_tasks', ['file', 'apply']);
  if (!file || file.kind !== 'scalar' || file.value === null) return report(where, 'include_tasks needs the name of a file', value.span);
  return { kind: 'include_tasks', name: 'include_tasks', file: compiled(where, file), apply: value.kind === 'map' ? field(value, 'apply') : undefined, span };
}

function readIncludeRole(where: Where, span: Entry['key']['span'], value: Tree): Action | undefined {
  const map = mappingOf(where, value, 'include_role');
  const role = map && field(map, 'name');
  if (!map || !role) return report(where, 'include_role needs `name:`', value.span);
  onlyFields(where, map, 'include_role', ['name', 'tasks_from', 'apply', 'public', 'allow_duplicates']);
  const from = field(map, 'tasks_from');
  const isPublic = field(map, 'public');
  return { kind: 'include_role', name: 'include_role', role: compiled(where, role), tasksFrom: from && compiled(where, from), apply: field(map, 'apply'), isPublic: isPublic?.kind === 'scalar' && isPublic.value === true, span };
}

function onlyFields(where: Where, map: Mapping, what: string, known: readonly string[]): void {
  for (const { key } of map.entries) {
    if (!known.includes(keyText(key))) report(where, `"${what}" has no param "${keyText(key)}"`, key.span, nearestHint(keyText(key), known));
  }
}

function isAction(where: Where, word: string): boolean {
  if (keywords.has(word)) return false;
  return where.reading.catalogue.resolve(word) !== undefined || includes.some((name) => word.replace(/^ansible\.(builtin|legacy)\./, '') === name);
}

/** Reports the key that was most likely meant as the module, and names it so that it is not reported twice. */
function unknownAction(where: Where, map: Mapping): string[] {
  const unknown = map.entries.filter(({ key }) => !keywords.has(keyText(key)) && !keyText(key).startsWith('with_'));
  const guess = unknown.find(({ value }) => value.kind === 'map') ?? unknown[0];
  if (!guess) return [];
  const word = keyText(guess.key);
  const short = word.split('.').at(-1)!;
  report(where, `unknown module "${word}"`, guess.key.span, nearestHint(short, [...where.reading.catalogue.names, ...includes, 'import_tasks', 'import_role', 'block', ...keywords.keys()]));
  return [word];
}

/** Directives of a task's own mapping, for `apply:` of includes. */
export function applied(where: Where, apply: Tree | undefined): Directives {
  const map = apply && mappingOf(where, apply, 'apply');
  return map ? extend(where, map, 'vars of apply') : where.inherited;
}
