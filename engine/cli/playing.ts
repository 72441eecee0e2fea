/** From options of the command line to what the engine is asked for. */
import type { Reporter } from '../event/event.ts';
import type { Playing } from '../kplay.ts';
import type { Profiler } from '../report/profiler.ts';
import { connectWith } from '../session/open.ts';
import { readSource } from '../source/read-source.ts';
import { askSecret, firstLine } from './ask.ts';
import { inventoriesOf, type Context } from './context.ts';
import { readExtraVars } from './extra-vars.ts';
import type { HostFlags, RunFlags } from './run-options.ts';

/** What the command line asks for. */
export interface Asked {
  readonly playbooks: readonly string[];
  readonly flags: HostFlags & Partial<RunFlags>;
  readonly context: Context;
  readonly report: Reporter;
  readonly profiler?: Profiler | undefined;
  readonly signal: AbortSignal;
}

/** The same in the engine's words. Throws TextError. */
export async function playingOf({ playbooks, flags, context, report, profiler, signal }: Asked): Promise<Playing> {
  return {
    playbooks, inventories: inventoriesOf(flags.inventory, playbooks), modules: context.modules, connect: connectWith({ meter: profiler?.meter }), signal, now: Date.now,
    onRead: profiler?.read,
    report,
    check: flags.check ?? false, diff: flags.diff ?? false, forks: flags.forks, verbosity: flags.verbose ?? 0,
    tags: { only: flags.tags ?? [], skip: flags.skipTags ?? [] }, limit: flags.limit, startAtTask: flags.startAtTask,
    extraVars: readExtraVars(flags.extraVars),
    defaults: {
      user: flags.user, privateKeyFile: flags.privateKey, connection: flags.connection, timeout: flags.timeout,
      become: flags.become ?? false, becomeUser: flags.becomeUser, becomePassword: await becomePassword(flags),
    },
  };
}

async function becomePassword(flags: HostFlags): Promise<string | undefined> {
  if (flags.askBecomePass) return askSecret('sudo password');
  if (!flags.becomePasswordFile) return undefined;
  readSource(flags.becomePasswordFile);
  return firstLine(flags.becomePasswordFile);
}
