/** The machines of a lab as contenders are told of them, straight or through a slow line. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { labPaths } from '../engine/lab/paths.ts';
import type { Target } from '../engine/session/session.ts';
import type { Stage } from './bench.ts';
import type { Lab } from './lab.ts';

export interface Place {
  /** An inventory that kplay and Ansible both read. */
  readonly inventory: string;
  readonly logins: readonly Login[];
}

/** A machine, for those who read no inventory. */
export interface Login {
  readonly name: string;
  /** The words of `ssh` up to the address. */
  readonly ssh: readonly string[];
  readonly target: Target;
}

/** Writes the inventory; `port` is a port of this host that leads to the lab's first machine, the only one then. */
export async function writePlace(stage: Stage, lab: Lab, port?: number): Promise<Place> {
  const { key } = labPaths(lab.plan);
  const options = [`UserKnownHostsFile=${await knownHosts(stage, lab, port)}`, 'GlobalKnownHostsFile=none', 'StrictHostKeyChecking=yes', 'IdentitiesOnly=yes'];
  const words = ['-F', 'none', ...options.flatMap((option) => ['-o', option])];
  const reached = port === undefined ? lab.machines : [{ name: lab.machines[0]!.name, address: '127.0.0.1' }];
  // Mitogen 0.3.3 does not render templates in connection variables of a loop: they are plain text here.
  const vars = [
    'ansible_user=root', `ansible_port=${port ?? 22}`, `ansible_ssh_private_key_file=${key}`, `ansible_ssh_common_args="${words.join(' ')}"`,
    'ansible_python_interpreter=/usr/bin/python3', // saves Ansible the search for it
  ];
  const inventory = path.join(stage.folder, `hosts-${port ?? 22}.ini`);
  await writeFile(inventory, `${[...reached.map(({ name, address }) => `${name} ansible_host=${address}`), '[all:vars]', ...vars].join('\n')}\n`);
  const logins = reached.map(({ name, address }): Login => ({
    name,
    ssh: ['ssh', ...words, '-o', 'BatchMode=yes', '-i', key, '-p', String(port ?? 22), '-l', 'root', '--', address],
    target: { host: name, connection: 'ssh', address, port: port ?? 22, user: 'root', privateKeyFile: key, sshArgs: words.join(' ') },
  }));
  return { inventory, logins };
}

/** The lab's own file; behind a port of this host, the same key under the port's name. */
async function knownHosts(stage: Stage, { plan, machines }: Lab, port: number | undefined): Promise<string> {
  const { knownHosts: file } = labPaths(plan);
  if (port === undefined) return file;
  const [, ...key] = (await readFile(file, 'utf8')).split('\n').find((line) => line.split(' ')[0]!.split(',').includes(machines[0]!.address))!.split(' ');
  const own = path.join(stage.folder, `known_hosts-${port}`);
  await writeFile(own, `[127.0.0.1]:${port} ${key.join(' ')}\n`);
  return own;
}
