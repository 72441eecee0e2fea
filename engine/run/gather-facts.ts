/** Facts of the hosts that plays touch, and nothing else: each play's own way to reach its hosts, none of its tasks. */
import type { Playbook } from '../playbook/playbook.ts';
import { gatherTask } from './gather-task.ts';
import { isActive } from './host-state.ts';
import { hostsOfPlay, readVarsFiles } from './run-play.ts';
import { runTask } from './run-task.ts';
import { hostState, type Run } from './run.ts';
import type { PlayContext } from './variables.ts';

/** Asks every host once; gives the hosts that did not answer, with why. Hosts that have facts already are not asked. */
export async function gatherFacts(run: Run, playbooks: readonly Playbook[]): Promise<ReadonlyMap<string, string>> {
  const silent = new Map<string, string>();
  const report: Run['options']['report'] = (event) => {
    if (event.event === 'outcome' && event.outcome.failure) silent.set(event.host, event.outcome.failure.message);
  };
  const asking: Run = { ...run, options: { ...run.options, report } };
  try {
    for (const play of playbooks.flatMap((each) => each.plays)) {
      const allHosts = hostsOfPlay(run, play);
      const batch = allHosts.map((name) => hostState(run, name)).filter((host) => isActive(host) && !host.gathered);
      const context: PlayContext = { play, allHosts, batch, hostVarsFiles: new Map(), publicRoles: [], stopped: false };
      const frame = { run: asking, play: context, rescuable: true };
      readVarsFiles(frame, batch);
      await runTask(frame, await gatherTask(asking, play), batch);
      for (const host of batch) host.gathered = isActive(host);
    }
  } finally {
    await run.connections.closeAll();
    for (const host of run.hosts.values()) Object.assign(host, { out: undefined, failure: undefined });
  }
  return silent;
}
