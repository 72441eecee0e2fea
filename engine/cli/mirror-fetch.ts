/** What `kplay mirror fetch` does. */
import path from 'node:path';
import { fetchMirror } from '../mirror/fetch-mirror.ts';
import type { SourcesFile } from '../mirror/fetch-packages.ts';
import { bytesText } from '../mirror/list-text.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { Needs } from '../mirror/needs.ts';
import { readPlatform } from '../mirror/platform.ts';
import { keyFiles, keySum, publicKey } from '../mirror/sign.ts';
import { openWatch, type Watch } from '../mirror/watch.ts';
import { TextError } from '../source/problem.ts';
import { readSource } from '../source/read-source.ts';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { hostPackages } from './host-packages.ts';
import { onInterrupt } from './interrupt.ts';
import { needsOf, type NeedsFlags } from './mirror-needs.ts';
import { openProgress } from './mirror-progress.ts';

export interface MirrorFetchFlags extends NeedsFlags {
  readonly to: string;
  readonly only?: string[];
  readonly sources?: string[];
}

/** Fills a mirror folder with what a run of playbooks needs. */
export async function mirrorFetch(playbooks: readonly string[], flags: MirrorFetchFlags, context: Context): Promise<number> {
  const interrupt = new AbortController();
  const release = onInterrupt(interrupt, context, 'what has come stays; the same command goes on with it');
  const progress = openProgress(context, 'fetched');
  try {
    const given = sourcesOf(flags.sources);
    const found = await needsOf(playbooks, flags, context, interrupt.signal);
    if (!found) return exitCode.unreachable;
    const folder = path.resolve(flags.to);
    const watch = openWatch(progress.tell, interrupt.signal);
    const mirror = await fetchMirror(folder, chosen(found.needs, flags.only), { ...(await hostPackages()), given }, watch);
    progress.end();
    return await conclude(folder, mirror, watch, context);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    return exitCode.interrupted;
  } finally {
    progress.end();
    release();
  }
}

function chosen(needs: Needs, only: readonly string[] | undefined): Needs {
  for (const kind of only ?? []) if (!(kind in needs)) throw new TextError({ message: `--only: "${kind}" is not a kind of thing`, hint: `known: ${Object.keys(needs).join(', ')}` });
  const pick = <T>(kind: keyof Needs, list: readonly T[]): readonly T[] => (only && !only.includes(kind) ? [] : list);
  return { files: pick('files', needs.files), images: pick('images', needs.images), packages: pick('packages', needs.packages) };
}

/** `debian-12-amd64=FILE`: sources instead of those that are known. */
function sourcesOf(options: readonly string[] = []): Map<string, SourcesFile> {
  return new Map(options.map((option) => {
    const [, name = '', file = ''] = /^([^=]+)=(.+)$/s.exec(option) ?? [];
    if (!name) throw new TextError({ message: `--sources: "${option}" is not of the form PLATFORM=FILE` });
    return [readPlatform(name).name, { name: file, text: readSource(file).text }];
  }));
}

async function conclude(folder: string, mirror: Mirror, { missing, counts }: Watch, context: Context): Promise<number> {
  const total = (sizes: readonly unknown[]): string => bytesText(sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0));
  const debs = mirror.packages.flatMap(({ packages }) => (packages as { size: number }[] | undefined) ?? []);
  context.out(`${folder}: ${mirror.files.length} files (${total(mirror.files.map(({ size }) => size))}), ${mirror.images.length} images (${total(mirror.images.map(({ size }) => size))}), ${debs.length} packages (${total(debs.map(({ size }) => size))})`);
  for (const line of await signatures(mirror)) context.out(line);
  if (missing.length === 0) {
    context.out(`${counts.fetched > 0 ? 'all is there' : 'nothing was missing'}; serve it: kplay mirror serve ${folder} --listen ADDRESS:8080, and run with -e mirror_url=http://ADDRESS:8080${mirror.packages.length > 0 ? '' : ' -e mirror_packages=false'}`);
    return exitCode.fine;
  }
  context.error(`kplay: ${missing.length === 1 ? 'one thing is' : `${missing.length} things are`} missing; what came stays, and the same command fetches only the rest\n${missing.toSorted().map((each) => `  ${each.replaceAll('\n', '\n    ')}`).join('\n')}`);
  return exitCode.failed;
}

/** What hosts have to know to trust the packages. */
async function signatures({ packages }: Mirror): Promise<string[]> {
  const apt = packages.filter(({ kind }) => kind === 'apt');
  const open = apt.filter(({ signed }) => signed !== true).map(({ path: at }) => `${at} is not signed, since this host has no gpg: a run against it needs mirror_packages_trusted: true`);
  const key = apt.length > open.length ? await publicKey() : undefined;
  return [...open, ...(key === undefined ? [] : [`packages are signed by ${keyFiles().open}; a run from another controller needs mirror_key_sha256: ${keySum(key)}`])];
}
