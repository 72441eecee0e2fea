/** A task on a host, together with tasks that come after it: their changes travel with its own, and are told when their turn has come. */
import type { Event, Reporter, TaskInfo } from '../event/event.ts';
import { Unknown } from '../template/value.ts';
import { nextTasks, type Coming } from './coming.ts';
import { isJudged, mayJoin, mayLead } from './join.ts';
import { lookAhead } from './look-ahead.ts';
import { placeOf, reachFor } from './reach.ts';
import { runOnHost, type Done } from './run-host.ts';
import { isChosen } from './tags.ts';
import type { TaskOnHost } from './task-on-host.ts';
import { openTrain, type Train } from './train.ts';

/** Until a task's turn others may fail. */
const unsure = new Map(['ansible_play_hosts', 'ansible_play_batch', 'play_hosts'].map((name) => [name, new Unknown('which hosts still take part')]));

/** What became of a task before its turn; undefined where it is to be run then. */
export type Carried = (info: TaskInfo) => Promise<Done | undefined>;

/** Runs a task on a host, or gives what became of it already. */
export async function conduct(on: TaskOnHost, coming: Coming | undefined): Promise<Done> {
  const carried = on.host.carried.get(on.task.id);
  on.host.carried.delete(on.task.id);
  const done = carried && (await carried(on.info));
  if (done) return done;
  lookAhead(on, coming);
  if (!coming || !mayLead(on)) return runOnHost(on);
  const train = openTrain(on.run.acts.count(), on.host.ahead.isAnswered() || on.task.loop !== undefined);
  const leader = runOnHost(on, train);
  leader.catch(() => undefined);
  await train.settled();
  if (train.waits()) await takeAlong(on, coming, train);
  await train.depart();
  return leader;
}

/** Lets tasks join that surely come next and were asked for with the first, up to one that cannot. */
async function takeAlong(on: TaskOnHost, coming: Coming, train: Train): Promise<void> {
  const here = reachOn(on);
  for (const task of nextTasks(coming)) {
    if (task.action.kind === 'module' && !isChosen(task.directives.tags, on.run.options.tags)) continue;
    if (!mayJoin(task) || !on.host.ahead.isCovered(task.id) || reachOn({ ...on, task }) !== here || !(await train.isClear())) return;
    const car = train.couple();
    const teller = openTeller(on.run.options.report);
    const run = runOnHost({ ...on, task, ahead: { tell: teller.tell, unsure } }, train);
    run.catch(() => undefined);
    await train.settled();
    // Who neither waits nor stands in the way has ended.
    if (!(await train.isClear()) || !(train.waits() || isFine(await run))) return car.leave();
    on.host.carried.set(task.id, async (info) => {
      if (!(await car.arrive())) return undefined;
      teller.begin(info);
      const { ended, outcome } = await run;
      return { ended, outcome: { ...outcome, durationMs: 0 } };
    });
    if (isJudged(task)) return;
  }
}

function isFine({ ended: { status } }: Done): boolean {
  return status === 'ok' || status === 'changed' || status === 'skipped';
}

/** Keeps what is told of a task's items until its turn has come. */
function openTeller(report: Reporter): { readonly tell: Reporter; readonly begin: (info: TaskInfo) => void } {
  const kept: Event[] = [];
  let tell: Reporter = (event) => void kept.push(event);
  return {
    tell: (event) => tell(event),
    begin(info) {
      tell = (event) => report(event.event === 'item' ? { ...event, task: info } : event);
      kept.forEach(tell);
    },
  };
}

/** Where a task works and as whom, as text; nothing that equals another where that cannot be worked out. */
function reachOn(on: TaskOnHost): string | symbol {
  try {
    return placeOf(reachFor(on, new Map()));
  } catch {
    return Symbol('unknown');
  }
}
