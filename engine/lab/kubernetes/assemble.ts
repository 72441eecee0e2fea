/** Makes a mirror folder of what was built: programs, network plugins, images, and the list of them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorFile } from '../../mirror/mirror.ts';
import { writeMirror } from '../../mirror/write-mirror.ts';
import { must } from '../command.ts';
import { buildImages, type ImageBuild } from './build-images.ts';
import { addFile } from './mirror-files.ts';
import { cniUrl, kubernetesVersion, programs, programUrl } from './recipe.ts';

/** Fills `build.mirror`; `made` tells of what, and is kept in its list. */
export async function assembleMirror(build: ImageBuild, made: Readonly<Record<string, string>>): Promise<void> {
  const { mirror, built, packaged, architecture, workshop, onStep } = build;
  await mkdir(mirror, { recursive: true, mode: 0o755 });
  const files: MirrorFile[] = [];
  onStep('files');
  for (const program of programs) files.push(...(await addFile(mirror, programUrl(program, architecture), join(built, program), 'alone')));
  const plugins = join(workshop, 'cni-plugins.tgz');
  await must(['tar', '--create', '--gzip', '--file', plugins, '--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--directory', join(packaged, 'usr/lib/cni'), '.'], { timeout: 600 });
  files.push(...(await addFile(mirror, cniUrl(architecture), plugins, 'named')));
  const images = await buildImages(build);
  await writeMirror(mirror, { version: 1, kubernetes: kubernetesVersion, made, files, images: [...images], packages: [] });
}
