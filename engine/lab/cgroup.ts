/** Control groups: one of its own for each machine, in every hierarchy of this host. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mounts } from './mounts.ts';
import { killQuietly, until } from './process.ts';

/** Where a machine's processes are counted and held together. */
export interface ControlGroup {
  /** The unit that systemd makes for it on a host it runs with one hierarchy; elsewhere the folders are made by hand. */
  readonly scope?: string | undefined;
  /** Its folder in each hierarchy. */
  readonly folders: readonly string[];
}

/** The control group of a name on this host; nothing is made yet. */
export function controlGroup(name: string): ControlGroup {
  const hierarchies = mounts().filter(({ type }) => type === 'cgroup' || type === 'cgroup2');
  const roots = [...new Set(hierarchies.map(({ at }) => at))];
  const single = hierarchies.every(({ type }) => type === 'cgroup2');
  // systemd owns the single hierarchy and gives out parts of it; in the older ones every program makes its own.
  if (single && existsSync('/run/systemd/system')) {
    const scope = `${name}.scope`;
    return { scope, folders: roots.map((at) => join(at, 'machine.slice', scope)) };
  }
  return { folders: roots.map((at) => join(at, name)) };
}

/** Makes the folders that are made by hand. */
export async function makeGroup({ scope, folders }: ControlGroup): Promise<void> {
  if (scope) return;
  for (const folder of folders) {
    const parent = join(folder, '..');
    delegate(parent);
    await mkdir(folder, { recursive: true });
    for (const file of ['cpuset.cpus', 'cpuset.mems']) inherit(join(parent, file), join(folder, file));
  }
}

/** Ends every process of the group, however deep; false where some are left after 10 seconds. */
export function killGroup(group: ControlGroup): Promise<boolean> {
  return until(() => {
    const left = processes(group);
    for (const pid of left) killQuietly(pid, 'SIGKILL');
    return left.length === 0;
  }, 10);
}

/** All processes of the group. */
export function processes({ folders }: ControlGroup): readonly number[] {
  const ids = folders.flatMap((folder) => tree(folder)).flatMap((folder) => lines(join(folder, 'cgroup.procs')).map(Number));
  return [...new Set(ids.filter((pid) => pid > 0))]; // 0 stands for a process of another pid namespace
}

/** Removes the group's folders, the deepest first; systemd removes its own. */
export async function removeGroup({ scope, folders }: ControlGroup): Promise<void> {
  const all = (): readonly string[] => folders.flatMap((folder) => tree(folder));
  await until(async () => {
    if (!scope) for (const folder of [...all()].reverse()) await rmdir(folder).catch(() => {});
    return all().length === 0;
  }, 5);
}

/** Bytes of memory in use, without the file cache that could be dropped; undefined where this host does not count it. */
export function memoryOf({ folders }: ControlGroup): number | undefined {
  for (const folder of folders) {
    const used = lines(join(folder, 'memory.current'))[0] ?? lines(join(folder, 'memory.usage_in_bytes'))[0];
    if (used === undefined) continue;
    const stat = new Map(lines(join(folder, 'memory.stat')).map((line) => line.split(' ') as [string, string]));
    return Math.max(0, Number(used) - Number(stat.get('total_inactive_file') ?? stat.get('inactive_file') ?? 0));
  }
  return undefined;
}

/** A folder and all below it, parents first. */
function tree(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [folder, ...below.flatMap((entry) => tree(join(folder, entry.name)))];
  } catch {
    return []; // it went while we looked
  }
}

/** In the single hierarchy a group has the controllers that its parent hands down. */
function delegate(parent: string): void {
  for (const controller of (lines(join(parent, 'cgroup.controllers'))[0] ?? '').split(' ').filter(Boolean)) {
    try {
      writeFileSync(join(parent, 'cgroup.subtree_control'), `+${controller}`);
    } catch {
      // A parent with processes of its own cannot; the machine then runs without this controller.
    }
  }
}

/** A new cpuset group is empty and takes no process before it has processors and memory. */
function inherit(from: string, to: string): void {
  if (existsSync(from) && existsSync(to)) writeFileSync(to, readFileSync(from, 'utf8').trim());
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
