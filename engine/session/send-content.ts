/** Large content on its way into a process: read in pieces, never held whole, sent as fast as the process takes it. */
import { open } from 'node:fs/promises';
import { within } from './patience.ts';
import type { Pipes } from './pipes.ts';
import { lostShell } from './shell.ts';
import type { Content } from './step.ts';

export interface SendOptions {
  readonly host: string;
  readonly onProgress?: ((sent: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds in which at least some bytes must move. */
const stallLimit = 120_000;
const pieceSize = 256 * 1024;

/**
 * Sends the first `size` bytes of a content; gives how many there were, or undefined where the process ended before, or the caller
 * wanted an end. Throws {@link Unreachable} where nothing moves, and what reading the source throws.
 */
export async function sendContent(pipes: Pipes, content: Content, size: number, { host, onProgress, signal }: SendOptions): Promise<number | undefined> {
  const source = await openSource(content);
  const writers = [openWriter(pipes), openWriter(pipes)];
  let over = false;
  void pipes.ended.then(() => {
    over = true;
    for (const writer of writers) writer.giveUp();
  });
  let sent = 0;
  try {
    // Two pieces take turns: one is read while the other goes out, and no piece costs new memory.
    for (let turn = 0; sent < size; turn = 1 - turn) {
      const writer = writers[turn]!;
      if (!(await within(stallLimit, writer.free()))) {
        pipes.destroy();
        throw lostShell(host);
      }
      if (over || signal?.aborted) return undefined;
      const piece = await source.read(writer.buffer, sent, Math.min(pieceSize, size - sent));
      if (piece.length === 0) break;
      writer.write(piece);
      sent += piece.length;
      onProgress?.(sent, size);
    }
    return sent;
  } finally {
    await source.close();
  }
}

interface Source {
  /** Bytes from a place on, in `buffer` or where they lie already; none at the end. */
  read(buffer: () => Buffer, from: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

async function openSource(content: Content): Promise<Source> {
  if ('localPath' in content) {
    const file = await open(content.localPath);
    return {
      async read(buffer, from, length) {
        const into = buffer();
        return into.subarray(0, (await file.read(into, 0, length, from)).bytesRead);
      },
      close: () => file.close(),
    };
  }
  const bytes = 'text' in content ? Buffer.from(content.text) : content.bytes;
  return { read: async (_, from, length) => bytes.subarray(from, from + length), close: async () => undefined };
}

/** Writes one piece at a time; its buffer may be filled again once the last piece is gone, for a pipe says so only then. */
function openWriter(pipes: Pipes) {
  let memory: Buffer | undefined;
  let gone = Promise.resolve();
  let giveUp = () => {};
  return {
    buffer: () => (memory ??= Buffer.allocUnsafeSlow(pieceSize)),
    free: () => gone,
    write(piece: Buffer) {
      gone = new Promise((resolve) => {
        giveUp = resolve;
        pipes.stdin.write(piece, () => resolve());
      });
    },
    /** Nobody takes the piece any more. */
    giveUp: () => giveUp(),
  };
}
