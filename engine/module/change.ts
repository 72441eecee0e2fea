/** The plan as data: what would be different, and the steps that make it so. */
import type { Probe } from '../session/session.ts';
import type { Step } from '../session/step.ts';

/** One difference between what is and what is asked. */
export interface Change {
  /** What happens, in the imperative: `create /srv/app`, `set mode of /etc/x to 0644`. */
  readonly summary: string;
  /** Shown by --diff; texts are shown as a unified diff. Left out where there is nothing to compare. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** What the diff is of, a path as a rule. */
  readonly of?: string | undefined;
  readonly steps: readonly Step[];
  /** What will exist once the steps are done, beyond what the steps themselves show (packages, users, units). */
  readonly makes?: readonly Thing[] | undefined;
  /** How things will be once the steps are done, for tasks that look at them later in the same dry run. */
  readonly leaves?: readonly ThingState[] | undefined;
}

/** A thing and how it will be, in the words of the module that looks after it: a unit `{ active: true }`. */
export interface ThingState extends Thing {
  readonly state: Readonly<Record<string, unknown>>;
}

/** Something on a host that a later task may ask for. */
export interface Thing {
  /** An `object` is one of a Kubernetes cluster. */
  readonly kind: 'path' | 'user' | 'group' | 'package' | 'unit' | 'command' | 'image' | 'object';
  readonly name: string;
}

/** What a module answers when asked to plan. */
export interface Plan {
  /** Empty: already as asked. */
  readonly changes: readonly Change[];
  /** What `register` stores, beside `changed`, `failed` and `diff`. */
  readonly result?: Readonly<Record<string, unknown>>;
  /** Steps that only wait or look and so do not count as a change; performed after the changes, not in check mode. */
  readonly waits?: readonly Step[];
  /**
   * On what it depends what else will change, as a noun: `package lists that are out of date`. The changes and waits
   * are performed, then inspect and plan are asked once more. In check mode the task is unknown where `changes` is empty.
   */
  readonly again?: string;
  /** The changes break the connection on purpose (a reboot): it is opened anew, until the host is as it should be. */
  readonly cut?: Cut;
  /** What must come true once changes and waits are done; not asked in check mode, and no change. */
  readonly until?: Until;
  /** Shown once each. */
  readonly warnings?: readonly string[];
  /** For `meta` and the like: what the run itself is to do. */
  readonly control?: Control;
}

/** Something that comes true by itself: the host is asked again and again. */
export interface Until {
  /** Seconds in which it must be so, and between two looks. */
  readonly timeout: number;
  readonly every: number;
  /** Undefined once it is so. Throws ModuleFailure where it will never be. */
  readonly look: (probe: Probe) => Promise<NotYet | undefined>;
  /** What `register` stores beside the plan's own result once it is so. */
  readonly result?: () => Readonly<Record<string, unknown>>;
  /** What has not come true, before the seconds and the reason: `the objects are not ready`. */
  readonly message: string;
  readonly hint?: string | undefined;
}

/** How a host comes back after changes that broke the connection. `register` stores the plan's result and `elapsed`. */
export interface Cut {
  /** Seconds before the first look. */
  readonly delay: number;
  /** Seconds after that in which it must be so. */
  readonly timeout: number;
  /** Seconds that one attempt to connect may take; as for the host otherwise where missing. */
  readonly connectTimeout?: number | undefined;
  /** Looks over a new connection, again and again: undefined once it is so. */
  readonly until: (probe: Probe) => Promise<NotYet | undefined>;
  /** What to do where it is not so in time. */
  readonly hint: string;
}

/** Why a host is not back, or something not true, yet. */
export interface NotYet {
  readonly why: string;
  /** What `register` stores where it stays so. */
  readonly result?: Readonly<Record<string, unknown>>;
}

export type Control =
  | 'flush_handlers' | 'end_play' | 'end_host' | 'end_batch' | 'clear_host_errors' | 'reset_connection' | 'noop' | 'clear_facts' | 'refresh_inventory';

/** The task cannot be done as asked: a module throws this in inspect or plan, and the host has failed. */
export class ModuleFailure extends Error {
  override readonly name = 'ModuleFailure';
  /** What `register` stores and the failure shows beside the message. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;
  constructor(message: string, options: { result?: Readonly<Record<string, unknown>>; hint?: string } = {}) {
    super(message);
    this.result = options.result ?? {};
    this.hint = options.hint;
  }
}

/**
 * What the task needs is not there. Outside check mode that is a failure like any other. In check mode, where an
 * earlier task of this run would have made it, the task is reported as depending on that one.
 */
export class Missing extends ModuleFailure {
  readonly thing: Thing;
  /** What would be done once the thing is there, where that is certain: check mode counts and foresees it. */
  readonly plan: Plan | undefined;
  constructor(thing: Thing, message: string, hint?: string, plan?: Plan) {
    super(message, hint === undefined ? {} : { hint });
    this.thing = thing;
    this.plan = plan;
  }
}
