/** The things that change a host, as data: what a plan lists and a session performs. */

/** Content of a file to be written. `secret` content is never shown, not even in a diff. */
export type Content = { readonly text: string } | { readonly bytes: Buffer } | { readonly localPath: string };

export type Step = Run | Write | Directory | Link | Remove | Attributes | Fetch | Compute;

/** A step that is done by a shell of the host. */
export type ShellStep = Exclude<Step, Fetch | Compute>;

/** A command. Its argv is never seen by a shell; `script` is shell text, for what only a shell can say. */
export interface Run {
  readonly kind: 'run';
  readonly argv?: readonly string[];
  /** Text for `executable` (default /bin/sh); used by the `shell` module and where pipes are needed. */
  readonly script?: string;
  readonly executable?: string;
  /** Where secrets go: never into argv. */
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Directory to run in; the step fails where it cannot be entered, and `skipped` says so. */
  readonly cwd?: string;
  /** The command does not run where this path is there; `skipped` then says so. */
  readonly creates?: string;
  /** The command runs only where this path is there; `skipped` says where it did not. */
  readonly removes?: string;
  /** Seconds until the command and its children are ended with code 124; default 3600. */
  readonly timeout?: number;
  /** Exit codes that count as done; default [0]. `'any'` leaves the judgement to the module. */
  readonly codes?: readonly number[] | 'any';
  /** Bytes kept of stdout and of stderr; default 16 MiB. */
  readonly cap?: number;
  /** What messages call it: `kubectl apply`. */
  readonly title?: string;
  /** Its output is an answer for the module, and nothing for people to watch. */
  readonly quiet?: boolean;
  /** Nothing that it starts is to outlive it: what does is ended. Costs the host fewer processes. */
  readonly leavesNothing?: boolean;
  /** Host paths that this command makes or changes, for check mode's foresight. */
  readonly makes?: readonly string[];
  /** Files that this command leaves, as far as they are known beforehand, for the same. */
  readonly leaves?: readonly Left[];
}

/** A file that a command leaves: what of its stat is known. What is in it is known by its sha256 or not at all. */
export interface Left {
  readonly path: string;
  readonly mode: string;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly size?: number | undefined;
  readonly sha256?: string | undefined;
}

/** A whole file, put beside its place with its final mode and owner, synced, then renamed. */
export interface Write {
  readonly kind: 'write';
  readonly path: string;
  readonly content: Content;
  /** Four octal digits; where missing, what the file has, else 0644 (0600 where secret). */
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  /** A command that must exit 0 on the new file before it takes its place; `%s` is the file. */
  readonly validate?: string;
  /** Keeps the old file as `path.YYYY-MM-DD@HH:MM:SS~`. */
  readonly backup?: boolean;
  /** Takes the place of a link instead of writing what the link points to. */
  readonly replaceLink?: boolean;
  readonly secret?: boolean;
}

/** A directory and its missing parents. */
export interface Directory {
  readonly kind: 'directory';
  readonly path: string;
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
}

/** A symbolic link, put in place of an older one at once. */
export interface Link {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
  readonly hard?: boolean;
}

/** A path and all below it, gone. */
export interface Remove {
  readonly kind: 'remove';
  readonly path: string;
}

/** Mode and owner of what is already there. */
export interface Attributes {
  readonly kind: 'attributes';
  readonly path: string;
  /** Octal or symbolic. */
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly recurse?: boolean;
  /** Change a link itself instead of what it points to. */
  readonly noFollow?: boolean;
}

/** A file of the host, brought to the controller: beside its place there, checked, synced, then renamed. */
export interface Fetch {
  readonly kind: 'fetch';
  /** On the host, links followed. */
  readonly path: string;
  /** Absolute, on the controller; missing folders are made. */
  readonly to: string;
  /** Four octal digits; where missing, 0644 less the controller's umask. */
  readonly mode?: string;
  /** Hex; the step fails, and leaves what was there, where something else comes. */
  readonly sha256?: string;
  /** Bytes that are expected, for people who watch. */
  readonly size?: number;
}

/** Steps that can only be worked out while applying: a key that is made, a certificate that is signed. */
export interface Compute {
  readonly kind: 'compute';
  /** Does its work on the controller and gives the steps for the host. Never called in check mode. */
  readonly steps: () => Promise<readonly Step[]>;
}
