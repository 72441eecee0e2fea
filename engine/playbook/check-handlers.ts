/** Names in `notify` that no handler answers to. */
import { nearestHint } from '../source/nearest.ts';
import type { Problem } from '../source/problem.ts';
import type { Tree } from '../source/tree.ts';
import { isTemplate } from '../template/compile.ts';
import type { Play, Task } from './playbook.ts';

/** Problems of the tasks' notify; names that are templates are judged at run. */
export function checkHandlers(play: Play, tasks: readonly Task[]): Problem[] {
  const known = new Set(play.handlers.flatMap((handler) => [...namesOf(handler), ...handler.listen]));
  return tasks.flatMap((task) => (task.notify ? scalars(task.notify.tree) : []).flatMap(({ text, span }) =>
    isTemplate(text) || known.has(text) ? [] : [{ message: `no handler "${text}"`, span, hint: nearestHint(text, known) ?? 'this play has no handlers' }]));
}

function namesOf(handler: Task): string[] {
  const tree = handler.name?.tree;
  const name = tree?.kind === 'scalar' ? String(tree.value) : undefined;
  return name === undefined ? [] : [name, ...(handler.directives.role ? [`${handler.directives.role.name} : ${name}`] : [])];
}

function scalars(tree: Tree): { readonly text: string; readonly span: Tree['span'] }[] {
  if (tree.kind === 'list') return tree.items.flatMap(scalars);
  return tree.kind === 'scalar' ? [{ text: String(tree.value), span: tree.span }] : [];
}
