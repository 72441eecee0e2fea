/** Reads `ROLE/meta/needs.yml`: what a role takes from outside its hosts, as expressions over its variables. */
import path from 'node:path';
import { findMain } from '../playbook/find-file.ts';
import type { Condition, Role } from '../playbook/playbook.ts';
import { compiled, conditions, itemsOf, kindName, mappingOf, noDirectives, report, type Where } from '../playbook/reading.ts';
import type { Problem } from '../source/problem.ts';
import { TextError } from '../source/problem.ts';
import { nearestHint } from '../source/nearest.ts';
import { readYaml, shortName } from '../source/read-source.ts';
import { field, keyText, type Mapping, type Tree } from '../source/tree.ts';
import type { CompiledTree } from '../template/compile-tree.ts';

/** The three kinds of things. */
export const kinds = ['files', 'images', 'packages'] as const;
export type Kind = (typeof kinds)[number];

/** One entry of a list. */
export interface NeedEntry {
  readonly tree: Tree;
  readonly when: readonly Condition[];
  /** Each item is `item`. */
  readonly loop?: CompiledTree | undefined;
  /** A whole value: a name, a list of names, a list of mappings. */
  readonly value?: CompiledTree | undefined;
  /** Of a mapping. */
  readonly fields: ReadonlyMap<string, CompiledTree>;
}

export type RoleNeeds = Readonly<Record<Kind, readonly NeedEntry[]>>;

const fieldsOf: Readonly<Record<Kind, readonly string[]>> = { files: ['url', 'checksum'], images: ['name'], packages: ['name', 'install_recommends', 'repositories'] };
const common = ['when', 'loop'];

/** What a role's file says; undefined where it has none. Throws TextError with all that is wrong. */
export function readNeeds(role: Role): RoleNeeds | undefined {
  const file = findMain(path.join(role.folder, 'meta'), 'needs');
  if (!file) return undefined;
  const problems: Problem[] = [];
  const where = { reading: { problems }, file, folder: role.folder, role, inherited: noDirectives, handlers: false, stack: [] } as unknown as Where;
  const tree = readYaml(file);
  const map = tree && mappingOf(where, tree, shortName(file));
  for (const { key } of map?.entries ?? []) {
    if (!kinds.some((kind) => kind === keyText(key))) report(where, `"${keyText(key)}" is not a kind of thing that a role needs`, key.span, nearestHint(keyText(key), kinds));
  }
  const lists = kinds.map((kind) => [kind, itemsOf(where, map && field(map, kind), kind).map((item) => readEntry(where, kind, item))]);
  if (problems.length > 0) throw new TextError(problems);
  return Object.fromEntries(lists) as Record<Kind, NeedEntry[]>;
}

function readEntry(where: Where, kind: Kind, tree: Tree): NeedEntry {
  if (tree.kind === 'map') return readMapping(where, kind, tree);
  const value = compiled(where, tree);
  if (tree.kind === 'list') report(where, `an entry of ${kind} is ${kind === 'files' ? 'a mapping' : 'a name'}, found ${kindName(tree)}`, tree.span);
  else if (kind === 'files' && value.isStatic) report(where, 'a file needs its address and its checksum', tree.span, 'write: url: …, and under it: checksum: sha256:…');
  return { tree, when: [], value, fields: new Map() };
}

function readMapping(where: Where, kind: Kind, map: Mapping): NeedEntry {
  const fields = new Map<string, CompiledTree>();
  const known = [...fieldsOf[kind], ...common];
  for (const { key, value } of map.entries) {
    const name = keyText(key);
    if (!known.includes(name)) report(where, `"${name}" has no meaning here`, key.span, nearestHint(name, known));
    else if (!common.includes(name)) fields.set(name, compiled(where, value));
  }
  const must = kind === 'files' ? ['url', 'checksum'] : ['name'];
  for (const name of must) if (!fields.has(name)) report(where, `this entry of ${kind} has no "${name}"`, map.span, name === 'checksum' ? 'sha256:HEX, or sha256:URL of a file of sums' : undefined);
  const [when, loop] = [field(map, 'when'), field(map, 'loop')];
  return { tree: map, when: when ? conditions(where, when) : [], loop: loop && compiled(where, loop), fields };
}
