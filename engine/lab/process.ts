/** Processes that outlive the command that started them, known by id and start time so that a recycled id is never taken for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process of this boot. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly start: string;
  /** The boot it belongs to. */
  readonly boot: string;
}

/** Shell text by which a process writes its own mark to the file `$1`; it stays true when it then executes another program. */
export const writeMark = 'cat /proc/sys/kernel/random/boot_id /proc/$$/stat > "$1"';

/** An argument that all processes share that lead to the one marked in a file, and no other has. */
export function starterName(mark: string): string {
  return `kplay-lab:${mark}`;
}

/** Reads a mark; undefined where the file lacks or was cut off. */
export function readMark(file: string): ProcessMark | undefined {
  const [boot = '', stat = ''] = (read(file) ?? '').split('\n');
  const process = parseStat(stat);
  return process && boot ? { pid: process.pid, start: process.start, boot } : undefined;
}

/** Whether the marked process still runs (a zombie does not). */
export function isAlive(mark: ProcessMark | undefined): mark is ProcessMark {
  if (!mark || read('/proc/sys/kernel/random/boot_id')?.trim() !== mark.boot) return false;
  const now = parseStat(read(`/proc/${mark.pid}/stat`) ?? '');
  return now?.start === mark.start && now.state !== 'Z' && now.state !== 'X';
}

/** Sends a signal to the marked process if it still runs. */
export function signal(mark: ProcessMark | undefined, name: NodeJS.Signals): void {
  if (isAlive(mark)) killQuietly(mark.pid, name);
}

/** Sends a signal; a process that has just ended is no fault. */
export function killQuietly(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The processes that were started with exactly this argument among theirs. */
export function withArgument(argument: string): readonly number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => read(`/proc/${id}/cmdline`)?.split('\0').includes(argument)).map(Number);
}

/** Waits until something holds, asking every 20 ms; false where `seconds` went by. */
export async function until(holds: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}

/** The fields of /proc/PID/stat that matter; the name in parentheses may hold anything. */
export function parseStat(text: string): { readonly pid: number; readonly state: string; readonly start: string } | undefined {
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid) || rest.length < 20) return undefined;
  return { pid, state: rest[0]!, start: rest[19]! };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
