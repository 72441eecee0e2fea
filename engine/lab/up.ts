/** `kplay lab up`: every machine of the plan runs, has booted and answers. */
import { checkHost } from './host-check.ts';
import { ensureHostPackages } from './host-packages.ts';
import { bringUp, type LabUp } from './bring-up.ts';
import { withLabLock } from './lab-lock.ts';
import type { LabOptions } from './options.ts';
import { chooseMachines, type LabPlan } from './plan.ts';

/** Brings machines up; those that are up stay as they are. Throws a LabError that names every machine that did not come up. */
export async function labUp(plan: LabPlan, options: LabOptions): Promise<LabUp> {
  const wanted = chooseMachines(plan, options.only);
  const system = checkHost();
  await ensureHostPackages(options);
  return withLabLock(plan, options.report, () => bringUp(plan, wanted, system, options));
}
