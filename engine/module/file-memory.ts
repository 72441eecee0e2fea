/** What was found out about files of the controller, kept while they are as they were: a file is read once for all hosts. */
import type { BigIntStats } from 'node:fs';

/** Gives what is known of a file, or finds it out; `found` is what the file is like now. */
export type FileMemory<T> = (file: string, found: BigIntStats, find: () => Promise<T>) => Promise<T>;

/** Milliseconds in which a file may be written and keep its time: some file systems keep even seconds. */
const coarse = 2000;

/** A memory of at most so many files; the ones that came first are forgotten first. */
export function openFileMemory<T>(most: number): FileMemory<T> {
  const all = new Map<string, { readonly was: string; readonly what: Promise<T> }>();
  return (file, { dev, ino, size, mtimeNs, ctimeNs }, find) => {
    const was = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    const known = all.get(file);
    if (known?.was === was) return known.what;
    const what = find();
    if (Date.now() - Number(mtimeNs / 1_000_000n) < coarse) return what;
    all.delete(file);
    all.set(file, { was, what });
    if (all.size > most) all.delete(all.keys().next().value!);
    what.catch(() => all.delete(file));
    return what;
  };
}
