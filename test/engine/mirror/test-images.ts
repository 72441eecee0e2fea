/** Images for tests: real ones, written by the engine into a mirror folder, which serves as the registry that others come from. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mediaTypes, type Descriptor } from '../../../engine/mirror/image-layout.ts';
import { mirrorPaths } from '../../../engine/mirror/mirror.ts';
import { serveMirror } from '../../../engine/mirror/serve-mirror.ts';
import { nameImage, writeBlob, writeImage, writeLayer } from '../../../engine/mirror/write-image.ts';
import { writeMirror } from '../../../engine/mirror/write-mirror.ts';
import { tempFolder } from '../../support/try-module.ts';

export interface Upstream {
  readonly folder: string;
  /** Without a scheme: HOST:PORT. */
  readonly host: string;
  /** What was asked for, a line each. */
  readonly log: string[];
}

/** A registry that serves as long as the test lasts, with nothing in it. */
export async function upstream(t: ExecutionContext): Promise<Upstream> {
  const folder = await tempFolder(t);
  await writeMirror(folder, { version: 1, files: [], images: [], packages: [] });
  const log: string[] = [];
  const server = await serveMirror({ folder, address: '127.0.0.1', port: 0, log: (line) => log.push(line) });
  t.teardown(() => server.close());
  return { folder, host: server.url.replace('http://', ''), log };
}

/** Adds an image for each architecture under one name; with several it is an index of them. */
export async function addImage(folder: string, name: string, architectures: readonly string[], text = name): Promise<void> {
  const layout = mirrorPaths(folder).images;
  const work = mkdtempSync(path.join(os.tmpdir(), 'kplay-image-'));
  try {
    const parts: Descriptor[] = [];
    for (const architecture of architectures) {
      mkdirSync(`${work}/${architecture}`);
      writeFileSync(`${work}/${architecture}/greeting`, `${text} ${architecture}\n`);
      execFileSync('tar', ['--create', '--file', `${work}/a.tar`, '--mtime=@0', '--directory', `${work}/${architecture}`, '.']);
      const descriptor = await writeImage(layout, [`${name}-${architecture}`], [await writeLayer(layout, `${work}/a.tar`)], architecture, { Cmd: ['/none'] });
      parts.push({ ...descriptor, platform: { os: 'linux', architecture } });
    }
    await nameImage(layout, [name], parts.length === 1 ? parts[0]! : await writeBlob(layout, mediaTypes.index, { schemaVersion: 2, mediaType: mediaTypes.index, manifests: parts }));
  } finally {
    rmSync(work, { recursive: true });
  }
}
