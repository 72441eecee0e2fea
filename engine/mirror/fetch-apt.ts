/** Packages of one Debian or Ubuntu release: what its hosts' installations take, as an apt repository in the mirror. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { indexed, indexFiles, readIndexed, writeIndex } from './apt-index.ts';
import { field, resolve, type Deb } from './apt-resolve.ts';
import { aptDownload, openAptRoot, type AptRoot, type AptSources } from './apt-root.ts';
import { MirrorError } from './mirror-error.ts';
import type { PackageNeed } from './needs.ts';
import type { PackageFile, PackagesFetched } from './packages.ts';
import type { Platform } from './platform.ts';
import { sumFile } from './sum-file.ts';
import { vendorText } from './vendor-repositories.ts';

export interface AptFetch {
  /** Of the mirror's packages. */
  readonly folder: string;
  readonly platform: Platform;
  readonly needs: readonly PackageNeed[];
  readonly sources: AptSources;
  readonly settings: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** How many files apt is asked for at once. */
const batch = 40;

/** Brings them. Each need is resolved by itself, as roles install one after the other. Throws a MirrorError where lists cannot be had. */
export async function fetchApt({ folder, platform, needs, sources, settings, signal }: AptFetch): Promise<PackagesFetched> {
  const at = path.join('apt', platform.codename!);
  const place = path.join(folder, at);
  await mkdir(place, { recursive: true });
  const paragraphs = await readIndexed(place);
  const brought = { debs: new Map<string, Deb>(), fetched: 0, missing: [] as string[] };
  for (const some of groups(needs)) {
    const temporary = await mkdtemp(path.join(os.tmpdir(), 'kplay-apt-'));
    try {
      const vendors = await vendorText(some[0]!.repositories, 'apt', platform.codename, path.join(temporary, 'keys'), signal);
      const root = await openAptRoot(temporary, platform, { ...sources, stanzas: `${sources.stanzas}\n${vendors}` }, settings, signal);
      const [debs, missing] = await resolveAll(root, some, signal);
      const { present, fetched, lost } = await download(root, place, debs, signal);
      for (const deb of present) brought.debs.set(deb.file, deb);
      brought.fetched += fetched;
      brought.missing.push(...missing, ...lost);
    } catch (error) {
      // Without the distribution's own lists nothing can be had; of others' only what needs them is missing.
      if (!(error instanceof MirrorError) || some[0]!.repositories.length === 0) throw error;
      brought.missing.push(`packages ${some.flatMap(({ names }) => names).join(' ')}: ${error.message}`);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  const debs = [...brought.debs.values()];
  for (const deb of debs) paragraphs.set(deb.file, indexed(deb));
  const signed = await writeIndex(place, platform, [...paragraphs.values()]);
  return {
    repository: {
      kind: 'apt', url: uriBase(debs), path: `packages/${at}`, distribution: platform.distribution, version: platform.version, signed, ...(signed ? { key: indexFiles.key } : {}),
      packages: [...paragraphs].map(([file, text]) => ({ ...namesOf(text), file })).sort((a, b) => (a.file < b.file ? -1 : 1)),
    },
    count: debs.length, size: debs.reduce((sum, { size }) => sum + size, 0), fetched: brought.fetched, missing: brought.missing,
  };
}

/** Needs with the same further repositories: a host knows these only once a role has added them. */
function groups(needs: readonly PackageNeed[]): readonly (readonly PackageNeed[])[] {
  const key = (need: PackageNeed): string => JSON.stringify(need.repositories);
  return [...new Set(needs.map(key))].map((each) => needs.filter((need) => key(need) === each));
}

/** What the index says of a package. */
function namesOf(paragraph: string): Omit<PackageFile, 'file'> {
  const [name, version, arch, sha256, size] = ['Package', 'Version', 'Architecture', 'SHA256', 'Size'].map((each) => field(paragraph, each) ?? '');
  return { name: name!, version: version!, arch: arch!, sha256: sha256!, size: Number(size) };
}

/** The archive that most of them come from: what stands before its pool. */
function uriBase(debs: readonly Deb[]): string {
  const bases = debs.map(({ uri }) => uri.replace(/\/(pool\/.*|[^/]*)$/, ''));
  const count = (base: string): number => bases.filter((each) => each === base).length;
  return [...bases].sort((a, b) => count(b) - count(a))[0] ?? 'http://localhost';
}

async function resolveAll(root: AptRoot, needs: readonly PackageNeed[], signal: AbortSignal | undefined): Promise<[Deb[], string[]]> {
  const debs = new Map<string, Deb>();
  const missing: string[] = [];
  for (const { names, recommends } of needs) {
    try {
      for (const deb of await resolve(root, names, recommends, signal)) debs.set(deb.file, deb);
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      missing.push(`packages ${names.join(' ')}: ${error.message}`);
    }
  }
  return [[...debs.values()], missing];
}

async function download(root: AptRoot, place: string, debs: readonly Deb[], signal: AbortSignal | undefined): Promise<{ present: Deb[]; fetched: number; lost: string[] }> {
  const wanted = await notThere(place, debs);
  let [lost, why] = [wanted, undefined as string | undefined];
  // The second time for those of which an earlier run had left the beginning, and the rest did not fit it.
  for (let pass = 1; pass <= 2 && lost.length > 0; pass++) {
    for (let at = 0; at < lost.length; at += batch) {
      why = (await aptDownload(root, lost.slice(at, at + batch).map(({ uri, file, sha256 }) => ({ uri, to: path.join(place, file), sha256 })), signal)) ?? why;
    }
    lost = await notThere(place, lost);
  }
  for (const { file } of lost) await rm(path.join(place, `${file}.FAILED`), { force: true });
  return { present: debs.filter((deb) => !lost.includes(deb)), fetched: wanted.length - lost.length, lost: lost.map(({ name, version, arch }) => `package ${name} ${version} (${arch}): ${why ?? 'it did not come'}`) };
}

/** Those whose file is not there as it should be. What is wrong goes; what is only short is left for apt to go on with. */
async function notThere(place: string, debs: readonly Deb[]): Promise<Deb[]> {
  const wanted: Deb[] = [];
  for (const deb of debs) {
    const found = await sumFile(path.join(place, deb.file));
    if (found?.sha256 === deb.sha256) continue;
    if (found && found.size >= deb.size) await rm(path.join(place, deb.file));
    wanted.push(deb);
  }
  return wanted;
}
