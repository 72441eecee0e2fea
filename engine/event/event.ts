/** Everything that can happen in a run, as plain JSON: the engine emits it, reporters show it. */
import type { Profile } from './profile.ts';

/** What became of one task on one host, or of one item of its loop. */
export type Status =
  | 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable'
  /** Check mode only: whether it would change is known only at run, since it depends on an earlier change. */
  | 'unknown';

export interface TaskInfo {
  /** Unique in the run. */
  readonly id: number;
  /** As written, rendered where that needs no host; the module's name where the task has none. */
  readonly name: string;
  readonly module: string;
  /** `file:line:column` of the task. */
  readonly place: string;
  readonly role?: string | undefined;
  readonly handler?: boolean | undefined;
  readonly tags: readonly string[];
}

/** One difference as people see it; secrets are already hidden. */
export interface ShownChange {
  readonly summary: string;
  readonly of?: string | undefined;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** What a person needs to understand a failure. */
export interface Failure {
  readonly message: string;
  readonly hint?: string | undefined;
  /** `file:line:column` of the task or of the param that is wrong, and the line with its mark. */
  readonly place?: string | undefined;
  readonly excerpt?: readonly string[] | undefined;
  /** The module's params, secrets hidden. */
  readonly params?: unknown;
  readonly code?: number | undefined;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
  readonly evidence?: readonly { readonly title: string; readonly text: string }[] | undefined;
}

/** Totals of one host, as Ansible counts them. */
export interface HostTotals {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
  /** Check mode: tasks of which only the run can tell; part of `ok` in no case. */
  readonly unknown?: number | undefined;
}

export type Event =
  | { readonly event: 'run_start'; readonly playbooks: readonly string[]; readonly check: boolean; readonly diff: boolean; readonly forks: number }
  | { readonly event: 'play_start'; readonly play: string; readonly place: string; readonly hosts: readonly string[] }
  | { readonly event: 'play_end'; readonly play: string }
  /** A new `serial` batch of the play; sent only where there is more than one. */
  | { readonly event: 'batch_start'; readonly play: string; readonly number: number; readonly of: number; readonly hosts: readonly string[] }
  | { readonly event: 'task_start'; readonly task: TaskInfo; readonly hosts: readonly string[] }
  | { readonly event: 'task_end'; readonly task: TaskInfo }
  | { readonly event: 'host_start'; readonly task: TaskInfo; readonly host: string }
  /** Long work: an upload, a wait, a retry. `done` and `total` are in `unit`. */
  | { readonly event: 'progress'; readonly task: TaskInfo; readonly host: string; readonly message: string; readonly done?: number; readonly total?: number; readonly unit?: string }
  /** Live output of a command, one or more whole or partial lines. */
  | { readonly event: 'output'; readonly task: TaskInfo; readonly host: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  /** One item of a loop is done; the task's own outcome follows after the last. */
  | { readonly event: 'item'; readonly task: TaskInfo; readonly host: string; readonly item: unknown; readonly label: string; readonly outcome: Outcome }
  | { readonly event: 'outcome'; readonly task: TaskInfo; readonly host: string; readonly outcome: Outcome }
  | { readonly event: 'retry'; readonly task: TaskInfo; readonly host: string; readonly attempt: number; readonly retries: number; readonly delay: number; readonly message: string }
  | { readonly event: 'warning'; readonly message: string; readonly host?: string | undefined; readonly place?: string | undefined }
  /** Where the time went, sent just before the recap where it was asked for. */
  | ({ readonly event: 'profile' } & Profile)
  /** Reporters end here: the last event of every run, also of one that was interrupted. */
  | {
      readonly event: 'recap';
      readonly hosts: Readonly<Record<string, HostTotals>>;
      readonly duration_ms: number;
      readonly interrupted?: boolean | undefined;
      /** The command lines that go on from what failed, one each. Who failed at what, reporters know from the outcomes. */
      readonly failures?: readonly string[] | undefined;
      /** Hosts that did not come to the end: failed, out of reach, or ended by the failure of another. */
      readonly unfinished?: readonly string[] | undefined;
    };

export interface Outcome {
  readonly status: Status;
  /** Ran on another host by delegate_to. */
  readonly delegatedTo?: string | undefined;
  readonly changes: readonly ShownChange[];
  /** What `register` stores, secrets hidden; empty under no_log. */
  readonly result: Readonly<Record<string, unknown>>;
  /** One line for people: debug's text, why it was skipped, on what an unknown depends. */
  readonly message?: string | undefined;
  readonly failure?: Failure | undefined;
  /** A failure that `ignore_errors` or `ignore_unreachable` lets pass. */
  readonly ignored?: boolean | undefined;
  /** A failure that a `rescue` takes up. */
  readonly rescued?: boolean | undefined;
  readonly durationMs: number;
}

/** Takes events in order. Must not throw and must not keep the run waiting. */
export type Reporter = (event: Event) => void;
