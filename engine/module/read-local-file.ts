/** Files of the controller as modules see them. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync, type BigIntStats } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ModuleFailure } from './change.ts';
import { openFileMemory } from './file-memory.ts';
import type { LocalFile } from './module.ts';

/**
 * A file or folder of the controller. Throws ModuleFailure where it is neither or cannot be read. Found in one go, so that what a
 * module asks of its host after that still travels with what others ask.
 */
export async function readLocalFile(file: string): Promise<LocalFile> {
  const found = lookAt(file);
  if (!found.isFile() && !found.isDirectory()) throw new ModuleFailure(`${file} on the controller is neither a file nor a folder`);
  return {
    path: file,
    kind: found.isDirectory() ? 'directory' : 'file',
    size: found.isDirectory() ? 0 : Number(found.size),
    mode: (Number(found.mode) & 0o7777).toString(8).padStart(4, '0'),
    sha256: () => sums(file, found, () => sha256Of(file)),
    read: () => (found.size > small ? readFile(file) : contents(file, found, () => readFile(file))),
    list: async () => (await readdir(file, { recursive: true })).sort((a, b) => a.localeCompare(b)).map((each) => each.split(path.sep).join('/')),
  };
}

function lookAt(file: string): BigIntStats {
  try {
    return statSync(file, { bigint: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ModuleFailure(`cannot read ${file} on the controller: ${code === 'ENOENT' ? 'no such file' : message}`);
  }
}

const sums = openFileMemory<string>(10_000);
/** Small files alone, so that those of 1,000 hosts are not read 1,000 times; 8 MiB in all. */
const contents = openFileMemory<Buffer>(128);
const small = 64 * 1024;

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), hash);
  return hash.digest('hex');
}
