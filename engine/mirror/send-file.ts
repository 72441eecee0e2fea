/** One file of a mirror folder as an HTTP answer: whole, a part of it, or word that it has not changed. */
import type { Stats } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Sends the file that stands at a path in the folder; false, and nothing sent, where there is none or a link leads out of the folder. */
export async function sendFile(request: IncomingMessage, response: ServerResponse, folder: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const file = await openInside(folder, path);
  if (!file) return false;
  try {
    const { status, headers: own, range } = answerOf(request.headers, await file.stat(), headers['etag']);
    response.writeHead(status, { 'content-type': 'application/octet-stream', ...headers, ...own });
    if (request.method === 'HEAD' || !range) response.end();
    else await pipeline(file.createReadStream({ ...range, autoClose: false }), response);
  } finally {
    await file.close();
  }
  return true;
}

async function openInside(folder: string, path: string): Promise<FileHandle | undefined> {
  try {
    const root = await realpath(folder);
    const real = await realpath(join(root, path));
    if (!real.startsWith(root + sep)) return undefined;
    const file = await open(real, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EISDIR'].includes((error as NodeJS.ErrnoException).code!)) return undefined;
    throw error;
  }
}

interface Answer {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string | number>>;
  /** The bytes to send, both ends included; missing where there are none. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
}

/** What is sent of a file by RFC 9110: conditions first, then one range; several ranges at once are answered with the whole. */
export function answerOf(asked: IncomingHttpHeaders, { size, mtimeMs, mtime }: Pick<Stats, 'size' | 'mtimeMs' | 'mtime'>, tag?: string): Answer {
  const etag = tag ?? `"${size.toString(16)}-${Math.floor(mtimeMs).toString(16)}"`;
  const modified = mtime.toUTCString();
  const known = { etag, 'last-modified': modified, 'accept-ranges': 'bytes' };
  if (isUnchanged(asked, etag, modified)) return { status: 304, headers: known };
  const whole: Answer = { status: 200, headers: { ...known, 'content-length': size }, range: size > 0 ? { start: 0, end: size - 1 } : undefined };
  const condition = asked['if-range'];
  if (condition !== undefined && condition !== etag && condition !== modified) return whole;
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(asked.range ?? '') ?? [];
  if (from === '' && to === '') return whole;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to));
  if (from !== '' && to !== '' && Number(to) < Number(from)) return whole;
  if (start >= size || end < start) return { status: 416, headers: { ...known, 'content-range': `bytes */${size}`, 'content-length': 0 } };
  return { status: 206, headers: { ...known, 'content-range': `bytes ${start}-${end}/${size}`, 'content-length': end - start + 1 }, range: { start, end } };
}

function isUnchanged(asked: IncomingHttpHeaders, etag: string, modified: string): boolean {
  const tags = asked['if-none-match'];
  if (tags !== undefined) return tags.trim() === '*' || tags.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
  const since = asked['if-modified-since'];
  return since !== undefined && Date.parse(modified) <= Date.parse(since);
}
