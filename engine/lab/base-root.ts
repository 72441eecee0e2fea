/** The base root: a small Debian or Ubuntu that all machines of all labs share, built once and kept. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFetchOptions, readSources } from './apt.ts';
import { must, run } from './command.ts';
import { finishRoot } from './finish-root.ts';
import type { HostSystem } from './host-check.ts';
import { LabError } from './lab-error.ts';
import { withLock } from './lock.ts';
import type { LabReport } from './options.ts';
import { recipeVersion, rootPackages } from './recipe.ts';

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
  await debootstrap(system, arch, workshop, root, report);
  await finishRoot(root, certificates);
  await rename(root, path);
  await rm(workshop, { recursive: true });
  report({ kind: 'done', text: `built the base root in ${Math.round((Date.now() - started) / 1000)} s: ${path}` });
}

/** A fresh place to build in; what earlier builds left half done is removed. */
async function placeToBuild(roots: string): Promise<string> {
  await mkdir(roots, { recursive: true, mode: 0o755 });
  for (const name of await readdir(roots)) {
    if (name.startsWith('unfinished')) await rm(join(roots, name), { recursive: true, force: true, maxRetries: 5 });
  }
  return mkdtemp(join(roots, 'unfinished-'));
}

async function debootstrap(system: HostSystem, arch: string, workshop: string, root: string, report: LabReport): Promise<void> {
  const sources = readSources(system.suite);
  if (!sources.list && !sources.stanzas) {
    throw new LabError(`found no package source for ${system.id} ${system.suite} in /etc/apt`, `add one for the suite "${system.suite}" with the component "main", and try again`);
  }
  const files = [{ path: join(workshop, 'apt.list'), text: sources.list }, { path: join(workshop, 'apt.sources'), text: sources.stanzas }].filter(({ text }) => text);
  for (const { path, text } of files) await writeFile(path, text);
  const options = (await readFetchOptions()).map((line) => `--aptopt=${line.replace(/;$/, '')}`);
  // Ends with us, in namespaces of its own: whatever ends the build, no process and no mount of it stays behind.
  const alone = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const argv = ['mmdebstrap', '--mode=root', '--variant=minbase', `--architectures=${arch}`, `--include=${rootPackages.join(',')}`,
    '--dpkgopt=force-unsafe-io', ...options, system.suite, root, ...files.map(({ path }) => path)];
  const onLine = (line: string): void => {
    const step = /^I: ((?:downloading|extracting|installing|cleaning) .+?)(?:\.\.\.)?$/.exec(line)?.[1];
    if (step) report({ kind: 'step', text: `base root: ${step}` });
  };
  const { code, stderr } = await run([...alone, ...argv], { timeout: 1800, onLine });
  if (code === 0) return;
  const said = stderr.split(/[\r\n]+/).filter((line) => line.trim()).slice(-12).join('\n');
  throw new LabError(`mmdebstrap ended with code ${code}:\n${said}`, 'can this host reach its package sources? try: apt-get update');
}

function hash(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 12);
}
