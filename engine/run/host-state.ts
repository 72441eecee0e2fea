/** What a run knows of each host, and nothing else keeps. */
import { openForesight, type Foresight } from '../module/foresight.ts';
import type { Value } from '../template/value.ts';
import type { Task } from '../playbook/playbook.ts';
import { newAhead, type Ahead } from './ahead.ts';
import type { Carried } from './conduct.ts';

export interface HostState {
  /** The inventory's name. */
  readonly name: string;
  /** Facts without their `ansible_` prefix. */
  readonly facts: Map<string, Value>;
  /** What set_fact and register stored. */
  readonly stored: Map<string, Value>;
  readonly foresight: Foresight;
  /** Handlers that wait to run, by the handler's id; `unknown` where only the run can tell. */
  readonly notified: Map<number, 'sure' | 'unknown'>;
  /** What was asked ahead of this host. */
  readonly ahead: Ahead;
  /** Coming tasks whose changes travelled with an earlier one's, by the task's id. */
  readonly carried: Map<number, Carried>;
  gathered: boolean;
  /** Why the host takes part in nothing more; undefined while it does. */
  out?: 'failed' | 'unreachable' | 'ended' | undefined;
  /** The failure that put it out, for rescue. */
  failure?: { readonly task: Task; readonly result: Value } | undefined;
  /** Set by rescue while its tasks run: ansible_failed_task and ansible_failed_result. */
  rescued?: { readonly task: Task; readonly result: Value } | undefined;
}

/** A host of which nothing is known yet. */
export function newHostState(name: string): HostState {
  return { name, facts: new Map(), stored: new Map(), foresight: openForesight(), notified: new Map(), ahead: newAhead(), carried: new Map(), gathered: false };
}

/** True while the host takes part. */
export function isActive(host: HostState): boolean {
  return host.out === undefined;
}
