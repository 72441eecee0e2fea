/** Fills a mirror folder with what a run needs. What is there and right is not fetched again, and nothing that is there is lost. */
import { mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fetchFiles } from './fetch-files.ts';
import { fetchImages } from './fetch-images.ts';
import { fetchPackages, type PackageSources } from './fetch-packages.ts';
import { mirrorPaths, type Mirror } from './mirror.ts';
import type { Needs } from './needs.ts';
import { readMirror } from './read-mirror.ts';
import type { Watch } from './watch.ts';
import { writeMirror } from './write-mirror.ts';

/** Fetches all that can be had; `watch.missing` has the rest. The list is written after each kind of things. */
export async function fetchMirror(folder: string, needs: Needs, sources: PackageSources, watch: Watch): Promise<Mirror> {
  await mkdir(folder, { recursive: true });
  let mirror: Mirror = existsSync(mirrorPaths(folder).list) ? await readMirror(folder) : { version: 1, files: [], images: [], packages: [] };
  const keep = async (more: Partial<Pick<Mirror, 'files' | 'images' | 'packages'>>): Promise<void> => { mirror = await writeMirror(folder, { ...mirror, ...more }); };
  await keep({ files: together(mirror.files, await fetchFiles(folder, needs.files, watch), ({ url }) => url) });
  await keep({ images: together(mirror.images, await fetchImages(folder, needs.images, watch), ({ name }) => name) });
  await keep({ packages: together(mirror.packages, await fetchPackages(folder, needs.packages, sources, watch), ({ path }) => path) });
  return mirror;
}

/** The old and the new, the new where both have one. */
function together<T>(old: readonly T[], fresh: readonly T[], key: (entry: T) => string): T[] {
  return [...new Map([...old, ...fresh].map((entry) => [key(entry), entry])).values()];
}
