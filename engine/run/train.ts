/**
 * Changes on one host that go in order as one request: of the items of a loop, and of tasks to come. Each is planned on what
 * those before it will leave. Where one fails, those after it are not begun.
 */
import { foldersAbove, plainPath } from '../module/host-paths.ts';
import { openOutlook, type Actor } from '../module/outlook.ts';
import { NotPerformed, type PerformOptions, type Probe, type Session, type Stat, type StepResult } from '../session/session.ts';
import type { Step } from '../session/step.ts';
import { signal, type Member, type Signal } from './member.ts';

export interface Train {
  /** The count of acts from which answers are good for its members. */
  readonly asOf: number;
  /** Places for the items of a task, after all that are there; each must be left in the end. */
  members(count: number): readonly TrainMember[];
  /** Settles when every member waits for the others or has left. */
  settled(): Promise<void>;
  /** True where all that the members do is certain, and no link is on the way: another task may join. */
  isClear(): Promise<boolean>;
  /** The members that come are of another task, whose turn has not come. */
  couple(): Car;
  isCoupled(): boolean;
  /** True while members of the last task wait. */
  waits(): boolean;
  /** Sends what waits. */
  depart(): Promise<void>;
}

export interface TrainMember extends Member {
  /** Settles when the item waits for the others, or has left. */
  readonly settled: Promise<void>;
}

/** The members of a task whose turn has not come. */
export interface Car {
  /** Leaves them behind: they throw {@link NotPerformed}, unless they have ended. */
  leave(): void;
  /** Their turn has come: what could not be done with the others is done now. False where that is all of it; they were left behind. */
  arrive(): Promise<boolean>;
}

interface Passenger {
  readonly car: number;
  readonly session: Session;
  readonly steps: readonly Step[];
  readonly options: PerformOptions | undefined;
  readonly results: Promise<readonly StepResult[]>;
  readonly resolve: (results: Promise<readonly StepResult[]>) => void;
}

interface Place {
  readonly car: number;
  readonly settled: Signal;
  readonly ended: Signal;
  isSettled: boolean;
}

