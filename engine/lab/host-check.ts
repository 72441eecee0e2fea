/** Whether this host can hold a lab at all. */
import { readFileSync } from 'node:fs';
import { LabError } from './lab-error.ts';

/** The distribution of this host; its machines are of the same. */
export interface HostSystem {
  readonly id: 'debian' | 'ubuntu';
  /** Code name of the release, such as "bookworm". */
  readonly suite: string;
}

/** Tells the distribution; throws a LabError where this is not Debian or Ubuntu, or the user is not root. */
export function checkHost(): HostSystem {
  const elsewhere = 'run it on a Debian or Ubuntu machine, or let an inventory name machines of your own';
  if (process.platform !== 'linux') throw new LabError(`the lab needs Linux with systemd-nspawn, this is ${process.platform}`, elsewhere);
  const system = readSystem(osRelease());
  if (!system) throw new LabError('the lab needs Debian or Ubuntu, by /etc/os-release this is neither', elsewhere);
  if (process.getuid?.() !== 0) throw new LabError('the lab makes machines, bridges and mounts, and needs root for it', 'run the same command as root or with sudo');
  return system;
}

/** Reads the text of an os-release file; undefined where it is neither Debian nor Ubuntu with a code name. */
export function readSystem(text: string): HostSystem | undefined {
  const value = (name: string): string | undefined => new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1];
  const id = value('ID');
  const suite = value('VERSION_CODENAME');
  return (id === 'debian' || id === 'ubuntu') && suite ? { id, suite } : undefined;
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
