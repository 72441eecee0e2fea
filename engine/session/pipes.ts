/** A process we talk to: its three streams and how it ended, whether it runs here or behind ssh. */
import type { Readable, Writable } from 'node:stream';

/** Two-way bytes with one process. */
export interface Pipes {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles once the process is gone and its output was handed out; never rejects. */
  readonly ended: Promise<Ended>;
  /** Lets go of the process at once, without waiting for it. */
  destroy(): void;
}

export interface Ended {
  /** Exit status; missing where a signal ended the process or the connection broke. */
  readonly code?: number | undefined;
  /** True where nothing is known because the connection broke. */
  readonly lost: boolean;
}

/**
 * Starts shell text as the login user; throws {@link Unreachable} where the connection is gone or has no room. Where
 * there is no room now, `patient` (the default) waits for it.
 */
export type Launch = (command: string, patient?: boolean) => Promise<Pipes>;
