/** What reporters are given, and what they give back. */
import type { Reporter } from '../event/event.ts';

/** A stream as reporters use it; process.stdout is one. */
export interface Output {
  write(text: string, done?: (error?: Error | null) => void): boolean;
  on?(event: string, listener: (...args: any[]) => void): unknown;
  off?(event: string, listener: (...args: any[]) => void): unknown;
}

export interface ReportOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether stdout is a terminal: there, `auto` is the tree. */
  readonly isTTY: boolean;
  /** The terminal's size now; asked anew for each picture. */
  columns(): number;
  rows(): number;
  readonly color: boolean;
  /** How many times -v was given: 1 whole lists and live output, 2 results too, 3 results and outputs uncut. */
  readonly verbosity: number;
  /** Show what changes as unified diffs. */
  readonly diff: boolean;
  readonly check: boolean;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** One way of showing a run. `close` leaves the terminal as it was, also where no recap came. */
export interface Printer {
  readonly report: Reporter;
  close(): void | Promise<void>;
}
