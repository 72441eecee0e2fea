/** `kplay lab down`: no process, mount, control group or network of the lab is left on this host. */
import { rm } from 'node:fs/promises';
import { checkHost } from './host-check.ts';
import { withLabLock } from './lab-lock.ts';
import { stopMirror } from './mirror-server.ts';
import { removeNetwork } from './network.ts';
import type { LabOptions } from './options.ts';
import { machinePaths } from './paths.ts';
import { chooseMachines, type LabPlan } from './plan.ts';
import { machineFolders, readPlan } from './saved-plan.ts';
import { stopMachine } from './stop.ts';

export interface DownOptions extends Pick<LabOptions, 'report' | 'only'> {
  /** Also deletes the machines' disks, and with all machines the lab's keys. */
  readonly purge?: boolean | undefined;
  /** Seconds that machines have to shut down before they are killed; default 10. */
  readonly grace?: number | undefined;
}

export interface LabDown {
  /** Whether it found anything to stop or to take down. */
  readonly changed: boolean;
  readonly stopped: readonly string[];
}

/** Stops machines; with all of them the network goes too. Their disks stay for the next `up` unless `purge` is set. */
export async function labDown(plan: LabPlan, options: DownOptions): Promise<LabDown> {
  checkHost();
  const { report, only = [], purge = false, grace = purge ? 0 : 10 } = options;
  const some = only.length > 0;
  return withLabLock(plan, report, async () => {
    // Machines that left the inventory since the last `up` are stopped too.
    const known = [plan, readPlan(plan) ?? plan];
    const all = new Set([...known.flatMap(({ machines }) => machines.map(({ name }) => name)), ...machineFolders(plan)]);
    const names = some ? chooseMachines(plan, only).map(({ name }) => name) : [...all];
    const stopped = await Promise.all(names.map(async (name) => {
      const found = await stopMachine(plan, name, grace);
      if (found) report({ kind: 'done', machine: name, text: 'down' });
      const { home, trash } = machinePaths(plan, name);
      await rm(purge ? home : trash, { recursive: true, force: true });
      return found ? [name] : [];
    }));
    let changed = stopped.flat().length > 0;
    if (!some) changed = (await stopMirror(plan)) || changed;
    if (!some) for (const each of known) changed = (await removeNetwork(each)) || changed;
    if (!some && purge) await rm(plan.directory, { recursive: true, force: true });
    return { changed, stopped: stopped.flat() };
  });
}
