/** Reads a mirror folder's list. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { MirrorError } from './mirror-error.ts';
import { mirrorPaths, mirrorSchema, type Mirror } from './mirror.ts';

/** The list of a mirror folder; throws a MirrorError where the folder has none, or one that cannot be read. */
export async function readMirror(folder: string): Promise<Mirror> {
  const { list } = mirrorPaths(folder);
  const text = await readFile(list, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw new MirrorError(`cannot read ${list}: ${error.message}`, undefined, { cause: error });
    throw new MirrorError(`${folder} is not a mirror folder: it has no mirror.json`);
  });
  return parseMirror(text, list);
}

/** Reads the text of a mirror.json; `from` names it in messages. */
export function parseMirror(text: string, from: string): Mirror {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MirrorError(`${from} is not JSON: ${(error as Error).message}`, undefined, { cause: error });
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > 1) throw new MirrorError(`${from} is of version ${version}, this kplay reads version 1`, 'use a newer kplay');
  const read = mirrorSchema.safeParse(value);
  if (!read.success) throw new MirrorError(`${from} is not a list of a mirror:\n${z.prettifyError(read.error)}`);
  return read.data;
}
