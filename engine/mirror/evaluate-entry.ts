/** One entry of a role's needs on one host: its values, once conditions and loop are worked out. */
import { firstUnknown } from '../run/params.ts';
import { judge } from '../run/judge.ts';
import { toPlain } from '../run/result.ts';
import type { RolePlayed } from '../run/roles-played.ts';
import { TextError } from '../source/problem.ts';
import type { CompiledTree } from '../template/compile-tree.ts';
import { Omitted, Undefined, type Value } from '../template/value.ts';
import type { NeedEntry } from './read-needs.ts';

/** A value that an entry gives: plain data. */
export type Given = Readonly<Record<string, unknown>>;

/** The mappings that an entry stands for; a name alone counts as `name`. Throws TextError and TemplateError. */
export function evaluateEntry(entry: NeedEntry, { scope, environment }: RolePlayed): readonly Given[] {
  const value = (tree: CompiledTree, item?: { readonly of: Value }): unknown => {
    const rendered = tree.evaluate(item ? { get: (name) => (name === 'item' ? item.of : scope.get(name)) } : scope, environment);
    const unknown = firstUnknown(rendered);
    if (unknown) throw new TextError({ message: `what a role needs has to be known before the run, but this depends on ${unknown.because}`, span: tree.tree.span, hint: 'let it hang on variables and facts alone' });
    if (rendered instanceof Undefined) throw new TextError({ message: `'${rendered.path}' is undefined`, span: tree.tree.span });
    return rendered instanceof Omitted ? undefined : toPlain(rendered);
  };
  const items = entry.loop ? list(value(entry.loop)).map((of) => ({ of: of as Value })) : [undefined];
  return items.flatMap((item) => {
    const inner = item ? { get: (name: string) => (name === 'item' ? item.of : scope.get(name)) } : scope;
    const verdict = judge(entry.when, inner, environment);
    if (verdict.kind === 'no') return [];
    if (verdict.kind === 'unknown') throw new TextError({ message: `what a role needs has to be known before the run, but this depends on ${verdict.because}`, span: entry.tree.span });
    if (entry.value) return list(value(entry.value, item)).map((each) => (isMapping(each) ? each : { name: each }));
    return [Object.fromEntries([...entry.fields].map(([name, tree]) => [name, value(tree, item)]))];
  });
}

function list(value: unknown): readonly unknown[] {
  return value === undefined || value === null || value === '' ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
}

function isMapping(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
