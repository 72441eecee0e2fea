/** What can be done on a host: a Probe only looks, a Session also acts. */
import type { Step } from './step.ts';

/** What a command left behind. */
export interface Result {
  /** Exit status; 128 + n where signal n ended it, 124 where its time ran out. */
  readonly code: number;
  /** Raw bytes, cut at the cap of the question (`truncated` then says so). */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** True where more came than was kept. */
  readonly truncated: boolean;
  /** Milliseconds on the host's side of the connection, waiting for the answer included. */
  readonly duration: number;
}

/** What `stat` tells of a path, the link itself unless asked to follow. */
export interface Stat {
  readonly kind: 'file' | 'directory' | 'link' | 'block' | 'character' | 'fifo' | 'socket';
  /** Four octal digits or more: "0644", "1777". */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Names, or the number as text where the host knows no name. */
  readonly owner: string;
  readonly group: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly atime: number;
  readonly ctime: number;
  /** 0 where check mode foresees the file and it is not there yet. */
  readonly inode: number;
  readonly device: number;
  readonly links: number;
  /** Where a link points, as it is written there. */
  readonly target?: string | undefined;
  /** Hex SHA-256 of a file's content, when asked for. */
  readonly sha256?: string | undefined;
}

export interface AskOptions {
  /** Seconds until the command is ended with code 124; default 60. */
  readonly timeout?: number;
  /** Bytes kept of each of stdout and stderr; default 1 MiB. */
  readonly cap?: number;
  /** Added to the command's environment; probes run under LC_ALL=C unless this says otherwise. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the command reads; nothing by default. */
  readonly stdin?: string | Buffer;
  /** Paths that the answer depends on, where it depends on nothing else that a change of files could alter. */
  readonly reads?: readonly string[];
}

/**
 * The right to look at a host. Questions asked in one turn of the event loop travel together: write
 * `await Promise.all([probe.stat(a), probe.read(b)])` and it is one round trip, whoever else asks too.
 * Every question throws {@link Unreachable} where the host cannot be asked.
 */
export interface Probe {
  /** The inventory's name of the host. */
  readonly host: string;
  /** Runs a command that only looks; its code and output are the answer, whatever the code. */
  ask(argv: readonly string[], options?: AskOptions): Promise<Result>;
  /** The path's stat, or undefined where nothing is there; throws {@link LookFailed} where the host does not let us look. */
  stat(path: string, options?: { readonly follow?: boolean; readonly sha256?: boolean }): Promise<Stat | undefined>;
  /** A file's bytes, or undefined where there is no file; throws {@link TooLarge} past `cap` bytes (default 8 MiB), {@link LookFailed}. */
  read(path: string, options?: { readonly cap?: number }): Promise<Buffer | undefined>;
  /**
   * In a dry run: how earlier tasks would leave a thing that `ask` tells as it is now (`unit`, `etcd.service`), in the words
   * of the module that looks after it; undefined where no task would touch it.
   */
  readonly foreseen?: (kind: string, name: string) => Readonly<Record<string, unknown>> | undefined;
}

/** The right to change a host. Held only while changes are applied. */
export interface Session extends Probe {
  /** Performs steps in order, in as few round trips as their bytes allow; stops after the first that fails. */
  perform(steps: readonly Step[], options?: PerformOptions): Promise<readonly StepResult[]>;
  /**
   * Performs several runs of steps in order, as one request where they are small enough. A step that fails ends its own run
   * and no other, unless they are `chained`: then what comes after is a {@link NotPerformed}. Each run's results come as soon
   * as it has ended, in the place of the run.
   */
  performTogether(runs: readonly TogetherRun[], options?: { readonly chained?: boolean }): readonly Promise<readonly StepResult[]>[];
}

/** A run of steps that travels with others. */
export interface TogetherRun {
  readonly steps: readonly Step[];
  readonly options?: PerformOptions | undefined;
}

