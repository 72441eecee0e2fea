/** Compiles Kubernetes in a root of its own, which holds the compiler and has no network. */
import { appendFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command.ts';
import { alone } from '../debootstrap.ts';
import { LabError } from '../lab-error.ts';
import { buildFolder, compileEnvironment, compileScript, packagesToCompile, programs, unpackScript } from './recipe.ts';

export interface CompileOptions {
  /** The root, with the build's packages installed. */
  readonly root: string;
  /** Folder of the source package's files, and the name of its .dsc among them. */
  readonly sources: string;
  readonly description: string;
  /** File that takes all that the build says. */
  readonly log: string;
  readonly onStep: (step: string) => void;
}

/** Compiles all programs; gives the folder that holds them. Throws a LabError with the last lines, and the log's path, where it fails. */
export async function compile({ root, sources, description, log, onStep }: CompileOptions): Promise<string> {
  const place = join(root, buildFolder);
  await mkdir(place, { recursive: true });
  for (const name of await readdir(sources)) await cp(join(sources, name), join(place, name));
  onStep('unpacking the source package');
  await inRoot(root, log, unpackScript, [description]);
  onStep('generating code');
  const tell = progressOf(onStep);
  await inRoot(root, log, compileScript, programs, tell);
  const built = join(place, 'bin');
  for (const name of await readdir(built)) await chmod(join(built, name), 0o755);
  return built;
}

/** Turns the build's lines into steps: its own tools that write code, every tenth part of the packages, and each program that is done. */
export function progressOf(onStep: (step: string) => void, total = packagesToCompile): (line: string) => void {
  let begun = false;
  let count = 0;
  let tenth = 0;
  return (line) => {
    // The make script says what it builds before each of its own tools, and last before the programs.
    if (line.trim() === `cmd/${programs[0]}`) begun = true;
    const tool = /^ +\.\/vendor\/.*\/([\w-]+)$/.exec(line)?.[1];
    if (tool) onStep(`generating code: ${tool}`);
    if (!begun || !/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) return;
    count += 1;
    const program = /^k8s\.io\/kubernetes\/cmd\/([\w-]+)$/.exec(line)?.[1];
    if (program && programs.includes(program)) return onStep(`compiling: ${program} is compiled and linked now`);
    const now = Math.min(9, Math.floor((count * 10) / total));
    if (now > tenth) onStep(`compiling: ${(tenth = now)}0 % of the packages`);
  };
}

/** Runs a script in the root, without a network. */
async function inRoot(root: string, log: string, script: string, args: readonly string[], onLine: (line: string) => void = () => {}): Promise<void> {
  const environment = Object.entries(compileEnvironment).map(([name, value]) => `${name}=${value}`);
  const argv = [...alone, '--net', `--root=${root}`, 'env', '-i', ...environment, 'sh', '-ec', script, 'sh', ...args];
  const keep = (line: string): void => {
    appendFileSync(log, `${line}\n`);
    onLine(line);
  };
  const { code, stdout, stderr } = await run(argv, { timeout: 3 * 3600, onLine: keep });
  if (code === 0) return;
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-15).join('\n');
  throw new LabError(`the build of Kubernetes ended with code ${code}:\n${said}`, `all that it said: ${log}`);
}
