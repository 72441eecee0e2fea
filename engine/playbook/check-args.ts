/** What of a module's arguments can be judged before a host is known: names, literal values, what is missing. */
import type * as z from 'zod';
import { explain, isOptional, metaOf } from '../module/explain.ts';
import type { Module, Rule } from '../module/module.ts';
import { nearestHint } from '../source/nearest.ts';
import type { Problem } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import { plain, type Tree } from '../source/tree.ts';
import type { Arg, Args } from './playbook.ts';

/** Problems of arguments as they are written; those that are templates are judged once rendered. */
export function checkArgs(name: string, module: Module, args: Args): Problem[] {
  const problems: Problem[] = [];
  const shape = module.params.shape as Readonly<Record<string, z.ZodType>>;
  const open = isOpen(module);
  for (const arg of args.fields.values()) {
    const schema = shape[arg.name];
    if (!schema) {
      if (!open) problems.push({ message: `"${name}" has no param "${arg.name}"`, span: arg.key, hint: nearestHint(arg.name, [...Object.keys(shape), ...Object.keys(module.aliases ?? {})]) });
    } else problems.push(...checkArg(arg, schema));
  }
  if (args.whole) return problems;
  for (const [field, schema] of Object.entries(shape)) {
    if (!args.fields.has(field) && !isOptional(schema)) problems.push({ message: `"${name}" needs the param "${field}"`, span: args.span, hint: schema.description });
  }
  for (const rule of module.rules ?? []) problems.push(...checkRule(name, rule, args, shape));
  return problems;
}

/** True where the module takes any name, as set_fact does. */
export function isOpen(module: Module): boolean {
  const { catchall } = module.params.def;
  return catchall !== undefined && catchall._zod.def.type !== 'never';
}

function checkArg(arg: Arg, schema: z.ZodType): Problem[] {
  const { tree } = arg.value;
  if (metaOf(schema).kplay === 'mode' && tree.kind === 'scalar' && tree.style === 'plain' && typeof tree.value === 'number' && !tree.text.startsWith('0')) {
    return [{ message: `the mode ${tree.text} without quotes is a decimal number, not permission bits`, span: tree.span, hint: `write "0${tree.text.slice(-3)}" in quotes` }];
  }
  if (!arg.value.isStatic) return [];
  const value = plain(tree);
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.slice(0, 3).map((issue) => {
    const { path, message, hint } = explain(issue, value);
    return { message: `${[arg.name, ...path].join('.')}: ${message}`, span: spanAt(tree, path), hint };
  });
}

function checkRule(name: string, rule: Rule, args: Args, shape: Readonly<Record<string, z.ZodType>>): Problem[] {
  const given = rule.names.filter((each) => args.fields.has(each));
  const list = rule.names.map((each) => `"${each}"`);
  const span = given[1] ? args.fields.get(given[1])!.key : args.span;
  if (rule.kind === 'exclusive') return given.length > 1 ? [{ message: `"${name}" takes only one of ${list.join(', ')}`, span }] : [];
  if (rule.kind === 'oneOf') return given.length === 0 ? [{ message: `"${name}" needs one of ${list.join(', ')}`, span: args.span }] : [];
  if (rule.kind === 'together') return given.length > 0 && given.length < rule.names.length ? [{ message: `"${name}" takes ${list.join(' and ')} only together`, span: args.fields.get(given[0]!)!.key }] : [];
  const written = args.fields.get(rule.name)?.value;
  if (given.length === rule.names.length || written?.isStatic === false) return [];
  // What is left out has its default.
  const read = shape[rule.name]?.safeParse(written && plain(written.tree));
  if (!read?.success || read.data !== rule.value) return [];
  return [{ message: `"${name}" with ${rule.name}: ${String(rule.value)}${written ? '' : ', its default,'} needs ${list.filter((_, i) => !args.fields.has(rule.names[i]!)).join(', ')}`, span: args.span }];
}

/** The span of a value inside a tree; of the nearest one around it where it is missing. */
export function spanAt(tree: Tree, path: readonly (string | number)[]): Span {
  let at = tree;
  for (const part of path) {
    const next = at.kind === 'list' ? at.items[Number(part)] : at.kind === 'map' ? at.entries.find((entry) => entry.key.text === String(part)) : undefined;
    if (!next) return at.span;
    if ('key' in next) {
      if (part === path.at(-1)) return next.value.kind === 'scalar' && next.value.text !== '' ? next.value.span : next.key.span;
      at = next.value;
    } else at = next;
  }
  return at.span;
}
