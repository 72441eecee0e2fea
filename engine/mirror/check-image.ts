/** Whether an image of a layout is whole, and what it is for. */
import { readFile, rm } from 'node:fs/promises';
import { blobPath, type Descriptor, type Manifest } from './image-layout.ts';
import { sumFile } from './sum-file.ts';

/** True where every part is there with its digest; a part that is wrong is removed, so that it is fetched again. */
export async function hasImage(layout: string, descriptor: Descriptor): Promise<boolean> {
  if (!(await hasBlob(layout, descriptor))) return false;
  const manifest = await readManifest(layout, descriptor);
  for (const part of manifest.manifests ?? []) if (!(await hasImage(layout, part))) return false;
  for (const part of [...(manifest.config ? [manifest.config] : []), ...(manifest.layers ?? [])]) if (!(await hasBlob(layout, part))) return false;
  return true;
}

/** The architectures that an image is there for. */
export async function imageArchitectures(layout: string, descriptor: Descriptor): Promise<string[]> {
  const manifest = await readManifest(layout, descriptor);
  if (manifest.manifests) return manifest.manifests.flatMap(({ platform }) => platform?.architecture ?? []);
  if (!manifest.config) return [];
  const { architecture } = JSON.parse(await readFile(blobPath(layout, manifest.config.digest)!, 'utf8')) as { architecture?: string };
  return architecture ? [architecture] : [];
}

/** Bytes of all parts of an image, those that it has twice once. */
export async function imageSize(layout: string, descriptor: Descriptor): Promise<number> {
  const sizes = new Map<string, number>();
  const add = async (each: Descriptor): Promise<void> => {
    sizes.set(each.digest, each.size);
    const { manifests = [], config, layers = [] } = await readManifest(layout, each);
    for (const part of [...(config ? [config] : []), ...layers]) sizes.set(part.digest, part.size);
    for (const part of manifests) await add(part);
  };
  await add(descriptor);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function hasBlob(layout: string, { digest }: Descriptor): Promise<boolean> {
  const file = blobPath(layout, digest);
  const sum = file && digest.startsWith('sha256:') ? await sumFile(file) : undefined;
  if (sum?.sha256 === digest.slice('sha256:'.length)) return true;
  if (sum) await rm(file!, { force: true });
  return false;
}

/** A manifest or an index by what points to it. */
export async function readManifest(layout: string, { digest }: Descriptor): Promise<Manifest> {
  return JSON.parse(await readFile(blobPath(layout, digest)!, 'utf8')) as Manifest;
}
