/** Writes images into an OCI image layout out of tar archives. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { blobPath, mediaTypes, readIndex, refName, type Descriptor } from './image-layout.ts';

/** How an image's containers start where nobody says otherwise. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  /** Name or number, with a group after a colon. */
  readonly User?: string;
}

export interface Layer {
  readonly descriptor: Descriptor;
  /** Digest of the archive before it was compressed. */
  readonly diffId: string;
}

/** Adds a tar archive as a layer, compressed; several images may share it. */
export async function writeLayer(layout: string, tar: string): Promise<Layer> {
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const fresh = join(layout, `blobs/layer.${randomUUID()}.new`);
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  // Without a time or a name in the header, one archive always gives one digest.
  await pipeline(createReadStream(tar), through(plain), createGzip({ level: 6 }), through(packed), createWriteStream(fresh));
  const digest = `sha256:${packed.digest('hex')}`;
  const { size } = await stat(fresh);
  await rename(fresh, blobPath(layout, digest)!);
  return { descriptor: { mediaType: mediaTypes.layer, digest, size }, diffId: `sha256:${plain.digest('hex')}` };
}

/** Adds an image of layers under its names, which are taken from other images that have them; gives its manifest. One at a time in a layout. */
export async function writeImage(layout: string, names: readonly string[], layers: readonly Layer[], architecture: string, config: ImageConfig): Promise<Descriptor> {
  const told = { architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) } };
  const configBlob = await writeBlob(layout, mediaTypes.config, told);
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configBlob, layers: layers.map(({ descriptor }) => descriptor) };
  const descriptor = await writeBlob(layout, mediaTypes.manifest, manifest);
  await nameImage(layout, names, { ...descriptor, platform: { os: 'linux', architecture } });
  return descriptor;
}

/** Names an image that is in the layout; other images lose these names. Not for two at once: the index is read and written. */
export async function nameImage(layout: string, names: readonly string[], descriptor: Descriptor): Promise<void> {
  const index = await readIndex(layout);
  const others = index.manifests!.filter(({ annotations }) => !names.includes(annotations?.[refName] ?? ''));
  const named = names.map((name) => ({ ...descriptor, annotations: { [refName]: name } }));
  await writeJson(join(layout, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
  await writeJson(join(layout, 'index.json'), { ...index, manifests: [...others, ...named] });
}

/** Adds a part that is JSON. */
export async function writeBlob(layout: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  await writeWhole(blobPath(layout, digest)!, text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

function writeJson(file: string, value: unknown): Promise<void> {
  return writeWhole(file, JSON.stringify(value));
}

async function writeWhole(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomUUID()}.new`;
  await writeFile(fresh, text);
  await rename(fresh, file).catch(async (error: unknown) => {
    await rm(fresh, { force: true });
    throw error;
  });
}

/** Passes everything on and hashes it on the way. */
function through(hash: ReturnType<typeof createHash>): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
