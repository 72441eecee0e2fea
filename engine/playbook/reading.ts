/** What is carried along while a playbook is read: where we are, what is inherited, what was found wrong. */
import type { Catalogue } from '../module/catalogue.ts';
import type { Problem } from '../source/problem.ts';
import { TextError } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import { keyText, spanWithin, type Mapping, type Scalar, type Tree } from '../source/tree.ts';
import { compileTree, type CompiledTree } from '../template/compile-tree.ts';
import { compileExpression } from '../template/compile.ts';
import type { Condition, Directives, Role, VarsLayer } from './playbook.ts';

/** One reading of one or more playbooks. */
export interface Reading {
  readonly catalogue: Catalogue;
  readonly problems: Problem[];
  /** Ids of tasks, unique in the run. */
  nextId(): number;
  /** Roles already read, by folder, so that each is read once. */
  readonly roles: Map<string, Role>;
}

/** The place in the tree of files that is being read. */
export interface Where {
  readonly reading: Reading;
  /** Absolute path of the file being read. */
  readonly file: string;
  /** Folder of the playbook; absolute. */
  readonly folder: string;
  readonly role?: Role | undefined;
  readonly inherited: Directives;
  /** True while handlers are read. */
  readonly handlers: boolean;
  /** Files that import each other on the way here, outermost first. */
  readonly stack: readonly string[];
}

/** Nothing inherited. */
export const noDirectives: Directives = { when: [], tags: [], vars: [], includeVars: [], environment: [], settings: {} };

/** Notes a problem. */
export function report(where: Where, message: string, span: Span | undefined, hint?: string): undefined {
  where.reading.problems.push({ message, span, hint });
  return undefined;
}

/** A value with its templates compiled; a template that does not parse is a problem and reads as null. */
export function compiled(where: Where, tree: Tree): CompiledTree {
  try {
    return compileTree(tree);
  } catch (error) {
    take(where, error);
    return compileTree({ kind: 'scalar', value: null, text: '', style: 'plain', span: tree.span });
  }
}

/** Conditions of `when`, `until` and the like: one expression or a list of them. */
export function conditions(where: Where, tree: Tree): Condition[] {
  const items = tree.kind === 'list' ? tree.items : [tree];
  return items.flatMap((item) => condition(where, item) ?? []);
}

function condition(where: Where, item: Tree): Condition | undefined {
  if (item.kind !== 'scalar') return report(where, 'a condition is an expression, written as text', item.span);
  const text = typeof item.value === 'string' ? item.value : item.text;
  if (text.trim() === '') return report(where, 'the condition is empty', item.span);
  const braces = /^\s*\{\{(.*)\}\}\s*$/s.exec(text);
  if (braces && !braces[1]!.includes('{{')) return report(where, 'a condition is an expression already and takes no braces', item.span, `write: ${braces[1]!.trim()}`);
  try {
    return { text, expression: compileExpression(text, (start, end) => spanWithin(item, start, end)) };
  } catch (error) {
    return take(where, error);
  }
}

/** The text of a scalar; anything else is a problem. */
export function textOfTree(where: Where, tree: Tree, what: string): string | undefined {
  if (tree.kind === 'scalar' && tree.value !== null) return typeof tree.value === 'string' ? tree.value : tree.text;
  return report(where, `${what} must be text`, tree.span);
}

/** A list of texts; one text counts as a list, and commas split it where `commas` says so. */
export function textsOfTree(where: Where, tree: Tree, what: string, commas = false): string[] {
  const items = tree.kind === 'list' ? tree.items : [tree];
  const texts = items.flatMap((item) => textOfTree(where, item, what) ?? []);
  return commas ? texts.flatMap((text) => text.split(',').map((part) => part.trim()).filter(Boolean)) : texts;
}

/** A mapping, or undefined and a problem. */
export function mappingOf(where: Where, tree: Tree, what: string): Mapping | undefined {
  return tree.kind === 'map' ? tree : report(where, `${what} must be a mapping (name: value), found ${kindName(tree)}`, tree.span);
}

/** A list's items; nothing for an empty value; else a problem. */
export function itemsOf(where: Where, tree: Tree | undefined, what: string): readonly Tree[] {
  if (!tree || (tree.kind === 'scalar' && tree.value === null)) return [];
  if (tree.kind === 'list') return tree.items;
  report(where, `${what} must be a list, found ${kindName(tree)}`, tree.span, tree.kind === 'map' ? 'each entry begins with "- "' : undefined);
  return [];
}

/** Variables as a layer. Names must be names. */
export function varsLayer(where: Where, tree: Tree | undefined, label: string): VarsLayer {
  const values = new Map<string, CompiledTree>();
  if (!tree || (tree.kind === 'scalar' && tree.value === null)) return { label, values };
  for (const { key, value } of mappingOf(where, tree, label)?.entries ?? []) {
    const name = keyText(key);
    if (!isName(name)) report(where, `"${name}" is not a variable name: letters, digits and _ only, no digit first`, key.span);
    else values.set(name, compiled(where, value));
  }
  return { label, values };
}

/** What Jinja2 can call by name. */
export function isName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

/** What a tree is, in words. */
export function kindName(tree: Tree): string {
  if (tree.kind === 'list') return 'a list';
  if (tree.kind === 'map') return 'a mapping';
  return tree.value === null ? 'nothing' : typeof tree.value === 'string' ? `the text "${(tree as Scalar).text.slice(0, 40)}"` : tree.text;
}

/** Takes a text's problems; whatever else went wrong goes on. */
export function take(where: Where, error: unknown): undefined {
  if (!(error instanceof TextError)) throw error;
  where.reading.problems.push(...error.problems);
  return undefined;
}
