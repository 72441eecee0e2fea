/** From a run that is prepared to what it needs: facts, roles, needs. Nothing is changed on any host. */
import { selectHosts } from '../inventory/select-hosts.ts';
import type { Playbook, VarsLayer } from '../playbook/playbook.ts';
import { gatherFacts } from '../run/gather-facts.ts';
import { rolesPlayed } from '../run/roles-played.ts';
import { hostState, type Run } from '../run/run.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { compileTree } from '../template/compile-tree.ts';
import type { Value } from '../template/value.ts';
import { gatherNeeds } from './gather-needs.ts';
import { standIn, type Needs } from './needs.ts';
import { factsOf, readPlatform } from './platform.ts';

/** What was worked out. */
export interface NeedsOfRun {
  readonly needs: Needs;
  /** What only the run can tell, and is not among the needs. */
  readonly open: readonly Problem[];
}

/** Hosts that tell no facts, with why: nothing can be worked out. */
export interface Silent {
  readonly silent: ReadonlyMap<string, string>;
}

/** The command line's variables, and a mirror that stands for the one to be made. The run has to be prepared with these. */
export function withStandIn(extraVars: VarsLayer): VarsLayer {
  const span = { source: { name: 'kplay mirror', text: standIn }, start: 0, end: standIn.length };
  return { ...extraVars, values: new Map([...extraVars.values, ['mirror_url', compileTree({ kind: 'scalar', value: standIn, text: standIn, style: 'quoted', span })]]) };
}

/** `platforms` are PLATFORM for all hosts, or PATTERN=PLATFORM: those hosts are not asked. Throws TextError. */
export async function needsOfRun(run: Run, playbooks: readonly Playbook[], platforms: readonly string[]): Promise<NeedsOfRun | Silent> {
  for (const each of platforms) setFacts(run, each);
  const silent = await gatherFacts(run, playbooks);
  if (silent.size > 0) return { silent };
  const { played, open } = await rolesPlayed(run, playbooks);
  return { needs: gatherNeeds(played), open };
}

function setFacts(run: Run, option: string): void {
  const [, pattern = 'all', name = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(option)!;
  const facts = factsOf(readPlatform(name));
  const { hosts, problems } = selectHosts(run.inventory, pattern, {});
  if (problems.length > 0) throw new TextError(problems.map((problem) => ({ ...problem, message: `--platform: ${problem.message}` })));
  for (const host of hosts) {
    const state = hostState(run, host.name);
    for (const [fact, value] of Object.entries(facts)) state.facts.set(fact, value as Value);
    state.gathered = true;
  }
}
