/** Files that are whole or not there. */
import { readFile, rename, writeFile } from 'node:fs/promises';

/** Writes a file beside its place and renames it; a file that is as asked already is left alone. */
export async function writeSafely(path: string, text: string, mode: number): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === text) return;
  const fresh = `${path}.new`;
  await writeFile(fresh, text, { mode });
  await rename(fresh, path);
}
