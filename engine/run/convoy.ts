/** The items of one loop on one host that touch nothing in common, or look for themselves: their changes go as one request. */
import path from 'node:path/posix';
import { NotPerformed, type PerformOptions, type Probe, type Session, type StepResult } from '../session/session.ts';
import type { Step } from '../session/step.ts';
import { signal, type Member } from './member.ts';
import type { Travel } from './travel.ts';

export interface Convoy {
  /** The place of an item; each item has one, and must leave it in the end. */
  member(index: number): Member;
}

interface Passenger {
  readonly session: Session;
  readonly steps: readonly Step[];
  readonly options: PerformOptions | undefined;
  readonly resolve: (results: Promise<readonly StepResult[]>) => void;
}

/** Opens a convoy of so many members, which travel as is said; `answered` where their looking needs no round trip any more. */
export function openConvoy(size: number, { way, paths }: Travel, answered: boolean): Convoy {
  const passengers = new Map<number, Passenger>();
  const places = Array.from({ length: size }, () => ({ ended: signal(), isSettled: false }));
  let distinct: Promise<boolean> | undefined;
  let gone = false;

  const look = (session: Session): Promise<boolean> => (distinct ??= way === 'ordered' ? Promise.resolve(true) : areDistinct(session, paths).catch(() => false));
  const settle = (index: number): void => {
    places[index]!.isSettled = true;
    if (places.every(({ isSettled }) => isSettled)) void depart();
  };
  const depart = async (): Promise<void> => {
    if (gone) return;
    gone = true;
    const inOrder = [...passengers].sort(([a], [b]) => a - b).map(([, passenger]) => passenger);
    const safe = inOrder.length < 2 || (await look(inOrder[0]!.session));
    for (const session of new Set(inOrder.map((each) => each.session))) {
      const together = inOrder.filter((each) => each.session === session);
      const results = safe ? session.performTogether(together.map(({ steps, options }) => ({ steps, options }))) : undefined;
      together.forEach((each, index) => each.resolve(results?.[index] ?? Promise.reject(new NotPerformed())));
    }
  };
  return {
    member: (index) => ({
      isBlind: way === 'ordered',
      touches: () => undefined,
      over: (probe) => probe,
      plans: () => undefined,
      isInTime: () => true,
      aboard(session) {
        // Asked with what the members ask; where they ask nothing, only if need be.
        if (!answered) void look(session);
        return {
          ...session,
          perform: (steps, options) => {
            if (gone || places[index]!.isSettled) return session.perform(steps, options);
            return new Promise((resolve) => {
              passengers.set(index, { session, steps, options, resolve });
              settle(index);
            });
          },
        };
      },
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

/** True where different paths, and the folders they are in, are different things: a link may lead from one to another. */
async function areDistinct(probe: Probe, paths: readonly string[]): Promise<boolean> {
  const all = [...new Set(paths.flatMap((each) => [path.normalize(each), path.dirname(path.normalize(each))]))];
  const stats = await Promise.all(all.map((each) => probe.stat(each, { follow: true })));
  const things = stats.flatMap((stat) => (stat ? [`${stat.device}:${stat.inode}`] : []));
  return new Set(things).size === things.length;
}
