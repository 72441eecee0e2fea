/** The questions of a Probe as commands, and their answers read. */
import { quote, quoteAll } from './quote.ts';
import type { Command } from './request.ts';
import { LookFailed, textOf, TooLarge, type AskOptions, type Result } from './session.ts';

const defaultTimeout = 60;
const mebibyte = 1024 * 1024;

/** A command that only looks, under LC_ALL=C; what it leaves running is ended with it. */
export function askCommand(argv: readonly string[], options: AskOptions = {}): Command {
  if (argv.length === 0) throw new RangeError('a question needs a command');
  return {
    kind: 'ask',
    text: `${exportText({ LC_ALL: 'C', ...options.env })}k_x ${quoteAll(argv)}`,
    stdin: options.stdin === undefined ? undefined : printText(options.stdin),
    timeout: options.timeout ?? defaultTimeout,
    cap: options.cap ?? mebibyte,
  };
}

/** Bytes that a file may have when it is read, where the question does not say. */
export const readCap = 8 * mebibyte;

/** Reads a file: one byte more than allowed, so that it shows when there is more. */
export function readCommand(path: string, cap: number): Command {
  return { kind: 'own', text: `LC_ALL=C; export LC_ALL\nexec head -c ${cap + 1} -- ${pathWord(path)}`, timeout: defaultTimeout, cap: cap + 1 };
}

/** The bytes of a file; undefined where there is none; throws {@link TooLarge} and {@link LookFailed}. */
export function readAnswer(path: string, cap: number, result: Result): Buffer | undefined {
  if (result.code === 0) {
    if (result.stdout.length > cap) throw new TooLarge(`${path} has more than ${cap} bytes`);
    return result.stdout;
  }
  const message = textOf(result.stderr);
  if (absent(message)) return undefined;
  throw new LookFailed(`cannot read ${path}: ${reason(message, result)}`);
}

/** True for a message in C's own words that says: nothing is there. */
export function absent(message: string): boolean {
  return /: (No such file or directory|Not a directory)$/.test(message);
}

/** The last words of a tool's message: why it failed. */
export function reason(message: string, { code }: Result): string {
  if (code === 124) return 'its time ran out';
  return /(?:^|: )([^:]+)$/.exec(message)?.[1] ?? `exit code ${code}`;
}

/** A path as a word that no tool takes for an option or for its standard input. */
export function pathWord(path: string): string {
  if (path === '') throw new RangeError('a path cannot be empty');
  return quote(path.startsWith('/') ? path : `./${path}`);
}

/** Variables set and exported, as text; the names must be names to a shell. */
export function exportText(env: Readonly<Record<string, string>>): string {
  const names = Object.keys(env);
  const bad = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (bad !== undefined) throw new RangeError(`"${bad}" cannot be the name of an environment variable: letters, digits and _ are allowed`);
  return names.map((name) => `export ${name}=${quote(env[name]!)}\n`).join('');
}

/** Text that prints these bytes: as they stand where that is shorter, else in base64. */
export function printText(content: string | Buffer): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const text = typeof content === 'string' ? content : bytes.toString('utf8');
  const plain = !text.includes('\0') && (typeof content === 'string' || Buffer.from(text).equals(bytes));
  if (plain) {
    const word = quote(text);
    if (word.length < bytes.length * 1.3 + 64) return `k_p ${word}`;
  }
  return `k_p ${bytes.toString('base64')} | k_d`;
}
