/** The images of a mirror as a registry sees them: repositories with tags, and every manifest by its digest. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { blobPath, mediaTypes, readImages, type Descriptor, type Manifest } from './image-layout.ts';

export interface Registry {
  /** By whole upstream name, such as "registry.k8s.io/pause"; in it tags such as "3.2". */
  readonly repositories: ReadonlyMap<string, ReadonlyMap<string, Descriptor>>;
  readonly manifests: ReadonlyMap<string, Descriptor>;
}

/** Gives a layout's images; they are read anew once its index has changed. */
export function registryOf(layout: string): () => Promise<Registry> {
  let seen: { readonly state: string; readonly registry: Promise<Registry> } | undefined;
  return async () => {
    const state = await stateOf(join(layout, 'index.json'));
    if (seen?.state !== state) {
      const registry = readRegistry(layout);
      seen = { state, registry };
      registry.catch(() => (seen = undefined));
    }
    return seen!.registry;
  };
}

/** Splits "registry.k8s.io/pause:3.2@sha256:…" into its parts. */
export function splitName(name: string): { readonly repository: string; readonly tag?: string | undefined } {
  const [named = ''] = name.split('@');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  return colon < 0 ? { repository: named } : { repository: named.slice(0, colon), tag: named.slice(colon + 1) };
}

async function readRegistry(layout: string): Promise<Registry> {
  const repositories = new Map<string, Map<string, Descriptor>>();
  const manifests = new Map<string, Descriptor>();
  for (const [name, descriptor] of await readImages(layout)) {
    const { repository, tag } = splitName(name);
    const tags = repositories.get(repository) ?? new Map<string, Descriptor>();
    repositories.set(repository, tags);
    if (tag !== undefined) tags.set(tag, descriptor);
    await addManifest(layout, descriptor, manifests);
  }
  return { repositories, manifests };
}

/** An index and, below it, a manifest for each platform that is there. */
async function addManifest(layout: string, descriptor: Descriptor, manifests: Map<string, Descriptor>): Promise<void> {
  const { digest, mediaType } = descriptor;
  if (manifests.has(digest)) return;
  manifests.set(digest, descriptor);
  if (mediaType !== mediaTypes.index && !mediaType.endsWith('.manifest.list.v2+json')) return;
  const path = blobPath(layout, digest);
  const text = path && (await readFile(path, 'utf8').catch(() => undefined));
  for (const child of text ? ((JSON.parse(text) as Manifest).manifests ?? []) : []) await addManifest(layout, child, manifests);
}

async function stateOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : '';
}
