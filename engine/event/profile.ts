/** Where the time of a run went, as plain JSON. All times in milliseconds, all lists with the slowest first. */
import type { TaskInfo } from './event.ts';

export interface Profile {
  /** From the start of the process to the end of the run. */
  readonly wall_ms: number;
  /** Processor time of this process, of all its threads. Much less than the controller's share: it had to wait for a processor, or for its own disk. */
  readonly cpu_ms: number;
  readonly shares: Shares;
  readonly before: Before;
  /** From the end of the last task to the end of the run: the connections are closed. */
  readonly after_ms: number;
  readonly tasks: readonly TaskProfile[];
  readonly hosts: readonly HostProfile[];
  readonly connects: Connects;
}

/** The four make up the whole wall time: a moment in which several are waited for is divided among them. */
export interface Shares {
  /** Texts, contents and answers were on their way. */
  readonly network_ms: number;
  /** Hosts were at work on what was asked of them. */
  readonly host_ms: number;
  /** This process was at work, whoever else was. */
  readonly controller_ms: number;
  /** Nothing was asked of any host: pauses, delays of retries, programs and files of this machine. */
  readonly other_ms: number;
}

/** What came before the first task. */
export interface Before {
  /** The process and the command line. */
  readonly start_ms: number;
  /** Inventory, playbooks and modules are read. */
  readonly read_ms: number;
  /** All is checked that can be checked without a host. */
  readonly check_ms: number;
  /** From the start of the process to the first task. */
  readonly whole_ms: number;
}

export interface TaskProfile {
  readonly task: TaskInfo;
  /** From its beginning on the first host to its end on the last. */
  readonly wall_ms: number;
  /** How many hosts it was done on. */
  readonly hosts: number;
  /** Round trips of all hosts, and of the one with most: requests that were sent while it was the task at hand, and transfers of large content. */
  readonly round_trips: number;
  readonly most_round_trips: number;
  /** Missing where no host came to its end. */
  readonly slowest?: { readonly host: string; readonly ms: number } | undefined;
}

export interface HostProfile {
  readonly host: string;
  /** In which something was asked of it, log-ins left out. */
  readonly busy_ms: number;
  readonly round_trips: number;
  /** Bytes of texts and contents sent, and of answers; what ssh adds is not counted. */
  readonly sent_bytes: number;
  readonly received_bytes: number;
}

/** Log-ins, those included that failed; the wait for a turn is not. */
export interface Connects {
  readonly count: number;
  /** In which at least one was under way. */
  readonly wall_ms: number;
  /** The slowest of each host. */
  readonly hosts: readonly { readonly host: string; readonly ms: number; readonly count: number }[];
}
