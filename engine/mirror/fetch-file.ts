/** Downloads one file: beside its place, from where an earlier try ended, put in place once it is whole and has its checksum. */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { get, HttpError, pauseBefore } from './http-get.ts';
import { MirrorError } from './mirror-error.ts';
import { feedFile } from './sum-file.ts';

export interface FileFetch {
  readonly from: string;
  readonly to: string;
  /** Hex; undefined takes what comes. */
  readonly sha256?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told of bytes as they come. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface Fetched {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

const tries = 4;

/** Downloads it. Throws a MirrorError where that cannot be done; what has come then stays for the next time. */
export async function fetchFile(fetch: FileFetch): Promise<Fetched> {
  await mkdir(path.dirname(fetch.to), { recursive: true });
  const part = `${fetch.to}.part`;
  for (let attempt = 1; ; attempt++) {
    try {
      const { resumed, ...got } = await tryOnce(fetch, part);
      if (fetch.sha256 === undefined || got.sha256 === fetch.sha256) {
        await rename(part, fetch.to);
        return got;
      }
      await rm(part, { force: true });
      // The end of one file and the beginning of another: an earlier try may have begun with what has changed since.
      if (!resumed) throw new MirrorError(`${fetch.from} has the SHA-256 ${got.sha256}, expected ${fetch.sha256}`);
    } catch (error) {
      fetch.signal?.throwIfAborted();
      if (error instanceof MirrorError || attempt >= tries || !isPassing(error)) throw error instanceof MirrorError ? error : new MirrorError(`${fetch.from}: ${(error as Error).message}`, undefined, { cause: error });
      await pauseBefore(attempt, fetch.signal);
    }
  }
}

async function tryOnce({ from, sha256, signal, onBytes }: FileFetch, part: string): Promise<Fetched & { readonly resumed: boolean }> {
  let hash = createHash('sha256');
  // Only a checksum tells whether two halves belong together.
  let offset = sha256 === undefined ? 0 : ((await feedFile(hash, part)) ?? 0);
  const response = await get(from, { signal, ...(offset > 0 ? { headers: { range: `bytes=${offset}-` } } : {}) });
  const { statusCode: status = 0, statusMessage = '', headers } = response;
  const resumed = status === 206 && headers['content-range']?.startsWith(`bytes ${offset}-`) === true;
  if (offset > 0 && status === 416) {
    response.resume();
    return { sha256: hash.digest('hex'), size: offset, resumed: true };
  }
  if (status !== 200 && !resumed) {
    response.destroy();
    throw new HttpError(status, statusMessage);
  }
  if (!resumed) [hash, offset] = [createHash('sha256'), 0];
  let size = offset;
  await pipeline(response, counted(hash, (bytes) => { size += bytes; onBytes?.(bytes); }), createWriteStream(part, { flags: resumed ? 'a' : 'w', flush: true }), ...(signal ? [{ signal }] : []));
  return { sha256: hash.digest('hex'), size, resumed };
}

function counted(hash: Hash, count: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      count(chunk.length);
      done(null, chunk);
    },
  });
}

/** What may go better the next time. */
function isPassing(error: unknown): boolean {
  if (error instanceof HttpError) return error.status >= 500 || error.status === 408 || error.status === 429;
  const { code = '' } = error as NodeJS.ErrnoException;
  return !/^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ENOSPC|EACCES|EROFS|ENOTFOUND|ERR_INVALID_URL)/.test(code);
}
