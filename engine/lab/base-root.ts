/** The base root: a small Debian or Ubuntu that all machines of all labs share, built once and kept. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { must } from './command.ts';
import { debootstrap } from './debootstrap.ts';
import { finishRoot } from './finish-root.ts';
import type { HostSystem } from './host-check.ts';
import { withLock } from './lock.ts';
import type { LabReport } from './options.ts';
import { recipeVersion, rootPackages } from './recipe.ts';
import { placeToBuild } from './workshop.ts';

export interface BaseRoot {
  /** Names the suite, the architecture and a hash of all that went into it. */
  readonly key: string;
  readonly path: string;
}

/** The folder of base roots in a cache. */
export function rootsFolder(cache: string): string {
  return join(cache, 'roots');
}

/** The base root for this host, built where it lacks (about half a minute); throws a LabError where that fails. */
export async function ensureBaseRoot(system: HostSystem, cache: string, report: LabReport): Promise<BaseRoot> {
  const arch = (await must(['dpkg', '--print-architecture'])).trim();
  const certificates = hostCertificates();
  const key = `${system.suite}-${arch}-${hash([system.id, system.suite, arch, rootPackages, recipeVersion, certificates])}`;
  const path = join(rootsFolder(cache), key);
  if (existsSync(path)) return { key, path };
  const onWait = (): void => report({ kind: 'step', text: 'waiting for another kplay that builds the base root' });
  return withLock(join(cache, 'lock'), { onWait, timeout: 1800 }, async () => {
    if (!existsSync(path)) await build(system, arch, path, certificates, report);
    return { key, path };
  });
}

/** A certificate authority that this host trusts beside the usual ones. */
export interface Certificate {
  readonly name: string;
  readonly text: string;
}

function hostCertificates(folder = '/usr/local/share/ca-certificates'): readonly Certificate[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.crt')).sort();
  return names.map((name) => ({ name: name.replaceAll('/', '_'), text: readFileSync(join(folder, name), 'utf8') }));
}

async function build(system: HostSystem, arch: string, path: string, certificates: readonly Certificate[], report: LabReport): Promise<void> {
  const started = Date.now();
  report({ kind: 'step', text: `building the base root: ${system.id} ${system.suite} ${arch}, once for all labs of this host` });
  const workshop = await placeToBuild(dirname(path));
  const root = join(workshop, 'root');
  await debootstrap({
    system, architecture: arch, variant: 'minbase', packages: rootPackages, workshop, root,
    onStep: (step) => report({ kind: 'step', text: `base root: ${step}` }),
  });
  await finishRoot(root, certificates);
  await rename(root, path);
  await rm(workshop, { recursive: true });
  report({ kind: 'done', text: `built the base root in ${Math.round((Date.now() - started) / 1000)} s: ${path}` });
}

function hash(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 12);
}
