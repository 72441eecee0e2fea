/** Reads files that users wrote; with the catalogue, the only door to the controller's disk for texts. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseYaml, limits } from './yaml.ts';
import { TextError } from './problem.ts';
import type { Source, Span } from './source.ts';
import type { Tree } from './tree.ts';

/**
 * A file as a source, named relative to the current folder where that is shorter. Throws TextError where it cannot
 * be read, at the place that names it (`from`) where there is one.
 */
export function readSource(file: string, from?: Span): Source {
  const name = shortName(file);
  try {
    const bytes = readFileSync(file);
    if (bytes.length > limits.bytes) throw new TextError({ message: `${name} is larger than ${limits.bytes / 1024 / 1024} MiB`, span: from });
    if (!isUtf8(bytes)) throw new TextError({ message: `cannot read ${name}: it is not UTF-8 text`, span: from });
    return { name, text: bytes.toString('utf8').replace(/^\uFEFF/, '') };
  } catch (error) {
    if (error instanceof TextError) throw error;
    throw new TextError({ message: `cannot read ${name}: ${reason(error)}`, span: from });
  }
}

/** A YAML file as a tree, undefined where it is empty. Throws TextError. */
export function readYaml(file: string, from?: Span): Tree | undefined {
  return parseYaml(readSource(file, from));
}

/** A path as messages show it. */
export function shortName(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative !== '' && relative.length < file.length && !relative.startsWith('../../..') ? relative : file;
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'permission denied';
  return (error as Error).message;
}
