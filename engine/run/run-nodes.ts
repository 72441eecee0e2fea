/** Lists of tasks on the hosts of a batch: in step, blocks with rescue and always, includes, and what meta asks. */
import type { Control } from '../module/change.ts';
import { afterMore } from './coming.ts';
import { flatTasks } from '../playbook/read-role.ts';
import type { Block, Node, Task } from '../playbook/playbook.ts';
import { flushHandlers } from './handlers.ts';
import { isActive, type HostState } from './host-state.ts';
import { includeNodes } from './include.ts';
import { reachOf } from './reach.ts';
import { environmentFor, scopeFor } from './task-on-host.ts';
import { Interrupted, type Run } from './run.ts';
import { infoOf, runTask, type Frame } from './run-task.ts';
import { settingsOf } from './settings.ts';
import { isChosen } from './tags.ts';

/** Runs nodes in order; each on those of the hosts that still take part. */
export async function runNodes(frame: Frame, nodes: readonly Node[], hosts: readonly HostState[]): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    if (frame.run.options.signal.aborted) throw new Interrupted();
    const able = hosts.filter(isActive);
    if (able.length === 0 || frame.play.stopped) return;
    const here: Frame = { ...frame, coming: { nodes, from: index + 1, around: frame.coming } };
    if (node.kind === 'block') await runBlock(here, node, able);
    else if (isWanted(frame.run, node)) await runOne(here, node, able);
  }
}

/** Runs one task, include or request of `meta` on hosts. */
export async function runOne(frame: Frame, task: Task, hosts: readonly HostState[]): Promise<void> {
  if (task.action.kind !== 'module') {
    const inside = { ...frame, depth: (frame.depth ?? 0) + 1, coming: afterMore(frame.coming) };
    for (const { nodes, hosts: some } of await includeNodes(inside, task, hosts)) await runNodes(inside, nodes, some);
    return;
  }
  for (const { control, hosts: some } of merged(await runTask(frame, task, hosts))) await obey(frame, control, task, some);
}

/** The same request of several hosts is obeyed once. */
function merged(controls: readonly { control: Control; hosts: readonly HostState[] }[]): { control: Control; hosts: HostState[] }[] {
  const by = new Map<Control, HostState[]>();
  for (const { control, hosts } of controls) by.set(control, [...(by.get(control) ?? []), ...hosts]);
  return [...by].map(([control, hosts]) => ({ control, hosts: [...new Set(hosts)] }));
}

async function obey(frame: Frame, control: Control, task: Task, hosts: readonly HostState[]): Promise<void> {
  switch (control) {
    case 'flush_handlers': return flushHandlers(frame, hosts, false, runOne);
    case 'end_host': for (const host of hosts) host.out = 'ended'; return;
    case 'end_batch': for (const host of frame.play.batch) host.out ??= 'ended'; return;
    case 'end_play': for (const host of frame.play.batch) host.out ??= 'ended'; frame.play.stopped = true; return;
    case 'clear_host_errors': for (const host of frame.run.hosts.values()) if (host.out !== 'ended') Object.assign(host, { out: undefined, failure: undefined }); return;
    case 'clear_facts': for (const host of hosts) { host.facts.clear(); host.gathered = false; } return;
    case 'reset_connection': return resetConnections(frame, task, hosts);
    case 'noop': case 'refresh_inventory': return;
  }
}

async function resetConnections(frame: Frame, task: Task, hosts: readonly HostState[]): Promise<void> {
  await Promise.all(hosts.map((host) => {
    const on = { run: frame.run, play: frame.play, task, info: infoOf(frame, task, host), host };
    const scope = scopeFor(on, new Map());
    const reach = reachOf(frame.run, frame.play, host, scope, settingsOf(task.directives, scope, environmentFor(on, scope)));
    return frame.run.connections.reset(reach.target);
  }));
}

/** A block; hosts that fail in it go through its rescue, and all that are within reach through its always. */
async function runBlock(frame: Frame, block: Block, hosts: readonly HostState[]): Promise<void> {
  const rescues = block.rescue.length > 0;
  const inside: Frame = block.always.length > 0 ? { ...frame, coming: { nodes: block.always, from: 0, around: frame.coming } } : frame;
  await runNodes({ ...inside, rescuable: frame.rescuable || rescues }, block.tasks, hosts);
  const failed = rescues ? hosts.filter((host) => host.out === 'failed' && host.failure && !frame.play.stopped) : [];
  for (const host of failed) Object.assign(host, { rescued: host.failure, out: undefined, failure: undefined });
  await runNodes(inside, block.rescue, failed);
  if (block.always.length > 0) await runAlways(frame, block, hosts);
  for (const host of failed) host.rescued = undefined;
}

async function runAlways(frame: Frame, block: Block, hosts: readonly HostState[]): Promise<void> {
  const failed = hosts.filter((host) => host.out === 'failed').map((host) => [host, host.failure] as const);
  for (const [host] of failed) host.out = undefined;
  const { stopped } = frame.play;
  frame.play.stopped = false;
  // Some of the hosts have failed, and nothing after the block is for them.
  await runNodes({ ...frame, coming: afterMore(frame.coming) }, block.always, hosts);
  frame.play.stopped ||= stopped;
  for (const [host, failure] of failed) if (!host.out) Object.assign(host, { out: 'failed', failure });
}

/** Tags and --start-at-task choose. */
function isWanted(run: Run, task: Task): boolean {
  if (!run.started) {
    const tree = task.name?.tree;
    const name = tree?.kind === 'scalar' ? String(tree.value) : '';
    const role = task.directives.role?.name;
    if (!matches(run.options.startAtTask!, name) && !(role && matches(run.options.startAtTask!, `${role} : ${name}`))) return false;
    run.started = true;
  }
  return isChosen(task.directives.tags, run.options.tags);
}

/** A name, or a pattern with `*`. */
export function matches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  return new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`).test(name);
}

/** Every task of a play that tags choose, for --list-tasks. */
export function chosenTasks(run: Pick<Run, 'options'>, nodes: readonly Node[]): Task[] {
  return flatTasks(nodes).filter((task) => isChosen(task.directives.tags, run.options.tags));
}
