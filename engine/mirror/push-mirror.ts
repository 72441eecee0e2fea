/** Pushes the images of a mirror folder to a registry, each under its whole upstream name. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import PQueue from 'p-queue';
import { hasImage, imageSize } from './check-image.ts';
import { lastWords, needCommand, run } from './command.ts';
import { readImages, type Descriptor } from './image-layout.ts';
import { MirrorError } from './mirror-error.ts';
import { mirrorPaths } from './mirror.ts';
import { skopeoReason } from './fetch-image.ts';
import type { Watch } from './watch.ts';

/** Where to. */
export interface Registry {
  /** HOST[:PORT][/PATH] */
  readonly base: string;
  readonly isPlain: boolean;
}

/** Reads REGISTRY[/PATH]; http:// before it speaks to it without TLS. Throws a MirrorError. */
export function readRegistry(text: string): Registry {
  const [, scheme, base = ''] = /^(https?:\/\/)?([^\s/@]+(?:\/[^\s@]+?)?)\/*$/.exec(text) ?? [];
  if (!base || !/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d+)?(\/[a-z0-9._/-]+)?$/.test(base)) throw new MirrorError(`"${text}" is not a registry`, 'write HOST, HOST:PORT or HOST/PATH, with http:// before it where it has no TLS');
  return { base, isPlain: scheme === 'http://' };
}

/** Where a registry of one's own has the images of an upstream registry. */
export function pushedTo({ base }: Registry, name: string): string {
  return `${base}/${name}`;
}

/** Pushes them all; an image that is there already is not sent again. Those that could not be pushed are told to `watch`. */
export async function pushMirror(folder: string, registry: Registry, watch: Watch): Promise<readonly string[]> {
  needCommand('skopeo', 'skopeo', 'images');
  const layout = mirrorPaths(path.resolve(folder)).images;
  if (layout.includes(':')) throw new MirrorError(`skopeo takes the colon in ${layout} for the end of a folder's name`);
  const images = await readImages(layout);
  const queue = new PQueue({ concurrency: 2 });
  await queue.addAll([...images].map(([name, descriptor]) => async () => {
    await watch.attempt(name, async () => {
      if (!(await hasImage(layout, descriptor))) throw new MirrorError('parts of it are missing in the folder', 'fetch it again: kplay mirror fetch');
      const isThere = await hasPushed(registry, name, descriptor, watch.signal);
      if (!isThere) await push(layout, registry, name, watch.signal);
      watch.done(pushedTo(registry, name), await imageSize(layout, descriptor), isThere ? 'here' : 'fetched');
    });
  }));
  return [...images.keys()];
}

async function push(layout: string, registry: Registry, name: string, signal: AbortSignal | undefined): Promise<void> {
  const argv = ['skopeo', 'copy', '--quiet', '--all', '--retry-times', '3', ...(registry.isPlain ? ['--dest-tls-verify=false'] : []), `oci:${layout}:${name}`, `docker://${pushedTo(registry, name)}`];
  const result = await run(argv, { signal });
  if (result.code !== 0) throw new MirrorError(skopeoReason(lastWords(result, 1)));
}

/** Whether the registry has the same manifest under this name. */
async function hasPushed(registry: Registry, name: string, { digest }: Descriptor, signal: AbortSignal | undefined): Promise<boolean> {
  const result = await run(['skopeo', 'inspect', '--raw', ...(registry.isPlain ? ['--tls-verify=false'] : []), `docker://${pushedTo(registry, name)}`], { signal });
  return result.code === 0 && `sha256:${createHash('sha256').update(result.stdout).digest('hex')}` === digest;
}
