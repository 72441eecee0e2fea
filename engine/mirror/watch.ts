/** What is told while a mirror is filled, and what is kept of it. */
import { MirrorError } from './mirror-error.ts';

/** Something that happened. */
export type Told =
  /** A thing is there: it came now, or was there before. */
  | { readonly kind: 'fetched' | 'here'; readonly what: string; readonly size: number }
  | { readonly kind: 'missing'; readonly what: string; readonly why: string }
  /** Bytes that have come, of files. */
  | { readonly kind: 'bytes'; readonly count: number }
  | { readonly kind: 'step'; readonly what: string };

/** Those who fetch tell this. */
export interface Watch {
  readonly signal?: AbortSignal | undefined;
  /** Every thing that could not be had, in words. */
  readonly missing: string[];
  readonly counts: { fetched: number; here: number };
  step(what: string): void;
  bytes(count: number): void;
  done(what: string, size: number, kind: 'fetched' | 'here'): void;
  lack(what: string, why: string): void;
  /** Undefined where it could not be done, which is noted under `what`. */
  attempt<T>(what: string, act: () => Promise<T>): Promise<T | undefined>;
}

/** Opens one. */
export function openWatch(tell: (told: Told) => void, signal?: AbortSignal): Watch {
  const watch: Watch = {
    signal, missing: [], counts: { fetched: 0, here: 0 },
    step: (what) => tell({ kind: 'step', what }),
    bytes: (count) => tell({ kind: 'bytes', count }),
    done(what, size, kind) {
      watch.counts[kind]++;
      tell({ kind, what, size });
    },
    lack(what, why) {
      watch.missing.push(why.startsWith(what) ? why : `${what}: ${why}`);
      tell({ kind: 'missing', what, why });
    },
    async attempt(what, act) {
      signal?.throwIfAborted();
      try {
        return await act();
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof MirrorError)) throw error;
        watch.lack(what, error.hint ? `${error.message} (${error.hint})` : error.message);
        return undefined;
      }
    },
  };
  return watch;
}
