/** Labs of the tests' own, and what they leave on this host. */
import { readdirSync, readFileSync } from 'node:fs';
import { run, type CommandResult } from '../../engine/lab/command.ts';
import { checkHost } from '../../engine/lab/host-check.ts';
import { missingPackages } from '../../engine/lab/host-packages.ts';
import { mirrorUrl } from '../../engine/lab/mirror-server.ts';
import { mounts } from '../../engine/lab/mounts.ts';
import { spawnName } from '../../engine/lab/paths.ts';
import { planLab, type LabPlan } from '../../engine/lab/plan.ts';
import { sshArguments } from '../../engine/lab/ssh.ts';

/** A lab of some machines called m1, m2 … in a subnet 10.X.Y.0/24; `more`: further variables. */
export function testLab(name: string, net: string, count: number, more: Readonly<Record<string, unknown>> = {}): LabPlan {
  const vars = { lab_name: name, lab_subnet: `${net}.0/24`, ...more };
  return planLab(Array.from({ length: count }, (_, at) => ({ name: `m${at + 1}`, address: `${net}.${at + 11}`, groups: [], vars })));
}

/** The variables of an inventory in YAML by which its machines are those of a lab, in `all: vars:`. */
export function labVars({ name, subnet, directory }: LabPlan): string {
  return `    lab_name: ${name}
    lab_subnet: ${subnet.text}
    ansible_user: root
    ansible_ssh_private_key_file: ${directory}/ssh/id_ed25519
    ansible_ssh_common_args: -o UserKnownHostsFile=${directory}/ssh/known_hosts`;
}

/** Why this host cannot run labs; undefined where it can. */
export function whyNot(): string | undefined {
  try {
    checkHost();
  } catch (error) {
    return (error as Error).message;
  }
  const missing = missingPackages();
  return missing.length > 0 ? `this host lacks ${missing.join(' ')} (apt-get install --yes ${missing.join(' ')})` : undefined;
}

/** Says loudly that tests are skipped, and why; undefined where they run. */
export function noLab(what: string): string | undefined {
  const reason = whyNot();
  if (reason) process.stderr.write(`\n*** THE TESTS OF ${what.toUpperCase()} ON REAL MACHINES ARE SKIPPED: ${reason} ***\n\n`);
  return reason;
}

/** Why tests that take a small machine for long are left out, said loudly; undefined where they are asked for, and can run. */
export function noLongLab(what: string): string | undefined {
  const reason = process.env['KPLAY_TEST_CLUSTERS'] === '1' ? whyNot() : 'they take long and want a quiet machine; KPLAY_TEST_CLUSTERS=1 runs them';
  if (reason) process.stderr.write(`\n*** THE TESTS OF ${what.toUpperCase()} ON REAL MACHINES ARE SKIPPED: ${reason} ***\n\n`);
  return reason;
}

/** Runs a command in a machine. */
export function inside(plan: LabPlan, machine: string, ...argv: readonly string[]): Promise<CommandResult> {
  return run(['ssh', ...sshArguments(plan, plan.machines.find(({ name }) => name === machine)!), ...argv], { timeout: 120 });
}

/** All that a lab of this name has on this host at this moment, in words. */
export async function traces(plan: LabPlan): Promise<readonly string[]> {
  const { name, bridge, subnet, directory, machines } = plan;
  const listening = `--listen\0${new URL(mirrorUrl(plan)).host}\0`;
  const lines = async (...argv: string[]): Promise<string[]> => (await run(argv)).stdout.split('\n').filter(Boolean);
  const processes = readdirSync('/proc').filter((id) => /^\d+$/.test(id)).flatMap((id) => {
    try {
      const text = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      return text.includes(`${directory}/`) || text.includes(listening) ? [`process ${id} ${text.replaceAll('\0', ' ')}`] : [];
    } catch {
      return [];
    }
  });
  const own = [bridge, ...machines.map((machine) => `vb-${spawnName(name, machine.name)}`)];
  return [
    ...processes,
    ...readdirSync('/sys/class/net').filter((link) => own.includes(link)).map((link) => `link ${link}`),
    ...(await lines('ip', 'route', 'show', 'table', 'all')).filter((line) => line.includes(subnet.text)).map((line) => `route ${line}`),
    ...(await lines('nft', 'list', 'tables')).filter((line) => line.endsWith(` kplay_lab_${name.replaceAll('-', '_')}`)),
    ...mounts().filter(({ at }) => at.startsWith(`${directory}/`)).map(({ at }) => `mount ${at}`),
    ...mounts().filter(({ type }) => type.startsWith('cgroup')).flatMap(({ at }) => groups(at, `kplay-${name}_`)),
  ];
}

function groups(folder: string, prefix: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => (name.startsWith(prefix) ? [`group ${folder}/${name}`] : name === 'machine.slice' ? groups(`${folder}/${name}`, prefix) : []));
}