export interface PerformOptions {
  /** Output of a running command as it comes, for people to watch. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
  /** Bytes moved so far of large content. */
  readonly onProgress?: (moved: number, total: number) => void;
  /** Ends the running command and every process it started; the step's code is then 130. */
  readonly signal?: AbortSignal;
}

/** What became of one step. */
export interface StepResult extends Result {
  readonly step: Step;
  /** Which of the first two said that the command need not run, or that its folder could not be entered. */
  readonly skipped?: 'creates' | 'removes' | 'cwd' | undefined;
  /** False where the step's command ended with a code that it does not allow. */
  readonly ok: boolean;
}

/** One live connection to a host, and its sessions by user. */
export interface Connection {
  readonly host: string;
  /** A session of the login user, or of `become.user`; opened on first use, kept until close. */
  session(become?: Become): Promise<Session>;
  /** False once it was lost, reset or closed, until the next question opens it again. */
  opened(): boolean;
  /** Milliseconds for which it has been open with nothing to do; 0 where it is not, or has. */
  idle(): number;
  /** Drops the connection; the next session or question logs in anew (new groups, limits). What is under way fails as lost. */
  reset(): Promise<void>;
  /** Ends every command still running on the host, removes what the session put there, disconnects. */
  close(): Promise<void>;
}

export interface Become {
  readonly user: string;
  readonly method: 'sudo';
  /** Sent only after sudo has asked for it. */
  readonly password?: string | undefined;
}

/** Opens a connection. The engine is handed one; tests hand in their own. */
export type Connect = (target: Target) => Promise<Connection>;

/** How to reach a host: Ansible's connection variables, read and typed. */
export interface Target {
  readonly host: string;
  /** `local` runs commands on the controller itself. */
  readonly connection: 'ssh' | 'local';
  /** `ansible_host`; default the inventory name. */
  readonly address: string;
  /** `ansible_port`; default from ~/.ssh/config, then 22. */
  readonly port?: number | undefined;
  /** `ansible_user`; default from ~/.ssh/config, then the controller's user. */
  readonly user?: string | undefined;
  /** `ansible_ssh_private_key_file`, a path on the controller. */
  readonly privateKeyFile?: string | undefined;
  /** `ansible_password`. */
  readonly password?: string | undefined;
  /** `ansible_ssh_common_args`: -o options, -J, -F as ssh takes them; what is not supported is an error. */
  readonly sshArgs?: string | undefined;
  /** `ask` as ssh's own: yes checks, accept-new remembers unknown keys, no checks nothing. Default yes. */
  readonly hostKeyChecking?: 'yes' | 'accept-new' | 'no' | undefined;
  /** Default ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. */
  readonly knownHostsFile?: string | undefined;
  /** Seconds until a connect counts as failed; default 10. */
  readonly connectTimeout?: number | undefined;
  /** Variables of `ansible_shell_executable` and the like are not here: the shell is /bin/sh. */
}

/** The host cannot be reached, or went away and what it was doing is not known. Never success. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly host: string;
  /** `refused`: no TCP connection; `key`: host key unknown or changed; `login`: no key or password was taken;
   * `become`: sudo said no; `lost`: the connection broke while something was asked. */
  readonly why: 'refused' | 'key' | 'login' | 'become' | 'lost';
  /** What to do about it. */
  readonly hint: string | undefined;
  constructor(host: string, why: Unreachable['why'], message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.host = host;
    this.why = why;
    this.hint = hint;
  }
}

/** Steps were not begun, since others before them failed. */
export class NotPerformed extends Error {
  override readonly name = 'NotPerformed';
}

/** A file was larger than the question allowed. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** The host is there but does not let us look: permission denied, an input/output error. */
export class LookFailed extends Error {
  override readonly name = 'LookFailed';
}

/** An answer's text without its last newline; bytes that are not UTF-8 become U+FFFD. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}
