/** Playbook files: a list of plays and imports of other playbooks. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Catalogue } from '../module/catalogue.ts';
import { readYaml, shortName } from '../source/read-source.ts';
import { keyText, type Mapping, type Tree } from '../source/tree.ts';
import { checkKeywords } from './keywords.ts';
import type { Play, Playbook } from './playbook.ts';
import { importDirectives, readPlay } from './read-play.ts';
import { itemsOf, mappingOf, noDirectives, report, take, textOfTree, type Reading, type Where } from './reading.ts';

/** A reading that collects the problems of everything read with it. */
export function openReading(catalogue: Catalogue): Reading {
  let id = 0;
  return { catalogue, problems: [], nextId: () => ++id, roles: new Map() };
}

/** Reads a playbook and all that it imports. Problems go to the reading; throws nothing of the user's. */
export async function readPlaybook(reading: Reading, file: string): Promise<Playbook> {
  const absolute = path.resolve(file);
  const where: Where = { reading, file: absolute, folder: path.dirname(absolute), inherited: noDirectives, handlers: false, stack: [] };
  if (!existsSync(absolute)) {
    report(where, `no playbook ${file}`, undefined);
    return { file, plays: [] };
  }
  return { file, plays: await readPlays(where, absolute, undefined) };
}

async function readPlays(where: Where, file: string, from: Tree | undefined): Promise<Play[]> {
  if (where.stack.includes(file)) {
    report(where, `this playbook imports itself: ${[...where.stack, file].map(shortName).join(' → ')}`, from?.span);
    return [];
  }
  const inside: Where = { ...where, file, folder: path.dirname(file), stack: [...where.stack, file] };
  const plays: Play[] = [];
  try {
    const tree = readYaml(file, from?.span);
    if (!tree) report(where, `${shortName(file)} is empty`, from?.span, 'a playbook is a list of plays: - hosts: …');
    for (const item of itemsOf(inside, tree, `${shortName(file)}, a playbook,`)) {
      const map = mappingOf(inside, item, 'a play');
      if (map) plays.push(...(await readEntry(inside, map)));
    }
  } catch (error) {
    take(where, error);
  }
  return plays;
}

async function readEntry(where: Where, map: Mapping): Promise<Play[]> {
  const imported = map.entries.find(({ key }) => /^(ansible\.builtin\.)?import_playbook$/.test(keyText(key)));
  if (!imported) {
    const play = await readPlay(where, map);
    return play ? [play] : [];
  }
  where.reading.problems.push(...checkKeywords(map, 'import', [keyText(imported.key)]));
  const name = textOfTree(where, imported.value, 'the playbook to import');
  if (!name) return [];
  const file = path.resolve(where.folder, name);
  if (!existsSync(file)) {
    report(where, `no playbook "${name}"`, imported.value.span, `looked for ${shortName(file)}`);
    return [];
  }
  return readPlays({ ...where, inherited: importDirectives(where, map) }, file, imported.value);
}
