/** Puts files into a mirror folder at the place of their upstream address, each with its SHA-256 beside it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { filePath, type MirrorFile } from '../../mirror/mirror.ts';

/** Adds a copy of a file, and `URL.sha256` as its publisher has it: the sum alone, or `named` with the file's name. Gives the list's two entries. */
export async function addFile(mirror: string, url: string, source: string, sum: 'alone' | 'named'): Promise<readonly MirrorFile[]> {
  const path = filePath(url);
  await mkdir(dirname(join(mirror, path)), { recursive: true, mode: 0o755 });
  await copyFile(source, join(mirror, path));
  await chmod(join(mirror, path), 0o644);
  const entry = await entryOf(mirror, url, path);
  await writeFile(join(mirror, `${path}.sha256`), sum === 'alone' ? entry.sha256 : `${entry.sha256}  ${basename(path)}\n`, { mode: 0o644 });
  return [entry, await entryOf(mirror, `${url}.sha256`, `${path}.sha256`)];
}

async function entryOf(mirror: string, url: string, path: string): Promise<MirrorFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(mirror, path)), hash);
  return { url, path, sha256: hash.digest('hex'), size: (await stat(join(mirror, path))).size };
}
