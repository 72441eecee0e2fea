/** Writes a mirror folder's list. */
import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { mirrorPaths, mirrorSchema, type Mirror } from './mirror.ts';

/** Writes `mirror.json` whole or not at all, its entries in order of their names; gives what was written. */
export async function writeMirror(folder: string, mirror: Mirror): Promise<Mirror> {
  const by = <T>(key: (entry: T) => string) => (a: T, b: T): number => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  const sorted = mirrorSchema.parse({
    ...mirror,
    files: mirror.files.toSorted(by(({ url }) => url)),
    images: mirror.images.toSorted(by(({ name }) => name)),
    packages: mirror.packages.toSorted(by(({ path }) => path)),
  });
  const { list } = mirrorPaths(folder);
  const fresh = `${list}.${randomUUID()}.new`;
  await writeFile(fresh, `${JSON.stringify(sorted, null, 2)}\n`, { mode: 0o644 });
  await rename(fresh, list);
  return sorted;
}
