/** A file of the host brought to the controller, on a channel of its own: beside its place, checked, synced, then renamed. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { frameReader, newMarker } from './frame.ts';
import { pathWord } from './look.ts';
import { within } from './patience.ts';
import type { Pipes } from './pipes.ts';
import { Unreachable, type Result } from './session.ts';
import { lostShell } from './shell.ts';
import { sideText } from './shell-text.ts';
import type { Fetch } from './step.ts';
import type { UploadContext } from './upload.ts';
import { newTemporaryName } from './write-text.ts';

/** Milliseconds in which at least some bytes must come. */
const stallLimit = 120_000;
/** Bytes between two words of progress. */
const toldEvery = 256 * 1024;

/** The host would not give the file, or the controller not take it; or the caller wanted it ended. */
class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
}

/** Fetches a file; the result's stdout is JSON with `size`, `sha256` and `sha1` of what came. Throws Unreachable. */
export async function fetchFile(step: Fetch, context: UploadContext): Promise<Result> {
  const begun = performance.now();
  const end = context.wire.begin('transfer');
  const result = (code: number, stdout: string, stderr: string): Result => ({ code, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), truncated: false, duration: performance.now() - begun });
  let received = 0;
  try {
    const came = await fetchBeside(step, context);
    received = came.size;
    return result(0, JSON.stringify(came), '');
  } catch (error) {
    if (context.signal?.aborted) return result(130, '', 'ended while content was fetched');
    if (error instanceof FetchFailed) return result(1, '', error.message);
    if (error instanceof Unreachable || (error as NodeJS.ErrnoException).code === undefined) throw error;
    return result(1, '', `cannot write ${step.to} on the controller: ${(error as Error).message}`);
  } finally {
    end({ sent: 0, received });
  }
}

/** What came of a file. */
interface Came {
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly sha1: string;
}

async function fetchBeside({ path: from, to, mode, sha256, size }: Fetch, context: UploadContext): Promise<Came> {
  await mkdir(path.dirname(to), { recursive: true });
  const temporary = path.join(path.dirname(to), newTemporaryName());
  try {
    const file = await open(temporary, 'wx', mode === undefined ? 0o644 : 0o600);
    let came: Came;
    try {
      came = await receive(from, file, size ?? 0, context);
      if (sha256 !== undefined && came.sha256 !== sha256) throw new FetchFailed(`what came of ${from} has the sha256 ${came.sha256}, expected ${sha256}: did it change meanwhile?`);
      if (mode !== undefined) await file.chmod(Number.parseInt(mode, 8));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, to);
    return came;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes the bytes as fast as the disk takes them; the host's side stays until it is told that all came. */
async function receive(from: string, file: FileHandle, total: number, { host, launch, sh, onProgress, signal }: UploadContext): Promise<Came> {
  const marker = newMarker();
  const pipes = await launch(sideText(sh));
  const abort = () => pipes.destroy();
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const [sha256, sha1] = [createHash('sha256'), createHash('sha1')];
  const pieces: Buffer[] = [];
  let [size, told, message, code] = [0, 0, '', ''];
  const reader = frameReader(marker, { data: (bytes) => pieces.push(bytes), frame: ([, ended = '']) => { code = ended; } });
  pipes.stdin.on('error', () => undefined);
  pipes.stderr.on('data', (chunk: Buffer) => (message = (message + chunk.toString('utf8')).slice(-4096)));
  pipes.stderr.resume();
  try {
    pipes.stdin.write(`${Buffer.from(sendText(from, marker)).toString('base64')}\n`);
    for await (const chunk of chunksOf(pipes, host)) {
      reader.push(chunk);
      for (const piece of pieces.splice(0)) {
        for (const sum of [sha256, sha1]) sum.update(piece);
        await file.writeFile(piece);
        size += piece.length;
      }
      if (size - told >= toldEvery) onProgress?.((told = size), total);
      if (code !== '') break;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    pipes.stdin.end();
    if (!(await within(5000, pipes.ended))) pipes.destroy();
  }
  if (code === '') throw (await pipes.ended).lost ? lostShell(host) : new FetchFailed(message.trim() || `the host ended before all of ${from} was sent`);
  if (code !== '0') throw new FetchFailed(message.trim() || `the host cannot send ${from}`);
  return { size, sha256: sha256.digest('hex'), sha1: sha1.digest('hex') };
}

function sendText(from: string, marker: string): string {
  return `LC_ALL=C; export LC_ALL\ncat ${pathWord(from)}\nk_c=$?\necho "\n${marker} e $k_c"\nread -r k_x\nexit 0\n`;
}

/** What a process prints, until it ends, by whatever cause. Throws Unreachable where nothing comes any more. */
async function* chunksOf(pipes: Pipes, host: string): AsyncGenerator<Buffer> {
  const chunks = pipes.stdout.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  for (;;) {
    // A stream that is cut off says so by an error; what was missing then shows in the end.
    const next = chunks.next().catch(() => ({ done: true as const, value: undefined }));
    if (!(await within(stallLimit, next))) {
      pipes.destroy();
      throw lostShell(host);
    }
    const { done, value } = await next;
    if (done) return;
    yield value;
  }
}
