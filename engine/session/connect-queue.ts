/** Connects one sshd takes at once: it drops what comes on top (MaxStartups), so the rest waits its turn. */
import PQueue from 'p-queue';

/** Handshakes under way together with one sshd, which drops some from 10 on; and with all, for they share our thread. Each is seven round trips of mere waiting. */
const mostPerHost = 8;
const mostInAll = 64;
/** Tries after a connect that the server dropped before it said anything. */
const mostTries = 8;

const queues = new Map<string, PQueue>();
const all = new PQueue({ concurrency: mostInAll });

/** The server closed the connection before it began to talk: it is busy, and a later try may do. */
export class Dropped extends Error {
  override readonly name = 'Dropped';
}

/** Runs a connect in the queue of `key`, one for each sshd that has to answer; tries again, a little later each time, where it was dropped. */
export async function queuedConnect<T>(key: string, connect: () => Promise<T>): Promise<T> {
  const queue = queues.get(key) ?? new PQueue({ concurrency: mostPerHost });
  queues.set(key, queue);
  for (let attempt = 1; ; attempt++) {
    try {
      return (await queue.add(() => all.add(connect))) as T;
    } catch (error) {
      if (!(error instanceof Dropped) || attempt >= mostTries) throw error;
    }
    const delay = Math.min(3000, 100 * 2 ** attempt);
    await new Promise((resolve) => setTimeout(resolve, delay * (0.5 + Math.random())));
  }
}
