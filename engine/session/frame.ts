/** Frames: how answers of many commands are told apart in one stream of raw bytes. */
import { randomBytes } from 'node:crypto';

/** A random 128-bit marker in hex; each request has its own, so that no output can look like a frame. */
export function newMarker(): string {
  if (used === pool.length) {
    pool = randomBytes(4096);
    used = 0;
  }
  return pool.toString('hex', used, (used += 16));
}

/** Random bytes drawn in advance, since one draw costs the same whatever its size. */
let pool: Buffer = Buffer.alloc(0);
let used = 0;

/** What a stream is read into. */
export interface FrameSink {
  /** Bytes of a command, as they came. */
  data(bytes: Buffer): void;
  /** The words of a frame, the marker left out: `['e', '3', '0']`. */
  frame(words: readonly string[]): void;
}

export interface FrameReader {
  push(chunk: Buffer): void;
  /** Hands out as data what was held back as the possible beginning of a frame. */
  flush(): void;
}

/**
 * Gives a reader that is fed the chunks of a stream. A frame is a newline, the marker, a space, words, a newline;
 * all else is data. Holds back no more bytes than might be the beginning of a frame.
 */
export function frameReader(marker: string, sink: FrameSink): FrameReader {
  const needle = Buffer.from(`\n${marker} `);
  let held: Buffer = Buffer.alloc(0);
  const push = (chunk: Buffer) => {
    let bytes = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    for (;;) {
      const at = bytes.indexOf(needle);
      if (at < 0) break;
      const end = bytes.indexOf(10, at + needle.length);
      if (at > 0) sink.data(bytes.subarray(0, at));
      bytes = bytes.subarray(at);
      if (end < 0) {
        held = bytes;
        return;
      }
      sink.frame(bytes.toString('latin1', needle.length, end - at).split(' '));
      bytes = bytes.subarray(end - at + 1);
    }
    const keep = heldLength(bytes, needle);
    if (bytes.length > keep) sink.data(bytes.subarray(0, bytes.length - keep));
    held = keep > 0 ? Buffer.from(bytes.subarray(bytes.length - keep)) : Buffer.alloc(0);
  };
  const flush = () => {
    if (held.length > 0) sink.data(held);
    held = Buffer.alloc(0);
  };
  return { push, flush };
}

/** How many of the last bytes might begin the needle, whose only newline is its first byte. */
function heldLength(bytes: Buffer, needle: Buffer): number {
  const at = bytes.lastIndexOf(10);
  const tail = bytes.length - at;
  if (at < 0 || tail >= needle.length) return 0;
  return bytes.subarray(at).equals(needle.subarray(0, tail)) ? tail : 0;
}
