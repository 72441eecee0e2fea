/** Answers of a host that were asked for before they were needed, kept until something acts. */
import type { AskOptions, Probe, Session } from '../session/session.ts';
import { Unforeseen, type Actor } from '../module/outlook.ts';
import type { Acts } from './acts.ts';

export interface Foreknown {
  /**
   * The session itself, but what was asked ahead is not asked again. `asOf` is a count of {@link Acts}: answers from before
   * it do not count. Whatever the session performs makes every kept answer void. The same count gives the same session.
   */
  session(asOf: number): Session;
  /** Asks, and keeps the answers. */
  readonly ahead: Probe;
  /** As whom the session acts; asked once. */
  actor(): Promise<Actor>;
}

/** Milliseconds that an answer counts at most: what nobody of this run did may have changed things too. */
const freshness = 10_000;
/** Answers that are kept at most. */
const most = 2000;

interface Kept {
  readonly answer: Promise<unknown>;
  readonly asOf: number;
  readonly at: number;
}

/** Keeps answers of a session. `now` is milliseconds. */
export function openForeknown(session: Session, acts: Acts, now: () => number): Foreknown {
  const kept = new Map<string, Kept>();

  const keep = <T>(key: string | undefined, ask: () => Promise<T>): Promise<T> => {
    const known = key === undefined ? undefined : kept.get(key);
    if (known && known.asOf === acts.count() && now() - known.at < freshness) return known.answer as Promise<T>;
    const answer = ask();
    answer.catch(() => undefined);
    if (kept.size >= most) kept.clear();
    if (key !== undefined) kept.set(key, { answer, asOf: acts.count(), at: now() });
    return answer;
  };
  const know = <T>(asOf: number, key: string | undefined, ask: () => Promise<T>): Promise<T> => {
    const known = key === undefined ? undefined : kept.get(key);
    if (!known || known.asOf < asOf || now() - known.at >= freshness) return ask();
    // Asked ahead, something may have been in its way that is no longer.
    return (known.answer as Promise<T>).catch(ask);
  };
  const acting = <T>(act: () => Promise<T>): Promise<T> => {
    kept.clear();
    return acts.during(act).finally(() => kept.clear());
  };
  const sessionAsOf = (asOf: number): Session => ({
    ...probing(session, (key, ask) => know(asOf, key, ask)),
    perform: (steps, options) => acting(() => session.perform(steps, options)),
    performTogether(runs, options) {
      const results = session.performTogether(runs, options);
      void acting(() => Promise.allSettled(results));
      return results;
    },
  });
  let who: Promise<Actor> | undefined;
  let last: { readonly asOf: number; readonly session: Session } | undefined;
  return {
    ahead: probing(session, keep),
    actor: () => (who ??= session.ask(['id']).then(({ stdout }) => readId(stdout.toString()))),
    session: (asOf) => (last?.asOf === asOf ? last : (last = { asOf, session: sessionAsOf(asOf) })).session,
  };
}

/** What `id` says: `uid=0(root) gid=0(root) groups=0(root)`; a number without a name stands for itself. */
function readId(text: string): Actor {
  const [, uid, user, gid, group] = /^uid=(\d+)(?:\((.*?)\))? gid=(\d+)(?:\((.*?)\))?(?: |$)/m.exec(text) ?? [];
  if (uid === undefined || gid === undefined) throw new Unforeseen('who acts');
  return { uid: Number(uid), user: user ?? uid, gid: Number(gid), group: group ?? gid };
}

/** A probe whose questions go through `way`, each under a key that says all of it; none where it cannot be said briefly. */
function probing(session: Session, way: <T>(key: string | undefined, ask: () => Promise<T>) => Promise<T>): Probe {
  return {
    host: session.host,
    ask: (argv, options) => way(askKey(argv, options), () => session.ask(argv, options)),
    stat: (path, options = {}) => way(`s${options.follow ? 'f' : ''}${options.sha256 ? 'h' : ''} ${path}`, () => session.stat(path, options)),
    read: (path, options = {}) => way(`r${options.cap ?? ''} ${path}`, () => session.read(path, options)),
  };
}

function askKey(argv: readonly string[], options: AskOptions = {}): string | undefined {
  return Buffer.isBuffer(options.stdin) ? undefined : `a${JSON.stringify([argv, options])}`;
}
