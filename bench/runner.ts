/** Runs contenders' programs and takes their time; none outlives the benchmark. */
import { spawn } from 'node:child_process';
import type { Stage } from './bench.ts';

export interface TimedOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** What the program reads; nothing by default. */
  readonly input?: string | undefined;
  /** Seconds until it is killed; default 300. */
  readonly timeout?: number | undefined;
}

export interface Timed {
  /** From before its start to its exit. */
  readonly seconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that must succeed; throws with its last lines where it does not. */
export type Runner = (argv: readonly string[], options?: TimedOptions) => Promise<Timed>;

/** A runner whose programs end with the stage, and all that they have started. */
export function openRunner(stage: Stage): Runner {
  return (argv, { env, cwd, input = '', timeout = 300 } = {}) => new Promise((resolve, reject) => {
    const begun = performance.now();
    // A group of its own: Ctrl-C reaches the benchmark alone, which then ends the whole group.
    const child = spawn(argv[0]!, argv.slice(1), { env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env }, cwd, detached: true, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    let seconds = 0;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child.pid!);
    }, timeout * 1000);
    let running = child.pid !== undefined;
    stage.onEnd(() => { if (running) killGroup(child.pid!); });
    for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    child.on('exit', () => { seconds = (performance.now() - begun) / 1000; });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running = false;
      if (code === 0) return resolve({ seconds, ...output });
      const end = late ? `did not end in ${timeout} s` : `ended with ${signal ?? `code ${code}`}`;
      reject(new Error(`${argv.join(' ')} ${end}:\n${lastLines(output.stdout)}\n${lastLines(output.stderr)}`));
    });
    child.stdin.on('error', () => undefined); // a program that does not read its input is no fault
    child.stdin.end(input);
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-15).map((line) => line.slice(0, 300)).join('\n');
}
