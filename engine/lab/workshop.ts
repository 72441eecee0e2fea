/** Where things are built before they are moved to their place in one step. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A fresh folder to build in, beside what is built; what earlier builds left half done is removed. The caller holds the lock of such builds. */
export async function placeToBuild(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const name of await readdir(folder)) {
    if (name.startsWith('unfinished')) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
  return mkdtemp(join(folder, 'unfinished-'));
}
