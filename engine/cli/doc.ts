/** What `kplay doc` prints: which modules there are, and all about one of them. */
import * as z from 'zod';
import { openCatalogue, type Catalogue } from '../module/catalogue.ts';
import { isHidden, isOptional, metaOf } from '../module/explain.ts';
import type { Module, Rule } from '../module/module.ts';
import { keywords } from '../playbook/keywords.ts';
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';
import type { Context } from './context.ts';
import type { DocFlags } from './doc-command.ts';

/** The text that was asked for. Throws TextError for a module that is not there. */
export async function docText(context: Context, name: string | undefined, flags: DocFlags): Promise<string> {
  const catalogue = openCatalogue(context.modules);
  if (flags.keywords) return keywordList();
  return name === undefined ? moduleList(catalogue) : moduleDoc(catalogue, name, flags);
}

function keywordList(): string {
  const width = Math.max(...[...keywords.keys()].map((name) => name.length));
  return [...keywords].map(([name, { on, doc }]) => `${name.padEnd(width)}  ${doc} (${on.join(', ')})`).join('\n');
}

async function moduleList(catalogue: Catalogue): Promise<string> {
  const width = Math.max(...catalogue.names.map((name) => name.length));
  const modules = await Promise.all(catalogue.names.map((name) => catalogue.load(name)));
  return catalogue.names.map((name, at) => {
    const own = ownName(modules[at]!, catalogue.names.filter((_, other) => modules[other] === modules[at])) ?? name;
    return `${name.padEnd(width)}  ${own === name ? modules[at]!.summary : `the same as ${own}`}`;
  }).join('\n');
}

/** The name that a module's own example uses: one that stands under several names is told once. */
function ownName(module: Module, names: readonly string[]): string | undefined {
  return names.find((name) => new RegExp(`^ *(- )?${name}:`, 'm').test(module.example));
}

async function moduleDoc(catalogue: Catalogue, word: string, flags: DocFlags): Promise<string> {
  const name = catalogue.resolve(word);
  if (!name) throw new TextError({ message: `no module "${word}"`, hint: nearestHint(word, catalogue.names) });
  const module = await catalogue.load(name);
  if (flags.json) return JSON.stringify(z.toJSONSchema(module.params, { io: 'input', unrepresentable: 'any' }), null, 2);
  const shape = module.params.shape as Record<string, z.ZodType>;
  const parts = [
    `${name}: ${module.summary}`,
    ...(module.kind === undefined || module.kind === 'state' ? [] : [`An action${module.kind === 'action' ? '' : ' where its params say so'}: it acts each time it is asked, and a dry run cannot know what it would give.`]),
    `PARAMS\n${Object.entries(shape).map(([field, schema]) => paramDoc(module, field, schema)).join('\n')}`,
    ...((module.rules ?? []).length > 0 ? [`RULES\n${module.rules!.map((rule) => `  ${ruleDoc(rule)}`).join('\n')}`] : []),
    ...(module.returns ? [`REGISTERS\n${Object.entries(module.returns).map(([field, doc]) => `  ${field}${module.secrets?.includes(field) ? ' (never shown)' : ''}: ${doc}`).join('\n')}`] : []),
    `EXAMPLE\n${module.example.trim().split('\n').map((line) => `  ${line}`).join('\n')}`,
  ];
  return parts.join('\n\n');
}

function paramDoc(module: Module, field: string, schema: z.ZodType): string {
  const aliases = Object.entries(module.aliases ?? {}).filter(([, own]) => own === field).map(([alias]) => alias);
  const notes = [
    isOptional(schema) ? '' : 'required', valuesOf(schema), defaultOf(schema),
    aliases.length > 0 ? `also ${aliases.join(', ')}` : '', module.freeForm === field ? 'free form' : '', isHidden(metaOf(schema)) ? 'never shown' : '',
  ].filter(Boolean);
  return `  ${field}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}\n      ${schema.description ?? ''}`;
}

function valuesOf(schema: z.ZodType): string {
  const json = jsonOf(schema);
  return Array.isArray(json['enum']) ? json['enum'].join(' | ') : typeof json['type'] === 'string' ? ({ string: 'text', boolean: 'yes or no', integer: 'whole number', number: 'number', array: 'list', object: 'mapping' }[json['type']] ?? '') : '';
}

function defaultOf(schema: z.ZodType): string {
  const json = jsonOf(schema);
  return json['default'] === undefined ? '' : `default ${JSON.stringify(json['default'])}`;
}

/** What the schema gives, since what it takes may be anything that can be read as it. */
function jsonOf(schema: z.ZodType): Record<string, unknown> {
  try {
    return z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function ruleDoc(rule: Rule): string {
  const names = rule.names.join(', ');
  switch (rule.kind) {
    case 'exclusive': return `only one of ${names}`;
    case 'oneOf': return `at least one of ${names}`;
    case 'together': return `${names} only together`;
    case 'requiredIf': return `${rule.name}: ${String(rule.value)} needs ${names}`;
  }
}
