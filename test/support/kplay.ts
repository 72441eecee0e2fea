/** Runs kplay by its command line, as people do. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Event, HostTotals } from '../../engine/event/event.ts';

/** The folder of the tree. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));
const main = `${root}dist/engine/cli/main.js`;

export interface Ran {
  /** Exit code; -1 where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** With `--output json`: what was told. */
  readonly events: readonly Event[];
  /** Totals of the recap. */
  readonly hosts: Readonly<Record<string, HostTotals>>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Is given the process, to interrupt it. */
  readonly watch?: (child: ChildProcess) => void;
}

/** Runs `kplay ARGV…` to its end. */
export function kplay(argv: readonly string[], { cwd = root, env = {}, watch }: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...argv], { cwd, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    child.on('error', reject);
    child.on('close', (code) => {
      const events = argv.includes('json') ? stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Event) : [];
      const recap = events.findLast((event) => event.event === 'recap');
      resolve({ code: code ?? -1, stdout, stderr, events, hosts: recap?.event === 'recap' ? recap.hosts : {} });
    });
    watch?.(child);
  });
}

/** Outcomes of a status, as `host: task`. */
export function outcomes({ events }: Ran, status: string): string[] {
  return events.flatMap((event) => (event.event === 'outcome' && event.outcome.status === status ? [`${event.host}: ${event.task.name}`] : []));
}

/** Tasks that ended so, as `host: task (place)`, sorted: what changed, or would change. */
export function tasksThat(status: string, { events }: Ran): string[] {
  return events.flatMap((event) => (event.event === 'outcome' && event.outcome.status === status ? [`${event.host}: ${event.task.name} (${event.task.place})`] : [])).sort();
}

/** Tasks that a dry run foretells to change, those that only the run can tell included. */
export function foretold(ran: Ran): string[] {
  return [...tasksThat('changed', ran), ...tasksThat('unknown', ran)].sort();
}

/** What a failed run has to say, for a test's message. */
export function complaints({ events, stderr, stdout }: Ran): string {
  const failures = events.flatMap((event) => (event.event === 'outcome' && event.outcome.failure ? [`${event.host} ${event.task.name} ${JSON.stringify(event.outcome.failure, null, 1)}`] : []));
  return [stderr, ...failures, ...(events.length === 0 ? [stdout] : [])].join('\n');
}
