/** The mirror folder of a Kubernetes built on this host: made once, kept in the cache, found again by what went into it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../command.ts';
import { debootstrap } from '../debootstrap.ts';
import type { HostSystem } from '../host-check.ts';
import { LabError } from '../lab-error.ts';
import { withLock } from '../lock.ts';
import type { LabReport } from '../options.ts';
import { placeToBuild } from '../workshop.ts';
import { assembleMirror } from './assemble.ts';
import { compile } from './compile.ts';
import { buildPackages, goPackage, kubernetesVersion, recipeVersion, sourcePackage, sourceSuite } from './recipe.ts';
import { downloadSource, newestVersion, openSourceArchive, type SourceArchive } from './source-archive.ts';
import { timedSteps } from './timed-steps.ts';

export interface KubernetesMirror {
  readonly folder: string;
  /** Kubernetes' version, without v. */
  readonly version: string;
  /** Whether it was built just now. */
  readonly built: boolean;
}

/** The folder of such mirrors in a cache. */
export function kubernetesFolder(cache: string): string {
  return join(cache, 'kubernetes');
}

/**
 * The mirror folder, built where it lacks, which takes minutes. Where the archive is out of reach the newest one of this recipe that is
 * there is taken. Throws a LabError where it cannot be had.
 */
export async function ensureKubernetes(system: HostSystem, cache: string, report: LabReport): Promise<KubernetesMirror> {
  refuseSystem(system);
  const folder = kubernetesFolder(cache);
  const onWait = (holder: string): void => report({ kind: 'step', text: `waiting for another kplay (process ${holder}) that builds Kubernetes` });
  return withLock(join(folder, 'lock'), { onWait, timeout: 4 * 3600 }, async () => {
    const architecture = (await must(['dpkg', '--print-architecture'])).trim();
    const inputs = await inputsOf(folder, system, architecture).catch((error: unknown) => error as Error);
    if (inputs instanceof Error) return lastBuilt(folder, architecture, inputs, report);
    const done = join(folder, inputs.key);
    if (existsSync(done)) return { folder: done, version: kubernetesVersion, built: false };
    await build(system, architecture, folder, inputs, report);
    return { folder: done, version: kubernetesVersion, built: true };
  });
}

/** What goes into a build, by version. */
interface Inputs {
  readonly archive: SourceArchive;
  readonly source: string;
  readonly go: string;
  readonly key: string;
}

/** Names a build by its inputs: "1.20.2-amd64-" and a hash. */
export function keyOf(architecture: string, inputs: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256').update(JSON.stringify([recipeVersion, Object.entries(inputs)])).digest('hex').slice(0, 12);
  return `${kubernetesVersion}-${architecture}-r${recipeVersion}-${hash}`;
}

function refuseSystem({ id, suite }: HostSystem): void {
  if (id === 'debian' && suite === sourceSuite) return;
  throw new LabError(
    `${id} ${suite} carries no source package of all of Kubernetes; Debian ${sourceSuite} does`,
    `with the internet at hand nothing is built and released Kubernetes is taken; without it, build on a Debian ${sourceSuite} machine, copy the folder that this command names there, and set lab_mirror to the copy`,
  );
}

async function inputsOf(folder: string, system: HostSystem, architecture: string): Promise<Inputs> {
  const archive = await openSourceArchive(join(folder, 'apt'), system);
  const source = await newestVersion(archive, sourcePackage, 'Sources');
  const go = await newestVersion(archive, goPackage, 'Packages');
  if (!source || !go) {
    throw new LabError(`the package sources of this host have no ${source ? `package ${goPackage}` : `source package ${sourcePackage}`}`, `/etc/apt needs a source for the suite "${system.suite}" with the component "main"`);
  }
  return { archive, source, go, key: keyOf(architecture, { source, go }) };
}

/** Without the archive nobody can tell which the newest inputs are; what was built of older ones does as well. */
async function lastBuilt(folder: string, architecture: string, reason: Error, report: LabReport): Promise<KubernetesMirror> {
  const name = await newestBuilt(folder, architecture);
  if (name === undefined) throw reason;
  report({ kind: 'warning', text: `the package archive is out of reach, so the Kubernetes that was built last is taken: ${reason.message.split('\n')[0]}` });
  return { folder: join(folder, name), version: kubernetesVersion, built: false };
}

/** The name of the newest whole build of this recipe in a folder of builds. */
export async function newestBuilt(folder: string, architecture: string): Promise<string | undefined> {
  const start = `${kubernetesVersion}-${architecture}-r${recipeVersion}-`;
  const names = (await readdir(folder)).filter((name) => name.startsWith(start));
  const ages = await Promise.all(names.map(async (name) => ({ name, age: (await stat(join(folder, name))).mtimeMs })));
  return ages.toSorted((a, b) => b.age - a.age)[0]?.name;
}

async function build(system: HostSystem, architecture: string, folder: string, { archive, source, go, key }: Inputs, report: LabReport): Promise<void> {
  const steps = timedSteps(report);
  steps.next(`building Kubernetes ${kubernetesVersion} from ${sourcePackage} ${source} with Go ${go}, once for all labs of this host`);
  const workshop = await placeToBuild(folder);
  const [root, sources, mirror] = [join(workshop, 'root'), join(workshop, 'sources'), join(workshop, 'mirror')];
  const log = join(folder, 'build.log');
  await rm(log, { force: true });
  const description = await downloadSource(archive, sourcePackage, source, sources);
  steps.done('downloaded the source package');
  await debootstrap({ system, architecture, variant: 'minbase', packages: buildPackages, workshop, root, onStep: (step) => steps.next(`build root: ${step}`) });
  steps.done('made the root to build in');
  const built = await compile({ root, sources, description, log, onStep: steps.next });
  await checkVersion(join(built, 'kubeadm'));
  steps.done('compiled');
  await mkdir(mirror, { mode: 0o755 });
  await assembleMirror({ system, architecture, workshop, built, packaged: root, mirror, onStep: steps.next }, { source, go, recipe: String(recipeVersion) });
  steps.done('made images and files');
  await chmod(mirror, 0o755);
  await rename(mirror, join(folder, key));
  await rm(workshop, { recursive: true, force: true, maxRetries: 5 });
  steps.end(`built Kubernetes ${kubernetesVersion}: ${join(folder, key)}`);
}

async function checkVersion(kubeadm: string): Promise<void> {
  const version = (await must([kubeadm, 'version', '--output', 'short'])).trim();
  if (version !== `v${kubernetesVersion}`) throw new LabError(`built kubeadm ${version}, expected v${kubernetesVersion}`);
}
