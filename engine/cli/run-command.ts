/** `kplay run`: its words on the command line; what it does is loaded when it runs. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { addRunOptions, type RunFlags } from './run-options.ts';

/** Adds the command. */
export function addRun(program: Command, context: Context, done: (code: number) => void): void {
  const command = program.command('run').description('run playbooks').argument('<playbooks...>', 'playbook files, run in order');
  addRunOptions(command).action(async (playbooks: string[], flags: RunFlags) => {
    const { run } = await import('./run.ts');
    done(await run(playbooks, flags, context));
  });
}
