/** A task's params on one host: rendered, then checked once more with the places of what was written. */
import { checkUnknownName } from './param-names.ts';
import { explain, secretsIn } from '../module/explain.ts';
import type { Module } from '../module/module.ts';
import type { Args } from '../playbook/playbook.ts';
import { spanAt } from '../playbook/check-args.ts';
import { TextError, type Problem } from '../source/problem.ts';
import type { Env, Scope } from '../template/registry.ts';
import { LazyMapping, Omitted, Undefined, Unknown } from '../template/value.ts';
import { toPlain } from './result.ts';

/** Params ready for a module, or why only the run can give them. */
export type Bound =
  | { readonly kind: 'params'; readonly params: Readonly<Record<string, unknown>>; readonly raw: Readonly<Record<string, unknown>>; readonly secrets: readonly unknown[] }
  | { readonly kind: 'unknown'; readonly because: string };

/** Renders and checks. Throws TextError at the param's place, TemplateError at the template's. */
export function bindParams(name: string, module: Module, args: Args, scope: Scope, environment: Env): Bound {
  const raw: Record<string, unknown> = {};
  const whole = args.whole?.evaluate(scope, environment);
  if (whole instanceof Unknown) return { kind: 'unknown', because: whole.because };
  if (args.whole && (whole === null || typeof whole !== 'object')) throw new TextError({ message: `the params of "${name}" must be a mapping`, span: args.whole.tree.span });
  for (const [key, value] of whole ? Object.entries(toPlain(whole) as object) : []) {
    const field = module.aliases?.[key] ?? key;
    checkUnknownName(name, module, field, args.span);
    raw[field] = value;
  }
  for (const { name: field, value } of args.fields.values()) {
    const rendered = value.evaluate(scope, environment);
    if (rendered instanceof Omitted) continue;
    const unknown = firstUnknown(rendered);
    if (unknown) return { kind: 'unknown', because: unknown.because };
    raw[field] = rendered instanceof LazyMapping ? toPlain(rendered) : rendered instanceof Undefined ? undefined : rendered;
  }
  const parsed = module.params.safeParse(raw);
  if (!parsed.success) throw new TextError(parsed.error.issues.slice(0, 5).map((issue) => problemOf(name, args, explain(issue, raw))));
  return { kind: 'params', params: parsed.data, raw, secrets: secretsIn(module.params, raw) };
}

function problemOf(name: string, args: Args, { path, message, hint }: ReturnType<typeof explain>): Problem {
  const arg = args.fields.get(String(path[0]));
  const missing = arg === undefined;
  return { message: missing && path.length > 0 ? `"${name}" needs the param "${path[0]}"` : `${path.join('.')}: ${message}`, span: arg ? spanAt(arg.value.tree, path.slice(1)) : args.span, hint };
}

/** The first unknown value in a rendered one, however deep. */
export function firstUnknown(value: unknown): Unknown | undefined {
  if (value instanceof Unknown) return value;
  if (Array.isArray(value)) return value.map(firstUnknown).find(Boolean);
  if (value instanceof LazyMapping) return [...value.keys()].map((key) => firstUnknown(value.get(key))).find(Boolean);
  if (value !== null && typeof value === 'object' && !Buffer.isBuffer(value)) return Object.values(value).map(firstUnknown).find(Boolean);
  return undefined;
}