/** A train without members; `answered` where what its first members ask was asked for before. */
export function openTrain(asOf: number, answered: boolean): Train {
  let who: (() => Promise<Actor>) | undefined;
  const outlook = openOutlook(() => who!());
  const places: Place[] = [];
  const stats = new Map<string, Promise<Stat | undefined>>();
  let passengers: Passenger[] = [];
  let probe: Probe | undefined;
  let car = 0;
  let turn: Signal | undefined;
  /** `closed`: nobody waits, members act by themselves. */
  let state: 'waiting' | 'gone' | 'closed' = 'waiting';
  let certain = true;

  const lookAt = (at: string, follow: boolean): Promise<Stat | undefined> => {
    const key = `${follow} ${at}`;
    const known = stats.get(key) ?? probe!.stat(at, { follow });
    stats.set(key, known);
    known.catch(() => undefined);
    return known;
  };
  /**
   * True where no path that is meant is a link, and no two paths lead to the same thing, folders above included. Where
   * something goes with all below it, no folder may be a link either: to what is below.
   */
  const areDistinct = async (): Promise<boolean> => {
    const paths = [...outlook.paths()];
    try {
      const [things, own] = await Promise.all([
        Promise.all(paths.map(([at, isMeant]) => lookAt(at, !isMeant))),
        Promise.all(paths.map(([at, isMeant]) => (isMeant || outlook.takesAway() ? lookAt(at, false) : undefined))),
      ]);
      const there = things.flatMap((stat) => (stat ? [`${stat.device}:${stat.inode}`] : []));
      return own.every((stat) => stat?.kind !== 'link') && new Set(there).size === there.length;
    } catch {
      return false;
    }
  };
  /** The same host, but what is needed to tell links is asked together with what is asked. */
  const withLinks = (looking: Probe): Probe => ({
    ...looking,
    stat(at, options) {
      const itself = lookAt(at, options?.follow === true);
      return options?.sha256 ? looking.stat(at, options) : itself;
    },
  });
  const settle = (place: Place): void => {
    place.isSettled = true;
    place.settled.give();
  };
  const send = (): void => {
    state = 'gone';
    const [first, ...others] = passengers;
    if (!first) return;
    const results = others.length === 0 ? [first.session.perform(first.steps, first.options)] : first.session.performTogether(passengers.map(({ steps, options }) => ({ steps, options })), { chained: true });
    passengers.forEach(({ resolve }, index) => resolve(results[index]!));
  };
  const refuse = (some: readonly Passenger[]): void => some.forEach(({ resolve }) => resolve(Promise.reject(new NotPerformed())));

  const memberAt = (place: Place): TrainMember => {
    const ahead = turn;
    let touched: readonly string[] = [];
    return {
      isBlind: false,
      turn: ahead && (() => {
        certain &&= state !== 'waiting';
        settle(place);
        return ahead.given;
      }),
      settled: place.settled.given,
      touches: (paths) => void (touched = paths),
      over: (looking) => (state === 'closed' ? looking : outlook.over(answered ? looking : withLinks(looking))),
      plans(plan) {
        if (state === 'closed' || outlook.learn(plan)) return;
        certain = false;
        if (ahead) throw new NotPerformed();
        if (passengers.length > 0) send();
        else state = 'closed';
      },
      isInTime: () => state !== 'gone',
      aboard(session, actor) {
        probe ??= session;
        who ??= actor;
        // Asked with what the item asks.
        who().catch(() => undefined);
        for (const each of answered ? [] : touched.flatMap((at) => foldersAbove(plainPath(at)))) void lookAt(each, true);
        return {
          ...session,
          perform(steps, options) {
            if (state === 'closed' || place.isSettled) return session.perform(steps, options);
            // As another user nothing can travel along.
            const isOther = passengers.some((each) => each.session !== session);
            certain &&= !isOther;
            if (state === 'gone' || isOther) return Promise.reject(new NotPerformed());
            let resolve: Passenger['resolve'] = () => undefined;
            const results = new Promise<readonly StepResult[]>((given) => { resolve = given; });
            passengers.push({ car: place.car, session, steps, options, results, resolve });
            settle(place);
            return results;
          },
        };
      },
      async alone() {
        if (state === 'waiting') send();
        settle(place);
        for (const before of places.slice(0, places.indexOf(place))) await before.ended.given;
      },
      leave(status) {
        certain &&= status === 'ok' || status === 'changed' || status === 'skipped';
        settle(place);
        place.ended.give();
      },
    };
  };

  return {
    asOf,
    members(count) {
      const added = Array.from({ length: count }, (): Place => ({ car, settled: signal(), ended: signal(), isSettled: false }));
      places.push(...added);
      return added.map(memberAt);
    },
    async settled() {
      for (const place of places) await place.settled.given;
    },
    isClear: async () => state === 'waiting' && certain && (await areDistinct()),
    couple() {
      const own = ++car;
      const here = (turn = signal());
      const leave = (): void => {
        here.deny(new NotPerformed());
        if (state !== 'waiting') return;
        refuse(passengers.filter((each) => each.car === own));
        passengers = passengers.filter((each) => each.car !== own);
      };
      return {
        leave,
        async arrive() {
          const before = await Promise.all(passengers.filter((each) => each.car < own).map(({ results }) => results)).catch(() => undefined);
          const isReached = before !== undefined && before.flat().every(({ ok }) => ok);
          if (isReached) here.give();
          else leave();
          return isReached;
        },
      };
    },
    isCoupled: () => car > 0,
    waits: () => state === 'waiting' && passengers.some((each) => each.car === car),
    async depart() {
      if (state !== 'waiting') return;
      // Who was coupled was clear.
      if (passengers.length < 2 || car > 0 || (await areDistinct())) return send();
      state = 'gone';
      refuse(passengers);
    },
  };
}
