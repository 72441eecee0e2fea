/** The connections of a run: one a target, opened on first use, kept while it is of use and there is room for it. */
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import { openFilesLimit } from '../session/open-files.ts';
import type { Become, Connect, Connection, Session, Target } from '../session/session.ts';

export interface Connections {
  /** A session on a target, as the login user or another. Throws Unreachable. */
  session(target: Target, become?: Become): Promise<Session>;
  /** Drops a target's connection; the next session connects anew. */
  reset(target: Target): Promise<void>;
  closeAll(): Promise<void>;
}

export interface ConnectionLimits {
  /** How many connects are under way together. */
  readonly atOnce: number;
  /** How many connections are open together; where there are more targets, some are closed and opened again. */
  readonly most: number;
  /** Milliseconds after which a connection that nobody uses is closed, until somebody does. */
  readonly rest: number;
}

/** Files that may be open beside connections. */
const otherFiles = 128;

/** A batch of `serial` that is over does not hold its hosts until the last one is, and 1,000 hosts find room in `ulimit -n 1024`. */
function usualLimits(): ConnectionLimits {
  return { atOnce: 64, most: Math.max(8, openFilesLimit() - otherFiles), rest: 300_000 };
}

interface Kept {
  readonly connection?: Connection;
  /** The connect that is under way, or what it came to. */
  readonly opening: Promise<Connection>;
}

/** Milliseconds between two looks at who rests. */
const round = 10_000;
/** Milliseconds of rest after which a connection may be closed for another's sake: less is only a host that thinks. */
const breath = 100;

/** Opens no connection yet. */
export function openConnections(connect: Connect, { atOnce, most, rest } = usualLimits()): Connections {
  const all = new Map<string, Kept>();
  const queue = new PQueue({ concurrency: atOnce });
  const door = new PQueue({ concurrency: 1 });
  const opened = () => [...all.values()].flatMap(({ connection }) => (connection?.opened() ? [connection] : []));
  const timer = setInterval(() => opened().forEach((each) => each.idle() > rest && void each.reset()), Math.min(round, rest)).unref();
  let connecting = 0;
  let over = false;

  /** Closes what was used last: tasks go over the hosts in turn, so that it is needed last. */
  const makeRoom = async (): Promise<void> => {
    for (let open = opened(); open.length + connecting >= most; open = opened()) {
      const [last] = open.filter((each) => each.idle() > breath).sort((a, b) => a.idle() - b.idle());
      await (last ? last.reset() : delay(breath / 2));
    }
  };
  /** Until it ends, the place that a connect was given counts as taken. */
  const takeRoom = async (): Promise<void> => {
    if (all.size >= most) await makeRoom();
    connecting++;
  };
  const keep = (key: string, connectNow: () => Promise<Connection>): Promise<Connection> => {
    const open = async (): Promise<Connection> => {
      await door.add(takeRoom);
      try {
        const connection = await connectNow();
        if (all.get(key) === fresh) all.set(key, { ...fresh, connection });
        return connection;
      } finally {
        connecting--;
      }
    };
    const fresh: Kept = { opening: queue.add(open) as Promise<Connection> };
    all.set(key, fresh);
    fresh.opening.catch(() => all.get(key) === fresh && all.delete(key));
    return fresh.opening;
  };
  const connectionTo = (target: Target): Promise<Connection> => {
    // A task that is still at work while the run ends by a mistake of ours must not hold it up.
    if (over) return Promise.reject(new Error(`the run has ended, and ${target.host} is not connected to any more`));
    const key = keyOf(target);
    const known = all.get(key);
    if (!known) return keep(key, () => connect(target));
    const { connection } = known;
    if (!connection || connection.opened()) return known.opening;
    return keep(key, () => again(connection));
  };
  const drop = async (key: string): Promise<void> => {
    const known = all.get(key);
    all.delete(key);
    await known?.opening.then((each) => each.close()).catch(() => undefined);
  };
  return {
    session: async (target, become) => (await connectionTo(target)).session(become),
    reset: (target) => drop(keyOf(target)),
    async closeAll() {
      over = true;
      clearInterval(timer);
      await Promise.all([...all.keys()].map(drop));
    },
  };
}

/** Opens a connection that was closed or lost; where that fails it is of no more use. */
async function again(connection: Connection): Promise<Connection> {
  try {
    await connection.session();
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function keyOf(target: Target): string {
  return JSON.stringify(Object.entries(target).sort(([a], [b]) => (a < b ? -1 : 1)));
}
