/** One command at a time: a lock that the kernel frees when its holder ends, however it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { commandEnv } from './command.ts';
import { LabError } from './lab-error.ts';

export interface LockOptions {
  /** Told once when another holds the lock; `holder` is its process id as it wrote it. */
  readonly onWait: (holder: string) => void;
  /** Seconds to wait for it. */
  readonly timeout: number;
}

/**
 * Runs `work` while holding the lock of a file, which is made where it lacks and stays. Throws a LabError when
 * another keeps it for longer than the timeout. `flock` holds it for as long as its input, our pipe, is open.
 */
export async function withLock<T>(file: string, { onWait, timeout }: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  let holder = await hold(file, ['--nonblock']);
  if (!holder) {
    const owner = (await readFile(file, 'utf8')).trim();
    onWait(owner);
    holder = await hold(file, ['--wait', String(timeout)]);
    if (!holder) throw new LabError(`another kplay (process ${owner}) has held ${file} for ${timeout} seconds`, 'let it end, or end it, and try again');
  }
  try {
    await writeFile(file, `${process.pid}\n`);
    return await work();
  } finally {
    await release(holder);
  }
}

/** Starts a holder; undefined where the lock was not to be had. */
function hold(file: string, waiting: readonly string[]): Promise<ChildProcess | undefined> {
  return new Promise((resolve, reject) => {
    // A session of its own: Ctrl-C reaches kplay alone, which then frees the lock by ending.
    const child = spawn('flock', [...waiting, '--conflict-exit-code', '75', file, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'], env: commandEnv, detached: true });
    child.on('error', reject);
    child.on('exit', (code) => (code === 75 ? resolve(undefined) : reject(new LabError(`flock ${file} ended with code ${code}`))));
    child.stdout.once('data', () => resolve(child));
    child.stdin.on('error', () => {});
    child.stdin.write('\n');
  });
}

function release(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.stdin!.end();
  });
}
