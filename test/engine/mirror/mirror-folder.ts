/** Mirror folders for tests: real files, and real images written by the engine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { mirrorPaths } from '../../../engine/mirror/mirror.ts';
import { serveMirror } from '../../../engine/mirror/serve-mirror.ts';
import { writeImage, writeLayer } from '../../../engine/mirror/write-image.ts';
import { writeMirror } from '../../../engine/mirror/write-mirror.ts';
import type { Descriptor } from '../../../engine/mirror/image-layout.ts';

/** An empty mirror folder that goes with the test. */
export async function mirrorFolder(t: ExecutionContext): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kplay-mirror-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  await writeMirror(folder, { version: 1, files: [], images: [], packages: [] });
  return folder;
}

/** Puts a text somewhere below a folder. */
export function put(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Adds an image with one file under some names. */
export async function addImage(folder: string, names: readonly string[], text = 'hello'): Promise<Descriptor> {
  const work = mkdtempSync(path.join(tmpdir(), 'kplay-image-'));
  try {
    put(work, 'tree/etc/greeting', text);
    execFileSync('tar', ['--create', '--file', `${work}/a.tar`, '--mtime=@0', '--owner=0', '--group=0', '--directory', `${work}/tree`, '.']);
    const layout = mirrorPaths(folder).images;
    return await writeImage(layout, names, [await writeLayer(layout, `${work}/a.tar`)], 'amd64', { Cmd: ['/bin/none'] });
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Serves a folder as long as the test lasts; gives the server's URL and its log. */
export async function served(t: ExecutionContext, folder: string): Promise<{ readonly url: string; readonly log: string[] }> {
  const log: string[] = [];
  const server = await serveMirror({ folder, address: '127.0.0.1', port: 0, log: (line) => log.push(line) });
  t.teardown(() => server.close());
  return { url: server.url, log };
}
