/** Runs an inventory script and takes its answer; the one file of this room that starts a process. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { shortName } from '../source/read-source.ts';
import { TextError } from '../source/problem.ts';

export interface Answer {
  readonly stdout: string;
  /** At most 64 KiB of it. */
  readonly stderr: string;
}

const maxAnswer = 32 * 1024 * 1024;
const maxNoise = 64 * 1024;
/** Milliseconds that are given to output still on its way when the script itself has ended. */
const grace = 500;

/**
 * The output of `file ...args`, run without input and in its own process group, which is ended with everything in it
 * after `timeout` seconds. Throws TextError where it cannot be run, fails, hangs, or answers more than 32 MiB.
 */
export async function runScript(file: string, args: readonly string[], timeout: number): Promise<Answer> {
  const name = [shortName(file), ...args].join(' ');
  const ended = await collect(file, args, timeout);
  const noise = ended.stderr.trim().split('\n').slice(-5).join('\n');
  if (ended.fault === undefined) return { stdout: decode(name, ended.stdout), stderr: ended.stderr };
  throw new TextError({ message: `the inventory script ${name} ${ended.fault}`, hint: noise === '' ? undefined : `it said: ${noise}` });
}

interface Ended {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly fault?: string | undefined;
}

function collect(file: string, args: readonly string[], timeout: number): Promise<Ended> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = endWithUs(child.pid);
  return new Promise((resolve) => {
    let done = false;
    const finish = (fault?: string): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      end(fault !== undefined);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ stdout: stdout(), stderr: stderr().toString('utf8'), fault });
    };
    const timer = setTimeout(() => finish(`gave no answer within ${timeout} s`), timeout * 1000);
    const stdout = keep(child.stdout, maxAnswer, () => finish(`answered more than ${maxAnswer / 1024 / 1024} MiB`));
    const stderr = keep(child.stderr, maxNoise);
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => finish(code === 0 ? undefined : signal ? `was ended by ${signal}` : `ended with code ${code}`);
    child.on('error', (error) => finish(`cannot be run: ${error.message}`));
    child.on('close', settle);
    child.on('exit', (code, signal) => setTimeout(() => settle(code, signal), grace).unref());
  });
}

/** Keeps the first `cap` bytes of a stream and tells where more come; gives what was kept so far. */
function keep(stream: Readable, cap: number, over?: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < cap) chunks.push(chunk.subarray(0, cap - size));
    size += chunk.length;
    if (size > cap) over?.();
  });
  return () => Buffer.concat(chunks);
}

const running = new Set<number>();

/** Marks a process group to be ended when this process ends; the answer takes the mark off and, if told to, ends the group. */
function endWithUs(pid: number | undefined): (now: boolean) => void {
  if (pid === undefined) return () => undefined;
  if (running.size === 0) process.once('exit', endAll);
  running.add(pid);
  return (now) => {
    if (now) endGroup(pid);
    running.delete(pid);
    if (running.size === 0) process.off('exit', endAll);
  };
}

function endAll(): void {
  for (const pid of running) endGroup(pid);
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new TextError({ message: `the answer of ${name} is not UTF-8 text` });
  }
}
