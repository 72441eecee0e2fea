/** What one machine has of its own: the first files of its disk, and what it is told at each boot. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fetchOptionsBehind, readFetchOptions, readKeyrings, readSources } from './apt.ts';
import type { HostSystem } from './host-check.ts';
import { gatewayText, outsideMtu } from './network.ts';
import { labPaths, machinePaths } from './paths.ts';
import type { LabMachine, LabPlan } from './plan.ts';
import { addressText, gatewayOf } from './subnet.ts';
import { writeSafely } from './write.ts';

interface SeedFile {
  readonly path: string;
  readonly content: string | Buffer;
  /** Permission bits; default 0644. */
  readonly mode?: number;
}

/**
 * Makes the disk of a fresh machine, whole or not at all. Its layer is filled before it is mounted over the base root, so that
 * no link that a base root or a machine holds can lead a write of ours elsewhere.
 */
export async function seedDisk(plan: LabPlan, machine: LabMachine, system: HostSystem, baseKey: string): Promise<void> {
  const { home, disk } = machinePaths(plan, machine.name);
  const fresh = join(home, 'disk.new');
  const upper = join(fresh, 'upper');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(upper, { recursive: true, mode: 0o755 });
  await mkdir(join(upper, 'root/.ssh'), { recursive: true, mode: 0o700 });
  for (const { path, content, mode } of await seedFiles(plan, machine, system)) {
    await mkdir(dirname(join(upper, path)), { recursive: true, mode: 0o755 });
    await writeFile(join(upper, path), content);
    await chmod(join(upper, path), mode ?? 0o644);
  }
  await writeFile(join(fresh, 'base'), baseKey);
  await rename(fresh, disk);
}

async function seedFiles(plan: LabPlan, machine: LabMachine, system: HostSystem): Promise<readonly SeedFile[]> {
  const { hostKey } = machinePaths(plan, machine.name);
  return [
    { path: 'etc/hostname', content: `${machine.name}\n` },
    { path: 'etc/hosts', content: `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n${hostsText(plan)}` },
    { path: 'etc/resolv.conf', content: resolverText() },
    { path: 'etc/machine-id', content: `${randomBytes(16).toString('hex')}\n`, mode: 0o444 },
    { path: 'etc/ssh/ssh_host_ed25519_key', content: await readFile(hostKey), mode: 0o600 },
    { path: 'etc/ssh/ssh_host_ed25519_key.pub', content: await readFile(`${hostKey}.pub`) },
    { path: 'root/.ssh/authorized_keys', content: await readFile(`${labPaths(plan).key}.pub`), mode: 0o600 },
    ...(await aptFiles(plan, system)),
  ];
}

/** The machine asks the package registries that this host asks, in the same way. */
async function aptFiles(plan: LabPlan, system: HostSystem): Promise<readonly SeedFile[]> {
  const sources = readSources(system.suite);
  const options = fetchOptionsBehind(await readFetchOptions(), addressText(gatewayOf(plan.subnet)));
  const text = options.map((line) => `${line}\n`).join('');
  return [
    ...readKeyrings(sources).map(({ path, content }) => ({ path: path.slice(1), content })),
    { path: 'etc/apt/sources.list', content: sources.list },
    { path: `etc/apt/sources.list.d/${system.id}.sources`, content: sources.stanzas },
    // A proxy's address may hold a password.
    { path: 'etc/apt/apt.conf.d/91kplay-lab-fetch', content: text, mode: text.includes('@') ? 0o600 : 0o644 },
  ];
}

/** Writes what the machine reads at its next boot; true where that differs from before. */
export async function writeBootFolder(plan: LabPlan, machine: LabMachine): Promise<boolean> {
  const { boot } = machinePaths(plan, machine.name);
  await mkdir(boot, { recursive: true, mode: 0o755 });
  const network = `ADDRESS=${machine.address}/${plan.subnet.bits}\nGATEWAY=${gatewayText(plan.subnet).split('/')[0]}\nMTU=${await outsideMtu()}\n`;
  const files = { network, hosts: hostsText(plan), 'resolv.conf': resolverText(), 'product-uuid': `${uuidOf(plan, machine)}\n` };
  const changes = Object.entries(files).filter(([name, text]) => readIf(join(boot, name)) !== text);
  for (const [name, text] of changes) await writeSafely(join(boot, name), text, 0o644);
  return changes.length > 0;
}

/** The lab's machines, between marks, so that the machine can set them anew among lines of others. */
export function hostsText(plan: Pick<LabPlan, 'machines'>): string {
  return ['# kplay lab begin', ...plan.machines.map(({ name, address }) => `${address} ${name}`), '# kplay lab end', ''].join('\n');
}

/** This host's name servers, as far as a machine can reach them: those of the loopback address are this host's alone. */
export function resolverText(files: readonly string[] = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']): string {
  for (const file of files) {
    const lines = (readIf(file) ?? '').split('\n').filter((line) => /^(nameserver|search|options)\s/.test(line) && !/^nameserver\s+(127\.|::1)/.test(line));
    if (lines.some((line) => line.startsWith('nameserver'))) return ['# kplay lab', ...lines, ''].join('\n');
  }
  return '# kplay lab: this host has no name server that a machine could reach\n';
}

/** A machine's hardware id: the same over every rebuild, another for every machine. */
function uuidOf(plan: LabPlan, machine: LabMachine): string {
  const hex = createHash('sha256').update(readFileSync(`${machinePaths(plan, machine.name).hostKey}.pub`)).digest('hex').slice(0, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function readIf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
