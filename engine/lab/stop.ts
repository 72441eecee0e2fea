/** Stops one machine and removes what it left on this host; its disk stays. */
import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { controlGroup, killGroup, processes, removeGroup } from './cgroup.ts';
import { run } from './command.ts';
import { LabError } from './lab-error.ts';
import { isMounted, mounts, unmount } from './mounts.ts';
import { groupName, machinePaths, spawnName } from './paths.ts';
import type { LabPlan } from './plan.ts';
import { isAlive, killQuietly, readMark, signal, starterName, until, withArgument } from './process.ts';

type Lab = Pick<LabPlan, 'name' | 'directory'>;

/** Whether systemd-nspawn of this machine runs. */
export function isRunning(lab: Lab, machine: string): boolean {
  return isAlive(readMark(machinePaths(lab, machine).mark));
}

/** Whether it runs and nobody has begun to stop it: what would start it again after a reboot is the first to be ended. */
export function isKept(lab: Lab, machine: string): boolean {
  return isRunning(lab, machine) && withArgument(starterName(machinePaths(lab, machine).mark)).length > 0;
}

/**
 * Stops a machine, in whatever state it was left. `grace`: seconds that it has to shut down before it is killed; 0 where its
 * disk is thrown away anyway. Returns whether there was anything to stop or remove.
 */
export async function stopMachine(lab: Lab, machine: string, grace: number): Promise<boolean> {
  const paths = machinePaths(lab, machine);
  const group = controlGroup(groupName(lab.name, machine));
  const link = `/sys/class/net/vb-${spawnName(lab.name, machine)}`;
  const found = isRunning(lab, machine) || isMounted(paths.root) || group.folders.some((folder) => existsSync(folder)) || existsSync(link);
  await endStarters(paths.mark);
  const nspawn = readMark(paths.mark);
  if (grace > 0 && isAlive(nspawn)) {
    signal(nspawn, 'SIGTERM');
    // A machine that has not booted to its end may not hear it.
    await until(() => !isAlive(nspawn), existsSync(paths.ready) ? grace : Math.min(grace, 2));
  }
  signal(nspawn, 'SIGKILL');
  if (!(await killGroup(group))) {
    throw new LabError(`${machine}: processes ${processes(group).join(' ')} do not end`, 'they may hang in the kernel (a dead network disk?); end them, then give the command again');
  }
  await removeGroup(group);
  await unmount(paths.root);
  await removeLeftovers(lab, machine);
  for (const file of [paths.mark, paths.ready]) await rm(file, { force: true });
  return found;
}

/** Ends what would start systemd-nspawn, or start it again when it ends. */
function endStarters(mark: string): Promise<boolean> {
  return until(() => {
    const starters = withArgument(starterName(mark));
    for (const pid of starters) killQuietly(pid, 'SIGKILL');
    return starters.length === 0;
  }, 5);
}

/** What systemd-nspawn removes when it ends by itself, and leaves when it is killed. */
async function removeLeftovers(lab: Lab, machine: string): Promise<void> {
  const name = spawnName(lab.name, machine);
  if (existsSync(`/sys/class/net/vb-${name}`)) await run(['ip', 'link', 'delete', `vb-${name}`]);
  for (const { at } of mounts().filter((mount) => mount.at.startsWith('/run/') && mount.at.split('/').includes(name))) await unmount(at);
  for (const folder of ['propagate', 'unix-export']) await rmdir(join('/run/systemd/nspawn', folder, name)).catch(() => {});
}
