/** The benchmarks there are; the file of one is loaded when it is to be run. */
import { existsSync } from 'node:fs';
import type { Bench } from './bench.ts';

export interface Registered {
  readonly name: string;
  /** Undefined where the tree has no such file. */
  load(): Promise<Bench | undefined>;
}

/** In the order in which they run. */
export const benches: readonly Registered[] = ['peers', 'latency', 'startup', 'load', 'scale', 'bytes', 'cluster'].map((name) => ({
  name,
  async load() {
    const file = new URL(`./${name}.js`, import.meta.url);
    return existsSync(file) ? ((await import(file.href)) as { readonly default: Bench }).default : undefined;
  },
}));
