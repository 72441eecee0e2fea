/** A task on a host: what it is told as, how it ended, the variables it sees. */
import type { Failure, Reporter, ShownChange, Status, TaskInfo } from '../event/event.ts';
import type { Control } from '../module/change.ts';
import type { Task } from '../playbook/playbook.ts';
import { placeText } from '../source/source.ts';
import type { Env, Scope } from '../template/registry.ts';
import type { Value } from '../template/value.ts';
import type { HostState } from './host-state.ts';
import { environmentOf } from './lookups.ts';
import type { Run } from './run.ts';
import { openScope, type PlayContext } from './variables.ts';

/** A task on a host, and what its events are told as. */
export interface TaskOnHost {
  readonly run: Run;
  readonly play: PlayContext;
  readonly task: Task;
  readonly info: TaskInfo;
  readonly host: HostState;
  /** Of a task that runs before its turn. */
  readonly ahead?: BeforeItsTurn | undefined;
}

export interface BeforeItsTurn {
  /** Is told of its items instead of those who follow the run. */
  readonly tell: Reporter;
  /** Variables of which only its turn can tell. */
  readonly unsure: ReadonlyMap<string, Value>;
}

/** How one item, or a task without a loop, ended. */
export interface Ended {
  readonly status: Status;
  /** What `register` stores. */
  readonly value: Value;
  readonly changes: readonly ShownChange[];
  readonly message?: string | undefined;
  readonly failure?: Failure | undefined;
  readonly ignored?: boolean | undefined;
  readonly noLog?: boolean | undefined;
  readonly delegatedTo?: string | undefined;
  readonly control?: Control | undefined;
  /** Facts that the task gives, and the host they belong to. */
  readonly facts?: { readonly host: HostState; readonly values: Readonly<Record<string, unknown>> } | undefined;
}

/** A task of a module; the others are includes. */
export type ModuleTask = Task & { readonly action: Extract<Task['action'], { kind: 'module' }> };

/** The variables that the task sees on the host; `locals` are those of its loop. */
export function scopeFor(on: TaskOnHost, locals: ReadonlyMap<string, Value>): Scope {
  return openScope({ run: on.run, host: on.host, play: on.play, directives: on.task.directives, locals: on.ahead ? new Map([...on.ahead.unsure, ...locals]) : locals, file: on.task.file });
}

/** What its expressions may call. */
export function environmentFor(on: TaskOnHost, scope: Scope): Env {
  return environmentOf({ run: on.run, host: on.host, play: on.play, directives: on.task.directives, file: on.task.file }, scope);
}

/** A task's name and place, for messages of other tasks. */
export function taskTitle(task: Task): string {
  const tree = task.name?.tree;
  const name = tree?.kind === 'scalar' ? String(tree.value) : task.action.name;
  return `"${name}" (${placeText(task.span)})`;
}
