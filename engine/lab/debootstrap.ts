/** Small Debian or Ubuntu roots, made by mmdebstrap from this host's own package sources. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFetchOptions, readSources } from './apt.ts';
import { run } from './command.ts';
import type { HostSystem } from './host-check.ts';
import { LabError } from './lab-error.ts';

export interface RootOptions {
  readonly system: HostSystem;
  readonly architecture: string;
  /** `minbase`: a system with apt; `extract`: the packages' files and those they need, none of their scripts run. */
  readonly variant: 'minbase' | 'extract';
  readonly packages: readonly string[];
  /** Folder for files of the build's own. */
  readonly workshop: string;
  /** The folder to make. */
  readonly root: string;
  /** Takes what is being done: "downloading packages". */
  readonly onStep: (step: string) => void;
}

/** What is started so ends with us, in namespaces of its own: whatever ends a build, no process and no mount of it stays behind. */
export const alone: readonly string[] = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Makes a root; throws a LabError with mmdebstrap's last lines where it fails. */
export async function debootstrap({ system, architecture, variant, packages, workshop, root, onStep }: RootOptions): Promise<void> {
  const sources = distributionOf(system);
  const files = [{ path: join(workshop, 'apt.list'), text: sources.list }, { path: join(workshop, 'apt.sources'), text: sources.stanzas }].filter(({ text }) => text);
  for (const { path, text } of files) await writeFile(path, text);
  const options = (await readFetchOptions()).map((line) => `--aptopt=${line.replace(/;$/, '')}`);
  const argv = ['mmdebstrap', '--mode=root', '--format=directory', `--variant=${variant}`, `--architectures=${architecture}`, `--include=${packages.join(',')}`,
    '--dpkgopt=force-unsafe-io', ...options, system.suite, root, ...files.map(({ path }) => path)];
  const onLine = (line: string): void => {
    const step = /^I: ((?:downloading|extracting|installing|cleaning) .+?)(?:\.\.\.)?$/.exec(line)?.[1];
    if (step) onStep(step);
  };
  const { code, stderr } = await run([...alone, ...argv], { timeout: 1800, onLine });
  if (code === 0) return;
  const said = stderr.split(/[\r\n]+/).filter((line) => line.trim()).slice(-12).join('\n');
  throw new LabError(`mmdebstrap ended with code ${code}:\n${said}`, 'can this host reach its package sources? try: apt-get update');
}

/** This host's sources of its own distribution; throws a LabError where it has none. */
export function distributionOf({ id, suite }: HostSystem): ReturnType<typeof readSources> {
  const sources = readSources(suite);
  if (sources.list || sources.stanzas) return sources;
  throw new LabError(`found no package source for ${id} ${suite} in /etc/apt`, `add one for the suite "${suite}" with the component "main", and try again`);
}
