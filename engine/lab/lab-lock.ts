/** One lab command at a time on one lab. */
import { join } from 'node:path';
import { withLock } from './lock.ts';
import type { LabReport } from './options.ts';
import { runFolder } from './paths.ts';
import type { LabPlan } from './plan.ts';

/** Runs `work` while no other lab command works on this lab; waits up to 10 minutes for one that does. */
export function withLabLock<T>(plan: Pick<LabPlan, 'name'>, report: LabReport, work: () => Promise<T>): Promise<T> {
  const onWait = (holder: string): void => report({ kind: 'step', text: `waiting for another lab command (process ${holder}) on lab "${plan.name}"` });
  return withLock(join(runFolder, `lab-${plan.name}.lock`), { onWait, timeout: 600 }, work);
}
