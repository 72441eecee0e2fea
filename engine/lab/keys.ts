/** The lab's ssh key, its machines' host keys, and the known_hosts file that follows from them. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { must } from './command.ts';
import { labPaths, machinePaths } from './paths.ts';
import type { LabPlan } from './plan.ts';
import { writeSafely } from './write.ts';

/** Makes the keys that are lacking and writes known_hosts. Keys stay until the lab's folder is removed, over every rebuild. */
export async function ensureKeys(plan: LabPlan): Promise<void> {
  const { key, knownHosts } = labPaths(plan);
  await mkdir(dirname(key), { recursive: true, mode: 0o700 });
  await ensureKey(key, `kplay lab ${plan.name}`);
  await Promise.all(plan.machines.map(async ({ name }) => {
    const { home, hostKey } = machinePaths(plan, name);
    await mkdir(home, { recursive: true, mode: 0o700 });
    await ensureKey(hostKey, `root@${name}`);
  }));
  await writeSafely(knownHosts, await knownHostsText(plan), 0o600);
}

async function ensureKey(path: string, comment: string): Promise<void> {
  if (existsSync(path) && existsSync(`${path}.pub`)) return;
  const fresh = `${path}.new`;
  await Promise.all([fresh, `${fresh}.pub`, path, `${path}.pub`].map((file) => rm(file, { force: true })));
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', fresh]);
  await rename(`${fresh}.pub`, `${path}.pub`);
  await rename(fresh, path);
}

/** One line a machine, for its name and its address. */
async function knownHostsText(plan: LabPlan): Promise<string> {
  const lines = await Promise.all(plan.machines.map(async ({ name, address }) => {
    const [kind, key] = (await readFile(`${machinePaths(plan, name).hostKey}.pub`, 'utf8')).split(' ');
    return `${name},${address} ${kind} ${key}\n`;
  }));
  return lines.join('');
}
