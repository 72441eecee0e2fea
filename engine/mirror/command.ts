/** Programs on this host that a mirror is made with: an argv each, never a shell line. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { commandExists, commandPath } from './command-path.ts';
import { MirrorError } from './mirror-error.ts';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  /** Exit code; 127 where there is no such command, 128 where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Messages are read, so they come in English. */
const commonEnv = { ...process.env, PATH: commandPath, LC_ALL: 'C.UTF-8' };

/** Runs a command to its end; throws only where it was interrupted. */
export function run(argv: readonly string[], { env, input, signal }: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { env: { ...commonEnv, ...env }, stdio: 'pipe', ...(signal ? { signal } : {}) });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
    child.on('error', (error) => (signal?.aborted ? reject(error) : resolve({ code: 127, stdout: '', stderr: error.message })));
    child.on('close', (code) => resolve({ ...output, code: code ?? 128 }));
    child.stdin.on('error', () => {}); // a command that does not read its input is no fault
    child.stdin.end(input ?? '');
  });
}

/** Runs a command that must succeed; gives its stdout. Throws a MirrorError with its last lines otherwise. */
export async function must(argv: readonly string[], options?: CommandOptions): Promise<string> {
  const result = await run(argv, options);
  if (result.code === 0) return result.stdout;
  throw new MirrorError(`${path.basename(argv[0]!)} ended with code ${result.code}: ${lastWords(result)}`);
}

/** What a command that failed said at last. */
export function lastWords({ stdout, stderr }: CommandResult, count = 5): string {
  return (stderr.trim() || stdout.trim()).split('\n').slice(-count).join('\n');
}

/** Throws a MirrorError that names the package of a command that is not there. */
export function needCommand(name: string, packageName: string, what: string): void {
  if (!commandExists(name)) throw new MirrorError(`${what} need ${path.basename(name)}, which this host lacks`, `the package ${packageName} brings it`);
}
