/** Where a file that is fetched comes to lie on the controller, and what lies there now. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import posix from 'node:path/posix';
import { pipeline } from 'node:stream/promises';
import { ModuleFailure, type Here } from '../../engine/module/kit.ts';

export interface LocalPlace {
  /** Absolute. */
  readonly path: string;
  /** Of the file that lies there. */
  readonly mode?: string | undefined;
  readonly sha256?: string | undefined;
  readonly sha1?: string | undefined;
}

/** The path of what `dest` and `flat` say. Throws ModuleFailure where host and source would lead out of `dest`. */
export function localPath({ dest, flat }: { readonly dest: string; readonly flat: boolean }, src: string, here: Pick<Here, 'path' | 'evaluate'>): string {
  const base = here.path(dest.replace(/^~(?=\/|$)/, homedir()));
  if (flat && !dest.endsWith('/')) return base;
  const host = flat ? '' : String(here.evaluate('inventory_hostname'));
  const inside = path.join(base, host, flat ? posix.basename(src) : posix.normalize(`/${src}`));
  if (inside === base || !inside.startsWith(base === '/' ? base : `${base}/`)) throw new ModuleFailure(`"${posix.join(host, src)}" would lie outside ${base}`);
  return inside;
}

/** What lies at a path, a link followed. Throws ModuleFailure where a file cannot lie there. */
export async function lookAtLocal(at: string, flat: boolean): Promise<LocalPlace> {
  try {
    const found = await stat(at);
    if (found.isDirectory()) throw new ModuleFailure(`${at} on the controller is a folder`, flat ? { hint: 'end dest with / to fetch into it' } : {});
    if (!found.isFile()) throw new ModuleFailure(`${at} on the controller is no file`);
    return { path: await realpath(at), mode: (found.mode & 0o7777).toString(8).padStart(4, '0'), ...(await sumsOf(at)) };
  } catch (error) {
    if (error instanceof ModuleFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { path: at };
    throw new ModuleFailure(`cannot look at ${at} on the controller: ${message}`);
  }
}

async function sumsOf(file: string): Promise<Pick<LocalPlace, 'sha256' | 'sha1'>> {
  const [sha256, sha1] = [createHash('sha256'), createHash('sha1')];
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), async function read(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) for (const sum of [sha256, sha1]) sum.update(chunk);
  });
  return { sha256: sha256.digest('hex'), sha1: sha1.digest('hex') };
}
