/** A whole run: playbooks over an inventory, from the first play to the recap. */
import type { Event, HostTotals } from '../event/event.ts';
import { openRecap } from '../event/recap.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Play, Playbook } from '../playbook/playbook.ts';
import type { Reading } from '../playbook/reading.ts';
import { openActs } from './acts.ts';
import { openConnections } from './connections.ts';
import { openHider } from './hider.ts';
import { newHostState } from './host-state.ts';
import { runPlay } from './run-play.ts';
import { Interrupted, type Run, type RunOptions } from './run.ts';

/** How a run ended. */
export interface Ending {
  readonly hosts: Readonly<Record<string, HostTotals>>;
  readonly interrupted: boolean;
}

/** The state of a run that is about to begin. */
export function openRun(inventory: Inventory, reading: Reading, options: RunOptions): Run {
  return {
    options, inventory, reading,
    connections: openConnections(options.connect),
    hosts: new Map([...inventory.hosts.keys()].map((name) => [name, newHostState(name)])),
    answers: new Map(),
    hider: openHider(),
    acts: openActs(),
    foreknown: new WeakMap(),
    started: options.startAtTask === undefined,
    warned: new Set(),
    nextTaskId: 0,
  };
}

/** Runs playbooks in order; the recap is the last event, whatever happens. Throws TextError and mistakes of ours. */
export async function runPlaybooks(run: Run, playbooks: readonly Playbook[]): Promise<Ending> {
  const begun = run.options.now();
  const recap = openRecap();
  const report = (event: Event): void => { recap.take(event); run.options.report(event); };
  const running: Run = { ...run, options: { ...run.options, report } };
  running.hider.add(run.options.defaults.becomePassword);
  report({ event: 'run_start', playbooks: playbooks.map((each) => each.file), check: run.options.check, diff: run.options.diff, forks: run.options.forks });
  let interrupted = false;
  try {
    await runPlays(running, playbooks.flatMap((each) => each.plays));
  } catch (error) {
    if (!(error instanceof Interrupted || run.options.signal.aborted)) throw error;
    interrupted = true;
  } finally {
    await running.connections.closeAll();
    const unfinished = [...running.hosts.values()].filter((host) => host.out === 'failed' || host.out === 'unreachable').map((host) => host.name);
    report({ event: 'recap', hosts: recap.hosts(), duration_ms: Math.round(run.options.now() - begun), ...(interrupted ? { interrupted } : {}), ...(unfinished.length > 0 ? { unfinished } : {}) });
  }
  return { hosts: recap.hosts(), interrupted };
}

/** The plays in order, to the first that nothing may come after, as Ansible has it: what follows would build on what is not there. */
async function runPlays(run: Run, plays: readonly Play[]): Promise<void> {
  for (const [index, play] of plays.entries()) {
    if (await runPlay(run, play)) continue;
    const left = plays.slice(index + 1).map((each) => run.hider.hide(each.name));
    if (left.length > 0) run.options.report({ event: 'warning', message: `the run ends with the play "${run.hider.hide(play.name)}": not begun ${left.length === 1 ? 'is' : 'are'} ${left.map((name) => `"${name}"`).join(', ')}` });
    return;
  }
}
