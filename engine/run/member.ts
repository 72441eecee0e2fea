/** An item's place among those whose changes travel together. */
import type { Plan } from '../module/change.ts';
import type { Actor } from '../module/outlook.ts';
import type { Probe, Session } from '../session/session.ts';
import type { Status } from '../event/event.ts';

export interface Member {
  /** True where the item acts without a look. */
  readonly isBlind: boolean;
  /** Of an item of a task whose turn has not come when it begins: settles when it has, throws {@link NotPerformed} where it is left behind. */
  readonly turn?: (() => Promise<void>) | undefined;
  /** Says what the item may change, before it looks. */
  touches(paths: readonly string[]): void;
  /** The session, which acts as somebody; but what is first performed waits for the other members. Throws {@link NotPerformed} where the item must look again. */
  aboard(session: Session, actor: () => Promise<Actor>): Session;
  /** The host as it will be once the members before have acted. */
  over(probe: Probe): Probe;
  /** Says what the item will do, for those after it. Throws {@link NotPerformed} where it is to be done in its turn. */
  plans(plan: Plan): void;
  /** False once the others have gone and this one cannot plan on what they will leave: it is to go alone. */
  isInTime(): boolean;
  /** Settles when the items before have come to their end. */
  alone(): Promise<void>;
  /** The item has come to its end; missing where it threw. */
  leave(status?: Status): void;
}

export interface Signal {
  readonly given: Promise<void>;
  readonly give: () => void;
  readonly deny: (error: Error) => void;
}

/** A promise and what settles it. */
export function signal(): Signal {
  let give: Signal['give'] = () => undefined;
  let deny: Signal['deny'] = () => undefined;
  const given = new Promise<void>((resolve, reject) => {
    give = resolve;
    deny = reject;
  });
  given.catch(() => undefined);
  return { given, give, deny };
}
