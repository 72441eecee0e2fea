/** Fetches an image into the layout, for each architecture that is asked for. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { lastWords, run } from './command.ts';
import { hasImage, imageArchitectures, readManifest } from './check-image.ts';
import { blobPath, mediaTypes, readImages, readIndex, type Descriptor, type Manifest } from './image-layout.ts';
import { MirrorError } from './mirror-error.ts';
import type { ImageNeed } from './needs.ts';
import { nameImage, writeBlob } from './write-image.ts';

/** One at a time: the layout's index is read and written. */
export type InTurn = <T>(act: () => Promise<T>) => Promise<T>;

export interface ImageFetched {
  readonly descriptor: Descriptor;
  readonly architectures: readonly string[];
  readonly wasThere: boolean;
}

/** Brings it; one that is there, whole, for all architectures is not fetched again. Throws a MirrorError. */
export async function fetchImage(layout: string, need: ImageNeed, inTurn: InTurn, signal?: AbortSignal): Promise<ImageFetched> {
  const there = (await readImages(layout)).get(need.name);
  const had = there && (await hasImage(layout, there)) ? await imageArchitectures(layout, there) : [];
  if (there && need.architectures.every((arch) => had.includes(arch))) return { descriptor: there, architectures: had, wasThere: true };
  const architectures = [...new Set([...had, ...need.architectures])].sort();
  const parts: Descriptor[] = [];
  for (const arch of architectures) parts.push(await copy(layout, need, arch, signal));
  const descriptor = await inTurn(async () => {
    const whole = parts.length === 1 ? parts[0]! : await writeBlob(layout, mediaTypes.index, { schemaVersion: 2, mediaType: mediaTypes.index, manifests: parts } satisfies Manifest);
    await nameImage(layout, [need.name], whole);
    return whole;
  });
  return { descriptor, architectures, wasThere: false };
}

/** One architecture of it. Its parts go to the layout at once, its name to a layout of its own, so that several may be copied side by side. */
async function copy(layout: string, { name, from, isPlain }: ImageNeed, arch: string, signal: AbortSignal | undefined): Promise<Descriptor> {
  await mkdir(path.join(layout, 'blobs/sha256'), { recursive: true });
  const own = await mkdtemp(path.join(layout, '.fetch-'));
  try {
    const argv = ['skopeo', '--override-os', 'linux', '--override-arch', arch, 'copy', '--quiet', '--retry-times', '3', ...(isPlain ? ['--src-tls-verify=false'] : []), '--dest-shared-blob-dir', path.join(layout, 'blobs'), `docker://${from}`, `oci:${own}:image`];
    const result = await run(argv, { signal });
    if (result.code !== 0) throw new MirrorError(skopeoReason(lastWords(result, 1)));
    const [manifest] = (await readIndex(own)).manifests ?? [];
    if (!manifest) throw new MirrorError('skopeo copied nothing');
    const { mediaType, digest, size } = manifest;
    const descriptor: Descriptor = { mediaType, digest, size, platform: { os: 'linux', architecture: arch } };
    // An image that is of one architecture comes whatever was asked for.
    const config = JSON.parse(await readFile(blobPath(layout, (await readManifest(layout, descriptor)).config!.digest)!, 'utf8')) as { architecture?: string };
    if (config.architecture !== undefined && config.architecture !== '' && config.architecture !== arch) throw new MirrorError(`${name} is there for ${config.architecture}, not for ${arch}`);
    return descriptor;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** skopeo's log line without its dress: time="…" level=fatal msg="…". */
export function skopeoReason(line: string): string {
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  return message?.replace(/\\(["\\])/g, '$1') ?? line;
}
