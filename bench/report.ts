/** The report: every sample as JSON, and a page for people. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Bench } from './bench.ts';
import type { Machine } from './machine.ts';
import { pageText } from './page.ts';
import type { Ended } from './run-bench.ts';

/** All that one run of the benchmarks gave. */
export interface Report {
  /** ISO 8601, UTC. */
  readonly date: string;
  /** The command that gives the same again. */
  readonly command: string;
  readonly rounds: number;
  readonly machine: Machine;
  readonly benches: readonly (Ended & Pick<Bench, 'name' | 'title' | 'about'>)[];
  /** Those that were left out, and why. */
  readonly lacking: readonly { readonly name: string; readonly lacks: readonly string[] }[];
}

/** Writes `index.html` and `results.json` to a folder; gives their paths. */
export async function writeReport(folder: string, report: Report): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const files = { 'index.html': pageText(report), 'results.json': `${JSON.stringify(report, null, 2)}\n` };
  return Promise.all(Object.entries(files).map(async ([name, text]) => {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return file;
  }));
}
