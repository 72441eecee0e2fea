/** The files of a certificate on its host: what is there, and the changes that put text there. */
import posix from 'node:path/posix';
import { TooLarge, type Change, type Probe, type Stat } from '../../engine/module/kit.ts';
import { attributeChanges, type Ids, type Wanted } from './file-attributes.ts';
import { applyMode } from './file-mode.ts';

export interface FileFound {
  readonly path: string;
  /** Links followed; undefined where nothing is there. */
  readonly stat: Stat | undefined;
  /** False where the folder that holds it is not there. */
  readonly hasFolder: boolean;
  /** Only where it was asked for. */
  readonly text: string | undefined;
}

/** Looks at a file and its folder; `read` also brings its text, never asked for a private key. */
export async function lookAtFile(probe: Probe, path: string, read: boolean): Promise<FileFound> {
  const [stat, folder, bytes] = await Promise.all([probe.stat(path, { follow: true }), probe.stat(posix.dirname(path), { follow: true }), read ? readText(probe, path) : undefined]);
  return { path, stat, hasFolder: folder !== undefined, text: bytes };
}

/** The change that puts a public text into a file, or its mode and owner where the text is there. */
export function textChanges(file: FileFound, text: string, wanted: Wanted, ids: Ids, what: string): Change[] {
  if (file.text === text) return file.stat ? attributeChanges(file.path, wanted, file.stat, ids) : [];
  return [{
    summary: `${file.stat ? 'write' : 'create'} ${file.path} (${what})`,
    of: file.path,
    before: file.text ?? '',
    after: text,
    steps: [{ kind: 'write', path: file.path, content: { text }, ...attributes(wanted) }],
  }];
}

/** Mode and owner for a new file; symbolic modes become octal. */
export function attributes({ mode, owner, group }: Wanted): { mode?: string; owner?: string; group?: string } {
  return { ...(mode !== undefined && { mode: applyMode(mode, { kind: 'file', mode: '0600' }) }), ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) };
}

async function readText(probe: Probe, path: string): Promise<string | undefined> {
  try {
    return (await probe.read(path, { cap: 1024 * 1024 }))?.toString('utf8');
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}
