/** Files, templates and expressions that params name: whether they are there and whether they parse. */
import type * as z from 'zod';
import { metaOf } from '../module/explain.ts';
import { nearest } from '../source/nearest.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { readSource, shortName } from '../source/read-source.ts';
import { plain, spanWithin, type Scalar, type Tree } from '../source/tree.ts';
import { compileExpression, compileFile, type FreeName } from '../template/compile.ts';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { candidates, findFile } from './find-file.ts';
import type { Arg, Task } from './playbook.ts';

/** What the check of a task's files found: problems, and the variables that its templates and expressions use. */
export interface CheckedFiles {
  readonly problems: Problem[];
  readonly names: FreeName[];
}

/** Checks the params of a task that name files or hold expressions, where they are literal. */
export function checkFiles(task: Task, folder: string): CheckedFiles {
  const checked: CheckedFiles = { problems: [], names: [] };
  if (task.action.kind !== 'module') return checked;
  const { module, args } = task.action;
  const remote = args.fields.get('remote_src')?.value;
  const fromHost = remote !== undefined && !(remote.isStatic && isNo(plain(remote.tree)));
  for (const arg of args.fields.values()) {
    const schema = (module.params.shape as Record<string, z.ZodType>)[arg.name];
    const kind = schema && metaOf(schema).kplay;
    if (!kind || (!arg.value.isStatic && kind !== 'expression')) continue;
    if (kind === 'expression') checkExpressions(arg.value.tree, checked);
    else if ((kind === 'file' || kind === 'template') && !fromHost) checkFile(task, arg, kind, folder, checked);
  }
  return checked;
}

function checkFile(task: Task, arg: Arg, kind: 'file' | 'template', folder: string, checked: CheckedFiles): void {
  const { tree } = arg.value;
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string' || /^[a-z]+:\/\//.test(tree.value)) return;
  const at = { role: task.directives.role, file: task.file, folder };
  const folders = kind === 'file' ? 'files' : 'templates';
  const file = findFile(tree.value, folders, at);
  if (!file) {
    checked.problems.push({ message: `no ${kind} "${tree.value}"`, span: tree.span, hint: fileHint(tree.value, candidates(tree.value, folders, at)) });
    return;
  }
  if (kind !== 'template') return;
  attempt(checked, () => compileFile(readSource(file, tree.span)).names);
}

function fileHint(name: string, places: readonly string[]): string {
  for (const place of places) {
    const near = existsSync(path.dirname(place)) ? nearest(path.basename(name), readdirSync(path.dirname(place))) : undefined;
    if (near) return `did you mean "${path.join(path.dirname(name), near)}"?`;
  }
  return `looked for ${places.slice(0, 4).map(shortName).join(', ')}`;
}

function checkExpressions(tree: Tree, checked: CheckedFiles): void {
  if (tree.kind === 'list') for (const item of tree.items) checkExpressions(item, checked);
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string' || tree.value.includes('{{')) return;
  attempt(checked, () => compileExpression(String(tree.value), (start, end) => spanWithin(tree as Scalar, start, end)).names);
}

function attempt(checked: CheckedFiles, work: () => readonly FreeName[]): void {
  try {
    checked.names.push(...work());
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    checked.problems.push(...error.problems);
  }
}

function isNo(value: unknown): boolean {
  return value === false || (typeof value === 'string' && ['no', 'false', 'off', '0'].includes(value.toLowerCase()));
}
