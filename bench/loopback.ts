/** Many hosts on this one machine: a real sshd behind all loopback addresses, and an inventory that names some of them. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSshd } from '../test/engine/session/sshd.ts';
import type { Stage } from './bench.ts';

export interface Loopback {
  /** Holds each host's folder, by its name; in memory where that can be, since all hosts have but one disk here. */
  readonly place: string;
  /** Writes an inventory of the first hosts, which kplay and Ansible both read, and gives its path. */
  inventory(count: number): Promise<string>;
  hosts(count: number): readonly LoopbackHost[];
  /** The words of `ssh` up to the address, for those who read no inventory. */
  readonly ssh: readonly string[];
  /** Removes what is in `place`; makes the hosts' folders anew where asked. */
  clear(folders?: readonly LoopbackHost[]): Promise<void>;
}

export interface LoopbackHost {
  readonly name: string;
  readonly address: string;
}

/** What known_hosts knows, for every inventory alike; there are no more hosts than these. */
const most = 1000;

/** What this host lacks. */
export function loopbackLacks(): readonly string[] {
  const lacks = [...(existsSync('/usr/sbin/sshd') ? [] : ['openssh-server']), ...(existsSync('/usr/bin/ssh') ? [] : ['openssh-client'])];
  return [...(process.getuid?.() === 0 ? [] : ['root, to run sshd']), ...(lacks.length > 0 ? [`apt-get install ${lacks.join(' ')}`] : [])];
}

/** Starts it, with keys of its own; only this machine can log in. It ends with the stage. */
export async function openLoopback(stage: Stage): Promise<Loopback> {
  const { port, keyFile, folder: keys, stop } = await startSshd(['MaxStartups 5000', 'LogLevel ERROR', 'AllowUsers *@127.0.0.0/8', 'Subsystem sftp internal-sftp'], '0.0.0.0');
  stage.onEnd(stop);
  const place = await mkdtemp(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'kplay-bench-'));
  stage.onEnd(() => rm(place, { recursive: true, force: true, maxRetries: 3 }));
  const hostKey = (await readFile(path.join(keys, 'host_ed25519.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
  const knownHosts = path.join(stage.folder, 'known_hosts');
  await writeFile(knownHosts, hosts(most).map(({ address }) => `[${address}]:${port} ${hostKey}\n`).join(''));
  const words = ['-F', 'none', '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'GlobalKnownHostsFile=none', '-o', 'StrictHostKeyChecking=yes', '-o', 'IdentitiesOnly=yes'];
  return {
    place, hosts,
    ssh: ['ssh', ...words, '-o', 'BatchMode=yes', '-i', keyFile, '-p', String(port), '-l', 'root'],
    async inventory(count) {
      const file = path.join(stage.folder, `hosts-${count}.ini`);
      const vars = [
        'ansible_user=root', `ansible_port=${port}`, `ansible_ssh_private_key_file=${keyFile}`, `ansible_ssh_common_args="${words.join(' ')}"`,
        'ansible_python_interpreter=/usr/bin/python3', `place=${place}`,
      ];
      await writeFile(file, `${[...hosts(count).map(({ name, address }) => `${name} ansible_host=${address}`), '[all:vars]', ...vars].join('\n')}\n`);
      return file;
    },
    async clear(folders = []) {
      await rm(place, { recursive: true, force: true });
      await mkdir(place);
      await Promise.all(folders.map(({ name }) => mkdir(path.join(place, name))));
    },
  };
}

/** h0001 is 127.1.0.1, and so on. */
function hosts(count: number): LoopbackHost[] {
  return Array.from({ length: count }, (_, at) => ({ name: `h${String(at + 1).padStart(4, '0')}`, address: `127.1.${(at + 1) >> 8}.${(at + 1) & 255}` }));
}
