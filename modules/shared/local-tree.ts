/** A folder of the controller as a list of what is to be copied. */
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ModuleFailure } from '../../engine/module/kit.ts';

/** Something in a folder; `name` is relative, with `/` between. */
export type LocalEntry =
  | { readonly kind: 'file' | 'directory'; readonly name: string; readonly path: string }
  | { readonly kind: 'link'; readonly name: string; readonly target: string };

/**
 * All that is in a folder, parents first, sorted. Links count as what they point to, or as links where `follow` is
 * false. Throws ModuleFailure for links that point nowhere or round in a circle, and for what is no file.
 */
export async function listLocalTree(folder: string, follow: boolean): Promise<LocalEntry[]> {
  return listFolder(folder, '', follow, [await realpath(folder)]);
}

async function listFolder(folder: string, prefix: string, follow: boolean, above: readonly string[]): Promise<LocalEntry[]> {
  const entries: LocalEntry[] = [];
  const children = await readdir(folder, { withFileTypes: true });
  for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = path.join(folder, child.name);
    const name = prefix + child.name;
    if (child.isSymbolicLink() && !follow) {
      entries.push({ kind: 'link', name, target: await readlink(at) });
      continue;
    }
    const found = child.isSymbolicLink() ? await stat(at).catch(() => undefined) : child;
    if (!found) throw new ModuleFailure(`the link ${at} points nowhere`, { hint: 'local_follow: false copies links as links' });
    if (found.isFile()) entries.push({ kind: 'file', name, path: at });
    else if (found.isDirectory()) entries.push({ kind: 'directory', name, path: at }, ...(await listBelow(at, name, follow, above)));
    else throw new ModuleFailure(`${at} is neither a file nor a folder`);
  }
  return entries;
}

async function listBelow(folder: string, name: string, follow: boolean, above: readonly string[]): Promise<LocalEntry[]> {
  const real = await realpath(folder);
  if (above.includes(real)) throw new ModuleFailure(`the link ${folder} points to a folder above itself`);
  return listFolder(folder, `${name}/`, follow, [...above, real]);
}
