/** `kplay lab status`: how the lab is, as data. */
import { existsSync, statSync } from 'node:fs';
import { controlGroup, memoryOf } from './cgroup.ts';
import { checkHost } from './host-check.ts';
import { mirrorStatus, type MirrorStatus } from './mirror-server.ts';
import { isNetworkUp } from './network.ts';
import { groupName, labPaths, machinePaths } from './paths.ts';
import type { LabMachine, LabPlan } from './plan.ts';
import { isAlive, readMark } from './process.ts';
import { answers } from './ready.ts';

export interface LabStatus {
  readonly name: string;
  readonly directory: string;
  readonly subnet: string;
  readonly bridge: string;
  /** Whether the bridge is there and up. */
  readonly network: boolean;
  /** The private key that opens the machines, and the file that holds their host keys. */
  readonly key: string;
  readonly knownHosts: string;
  /** Missing where the lab has none. */
  readonly mirror?: MirrorStatus | undefined;
  readonly machines: readonly MachineStatus[];
}

export interface MachineStatus {
  readonly name: string;
  readonly address: string;
  readonly groups: readonly string[];
  /** `absent`: never made; `down`: it has a disk and does not run; `starting`: it runs and does not answer on port 22; `up`: it answers. */
  readonly state: 'absent' | 'down' | 'starting' | 'up';
  /** When it was started, in ISO 8601; missing where it does not run. */
  readonly since?: string | undefined;
  /** Bytes in use, file cache not counted; missing where it does not run or this host does not count. */
  readonly memory?: number | undefined;
  /** Its systemd-nspawn on this host; missing where it does not run. */
  readonly pid?: number | undefined;
}

/** Looks at every machine at once; changes nothing. */
export async function labStatus(plan: LabPlan): Promise<LabStatus> {
  checkHost();
  const { key, knownHosts } = labPaths(plan);
  const machines = await Promise.all(plan.machines.map((machine) => machineStatus(plan, machine)));
  const network = await isNetworkUp(plan);
  const mirror = await mirrorStatus(plan);
  return { name: plan.name, directory: plan.directory, subnet: plan.subnet.text, bridge: plan.bridge, network, key, knownHosts, mirror, machines };
}

async function machineStatus(plan: LabPlan, { name, address, groups }: LabMachine): Promise<MachineStatus> {
  const { mark: file, disk } = machinePaths(plan, name);
  const mark = readMark(file);
  if (!isAlive(mark)) return { name, address, groups, state: existsSync(disk) ? 'down' : 'absent' };
  const state = (await answers(address, 1000)) ? 'up' : 'starting';
  const memory = memoryOf(controlGroup(groupName(plan.name, name)));
  return { name, address, groups, state, since: statSync(file).mtime.toISOString(), memory, pid: mark.pid };
}
