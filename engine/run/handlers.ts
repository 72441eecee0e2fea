/** Handlers: who is notified, and running them once at the end of a section. */
import type { Task } from '../playbook/playbook.ts';
import { TextError } from '../source/problem.ts';
import { nearestHint } from '../source/nearest.ts';
import { afterMore } from './coming.ts';
import { isActive, type HostState } from './host-state.ts';
import { environmentFor, scopeFor, type TaskOnHost } from './task-on-host.ts';
import type { Frame } from './run-task.ts';

/** Runs one task of any kind on hosts. */
export type RunOne = (frame: Frame, task: Task, hosts: readonly HostState[]) => Promise<void>;

/** Notes the handlers that a changed task names. Throws TextError for a name that none has. */
export function notify(frame: Frame, on: TaskOnHost, host: HostState, how: 'sure' | 'unknown'): void {
  const { notify: named } = on.task;
  if (!named) return;
  const scope = scopeFor(on, new Map());
  const value = named.evaluate(scope, environmentFor(on, scope));
  for (const name of (Array.isArray(value) ? value : [value]).map(String)) {
    const handlers = handlersNamed(frame.play.play.handlers, name);
    if (handlers.length === 0) throw new TextError({ message: `no handler "${name}"`, span: named.tree.span, hint: nearestHint(name, handlerNames(frame.play.play.handlers)) });
    for (const handler of handlers) if (host.notified.get(handler.id) !== 'sure') host.notified.set(handler.id, how);
  }
}

/** The handlers that answer to a name: the last one called so, and all that listen. */
export function handlersNamed(handlers: readonly Task[], name: string): Task[] {
  const called = handlers.findLast((handler) => nameOf(handler) === name || (handler.directives.role && `${handler.directives.role.name} : ${nameOf(handler)}` === name));
  const listening = handlers.filter((handler) => handler.listen.includes(name) && handler !== called);
  return called ? [called, ...listening] : listening;
}

/** Every name by which some handler can be notified. */
export function handlerNames(handlers: readonly Task[]): string[] {
  return [...new Set(handlers.flatMap((handler) => [...(nameOf(handler) ? [nameOf(handler)!] : []), ...handler.listen]))];
}

function nameOf(handler: Task): string | undefined {
  const tree = handler.name?.tree;
  return tree?.kind === 'scalar' ? String(tree.value) : undefined;
}

/** Runs notified handlers in the order in which they are defined; those that they notify in turn, too. A handler may be an include. */
export async function flushHandlers(frame: Frame, hosts: readonly HostState[], force: boolean, runOne: RunOne): Promise<void> {
  for (let round = 0; round < 10; round++) {
    let ran = false;
    for (const handler of frame.play.play.handlers) {
      const waiting = hosts.filter((host) => host.notified.has(handler.id) && (isActive(host) || (force && host.out === 'failed')));
      if (waiting.length === 0) continue;
      ran = true;
      const unsure = new Set(waiting.filter((host) => host.notified.get(handler.id) === 'unknown'));
      for (const host of waiting) host.notified.delete(handler.id);
      await runHandler({ ...frame, unsure, coming: afterMore(frame.coming) }, handler, waiting, runOne);
    }
    if (!ran) return;
  }
}

/** A host that failed runs its handlers under force_handlers and stays failed. */
async function runHandler(frame: Frame, handler: Task, hosts: readonly HostState[], runOne: RunOne): Promise<void> {
  const before = hosts.map((host) => [host, host.out, host.failure] as const);
  for (const [host] of before) host.out = undefined;
  await runOne(frame, handler, hosts);
  for (const [host, out, failure] of before) if (out) Object.assign(host, { out, failure });
}
