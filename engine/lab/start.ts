/** Starts one machine: its overlay, its control group, systemd-nspawn. */
import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rootsFolder } from './base-root.ts';
import { controlGroup, makeGroup, type ControlGroup } from './cgroup.ts';
import { commandEnv } from './command.ts';
import { LabError } from './lab-error.ts';
import { isMounted, mountOverlay } from './mounts.ts';
import { groupName, machinePaths, spawnName } from './paths.ts';
import type { LabMachine, LabPlan } from './plan.ts';
import { isAlive, readMark, starterName, until, writeMark } from './process.ts';
import { bootFolder } from './recipe.ts';
import { tailOf } from './log.ts';

/** Starts a machine whose disk is there; returns once systemd-nspawn runs, which outlives this process. */
export async function startMachine(plan: LabPlan, machine: LabMachine, cache: string): Promise<void> {
  const paths = machinePaths(plan, machine.name);
  await mountDisk(plan, machine, cache);
  const group = controlGroup(groupName(plan.name, machine.name));
  await makeGroup(group);
  for (const file of [paths.mark, paths.ready]) await rm(file, { force: true });
  spawnKeeper(paths, enterGroup(paths.mark, group, nspawnArgv(plan, machine)));
  if (await until(() => isAlive(readMark(paths.mark)), 10)) return;
  throw new LabError(`${machine.name}: systemd-nspawn did not start:\n${tailOf(paths.log)}`);
}

async function mountDisk(plan: LabPlan, machine: LabMachine, cache: string): Promise<void> {
  const { root, upper, work, base, binds } = machinePaths(plan, machine.name);
  const lower = join(rootsFolder(cache), await readFile(base, 'utf8'));
  if (!existsSync(lower)) {
    throw new LabError(`the base root that ${machine.name} was made from is gone: ${lower}`, `make the machine anew: kplay lab rebuild ${machine.name}`);
  }
  for (const folder of [root, work, ...machine.binds.map((path) => join(binds, path))]) await mkdir(folder, { recursive: true, mode: 0o755 });
  if (!isMounted(root)) await mountOverlay(groupName(plan.name, machine.name), lower, upper, work, root);
}

/** systemd-nspawn ends with 133 where the machine rebooted: it is then started again. */
const keeper = `code=133
while [ $code -eq 133 ]; do code=0; "$@" || code=$?; done; exit $code`;

function spawnKeeper({ log, mark }: { readonly log: string; readonly mark: string }, argv: readonly string[]): void {
  const output = openSync(log, 'w', 0o600);
  // A session of its own, so that neither Ctrl-C nor the end of the terminal reaches it.
  const child = spawn('sh', ['-c', keeper, starterName(mark), ...argv], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', output, output],
    // Settings below /proc/sys can be written, and /tmp lies on the disk as on a server.
    env: { PATH: commandEnv['PATH'], SYSTEMD_NSPAWN_API_VFS_WRITABLE: '1', SYSTEMD_NSPAWN_TMPFS_TMP: '0', SYSTEMD_LOG_COLOR: '0' },
  });
  closeSync(output);
  child.unref();
}

/** Arguments: the file for the mark, the group's folders, `--`, the program. */
const enter = `${writeMark}; shift
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift
exec "$@"`;

function enterGroup(mark: string, { scope, folders }: ControlGroup, argv: readonly string[]): readonly string[] {
  const step = ['sh', '-ec', enter, starterName(mark), mark];
  if (!scope) return [...step, ...folders, '--', ...argv];
  // When this host shuts down systemd gives a scope 90 seconds by default; a machine need not hold it up for so long.
  const unit = [`--unit=${scope}`, '--description=Machine of a kplay lab', '--slice=machine.slice', '--property=Delegate=yes', '--property=TimeoutStopSec=10s'];
  return ['systemd-run', '--scope', '--quiet', '--collect', ...unit, ...step, '--', ...argv];
}

function nspawnArgv(plan: LabPlan, machine: LabMachine): readonly string[] {
  const { root, binds, boot } = machinePaths(plan, machine.name);
  return [
    'systemd-nspawn', '--quiet', '--boot', '--register=no', '--keep-unit', '--settings=no', '--link-journal=no', '--console=read-only',
    '--resolv-conf=off', '--timezone=off', `--directory=${root}`, `--machine=${spawnName(plan.name, machine.name)}`, `--hostname=${machine.name}`,
    `--network-bridge=${plan.bridge}`,
    // Kubernetes in the machine: container runtimes use the kernel's keyring and bpf, kubelet reads /dev/kmsg.
    '--capability=all', '--system-call-filter=@keyring bpf', '--bind=/dev/kmsg',
    ...(existsSync('/lib/modules') ? ['--bind-ro=/lib/modules'] : []),
    `--bind-ro=${boot}:${bootFolder}`,
    ...machine.binds.map((path) => `--bind=${join(binds, path)}:${path}`),
    'systemd.log_color=0', 'systemd.show_status=1',
  ];
}
