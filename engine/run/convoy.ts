/** The items of one loop on one host, whose changes travel together: they wait for each other, then go as one request, in order. */
import path from 'node:path/posix';
import { openForesight } from '../module/foresight.ts';
import type { Plan } from '../module/change.ts';
import { NotPerformed, type PerformOptions, type Probe, type Session, type StepResult } from '../session/session.ts';
import type { Step } from '../session/step.ts';
import type { Travel } from './travel.ts';

export interface Convoy {
  /** The place of an item; each item has one, and must leave it in the end. */
  member(index: number): Member;
}

export interface Member {
  /** The session, but what is first performed waits for the other members. Throws {@link NotPerformed} where the item must look again. */
  aboard(session: Session): Session;
  /** True where the item acts without a look. */
  readonly isBlind: boolean;
  /** The host as it will be once the members before have acted. */
  over(probe: Probe): Probe;
  /** Says what the item will do, for those after it. */
  plans(plan: Plan): void;
  /** Settles when the item waits for the others, or has left. */
  readonly settled: Promise<void>;
  /** False once the others have gone and this one cannot plan on what they will leave: it is to go alone. */
  isInTime(): boolean;
  /** Settles when the items before have come to their end. */
  alone(): Promise<void>;
  /** The item has come to its end. */
  leave(): void;
}

interface Passenger {
  readonly session: Session;
  readonly steps: readonly Step[];
  readonly options: PerformOptions | undefined;
  readonly resolve: (results: Promise<readonly StepResult[]>) => void;
}

/** Opens a convoy of so many members, which travel as is said; `answered` where their looking needs no round trip any more. */
export function openConvoy(size: number, { way, paths }: Travel, answered: boolean): Convoy {
  const foresight = openForesight();
  const passengers = new Map<number, Passenger>();
  const places = Array.from({ length: size }, () => ({ settled: signal(), ended: signal(), isSettled: false }));
  let distinct: Promise<boolean> | undefined;
  let gone = false;

  const look = (session: Session): Promise<boolean> => (distinct ??= way === 'ordered' ? Promise.resolve(true) : areDistinct(session, paths).catch(() => false));
  const settle = (index: number): void => {
    places[index]!.isSettled = true;
    places[index]!.settled.give();
    if (places.every(({ isSettled }) => isSettled)) void depart();
  };
  const depart = async (): Promise<void> => {
    if (gone) return;
    gone = true;
    const inOrder = [...passengers].sort(([a], [b]) => a - b).map(([, passenger]) => passenger);
    const safe = inOrder.length < 2 || (await look(inOrder[0]!.session));
    for (const session of new Set(inOrder.map((each) => each.session))) {
      const together = inOrder.filter((each) => each.session === session);
      const results = safe ? session.performTogether(together.map(({ steps, options }) => ({ steps, options })), { chained: way === 'chained' }) : undefined;
      together.forEach((each, index) => each.resolve(results?.[index] ?? Promise.reject(new NotPerformed())));
    }
  };
  return {
    member: (index) => ({
      settled: places[index]!.settled.given,
      isBlind: way === 'ordered',
      aboard(session) {
        // Asked with what the members ask; where they ask nothing, only if need be.
        if (!answered) look(session);
        return {
          ...session,
          perform: (steps, options) => {
            if (gone && way === 'chained') return Promise.reject(new NotPerformed());
            if (gone || places[index]!.isSettled) return session.perform(steps, options);
            return new Promise((resolve) => {
              passengers.set(index, { session, steps, options, resolve });
              settle(index);
            });
          },
        };
      },
      over: (probe) => (way === 'chained' ? foresight.over(probe) : probe),
      plans(plan) {
        if (way !== 'chained') return;
        if (isForeseeable(plan)) foresight.learn(plan.changes, '', false);
        else void depart();
      },
      isInTime: () => !gone || way !== 'chained',
      alone: async () => {
        for (const before of places.slice(0, index)) await before.ended.given;
      },
      leave() {
        settle(index);
        places[index]!.ended.give();
      },
    }),
  };
}

/** True where all that the plan does is seen from the plan: files and folders, and no link that leads elsewhere. */
function isForeseeable({ changes, waits = [], again, until }: Plan): boolean {
  const plain = (step: Step): boolean => step.kind === 'write' || step.kind === 'directory' || step.kind === 'remove' || (step.kind === 'attributes' && !step.recurse);
  return waits.length === 0 && again === undefined && until === undefined && changes.every(({ steps, makes, leaves }) => !makes && !leaves && steps.every(plain));
}

/** True where different paths, and the folders they are in, are different things: a link may lead from one to another. */
async function areDistinct(probe: Probe, paths: readonly string[]): Promise<boolean> {
  const all = [...new Set(paths.flatMap((each) => [path.normalize(each), path.dirname(path.normalize(each))]))];
  const stats = await Promise.all(all.map((each) => probe.stat(each, { follow: true })));
  const things = stats.flatMap((stat) => (stat ? [`${stat.device}:${stat.inode}`] : []));
  return new Set(things).size === things.length;
}

/** A promise and what fulfils it. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => { give = resolve; });
  return { given, give };
}
