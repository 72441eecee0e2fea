/** All commands and their options, and what becomes of an error. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { LabError } from '../lab/lab-error.ts';
import { MirrorError } from '../mirror/mirror-error.ts';
import { TextError } from '../source/problem.ts';
import { TemplateError } from '../template/fault.ts';
import { problemText } from '../source/problem.ts';
import { modulesFolder, type Context } from './context.ts';
import { addDoc } from './doc-command.ts';
import { exitCode } from './exit-code.ts';
import { addInventory } from './inventory-command.ts';
import { addLab } from './lab-command.ts';
import { addMirror } from './mirror-command.ts';
import { addRun } from './run-command.ts';

/** Runs one command line; gives its exit code and throws nothing. */
export async function main(argv: readonly string[]): Promise<number> {
  const context: Context = {
    out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    error: (text) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    modules: modulesFolder(), version: readVersion(),
  };
  let code: number = exitCode.fine;
  const program = buildProgram(context, (done) => { code = done; });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return await explainError(context, error);
  }
}

/** The commands; `done` takes the exit code of the one that runs. */
export function buildProgram(context: Context, done: (code: number) => void): Command {
  const program = new Command('kplay')
    .description('Playbooks with typed modules: bare Linux machines to highly available Kubernetes, over SSH')
    .version(context.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help for a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.error, outputError: (text, write) => write(`kplay: ${text.replace(/^error: /, '')}`) });
  addRun(program, context, done);
  addInventory(program, context, done);
  addDoc(program, context, done);
  addLab(program, context, done);
  addMirror(program, context, done);
  for (const command of [...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.copyInheritedSettings(program).helpOption('-h, --help', 'print this help').version(context.version, '--version', 'print the version');
  }
  return program;
}

async function explainError(context: Context, error: unknown): Promise<number> {
  if (error instanceof CommanderError) return ['commander.helpDisplayed', 'commander.version', 'commander.help'].includes(error.code) ? (error.exitCode === 0 ? exitCode.fine : exitCode.usage) : exitCode.usage;
  if (error instanceof TextError) {
    context.error(error.problems.map(problemText).join('\n\n'));
    if (error.problems.length > 1) context.error(`\n${error.problems.length} problems; no host was touched`);
    return exitCode.usage;
  }
  if (error instanceof TemplateError) {
    context.error(problemText({ message: error.message, span: error.span, hint: error.hint }));
    return exitCode.usage;
  }
  if (error instanceof LabError || error instanceof MirrorError) {
    context.error(`kplay: ${error.message}${error.hint ? `\n  = ${error.hint}` : ''}`);
    return exitCode.usage;
  }
  const { sourceStack } = await import('./stack.ts');
  context.error(`kplay: this is a mistake in kplay itself, please report it\n${error instanceof Error ? sourceStack(error.stack ?? error.message) : String(error)}`);
  return exitCode.failed;
}

function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { name: string; version: string };
      if (name === 'kplay') return version;
    } catch {
      // The next place up is tried.
    }
  }
  return 'unknown';
}
