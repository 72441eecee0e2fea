/** The plan as the last `up` had it: `down` must undo that one, whatever the inventory says since. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { LabError } from './lab-error.ts';
import { isNetworkUp } from './network.ts';
import { labPaths, machinePaths } from './paths.ts';
import type { LabMachine, LabPlan } from './plan.ts';
import { isRunning } from './stop.ts';
import { writeSafely } from './write.ts';

/** Writes the plan to the lab's folder. */
export async function savePlan(plan: LabPlan): Promise<void> {
  await mkdir(plan.directory, { recursive: true, mode: 0o755 });
  await writeSafely(labPaths(plan).plan, `${JSON.stringify(plan, null, 2)}\n`, 0o600);
}

/** The plan of the last `up`; undefined where there was none. */
export function readPlan(lab: Pick<LabPlan, 'name' | 'directory'>): LabPlan | undefined {
  const file = labPaths(lab).plan;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabPlan) : undefined;
}

/** The names of all machines that have a folder, in the plan or not. */
export function machineFolders(lab: Pick<LabPlan, 'name' | 'directory'>): readonly string[] {
  const folder = labPaths(lab).machines;
  return existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(machinePaths(lab, name).hostKey)) : [];
}

/** Throws a LabError where the lab is up with another network than the plan now asks for. */
export async function refuseMoved(plan: LabPlan, saved: LabPlan | undefined): Promise<void> {
  if (!saved || (saved.subnet.text === plan.subnet.text && saved.bridge === plan.bridge)) return;
  const up = (await isNetworkUp(saved)) || saved.machines.some(({ name }) => isRunning(plan, name));
  if (!up) return;
  const said = ({ subnet, bridge }: LabPlan): string => `${subnet.text} on ${bridge}`;
  throw new LabError(`lab "${plan.name}" is up with ${said(saved)}, the inventory now says ${said(plan)}`, 'take it down first: kplay lab down');
}

/** Whether a machine must restart to become what the plan says. */
export function isMoved(machine: LabMachine, saved: LabPlan | undefined): boolean {
  const before = saved?.machines.find(({ name }) => name === machine.name);
  return before !== undefined && (before.address !== machine.address || before.binds.join(':') !== machine.binds.join(':'));
}
