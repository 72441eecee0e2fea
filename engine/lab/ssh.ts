/** How a machine of the lab is reached: by the lab's own key, its host key checked. */
import { labPaths } from './paths.ts';
import type { LabMachine, LabPlan } from './plan.ts';

/** Arguments of `ssh` up to the machine's address. */
export function sshArguments(plan: LabPlan, machine: LabMachine): readonly string[] {
  const { key, knownHosts } = labPaths(plan);
  const options = [
    `UserKnownHostsFile=${knownHosts}`, 'GlobalKnownHostsFile=/dev/null', 'StrictHostKeyChecking=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none',
    'BatchMode=yes', 'ConnectTimeout=10', 'LogLevel=ERROR',
  ];
  return ['-F', 'none', '-i', key, ...options.flatMap((option) => ['-o', option]), '-l', 'root', '--', machine.address];
}

/** The connection variables of a lab's machines, as an inventory would set them. */
export function connectionVariables(plan: Pick<LabPlan, 'name' | 'directory'>): Readonly<Record<string, string>> {
  const { key, knownHosts } = labPaths(plan);
  return {
    ansible_user: 'root',
    ansible_ssh_private_key_file: key,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes`,
  };
}
