/** Where the benchmarks find what they run. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the tree: the compiled benchmarks lie somewhere below it. */
export const rootFolder = above(path.dirname(fileURLToPath(import.meta.url)), 'bench/peers/site.yml');

/** The command line of kplay as users run it; beside an other build, as it was compiled together with this file. */
export const kplay: readonly string[] = [process.execPath, ...['../../dist/engine/cli/main.js', '../engine/cli/main.js'].map((file) => fileURLToPath(new URL(file, import.meta.url))).filter((file) => existsSync(file)).slice(0, 1)];

/** The folder of playbooks and scripts that all contenders share. */
export const peersFolder = path.join(rootFolder, 'bench/peers');

function above(folder: string, file: string): string {
  if (existsSync(path.join(folder, file)) || folder === path.dirname(folder)) return folder;
  return above(path.dirname(folder), file);
}

/** The folder of what many hosts are given to do. */
export const scaleFolder = path.join(rootFolder, 'bench/scale');
