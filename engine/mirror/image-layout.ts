/** An OCI image layout: which images it has, and where their parts lie. https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MirrorError } from './mirror-error.ts';

/** What an image is pointed to by. */
export interface Descriptor {
  readonly mediaType: string;
  /** "sha256:…" */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest, an index, or the layout's own index. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** The annotation that names an image of a layout. */
export const refName = 'org.opencontainers.image.ref.name';

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** The file of a part by its digest; undefined where that is no digest. */
export function blobPath(layout: string, digest: string): string | undefined {
  const match = /^(sha256):([0-9a-f]{64})$|^(sha512):([0-9a-f]{128})$/.exec(digest);
  return match ? join(layout, 'blobs', match[1] ?? match[3]!, match[2] ?? match[4]!) : undefined;
}

/** The images of a layout by their names; none where the folder is not there yet. Throws a MirrorError where its index cannot be read. */
export async function readImages(layout: string): Promise<ReadonlyMap<string, Descriptor>> {
  const { manifests = [] } = await readIndex(layout);
  return new Map(manifests.flatMap((each) => (each.annotations?.[refName] ? [[each.annotations[refName], each] as const] : [])));
}

/** A layout's own index; an empty one where the folder is not there yet. */
export async function readIndex(layout: string): Promise<Manifest> {
  const file = join(layout, 'index.json');
  try {
    const index = JSON.parse(await readFile(file, 'utf8')) as Manifest;
    if (!Array.isArray(index.manifests)) throw new Error('it has no list "manifests"');
    return index;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
    throw new MirrorError(`${file} is not the index of an image layout: ${(error as Error).message}`, undefined, { cause: error });
  }
}
