/** Where a lab keeps what, and how it names what it makes on this host. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LabPlan } from './plan.ts';

type Lab = Pick<LabPlan, 'name' | 'directory'>;

/** Files and folders of a lab. */
export interface LabPaths {
  /** The plan of the last `up`. */
  readonly plan: string;
  readonly machines: string;
  /** The lab's own ssh key (mode 0600) and the host keys of its machines. */
  readonly key: string;
  readonly knownHosts: string;
  /** The process id and start time of the mirror's server, and what it says. */
  readonly mirrorMark: string;
  readonly mirrorLog: string;
  /** What `kplay lab kubernetes` found: where Kubernetes comes from. */
  readonly kubernetes: string;
}

/** Files and folders of one machine. */
export interface MachinePaths {
  readonly home: string;
  /** Where the overlay is mounted: the machine's root. */
  readonly root: string;
  /** All that a rebuild throws away, in one folder so that it goes in one step; it holds the next four. */
  readonly disk: string;
  /** The machine's own layer of the overlay, and the overlay's workshop. */
  readonly upper: string;
  readonly work: string;
  /** The name of the base root that `upper` belongs to. */
  readonly base: string;
  /** Plain folders that are bound into the machine. */
  readonly binds: string;
  /** Disks that were thrown away and are not deleted yet. */
  readonly trash: string;
  /** What the machine reads at each boot, bound to /etc/kplay-lab. */
  readonly boot: string;
  readonly hostKey: string;
  readonly log: string;
  /** The process id and start time of systemd-nspawn. */
  readonly mark: string;
  /** Stands there once the machine has answered since its start. */
  readonly ready: string;
}

export function labPaths({ directory }: Lab): LabPaths {
  return {
    plan: join(directory, 'plan.json'),
    machines: join(directory, 'machines'),
    key: join(directory, 'ssh/id_ed25519'),
    knownHosts: join(directory, 'ssh/known_hosts'),
    mirrorMark: join(directory, 'mirror.pid'),
    mirrorLog: join(directory, 'mirror.log'),
    kubernetes: join(directory, 'kubernetes.json'),
  };
}

export function machinePaths(lab: Lab, machine: string): MachinePaths {
  const home = join(labPaths(lab).machines, machine);
  const at = (name: string): string => join(home, name);
  return {
    home, root: at('root'), disk: at('disk'), upper: at('disk/upper'), work: at('disk/work'), base: at('disk/base'), binds: at('disk/binds'),
    trash: at('trash'), boot: at('boot'), hostKey: at('ssh_host_ed25519_key'),
    log: at('console.log'), mark: at('nspawn.pid'), ready: at('ready'),
  };
}

/** A machine's control group: a lab's name has no underscore, so that no two machines share one. */
export function groupName(lab: string, machine: string): string {
  return `kplay-${lab}_${machine}`;
}

/** The name systemd-nspawn knows a machine by: short, since the host's end of its link is called `vb-NAME`. */
export function spawnName(lab: string, machine: string): string {
  return `kp${createHash('sha256').update(groupName(lab, machine)).digest('hex').slice(0, 9)}`;
}

/** The lab's nft table, and what all such tables begin with. */
export const tablePrefix = 'kplay_lab_';
export function tableName(lab: string): string {
  return tablePrefix + lab.replaceAll('-', '_');
}

/** Locks and what must be forgotten when this host reboots. */
export const runFolder = '/run/kplay';
