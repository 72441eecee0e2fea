/** Keeps the first bytes of an output and counts the rest, so that a gigabyte costs no memory. */
import { StringDecoder } from 'node:string_decoder';

export interface Collector {
  add(bytes: Buffer): void;
  /** What was kept. */
  bytes(): Buffer;
  truncated(): boolean;
}

/** A collector of at most `cap` bytes; `onText` sees everything as text, characters never cut in two. */
export function collector(cap: number, onText?: (text: string) => void): Collector {
  const kept: Buffer[] = [];
  const decoder = onText ? new StringDecoder('utf8') : undefined;
  let size = 0;
  let over = false;
  return {
    add(bytes) {
      if (onText && decoder) {
        const text = decoder.write(bytes);
        if (text !== '') onText(text);
      }
      const room = cap - size;
      if (bytes.length > room) over = true;
      if (room <= 0) return;
      // A copy, so that a few kept bytes do not hold a whole network buffer.
      const part = Buffer.from(bytes.length > room ? bytes.subarray(0, room) : bytes);
      kept.push(part);
      size += part.length;
    },
    bytes: () => Buffer.concat(kept),
    truncated: () => over,
  };
}
