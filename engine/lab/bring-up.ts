/** What `up` and `rebuild` share: base root, keys, network, mirror, then every machine at once. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { ensureBaseRoot } from './base-root.ts';
import { run } from './command.ts';
import type { HostSystem } from './host-check.ts';
import { ensureKeys } from './keys.ts';
import { LabError } from './lab-error.ts';
import { ensureMirror } from './mirror-server.ts';
import { ensureNetwork } from './network.ts';
import type { LabOptions } from './options.ts';
import { labPaths, machinePaths } from './paths.ts';
import type { LabMachine, LabPlan } from './plan.ts';
import { until } from './process.ts';
import { answers, waitReady } from './ready.ts';
import { bootProgram } from './recipe.ts';
import { isMoved, readPlan, refuseMoved, savePlan } from './saved-plan.ts';
import { seedDisk, writeBootFolder } from './seed.ts';
import { sshArguments } from './ssh.ts';
import { startMachine } from './start.ts';
import { isKept, isRunning, stopMachine } from './stop.ts';

/** What became of a lab's machines. */
export interface LabUp {
  /** Whether anything was started, or a mirror stopped that is no longer asked for. */
  readonly changed: boolean;
  readonly machines: readonly MachineUp[];
}

export interface MachineUp {
  readonly name: string;
  readonly address: string;
  /** `created`: with a fresh disk; `started`: with the disk it had; `kept`: it was up already. */
  readonly outcome: 'created' | 'started' | 'kept';
  /** Units that failed at boot; a machine with such counts as up. */
  readonly failedUnits: readonly string[];
}

/** Where base roots are kept unless the options say otherwise. */
export const usualCache = '/var/cache/kplay';

/** Seconds that a machine may take to boot unless the options say otherwise. */
const usualBootTimeout = 90;

/** Brings machines up; the caller holds the lab's lock. */
export async function bringUp(plan: LabPlan, wanted: readonly LabMachine[], system: HostSystem, options: LabOptions): Promise<LabUp> {
  const saved = readPlan(plan);
  await refuseMoved(plan, saved);
  const fresh = wanted.filter(({ name }) => !existsSync(machinePaths(plan, name).disk));
  const base = fresh.length > 0 ? await ensureBaseRoot(system, options.cache ?? usualCache, options.report) : undefined;
  await savePlan(plan);
  await mkdir(labPaths(plan).machines, { recursive: true, mode: 0o700 });
  await ensureKeys(plan);
  await ensureNetwork(plan);
  const served = await ensureMirror(plan, options.report);
  const ends = await Promise.allSettled(wanted.map(async (machine) => {
    const isFresh = fresh.includes(machine);
    if (isFresh) await seedDisk(plan, machine, system, base!.key);
    return bringUpMachine(plan, machine, { isFresh, isMoved: isMoved(machine, saved) }, options);
  }));
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (failures.length > 0) throw together(failures);
  const machines = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  return { changed: served || machines.some(({ outcome }) => outcome !== 'kept'), machines };
}

interface Before {
  readonly isFresh: boolean;
  readonly isMoved: boolean;
}

async function bringUpMachine(plan: LabPlan, machine: LabMachine, before: Before, options: LabOptions): Promise<MachineUp> {
  const { name, address } = machine;
  const started = Date.now();
  const toldNew = await writeBootFolder(plan, machine);
  const stays = isKept(plan, name) && !before.isMoved;
  if (stays && existsSync(machinePaths(plan, name).ready) && (await answers(address, 2000))) {
    if (toldNew) await run(['ssh', ...sshArguments(plan, machine), bootProgram, 'names'], { timeout: 20 });
    return { name, address, outcome: 'kept', failedUnits: [] };
  }
  const failedUnits = (stays ? await waitUnlessEnding(plan, machine, options) : undefined) ?? (await startAndWait(plan, machine, before, options));
  if (failedUnits.length > 0) options.report({ kind: 'warning', machine: name, text: `units that failed at boot: ${failedUnits.join(' ')}` });
  options.report({ kind: 'done', machine: name, text: `up at ${address} after ${((Date.now() - started) / 1000).toFixed(1)} s` });
  return { name, address, outcome: before.isFresh ? 'created' : 'started', failedUnits };
}

async function startAndWait(plan: LabPlan, machine: LabMachine, before: Before, options: LabOptions): Promise<readonly string[]> {
  await stopMachine(plan, machine.name, 10);
  options.report({ kind: 'step', machine: machine.name, text: before.isFresh ? 'starting with a fresh disk' : 'starting' });
  await startMachine(plan, machine, options.cache ?? usualCache);
  return waitReady(plan, machine, options.bootTimeout ?? usualBootTimeout);
}

/** Waits for a machine that runs already: it may boot, or shut down. Undefined where it ended instead. */
async function waitUnlessEnding(plan: LabPlan, machine: LabMachine, options: LabOptions): Promise<readonly string[] | undefined> {
  try {
    return await waitReady(plan, machine, options.bootTimeout ?? usualBootTimeout);
  } catch (error) {
    if (await until(() => !isRunning(plan, machine.name), 1)) return undefined;
    throw error;
  }
}

/** Several failures as one; what is not a LabError is our own fault and is thrown as it is. */
function together(failures: readonly unknown[]): unknown {
  const known = failures.filter((failure) => failure instanceof LabError);
  if (known.length < failures.length) return failures.find((failure) => !(failure instanceof LabError));
  const hints = new Set(known.flatMap(({ hint }) => (hint ? [hint] : [])));
  return new LabError(known.map(({ message }) => message).join('\n\n'), [...hints].join('\n') || undefined);
}
