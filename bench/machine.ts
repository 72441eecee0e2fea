/** What the figures were measured on. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { run } from '../engine/lab/command.ts';
import { rootFolder } from './places.ts';

export interface Machine {
  readonly processors: number;
  /** The processor's name, as the kernel has it. */
  readonly processor: string;
  /** Bytes. */
  readonly memory: number;
  readonly kernel: string;
  /** Processes that wanted to run in the minute before the benchmarks began: more than processors, and figures are noisy. */
  readonly load: number;
  readonly system: string;
  readonly node: string;
  /** Versions of kplay and of those it is measured against; those that are not installed are left out. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks at this machine. */
export async function readMachine(): Promise<Machine> {
  const processors = cpus();
  const { version } = JSON.parse(readFileSync(`${rootFolder}/package.json`, 'utf8')) as { readonly version: string };
  const found = { kplay: version, 'ansible-core': await ansible(), ...(await packages(['ansible-mitogen', 'hyperfine', 'openssh-client', 'python3'])) };
  return {
    processors: processors.length, processor: processors[0]?.model.trim() ?? 'unknown', memory: totalmem(), load: loadavg()[0]!,
    system: system(), kernel: release(), node: process.version,
    versions: Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

async function ansible(): Promise<string | undefined> {
  return /\[core ([^\]]+)\]/.exec((await run(['ansible', '--version'])).stdout)?.[1];
}

async function packages(names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await run(['dpkg-query', '--show', '--showformat', '${Package} ${db:Status-Status} ${Version}\\n', ...names]);
  return Object.fromEntries([...stdout.matchAll(/^(\S+) installed (\S+)$/gm)].map(([, name, version]) => [name!, version!]));
}

function system(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return process.platform;
  }
}
