/** Which machines a lab has, worked out from an inventory's hosts. */
import { nearestHint } from '../source/nearest.ts';
import { TextError, type Problem } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import { machineProblems } from './plan-check.ts';
import { settingsOf } from './settings.ts';
import type { Subnet } from './subnet.ts';

/** One lab: all that the lab commands need to know. */
export interface LabPlan {
  /** Small letters, digits and dashes; the state folder, the bridge and the nft table are named after it. */
  readonly name: string;
  readonly subnet: Subnet;
  /** Name of the bridge on this host, 15 characters at most. */
  readonly bridge: string;
  /** Absolute path of the folder that holds the machines' disks, keys and logs. */
  readonly directory: string;
  /** The mirror folder that this host serves to the machines, on its own address in the lab; missing where there is none. */
  readonly mirror?: string | undefined;
  readonly mirrorPort: number;
  readonly machines: readonly LabMachine[];
}

export interface LabMachine {
  /** The inventory's name, and the machine's host name. */
  readonly name: string;
  /** IPv4 address in the lab's subnet. */
  readonly address: string;
  readonly groups: readonly string[];
  /** Paths in the machine that lie on a plain folder of this host and not on its overlay. */
  readonly binds: readonly string[];
}

/** A host as an inventory has it, its variables rendered. */
export interface LabHost {
  readonly name: string;
  /** `ansible_host`, or nothing where the inventory gives none. */
  readonly address?: string | undefined;
  readonly groups: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  /** Where the inventory names it, for messages. */
  readonly span?: Span | undefined;
}

/**
 * The lab of an inventory: its machines are the hosts that have the variable `lab_subnet`; other hosts are left out.
 * `labs` is the folder of labs where no `lab_dir` is set. Throws a TextError with all that is wrong.
 */
export function planLab(hosts: readonly LabHost[], labs = '/var/lib/kplay/lab'): LabPlan {
  const members = hosts.filter((host) => host.vars['lab_subnet'] !== undefined && host.vars['lab_subnet'] !== null);
  if (members.length === 0) throw new TextError(noMachines(hosts));
  const settings = settingsOf(members, labs);
  const problems = machineProblems(members, settings.subnet);
  if (problems.length > 0) throw new TextError(problems);
  const machines = members.map(({ name, address, groups, vars }) => ({ name, address: address!, groups, binds: bindsOf(vars) }));
  return { ...settings, machines };
}

/** The machines that a command is about; throws a TextError for a name that is not in the plan. */
export function chooseMachines(plan: LabPlan, only: readonly string[] | undefined): readonly LabMachine[] {
  if (!only || only.length === 0) return plan.machines;
  const names = plan.machines.map((machine) => machine.name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new TextError(unknown.map((name) => ({ message: `lab "${plan.name}" has no machine "${name}"`, hint: nearestHint(name, names) })));
  }
  return plan.machines.filter((machine) => only.includes(machine.name));
}

/** Container runtimes and etcd need a file system that is not an overlay, or that syncs as a disk does. */
export const usualBinds: readonly string[] = ['/var/lib/containerd', '/var/lib/kubelet', '/var/lib/docker', '/var/lib/etcd'];

function bindsOf(vars: LabHost['vars']): readonly string[] {
  return (vars['lab_binds'] as readonly string[] | null | undefined) ?? usualBinds;
}

function noMachines(hosts: readonly LabHost[]): Problem {
  const found = hosts.length === 0 ? 'the inventory has no host' : `none of the inventory's ${hosts.length} hosts has the variable lab_subnet`;
  return { message: `${found}, so there is no lab to work on`, hint: 'inventory/lab.yml is a lab; inventory/README.md says how to write one' };
}
