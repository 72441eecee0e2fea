/** Whether contenders did on many hosts what they are timed for: the same files, and a second run that changes nothing. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { difference } from './site.ts';
import type { Loopback, LoopbackHost } from './loopback.ts';

/** Throws where a run failed on a host, changed something where nothing was left to change, or left other files than the first contender did. */
export type Check = (who: string, which: 'first' | 'second', output: string) => Promise<void>;

/** A check for contenders that take turns on the first hosts. */
export function openCheck({ place, hosts }: Pick<Loopback, 'place' | 'hosts'>, count: number): Check {
  let known: { readonly who: string; readonly text: string } | undefined;
  return async (who, which, output) => {
    const trouble = /\b(?:failed|unreachable)=[1-9]\d*/.exec(output)?.[0] ?? (which === 'second' ? /\bchanged=[1-9]\d*/.exec(output)?.[0] : undefined);
    if (trouble) throw new Error(`${who}, ${which} run of ${count} hosts, reports ${trouble}`);
    const text = (await Promise.all(hosts(count).map((host) => filesOf(place, host)))).flat().join('\n');
    known ??= { who, text };
    if (known.text !== text) throw new Error(`${who} and ${known.who} leave different files:\n${difference(known.text, text).slice(0, 2000)}`);
  };
}

/** Path, mode and content of each file of a host. */
async function filesOf(place: string, { name }: LoopbackHost): Promise<string[]> {
  const names = (await readdir(path.join(place, name))).sort();
  return Promise.all(names.map(async (file) => {
    const full = path.join(place, name, file);
    const { mode } = await lstat(full);
    return `${name}/${file} ${(mode & 0o7777).toString(8)} ${createHash('sha256').update(await readFile(full)).digest('hex')}`;
  }));
}
