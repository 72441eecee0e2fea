/** What `kplay lab` does: real machines on this host, from an inventory. */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { groupNames } from '../inventory/variables.ts';
import { readInventory } from '../inventory/read-inventory.ts';
import { labDown } from '../lab/down.ts';
import { labKubernetes, serveKubernetes } from '../lab/kubernetes/lab-kubernetes.ts';
import type { LabOptions } from '../lab/options.ts';
import { labPaths } from '../lab/paths.ts';
import { planLab, type LabPlan } from '../lab/plan.ts';
import { labRebuild } from '../lab/rebuild.ts';
import { labExec, labShell } from '../lab/shell.ts';
import { labStatus, type LabStatus } from '../lab/status.ts';
import { labUp } from '../lab/up.ts';
import { hostVariables } from '../run/host-variables.ts';
import { inventoriesOf, type Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { readExtraVars } from './extra-vars.ts';
import type { LabFlags } from './lab-command.ts';

/** Starts machines. */
export function up(names: readonly string[], flags: LabFlags, context: Context): Promise<number> {
  return timed(flags, context, async (plan) => {
    await labUp(plan, options(flags, context, names));
    const isForKubernetes = plan.machines.some(({ groups }) => groups.includes('kube_control_plane'));
    if (isForKubernetes && !plan.mirror && !existsSync(labPaths(plan).kubernetes)) context.out('for clusters on them: `kplay lab kubernetes` finds out where Kubernetes comes from, and builds it where it must');
  });
}

/** Stops machines. */
export function down(names: readonly string[], flags: LabFlags, context: Context): Promise<number> {
  return timed(flags, context, (plan) => labDown(plan, { ...options(flags, context, names), purge: flags.purge }));
}

/** Gives machines fresh disks. */
export function rebuild(names: readonly string[], flags: LabFlags, context: Context): Promise<number> {
  return timed(flags, context, (plan) => labRebuild(plan, options(flags, context, names)));
}

/** Finds or builds Kubernetes for the machines. */
export function kubernetes(flags: LabFlags, context: Context): Promise<number> {
  return timed(flags, context, async (plan) => {
    const found = await labKubernetes(plan, { ...options(flags, context, []), fromSource: flags.fromSource });
    // The inventory reads what was written just now.
    await serveKubernetes(await planOf(flags), found, options(flags, context, []));
  });
}

/** Shows the machines. */
export async function status(flags: LabFlags, context: Context): Promise<number> {
  const found = await labStatus(await planOf(flags));
  context.out(flags.json ? JSON.stringify(found, null, 2) : statusText(found));
  return exitCode.fine;
}

/** A shell in a machine; its exit code. */
export async function shell(name: string, flags: LabFlags): Promise<number> {
  return labShell(await planOf(flags), name);
}

/** A command in a machine; its exit code. */
export async function exec(name: string, command: readonly string[], flags: LabFlags): Promise<number> {
  return labExec(await planOf(flags), name, command);
}

async function timed(flags: LabFlags, context: Context, work: (plan: LabPlan) => Promise<unknown>): Promise<number> {
  const begun = Date.now();
  await work(await planOf(flags));
  context.out(`done in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  return exitCode.fine;
}

async function planOf(flags: LabFlags): Promise<LabPlan> {
  const inventory = await readInventory(inventoriesOf(flags.inventory));
  const varsOf = hostVariables(inventory, readExtraVars([]));
  return planLab([...inventory.hosts.values()].map(({ name, span }) => {
    const vars = varsOf(name);
    const address = vars['ansible_host'];
    return { name, address: typeof address === 'string' ? address : undefined, groups: groupNames(inventory, name), vars, span };
  }), process.env['KPLAY_LAB_DIR']);
}

function options(flags: LabFlags, context: Context, names: readonly string[]): LabOptions {
  const confirm: LabOptions['confirm'] = flags.yes ? async (question) => { context.out(`${question} yes`); return true; } : process.stdin.isTTY ? ask : undefined;
  return {
    confirm, only: names,
    report: ({ kind, machine, text }) => context.out(`${kind === 'warning' ? 'warning: ' : ''}${machine ? `${machine}: ` : ''}${text}`),
  };
}

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

function statusText(status: LabStatus): string {
  const rows = [['MACHINE', 'ADDRESS', 'STATE', 'MEMORY', 'SINCE', 'GROUPS'], ...status.machines.map((each) => [each.name, each.address, each.state, each.memory === undefined ? '-' : `${Math.round(each.memory / 1024 / 1024)} MiB`, each.since?.slice(0, 19).replace('T', ' ') ?? '-', each.groups.join(',')])];
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const table = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ').trimEnd());
  const mirror = status.mirror ? ['', `mirror ${status.mirror.url} ${status.mirror.state}: ${status.mirror.folder}`] : [];
  return [...table, ...mirror].join('\n');
}
