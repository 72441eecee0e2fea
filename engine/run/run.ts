/** What a run is made of: its options, and the state that all of it shares. */
import type { Reporter } from '../event/event.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Reading } from '../playbook/reading.ts';
import type { Play, VarsLayer } from '../playbook/playbook.ts';
import type { Connect, Session } from '../session/session.ts';
import type { Acts } from './acts.ts';
import type { Connections } from './connections.ts';
import type { Foreknown } from './foreknown.ts';
import type { Hider } from './hider.ts';
import { newHostState, type HostState } from './host-state.ts';
import type { TagChoice } from './tags.ts';

export interface RunOptions {
  /** Look and plan, never act. */
  readonly check: boolean;
  readonly diff: boolean;
  /** Hosts worked on at once. */
  readonly forks: number;
  readonly tags: TagChoice;
  /** Host pattern that narrows every play. */
  readonly limit?: string | undefined;
  /** Tasks before the first whose name matches are passed over. */
  readonly startAtTask?: string | undefined;
  readonly extraVars: VarsLayer;
  readonly defaults: ConnectionDefaults;
  readonly verbosity: number;
  readonly connect: Connect;
  readonly report: Reporter;
  /** Ends the run: running commands are ended, nothing new begins. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What the command line says of connections; inventory variables are stronger, as in Ansible. */
export interface ConnectionDefaults {
  readonly user?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly connection?: 'ssh' | 'local' | undefined;
  readonly timeout?: number | undefined;
  readonly become: boolean;
  readonly becomeUser: string;
  readonly becomePassword?: string | undefined;
}

/** The one value in which a run keeps its state. */
export interface Run {
  readonly options: RunOptions;
  readonly inventory: Inventory;
  readonly reading: Reading;
  readonly connections: Connections;
  /** Those of the inventory, and others once a task is delegated to them. */
  readonly hosts: Map<string, HostState>;
  /** Of vars_prompt, by play and name. */
  readonly answers: Map<Play, ReadonlyMap<string, string>>;
  readonly hider: Hider;
  readonly acts: Acts;
  /** Answers that were asked for ahead, by the session that they were asked on. */
  readonly foreknown: WeakMap<Session, Foreknown>;
  /** False until --start-at-task's task was met. */
  started: boolean;
  /** Set by any_errors_fatal and max_fail_percentage. */
  readonly warned: Set<string>;
  nextTaskId: number;
}

/** The run was ended from outside. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The state of a host; one that is in no inventory begins with nothing. */
export function hostState(run: Pick<Run, 'hosts'>, name: string): HostState {
  let state = run.hosts.get(name);
  if (!state) run.hosts.set(name, (state = newHostState(name)));
  return state;
}

/** Tells people something once, however often it happens. */
export function warnOnce(run: Run, message: string, host?: string): void {
  if (run.warned.has(message)) return;
  run.warned.add(message);
  run.options.report({ event: 'warning', message: run.hider.hide(message), host });
}
