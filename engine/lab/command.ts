/** Commands on this host: an argv each, never a shell line. */
import { spawn } from 'node:child_process';
import { commandPath } from '../mirror/command-path.ts';
import { LabError } from './lab-error.ts';

export interface CommandOptions {
  /** What the command reads; nothing by default. */
  readonly input?: string | undefined;
  /** Seconds until it is killed; default 60. */
  readonly timeout?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Each line of stdout and stderr as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface CommandResult {
  /** Exit code; 124 where its time ran out, 127 where there is no such command, 128 where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of commands. Messages are read, so they come in English. */
export const commandEnv: Readonly<Record<string, string | undefined>> = {
  ...process.env,
  PATH: commandPath,
  LC_ALL: 'C.UTF-8',
};

/** Runs a command to its end and tells what it left behind; never throws for what the command does. */
export function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(argv[0]!, argv.slice(1), { env: { ...commandEnv, ...options.env }, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, (options.timeout ?? 60) * 1000);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8');
      child[stream].on('data', (text: string) => (output[stream] += text));
      if (options.onLine) eachLine(child[stream], options.onLine);
    }
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: '', stderr: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ...output, code: late ? 124 : (code ?? 128) });
    });
    child.stdin.on('error', () => {}); // a command that does not read its input is no fault
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a command that must succeed, and gives its stdout; throws a LabError with its code and last lines otherwise. */
export async function must(argv: readonly string[], options?: CommandOptions): Promise<string> {
  const result = await run(argv, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n');
  throw new LabError(`${argv.join(' ')} ended with code ${result.code}${said ? `:\n${said}` : ''}`);
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!;
    for (const line of lines) if (line.trim()) onLine(line);
  });
}
