/** A program run and watched: how long it took, and what it took of processor and memory. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Stage } from './bench.ts';

export interface Watched {
  /** From before its start to its end. */
  readonly seconds: number;
  /** Seconds of processor, of the program and of all it has waited for. */
  readonly processor: number;
  /** Bytes: the most that the program and all below it held at once. */
  readonly memory: number;
  /** What it wrote, to stdout and stderr. */
  readonly output: string;
}

export interface WatchOptions {
  /** Where it runs; default the stage's folder. */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Milliseconds between two looks at the memory: often enough for work of seconds, and seldom enough not to be work itself. */
const pace = 250;

/** The one parent that is everywhere and tells what its children took: two lines, the second is theirs. */
const script = '"$@" 2>&1; code=$?; times >&3; exit $code';

/** Runs a program that must succeed; throws with its last lines where it does not. It ends with the stage. */
export function watch(stage: Stage, argv: readonly string[], { cwd = stage.folder, env }: WatchOptions = {}): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn('/bin/sh', ['-c', script, 'sh', ...argv], { cwd, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env }, detached: true, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
    let [output, times, memory, running] = ['', '', 0, true];
    stage.onEnd(() => void (running && process.kill(-child.pid!, 'SIGKILL')));
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stdio[3]!.on('data', (chunk: Buffer) => (times += chunk.toString()));
    const look = setInterval(() => (memory = Math.max(memory, memoryBelow(child.pid!))), pace);
    child.once('error', reject).once('close', (code) => {
      running = false;
      clearInterval(look);
      const seconds = (performance.now() - begun) / 1000;
      if (code === 0) return resolve({ seconds, processor: processorOf(times), memory, output });
      reject(new Error(`${argv.join(' ').slice(0, 300)} ended with ${code ?? 'a signal'}:\n${output.trim().split('\n').slice(-15).join('\n')}`));
    });
  });
}

/** `0m1.25s 0m0.31s`: user and system. */
export function processorOf(times: string): number {
  const parts = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** One process counts with the most it ever had; of several, what they share counts once. */
function memoryBelow(pid: number): number {
  const below = descendants(pid);
  if (below.length === 1) return kibibytes(`/proc/${below[0]}/status`, 'VmHWM') * 1024;
  return below.reduce((sum, each) => sum + kibibytes(`/proc/${each}/smaps_rollup`, 'Pss'), 0) * 1024;
}

function descendants(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`).trim();
  return text === '' ? [] : text.split(' ').map(Number).flatMap((child) => [child, ...descendants(child)]);
}

function kibibytes(file: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(read(file))?.[1] ?? 0);
}

/** Nothing where the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
