/** What a playbook is once it is read and checked: plain data with compiled templates and a span everywhere. */
import type { Module } from '../module/module.ts';
import type { Span } from '../source/source.ts';
import type { Tree } from '../source/tree.ts';
import type { CompiledTree } from '../template/compile-tree.ts';
import type { Compiled } from '../template/compile.ts';

export interface Playbook {
  /** As the user named it. */
  readonly file: string;
  /** Imported playbooks' plays stand in place. */
  readonly plays: readonly Play[];
}

export interface Play {
  readonly name: string;
  readonly span: Span;
  /** Folder of the playbook that the play stands in; absolute. */
  readonly folder: string;
  /** Host patterns; templates see extra vars and play vars. */
  readonly hosts: CompiledTree;
  readonly vars: VarsLayer;
  readonly varsFiles: readonly VarsFile[];
  /** vars_prompt. */
  readonly prompts: readonly VarsPrompt[];
  /** Undefined: the configuration's default, which is to gather once a host. */
  readonly gatherFacts?: CompiledTree | undefined;
  /** Hosts or percents per batch. */
  readonly serial?: CompiledTree | undefined;
  readonly maxFailPercentage?: CompiledTree | undefined;
  readonly order?: CompiledTree | undefined;
  readonly forceHandlers?: CompiledTree | undefined;
  readonly directives: Directives;
  /** Roles in the order in which they run, dependencies first; their defaults and vars are the whole play's. */
  readonly roles: readonly Role[];
  /** pre_tasks, then roles and tasks, then post_tasks; notified handlers run after each. */
  readonly sections: readonly (readonly Node[])[];
  readonly handlers: readonly Task[];
  /** Conditions of import_playbook around it. */
}

/** A variable that is asked for before the run begins. */
export interface VarsPrompt {
  readonly name: string;
  /** What is asked. */
  readonly text: string;
  readonly usual?: string | undefined;
  /** Not shown while it is typed, nor anywhere else. */
  readonly isPrivate: boolean;
  /** Asked twice. */
  readonly isConfirmed: boolean;
  readonly span: Span;
}

/** Variables written at one place, weakest entries of a scope first in lists of them. */
export interface VarsLayer {
  /** For `-vvv` and errors: "vars of the play", "roles/etcd/defaults/main.yml". */
  readonly label: string;
  readonly values: ReadonlyMap<string, CompiledTree>;
}

/** A vars_files entry: read with the play where its name is plain, per host where it is a template. */
export interface VarsFile {
  readonly name: CompiledTree;
  readonly layer?: VarsLayer | undefined;
}

export interface Role {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly defaults: VarsLayer;
  readonly vars: VarsLayer;
  /** Variables given where the role is listed (`- role: etcd, x: 1` and `vars:`). */
  readonly params: VarsLayer;
  /** Roles it depends on, in order; each stands in the play's list before it. */
  readonly dependencies: readonly Role[];
}

export type SettingName =
  | 'become' | 'become_user' | 'become_method' | 'remote_user' | 'port' | 'connection' | 'no_log' | 'ignore_errors'
  | 'ignore_unreachable' | 'check_mode' | 'diff' | 'any_errors_fatal' | 'run_once' | 'delegate_to' | 'delegate_facts' | 'throttle' | 'timeout';

/** What a task inherits from its play, role and blocks, and says itself, flattened. */
export interface Directives {
  /** Outermost first; all must hold. */
  readonly when: readonly Condition[];
  readonly tags: readonly string[];
  /** Weakest first: outer blocks, inner blocks, the task itself. */
  readonly vars: readonly VarsLayer[];
  /** Parameters of the includes that lead here, weakest first; stronger than facts that were set. */
  readonly includeVars: readonly VarsLayer[];
  readonly environment: readonly CompiledTree[];
  /** The nearest of each. */
  readonly settings: Readonly<Partial<Record<SettingName, CompiledTree>>>;
  readonly role?: Role | undefined;
}

export interface Condition {
  readonly text: string;
  readonly expression: Compiled;
}

export type Node = Task | Block;

export interface Block {
  readonly kind: 'block';
  readonly span: Span;
  readonly name?: string | undefined;
  readonly tasks: readonly Node[];
  readonly rescue: readonly Node[];
  readonly always: readonly Node[];
  readonly directives: Directives;
}

export interface Task {
  readonly kind: 'task';
  readonly id: number;
  /** As written, templates and all; undefined where the task has none. */
  readonly name?: CompiledTree | undefined;
  readonly span: Span;
  readonly action: Action;
  readonly directives: Directives;
  /** The tasks file it stands in, for files beside it; absolute. */
  readonly file: string;
  readonly loop?: Loop | undefined;
  readonly register?: string | undefined;
  readonly until: readonly Condition[];
  readonly retries?: CompiledTree | undefined;
  readonly delay?: CompiledTree | undefined;
  readonly changedWhen?: readonly Condition[] | undefined;
  readonly failedWhen?: readonly Condition[] | undefined;
  readonly notify?: CompiledTree | undefined;
  /** Handlers only. */
  readonly listen: readonly string[];
  readonly handler: boolean;
}

export interface Loop {
  readonly items: CompiledTree;
  readonly span: Span;
  /** with_items flattens one level. */
  readonly flatten: boolean;
  readonly itemName: string;
  readonly indexName?: string | undefined;
  readonly label?: CompiledTree | undefined;
  readonly pause?: CompiledTree | undefined;
  readonly extended: boolean;
}

export type Action =
  | { readonly kind: 'module'; readonly name: string; readonly module: Module; readonly args: Args; readonly span: Span }
  | { readonly kind: 'include_tasks'; readonly name: 'include_tasks'; readonly file: CompiledTree; readonly apply: Tree | undefined; readonly span: Span }
  | { readonly kind: 'include_role'; readonly name: 'include_role'; readonly role: CompiledTree; readonly tasksFrom: CompiledTree | undefined; readonly apply: Tree | undefined; readonly isPublic: boolean; readonly span: Span };

/** A module's arguments as they were written. */
export interface Args {
  readonly span: Span;
  /** By the module's own names, aliases resolved. */
  readonly fields: ReadonlyMap<string, Arg>;
  /** `args: "{{ dict }}"`: fields that only rendering can give; weaker than those written out. */
  readonly whole?: CompiledTree | undefined;
}

export interface Arg {
  readonly name: string;
  readonly key: Span;
  readonly value: CompiledTree;
}
