/** The connections of a run: one a target, opened on first use, kept to the end. */
import PQueue from 'p-queue';
import type { Become, Connect, Connection, Session, Target } from '../session/session.ts';

export interface Connections {
  /** A session on a target, as the login user or another. Throws Unreachable. */
  session(target: Target, become?: Become): Promise<Session>;
  /** Drops a target's connection; the next session connects anew. */
  reset(target: Target): Promise<void>;
  closeAll(): Promise<void>;
}

/** `atOnce` bounds how many connects are under way together. */
export function openConnections(connect: Connect, atOnce: number): Connections {
  const open = new Map<string, Promise<Connection>>();
  const queue = new PQueue({ concurrency: atOnce });
  const keyOf = (target: Target): string => JSON.stringify(Object.entries(target).sort(([a], [b]) => (a < b ? -1 : 1)));
  const connection = (target: Target): Promise<Connection> => {
    const key = keyOf(target);
    const known = open.get(key);
    if (known) return known;
    const fresh = queue.add(() => connect(target)) as Promise<Connection>;
    open.set(key, fresh);
    fresh.catch(() => open.delete(key));
    return fresh;
  };
  const drop = async (key: string): Promise<void> => {
    const known = open.get(key);
    open.delete(key);
    await known?.then((each) => each.close()).catch(() => undefined);
  };
  return {
    session: async (target, become) => (await connection(target)).session(become),
    reset: (target) => drop(keyOf(target)),
    closeAll: async () => {
      await Promise.all([...open.keys()].map(drop));
    },
  };
}
