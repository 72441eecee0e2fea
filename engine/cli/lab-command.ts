/** `kplay lab`: its words on the command line. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { repeatable } from './repeatable.ts';

/** The options as commander gives them. */
export interface LabFlags {
  readonly inventory?: string[];
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly purge?: boolean;
  readonly fromSource?: boolean;
}

/** Adds the commands. */
export function addLab(program: Command, context: Context, done: (code: number) => void): void {
  const lab = program.command('lab').description('real machines on this host, made from an inventory (Debian or Ubuntu, as root)');
  const sub = (name: string, description: string): Command => lab.command(name).description(description)
    .addOption(repeatable('-i, --inventory <path>', 'inventory that names the machines (default: inventory/)'));
  const load = () => import('./lab.ts');
  const yes = ['-y, --yes', 'install what this host lacks without asking'] as const;
  sub('up', 'start the machines; those that run stay as they are').argument('[machines...]', 'only these').option(...yes)
    .action(async (names: string[], flags: LabFlags) => done(await (await load()).up(names, flags, context)));
  sub('down', 'stop the machines and undo what up did to this host; their disks stay').argument('[machines...]', 'only these').option('--purge', 'delete the disks, and with the last machine the keys, too')
    .action(async (names: string[], flags: LabFlags) => done(await (await load()).down(names, flags, context)));
  sub('rebuild', 'give the machines fresh disks').argument('[machines...]', 'only these').option(...yes)
    .action(async (names: string[], flags: LabFlags) => done(await (await load()).rebuild(names, flags, context)));
  sub('status', 'show the machines').option('--json', 'as JSON')
    .action(async (flags: LabFlags) => done(await (await load()).status(flags, context)));
  sub('kubernetes', 'find Kubernetes for the machines: released where dl.k8s.io answers, else built from the distribution\'s source package').option(...yes)
    .option('--from-source', 'build it although released Kubernetes can be had')
    .action(async (flags: LabFlags) => done(await (await load()).kubernetes(flags, context)));
  sub('shell', 'open a shell in a machine').argument('<machine>', 'its name')
    .action(async (name: string, flags: LabFlags) => done(await (await load()).shell(name, flags)));
  sub('exec', 'run a command in a machine').argument('<machine>', 'its name').argument('<command...>', 'the command, after --')
    .action(async (name: string, command: string[], flags: LabFlags) => done(await (await load()).exec(name, command, flags)));
}
