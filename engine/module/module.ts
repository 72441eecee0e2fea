/** The contract between the engine and a module. */
import type * as z from 'zod';
import type { Probe, StepResult } from '../session/session.ts';
import type { Plan } from './change.ts';

type Schema = z.ZodObject;

/** A module: what a task's action word means. One file in modules/, its name the word. */
export interface Module<S extends Schema = Schema, Found = unknown> {
  /** One line, in the imperative. */
  readonly summary: string;
  /** A zod object; each field's description gives meaning, unit, default and source. */
  readonly params: S;
  /** Other names that users of Ansible write for a param: alias, the param's own name (`dest: 'path'`). */
  readonly aliases?: Readonly<Record<string, keyof z.infer<S> & string>>;
  /** Params that exclude each other, of which one is needed, or that only come together. */
  readonly rules?: readonly Rule[];
  /** A task in YAML that is valid and worth copying. */
  readonly example: string;
  /** The param that a bare string after the module's name fills (`command: ls`). */
  readonly freeForm?: (keyof z.infer<S> & string) | undefined;
  /** Params that may stand as name=value inside that bare string, split off before it is rendered (`ls creates=/x`). */
  readonly freeFormOptions?: readonly (keyof z.infer<S> & string)[] | undefined;
  /** What `register` gets beyond `changed` and `failed`: field, meaning. */
  readonly returns?: Readonly<Record<string, string>>;
  /** Fields of the result that are secret: hidden wherever they stand from then on. */
  readonly secrets?: readonly string[];
  /** `state` modules are empty plans the second time; an `action` (command, shell) acts each time it is asked. Some params may say which. */
  readonly kind?: Kind | ((params: z.infer<S>) => Kind);
  /** True for modules that touch no host (set_fact, debug, assert): no connection is made for them. */
  readonly controller?: boolean;
  /** True for modules that never change anything: of them a dry run knows that, even where only the run can tell what they find. */
  readonly reads?: boolean;
  /**
   * What a call may change, and nothing else anywhere: a loop's items that do not touch each other are inspected together, and a
   * plan of files alone may be made before the tasks before it have acted.
   * Paths as a rule; an item that touches `/a` also touches all below it. Missing: each item touches everything.
   */
  readonly touches?: (params: z.infer<S>) => readonly string[];
  /**
   * For modules that do not say what they touch: what may be taken as found without looking, since the steps look for
   * themselves; undefined where looking is needed. A loop's items then go in order as one request.
   */
  readonly unlooked?: (params: z.infer<S>) => Found | undefined;
  /** True where a change may take long (a download), so that items which touch nothing in common act side by side. */
  readonly slow?: boolean;
  /** False where looking is dear, or asks what changes by itself: it is then asked when the task's turn has come. */
  readonly ahead?: boolean;
  /** Looks. Asks all it needs at once where it can: one round trip. */
  readonly inspect: (params: z.infer<S>, probe: Probe, here: Here) => Promise<Found> | Found;
  /** Decides. Pure: the same params and findings give the same plan. Throws ModuleFailure or Missing. */
  readonly plan: (params: z.infer<S>, found: Found, here: Here) => Plan;
  /** What `register` stores after the steps were performed, beside the plan's own result. Throws ModuleFailure. */
  readonly output?: (params: z.infer<S>, found: Found, steps: readonly StepResult[], here: Here) => Readonly<Record<string, unknown>>;
  /** What to read from the host after a failure, as title and text: a unit's last journal lines. */
  readonly evidence?: (params: z.infer<S>, probe: Probe, here: Here) => Promise<readonly Evidence[]>;
}

export type Kind = 'state' | 'action';

/** A relation between params that one field's schema cannot say. */
export type Rule =
  | { readonly kind: 'exclusive'; readonly names: readonly string[] }
  | { readonly kind: 'oneOf'; readonly names: readonly string[] }
  | { readonly kind: 'together'; readonly names: readonly string[] }
  | { readonly kind: 'requiredIf'; readonly name: string; readonly value: unknown; readonly names: readonly string[] };

export interface Evidence {
  readonly title: string;
  readonly text: string;
}

/** The controller's side of a task: its files, its templates, its variables. It only looks. */
export interface Here {
  /** True where nothing is applied. */
  readonly check: boolean;
  /** False where nobody will see what texts were before and after, so that they need not be read; missing counts as true. */
  readonly diff?: boolean | undefined;
  /** The inventory's name of the host that the task is for, the delegate where it is delegated. */
  readonly host: string;
  /** A file of the role or playbook (`files/`), found as Ansible finds it; throws ModuleFailure where there is none. */
  file(name: string): Promise<LocalFile>;
  /** A template of the role or playbook (`templates/`), rendered with the task's variables. */
  template(name: string, options?: TemplateOptions): Promise<string>;
  /** An expression's value, for params that are expressions (`that:`, `var:`). */
  evaluate(expression: string): unknown;
  /** A fact of the host (`os_family`), or undefined where facts were not gathered. */
  fact(name: string): unknown;
  /** A path of the controller, relative ones against the playbook's folder. */
  path(name: string): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** How many -v the run was started with; 0 where missing. */
  readonly verbosity?: number;
}

export interface LocalFile {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Bytes of a file; 0 for a directory. */
  readonly size: number;
  /** Four octal digits. */
  readonly mode: string;
  /** Hex, read once a run. */
  sha256(): Promise<string>;
  read(): Promise<Buffer>;
  /** Files and directories below a directory, relative paths, parents first. */
  list(): Promise<readonly string[]>;
}

export interface TemplateOptions {
  readonly trimBlocks?: boolean;
  readonly lstripBlocks?: boolean;
  readonly keepTrailingNewline?: boolean;
}

/** Names the types of a module's parts by its params and what inspect returns; adds nothing. */
export function defineModule<S extends Schema, Found>(module: Module<S, Found>): Module<S, Found> {
  return module;
}
