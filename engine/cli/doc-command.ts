/** `kplay doc`: its words on the command line. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';

/** The options as commander gives them. */
export interface DocFlags {
  readonly json?: boolean;
  readonly keywords?: boolean;
}

/** Adds the command. */
export function addDoc(program: Command, context: Context, done: (code: number) => void): void {
  program.command('doc').description('list the modules, or print all about one').argument('[module]', 'its name')
    .option('--json', 'a module\'s params as JSON Schema')
    .option('--keywords', 'list the keywords of plays, blocks and tasks')
    .action(async (name: string | undefined, flags: DocFlags) => {
      const { docText } = await import('./doc.ts');
      context.out(await docText(context, name, flags));
      done(exitCode.fine);
    });
}
