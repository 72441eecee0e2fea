/** SHA-256 of files. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Feeds a file to a hash; gives the bytes that it has, undefined where there is no such file. */
export async function feedFile(hash: Hash, file: string): Promise<number | undefined> {
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return size;
}

/** Hex SHA-256 and size of a file; undefined where there is none. */
export async function sumFile(file: string): Promise<{ readonly sha256: string; readonly size: number } | undefined> {
  const hash = createHash('sha256');
  const size = await feedFile(hash, file);
  return size === undefined ? undefined : { sha256: hash.digest('hex'), size };
}
