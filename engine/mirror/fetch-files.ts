/** Fetches the files of a mirror, several at once; files of sums first, since they tell the sums of others. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { fetchFile } from './fetch-file.ts';
import { MirrorError } from './mirror-error.ts';
import { filePath, type MirrorFile } from './mirror.ts';
import type { FileNeed } from './needs.ts';
import { sumFile } from './sum-file.ts';
import type { Watch } from './watch.ts';

/** Brings them; gives those that are there. Those that are not are told to `watch`. */
export async function fetchFiles(folder: string, needs: readonly FileNeed[], watch: Watch): Promise<readonly MirrorFile[]> {
  const lists = new Set(needs.flatMap(({ sums }) => sums ?? []));
  const there: MirrorFile[] = [];
  for (const some of [needs.filter(({ url }) => lists.has(url)), needs.filter(({ url }) => !lists.has(url))]) {
    const queue = new PQueue({ concurrency: 4 });
    await queue.addAll(some.map((need) => async () => {
      const file = await watch.attempt(need.url, () => bring(folder, need, watch));
      if (file) there.push(file);
    }));
  }
  return there;
}

async function bring(folder: string, need: FileNeed, watch: Watch): Promise<MirrorFile> {
  const at = filePath(need.url);
  const to = path.join(folder, at);
  const sha256 = need.sha256 ?? (need.sums === undefined ? undefined : await sumIn(path.join(folder, filePath(need.sums)), need));
  const found = await sumFile(to);
  const isRight = found && (sha256 === undefined || found.sha256 === sha256);
  const got = isRight ? found : await fetchFile({ from: need.from, to, sha256, signal: watch.signal, onBytes: watch.bytes });
  watch.done(need.url, got.size, isRight ? 'here' : 'fetched');
  return { url: need.url, path: at, ...got };
}

/** The sum of a file in a list as sha256sum writes it; a list of one bare sum is that. */
async function sumIn(list: string, { url, sums }: FileNeed): Promise<string> {
  const text = await readFile(list, 'utf8').catch(() => {
    throw new MirrorError(`its file of sums is not there: ${sums!}`);
  });
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean);
  const name = decodeURIComponent(path.posix.basename(new URL(url).pathname));
  const found = lines.length === 1 && !/\s/.test(lines[0]!) ? lines[0] : lines.map((line) => /^(\S+)\s+\*?(.*)$/.exec(line)).find((match) => match && path.posix.basename(match[2]!) === name)?.[1];
  if (!found || !/^[0-9a-f]{64}$/i.test(found)) throw new MirrorError(`the file of sums ${sums!} has no SHA-256 of ${name}`);
  return found.toLowerCase();
}
