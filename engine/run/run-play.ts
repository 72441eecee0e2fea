/** One play: its hosts, in batches; facts, then the sections, with handlers after each. */
import { selectHosts } from '../inventory/select-hosts.ts';
import type { Play, VarsLayer } from '../playbook/playbook.ts';
import { findFile } from '../playbook/find-file.ts';
import { noDirectives, varsLayer } from '../playbook/reading.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { readYaml } from '../source/read-source.ts';
import { placeText } from '../source/source.ts';
import { batchesOf, ordered } from './batches.ts';
import { gatherTask } from './gather-task.ts';
import { flushHandlers } from './handlers.ts';
import { isActive, newHostState, type HostState } from './host-state.ts';
import { environmentOf } from './lookups.ts';
import { runNodes, runOne } from './run-nodes.ts';
import type { Coming } from './coming.ts';
import { runTask, type Frame } from './run-task.ts';
import { hostState, warnOnce, type Run } from './run.ts';
import { openScope, type PlayContext } from './variables.ts';
import { isChosen } from './tags.ts';

/**
 * Runs a play to its end; false where nothing is to come after it: any_errors_fatal or max_fail_percentage ended it, or a whole batch failed.
 * Throws Interrupted, and TextError for what only now can be known to be wrong.
 */
export async function runPlay(run: Run, play: Play): Promise<boolean> {
  const names = hostsOfPlay(run, play);
  const hosts = ordered(names, plainly(run, play, 'order'), play.span).map((name) => hostState(run, name)).filter((host) => host.out === undefined || host.out === 'ended');
  for (const host of hosts) host.out = undefined;
  run.options.report({ event: 'play_start', play: nameOf(run, play), place: placeText(play.span), hosts: hosts.map((host) => host.name) });
  if (names.length === 0) warnOnce(run, `no host of the inventory is meant by the play "${play.name}" (${placeText(play.span)})`);
  const batches = batchesOf(hosts, plainly(run, play, 'serial'), play.serial?.tree.span ?? play.span);
  const maxFail = plainly(run, play, 'maxFailPercentage');
  let goesOn = true;
  for (const [index, batch] of batches.entries()) {
    if (batches.length > 1) run.options.report({ event: 'batch_start', play: play.name, number: index + 1, of: batches.length, hosts: batch.map((host) => host.name) });
    const context: PlayContext = { play, allHosts: names, batch, hostVarsFiles: new Map(), publicRoles: [], maxFail: maxFail === undefined ? undefined : Number(maxFail), stopped: false };
    await runBatch({ run, play: context, rescuable: false }, batch);
    const lost = batch.filter((host) => host.out === 'failed' || host.out === 'unreachable').length;
    goesOn = lost === 0 || (lost < batch.length && !context.stopped);
    if (!goesOn) break;
  }
  for (const host of hosts) if (host.out === 'ended') host.out = undefined;
  run.options.report({ event: 'play_end', play: play.name });
  return goesOn;
}

async function runBatch(frame: Frame, batch: readonly HostState[]): Promise<void> {
  readVarsFiles(frame, batch);
  await gatherFacts(frame, batch);
  const force = plainly(frame.run, frame.play.play, 'forceHandlers') === true;
  for (const [index, section] of frame.play.play.sections.entries()) {
    await runNodes({ ...frame, coming: comingAfter(frame, index) }, section, batch);
    await flushHandlers(frame, batch, force, runOne);
  }
  for (const host of batch) host.notified.clear();
}

/** The sections after one, handlers in between left out: where they run, something has changed. */
function comingAfter({ play }: Frame, index: number): Coming {
  return { nodes: [], from: 0, isOpenEnded: true, around: { nodes: play.play.sections.slice(index + 1).flat(), from: 0 } };
}

/** Facts are gathered once a host in a run; a play that says yes itself gathers them anew. */
async function gatherFacts(frame: Frame, batch: readonly HostState[]): Promise<void> {
  const { play } = frame.play;
  const asked = plainly(frame.run, play, 'gatherFacts');
  if (asked === false || !isChosen(['always'], frame.run.options.tags)) return;
  const hosts = batch.filter((host) => isActive(host) && (asked === true || !host.gathered));
  if (hosts.length === 0 || play.sections.every((section) => section.length === 0)) return;
  await runTask({ ...frame, coming: comingAfter(frame, -1) }, await gatherTask(frame.run, play), hosts);
  for (const host of hosts) if (isActive(host)) host.gathered = true;
}

/** The hosts that a play means, narrowed by --limit. Throws TextError where its pattern means none at all. */
export function hostsOfPlay(run: Pick<Run, 'inventory' | 'options'>, play: Play): string[] {
  const { names, problems } = selectionOf(run, play);
  if (names.length === 0 && problems.length > 0) throw new TextError(problems);
  return names;
}

/** The same, with the parts of the pattern that mean no host; what is wrong with --limit itself is not among them. */
export function selectionOf(run: Pick<Run, 'inventory' | 'options'>, play: Play): { readonly names: string[]; readonly problems: readonly Problem[] } {
  const value = plainly(run as Run, play, 'hosts');
  const pattern = (Array.isArray(value) ? value : [value]).map(String);
  const { hosts, problems } = selectHosts(run.inventory, pattern, { limit: run.options.limit, span: play.hosts.tree.span });
  return { names: hosts.map((host) => host.name), problems: problems.filter(({ span }) => span !== undefined) };
}

type PlayTemplate = 'hosts' | 'serial' | 'order' | 'maxFailPercentage' | 'forceHandlers' | 'gatherFacts';

/** A play's own value; templates in it see extra vars and the play's vars, and no host's. */
function plainly(run: Run, play: Play, name: PlayTemplate): unknown {
  const tree = play[name];
  if (!tree) return undefined;
  const context: PlayContext = { play, allHosts: [], batch: [], hostVarsFiles: new Map(), publicRoles: [], stopped: false };
  const occasion = { run, host: newHostState('localhost'), play: context };
  const scope = openScope(occasion);
  return tree.evaluate(scope, environmentOf(occasion, scope));
}

function nameOf(run: Run, play: Play): string {
  return run.hider.hide(play.name);
}

/** Reads the vars_files whose names are templates, for each host. */
export function readVarsFiles(frame: Frame, batch: readonly HostState[]): void {
  const { play } = frame.play;
  const open = play.varsFiles.filter((file) => !file.layer);
  if (open.length === 0) return;
  for (const host of batch) {
    const occasion = { run: frame.run, host, play: frame.play, directives: play.directives };
    const scope = openScope(occasion);
    const layers = open.map(({ name }): VarsLayer => {
      const named = name.evaluate(scope, environmentOf(occasion, scope));
      const choices = (Array.isArray(named) ? named : [named]).map(String);
      const file = choices.map((each) => findFile(each, 'vars', { file: `${play.folder}/`, folder: play.folder })).find(Boolean);
      if (!file) throw new TextError({ message: `no file of variables "${choices.join('", "')}"`, span: name.tree.span });
      const reading = { ...frame.run.reading, problems: [] as typeof frame.run.reading.problems };
      const layer = varsLayer({ reading, file, folder: play.folder, inherited: noDirectives, handlers: false, stack: [] }, readYaml(file), file);
      if (reading.problems.length > 0) throw new TextError(reading.problems);
      return layer;
    });
    frame.play.hostVarsFiles.set(host.name, layers);
  }
}
