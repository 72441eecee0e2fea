/** zod's issues in plain words: what was found, what was expected, the nearest remedy. */
import type * as z from 'zod';
import { nearest } from '../source/nearest.ts';
import type { ParamMeta } from './params.ts';

type Issue = z.core.$ZodIssue;

/** One thing wrong with a value; `path` leads to it from the value that was checked. */
export interface Explained {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string | undefined;
}

/** An issue, with the branch of a union that came furthest. */
export function explain(issue: Issue, value: unknown): Explained {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const found = describe(at(value, path));
  switch (issue.code) {
    case 'invalid_type': return { path, message: `expected ${typeWord(issue.expected)}, found ${found}` };
    case 'invalid_value': return oneOf(path, issue.values.map(String), at(value, path));
    case 'too_small': return { path, message: `expected ${issue.origin === 'string' || issue.origin === 'array' ? `a length of ` : ''}at least ${issue.minimum}, found ${found}` };
    case 'too_big': return { path, message: `expected ${issue.origin === 'string' || issue.origin === 'array' ? `a length of ` : ''}at most ${issue.maximum}, found ${found}` };
    case 'unrecognized_keys': return { path: [...path, issue.keys[0]!], message: `unknown field "${issue.keys[0]}"` };
    case 'invalid_union': return union(issue, path, value);
    default: return { path, message: `${issue.message.replace(/^Invalid input: /, '')}, found ${found}` };
  }
}

function union(issue: Extract<Issue, { code: 'invalid_union' }>, path: Explained['path'], value: unknown): Explained {
  const branches = issue.errors.filter((errors) => errors.length > 0).map((errors) => explain(errors[0]!, at(value, path)));
  const deepest = branches.toSorted((a, b) => b.path.length - a.path.length)[0];
  if (!deepest) return { path, message: `found ${describe(at(value, path))}, which is none of what is expected` };
  if (deepest.path.length > 0) return { ...deepest, path: [...path, ...deepest.path] };
  const wanted = [...new Set(branches.map((branch) => /^expected (.*), found/.exec(branch.message)?.[1] ?? branch.message))];
  return { path, message: `expected ${wanted.join(' or ')}, found ${describe(at(value, path))}` };
}

function oneOf(path: Explained['path'], choices: readonly string[], value: unknown): Explained {
  const near = typeof value === 'string' ? nearest(value, choices) : undefined;
  const message = choices.length === 1 ? `expected ${choices[0]}, found ${describe(value)}` : `expected one of ${choices.join(', ')}, found ${describe(value)}`;
  return { path, message, hint: near ? `did you mean "${near}"?` : undefined };
}

function typeWord(expected: string): string {
  const words: Record<string, string> = { string: 'text', boolean: 'yes or no', number: 'a number', int: 'a whole number', array: 'a list', object: 'a mapping', record: 'a mapping', null: 'nothing', nonoptional: 'a value' };
  return words[expected] ?? expected;
}

/** A value in a few words. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = String(value);
  return typeof value === 'string' ? JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text) : text;
}

function at(value: unknown, path: Explained['path']): unknown {
  return path.reduce<unknown>((inner, part) => (inner !== null && typeof inner === 'object' ? (inner as Record<string | number, unknown>)[part] : undefined), value);
}

const metas = new WeakMap<z.ZodType, ParamMeta>();

/** What the engine must know of a param, wherever optional and default wrap it; of a list, what its items are. */
export function metaOf(schema: z.ZodType): ParamMeta {
  let meta = metas.get(schema);
  if (!meta) metas.set(schema, (meta = readMeta(schema)));
  return meta;
}

function readMeta(schema: z.ZodType): ParamMeta {
  for (let each: z.ZodType | undefined = schema; each; each = inner(each)) {
    const meta = each.meta() as ParamMeta | undefined;
    if (meta?.kplay) return { kplay: meta.kplay };
  }
  return {};
}

function inner(schema: z.ZodType): z.ZodType | undefined {
  const def = schema.def as { innerType?: z.ZodType; out?: z.ZodType; element?: z.ZodType; type: string };
  return def.innerType ?? (def.type === 'pipe' ? def.out : undefined) ?? def.element;
}

/** The values of a param that are secret: the param's own, or those of secret fields within its mappings and lists. */
export function secretsIn(schema: z.ZodType, value: unknown): unknown[] {
  if (metaOf(schema).kplay === 'secret') return [value];
  if (value === null || typeof value !== 'object') return [];
  let core = schema;
  for (let next: z.ZodType | undefined = schema; next; next = inner(next)) core = next;
  if (Array.isArray(value)) return value.flatMap((each) => secretsIn(core, each));
  const { shape = {} } = core.def as { shape?: Readonly<Record<string, z.ZodType>> };
  return Object.entries(value).flatMap(([name, each]) => (shape[name] ? secretsIn(shape[name], each) : []));
}

const optional = new WeakMap<z.ZodType, boolean>();

/** True where the param may be left out. */
export function isOptional(schema: z.ZodType): boolean {
  let known = optional.get(schema);
  if (known === undefined) optional.set(schema, (known = schema.safeParse(undefined).success));
  return known;
}

/** True for a param whose value is not shown among others. */
export function isHidden({ kplay }: ParamMeta): boolean {
  return kplay === 'secret' || kplay === 'private';
}
