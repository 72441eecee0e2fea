/** Machines of kplay's own lab, 10.221.0.0/24: made for a benchmark, with Python on them for Ansible, and gone afterwards. */
import path from 'node:path';
import { labDown } from '../engine/lab/down.ts';
import { checkHost } from '../engine/lab/host-check.ts';
import { missingPackages } from '../engine/lab/host-packages.ts';
import { withLock } from '../engine/lab/lock.ts';
import { runFolder } from '../engine/lab/paths.ts';
import { planLab, type LabMachine, type LabPlan } from '../engine/lab/plan.ts';
import { sshArguments } from '../engine/lab/ssh.ts';
import { labUp } from '../engine/lab/up.ts';
import type { Stage } from './bench.ts';
import type { Runner, Timed } from './runner.ts';

export interface Lab {
  readonly plan: LabPlan;
  readonly machines: readonly LabMachine[];
  /** Runs a shell text on a machine by ssh: one connection, the text on stdin. */
  sh(machine: LabMachine, script: string, ...words: readonly string[]): Promise<Timed>;
}

/** What this host lacks to make machines. */
export function labLacks(): readonly string[] {
  try {
    checkHost();
  } catch (error) {
    return [`machines of kplay's own lab (${(error as Error).message})`];
  }
  const missing = missingPackages();
  return missing.length > 0 ? [`apt-get install ${missing.join(' ')}`] : [];
}

export interface LabNeeds {
  /** Ansible's modules need it; default yes. */
  readonly python?: boolean;
  /** Further variables of the lab. */
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** Brings up so many machines, m1, m2 …; one benchmark at a time has them. */
export async function openLab(stage: Stage, run: Runner, count: number, { python = true, vars: more = {} }: LabNeeds = {}): Promise<Lab> {
  const vars = { lab_name: 'bench', lab_subnet: '10.221.0.0/24', ...more };
  const hosts = Array.from({ length: count }, (_, at) => ({ name: `m${at + 1}`, address: `10.221.0.${at + 11}`, groups: [], vars }));
  const plan = planLab(hosts, process.env['KPLAY_LAB_DIR']);
  const report = ({ machine, text }: { readonly machine?: string | undefined; readonly text: string }): void => stage.say(machine ? `${machine}: ${text}` : text);
  await holdLock(stage);
  const remove = async (): Promise<void> => void (await labDown(plan, { report: () => undefined, purge: true }));
  await remove(); // what a run that was killed has left
  stage.onEnd(remove);
  await labUp(plan, { report });
  const sh: Lab['sh'] = (machine, script, ...words) => run(['ssh', ...sshArguments(plan, machine), 'sh', '-s', '--', ...words], { input: script, timeout: 1800 });
  if (!python) return { plan, machines: plan.machines, sh };
  stage.say('installing Python in the machines, for Ansible');
  await Promise.all(plan.machines.map((machine) => sh(machine, installPython)));
  return { plan, machines: plan.machines, sh };
}

const installPython = `set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install --yes --no-install-recommends -qq python3
`;

/** Holds the lock until the stage ends. */
function holdLock(stage: Stage): Promise<void> {
  return new Promise((resolve, reject) => {
    const onWait = (holder: string): void => stage.say(`waiting for another benchmark (process ${holder}) that has the machines`);
    const held = new Promise<void>((release) => stage.onEnd(release));
    withLock(path.join(runFolder, 'bench-lab.lock'), { onWait, timeout: 1800 }, () => (resolve(), held)).catch(reject);
  });
}
