/** A folder of inventories: which files in it are read. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { TextError } from '../source/problem.ts';
import { shortName } from '../source/read-source.ts';
import type { Draft } from './draft.ts';
import { pathKind } from './path-kind.ts';

const ignored = /^\.|^(host_vars|group_vars|vars_plugins)$|(\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.retry)$/;
/** Ansible leaves these out of folders as well, which surprises people. */
const ignoredLoudly = /\.(ini|cfg)$/;
const maxDepth = 20;

/**
 * The inventory files of a folder and of the folders in it, by name, the ones left out that Ansible leaves out
 * (hidden, backups, documents, group_vars and host_vars). Adds a warning for an .ini or .cfg left out, and where nothing
 * is left.
 */
export function readFolder(folder: string, draft: Draft): readonly string[] {
  const files = filesIn(folder, draft, 0);
  if (files.length === 0) draft.warnings.push({ message: `the folder ${shortName(folder)} holds no inventory` });
  return files;
}

function filesIn(folder: string, draft: Draft, depth: number): readonly string[] {
  if (depth > maxDepth) throw new TextError({ message: `${shortName(folder)}: folders of inventories are nested deeper than ${maxDepth}`, hint: 'does a link lead back up?' });
  const files: string[] = [];
  for (const name of namesIn(folder)) {
    if (ignored.test(name)) continue;
    const file = path.join(folder, name);
    const kind = pathKind(file);
    if (kind === 'folder') files.push(...filesIn(file, draft, depth + 1));
    else if (ignoredLoudly.test(name)) draft.warnings.push({ message: `${shortName(file)} is not read: in a folder of inventories Ansible leaves out .ini and .cfg files`, hint: 'take the ending off its name, or name the file itself with -i' });
    else if (kind === 'file') files.push(file);
  }
  return files;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw new TextError({ message: `cannot read the folder ${shortName(folder)}: ${(error as Error).message}` });
  }
}
