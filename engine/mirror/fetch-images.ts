/** Fetches the images of a mirror into its layout, two at once. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { imageSize } from './check-image.ts';
import { needCommand } from './command.ts';
import { fetchImage, type InTurn } from './fetch-image.ts';
import { MirrorError } from './mirror-error.ts';
import { mirrorPaths, type MirrorImage } from './mirror.ts';
import type { ImageNeed } from './needs.ts';
import type { Watch } from './watch.ts';

/** Brings them; gives those that are there. */
export async function fetchImages(folder: string, needs: readonly ImageNeed[], watch: Watch): Promise<readonly MirrorImage[]> {
  if (needs.length === 0) return [];
  const layout = mirrorPaths(folder).images;
  if (layout.includes(':')) throw new MirrorError(`a mirror of images cannot lie in ${folder}: skopeo takes the colon for the end of a folder's name`);
  await mkdir(layout, { recursive: true });
  await sweep(layout);
  const names = new PQueue({ concurrency: 1 });
  const inTurn: InTurn = (act) => names.add(act) as ReturnType<typeof act>;
  const there: MirrorImage[] = [];
  const queue = new PQueue({ concurrency: 2 });
  await queue.addAll(needs.map((need) => async () => {
    const found = await watch.attempt(need.name, async () => {
      needCommand('skopeo', 'skopeo', 'images');
      return fetchImage(layout, need, inTurn, watch.signal);
    });
    if (!found) return;
    const size = await imageSize(layout, found.descriptor);
    watch.done(need.name, size, found.wasThere ? 'here' : 'fetched');
    there.push({ name: need.name, digest: found.descriptor.digest, architectures: found.architectures, size });
  }));
  return there;
}

/** What a run that was cut off has left: layouts of single images, and parts that were not whole. */
async function sweep(layout: string): Promise<void> {
  const blobs = path.join(layout, 'blobs/sha256');
  for (const name of await readdir(layout)) if (name.startsWith('.fetch-')) await rm(path.join(layout, name), { recursive: true, force: true });
  for (const name of await readdir(blobs).catch(() => [])) if (!/^[0-9a-f]{64}$/.test(name)) await rm(path.join(blobs, name), { force: true });
}
