/** Files of the controller as modules see them. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ModuleFailure } from './change.ts';
import type { LocalFile } from './module.ts';

/** A file or folder of the controller. Throws ModuleFailure where it is neither or cannot be read. */
export async function readLocalFile(file: string): Promise<LocalFile> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new ModuleFailure(`cannot read ${file} on the controller: ${error.code === 'ENOENT' ? 'no such file' : error.message}`);
  });
  if (!found.isFile() && !found.isDirectory()) throw new ModuleFailure(`${file} on the controller is neither a file nor a folder`);
  let sum: Promise<string> | undefined;
  return {
    path: file,
    kind: found.isDirectory() ? 'directory' : 'file',
    size: found.isDirectory() ? 0 : found.size,
    mode: (found.mode & 0o7777).toString(8).padStart(4, '0'),
    sha256: () => (sum ??= sha256Of(file)),
    read: () => readFile(file),
    list: async () => (await readdir(file, { recursive: true })).sort((a, b) => a.localeCompare(b)).map((each) => each.split(path.sep).join('/')),
  };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), hash);
  return hash.digest('hex');
}
