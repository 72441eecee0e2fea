/** `kplay lab rebuild`: machines as on the first day. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bringUp, type LabUp } from './bring-up.ts';
import { checkHost } from './host-check.ts';
import { ensureHostPackages } from './host-packages.ts';
import { withLabLock } from './lab-lock.ts';
import type { LabOptions } from './options.ts';
import { machinePaths } from './paths.ts';
import { chooseMachines, type LabPlan } from './plan.ts';
import { stopMachine } from './stop.ts';

/** Throws the disks of machines away and starts them with fresh ones. Host keys and hardware ids stay, as with a server that is installed anew. */
export async function labRebuild(plan: LabPlan, options: LabOptions): Promise<LabUp> {
  const wanted = chooseMachines(plan, options.only);
  const system = checkHost();
  await ensureHostPackages(options);
  return withLabLock(plan, options.report, async () => {
    await Promise.all(wanted.map(({ name }) => discard(plan, name)));
    // Deleting takes longer than starting: it goes on meanwhile.
    const cleaning = Promise.all(wanted.map(({ name }) => rm(machinePaths(plan, name).trash, { recursive: true, force: true })));
    const up = bringUp(plan, wanted, system, options);
    await Promise.allSettled([cleaning, up]);
    await cleaning;
    return up;
  });
}

/** Stops a machine and moves its disk aside, in one step: wherever this is cut off, the disk is there or gone. */
async function discard(plan: LabPlan, machine: string): Promise<void> {
  await stopMachine(plan, machine, 0);
  const { disk, trash } = machinePaths(plan, machine);
  await mkdir(trash, { recursive: true, mode: 0o700 });
  if (existsSync(disk)) await rename(disk, join(trash, String(Date.now())));
}
