/** The packages that the lab needs on this host. */
import { commandExists } from '../mirror/command-path.ts';
import { must } from './command.ts';
import { LabError } from './lab-error.ts';
import type { LabOptions } from './options.ts';

/** A command, and the package that brings it. */
const needed: readonly (readonly [command: string, packageName: string])[] = [
  ['systemd-nspawn', 'systemd-container'],
  ['mmdebstrap', 'mmdebstrap'],
  ['ip', 'iproute2'],
  ['nft', 'nftables'],
  ['ssh', 'openssh-client'],
  ['ssh-keygen', 'openssh-client'],
];

/** The packages that this host lacks for a lab. */
export function missingPackages(exists: (command: string) => boolean = commandExists): readonly string[] {
  return [...new Set(needed.filter(([command]) => !exists(command)).map(([, name]) => name))];
}

/** Installs what is lacking once `confirm` allows it; throws a LabError where it does not or nobody can be asked. */
export async function ensureHostPackages({ confirm, report }: Pick<LabOptions, 'confirm' | 'report'>): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const list = missing.join(' ');
  const remedy = `run: apt-get install --yes ${list} (or give --yes to have it done)`;
  const allowed = await confirm?.(`The lab needs packages that this host lacks: ${list}. Install them with apt-get?`, missing);
  if (!allowed) throw new LabError(`the lab needs packages that this host lacks: ${list}`, remedy);
  report({ kind: 'step', text: `installing ${list} on this host` });
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await must(['apt-get', 'update'], { env, timeout: 600 });
  await must(['apt-get', 'install', '--yes', '--no-install-recommends', ...missing], { env, timeout: 1200 });
  const still = missingPackages();
  if (still.length > 0) throw new LabError(`installed ${list}, but commands of ${still.join(' ')} are still not found`, remedy);
  report({ kind: 'done', text: `installed ${list}` });
}
