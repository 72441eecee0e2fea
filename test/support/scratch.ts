/** Folders of a whole test file, which are gone when its tests have ended; for those of one test there is tempFolder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestFn } from 'ava';

/** Gives what makes an empty folder, named after `name`, each time it is called. */
export function scratch(test: TestFn, name: string): () => string {
  const made: string[] = [];
  test.after.always(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(path.join(tmpdir(), `kplay-${name}-`));
    made.push(folder);
    return folder;
  };
}
