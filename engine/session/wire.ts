/** The waiting on a connection: told to a meter, with the part of it that the network took. */

/** A log-in, the start of a shell, a request to a shell and its answer, content on a channel of its own to the host or from it. */
export type Waiting = 'connect' | 'shell' | 'request' | 'transfer';

/** Bytes of texts, contents and answers; what ssh adds to them is not counted. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

/** Something that was waited for. */
export interface Waited extends Traffic {
  /** Milliseconds, from its first byte until all of the answer was there. */
  readonly ms: number;
  /** Milliseconds of these in which it was on its way; 0 on this machine. */
  readonly networkMs: number;
}

/** Is told of all that is waited for: at its begin, and by the function it gives, at its end. Must be quick and not throw. */
export interface Meter {
  begin(host: string, what: Waiting): (waited: Waited) => void;
}

/** What one connection knows of its way to the host. */
export interface Wire {
  /** A round trip that cost the host next to nothing took so many milliseconds; 0 where there is no network between. */
  roundTrip(ms: number): void;
  /** Something begins to be waited for; the function it gives is to be called at its end. */
  begin(what: Waiting): (traffic?: Traffic) => void;
}

/** Round trips in each; a log-in is the TCP connect, both greetings, key exchange, service, and two of the user's key. A transfer takes as long as the network makes it. */
const trips: Readonly<Record<Waiting, number>> = { connect: 7, shell: 2, request: 1, transfer: Infinity };

/** A wire of which nothing is known yet; its round-trip time is that of the shortest that was seen. */
export function openWire(host: string, meter?: Meter): Wire {
  let shortest = Infinity;
  const roundTrip = (ms: number) => void (shortest = Math.min(shortest, ms));
  return {
    roundTrip,
    begin(what) {
      const since = performance.now();
      const end = meter?.begin(host, what);
      return ({ sent, received } = { sent: 0, received: 0 }) => {
        const ms = performance.now() - since;
        // What was never answered may have ended sooner than an answer could come.
        if (what === 'request' && received > 0) roundTrip(ms);
        end?.({ ms, networkMs: shortest === 0 ? 0 : Math.min(ms, trips[what] * shortest), sent, received });
      };
    },
  };
}

/** Waits for an act, however it ends. */
export async function waitOn<T>(wire: Wire, what: Waiting, act: () => Promise<T>): Promise<T> {
  const end = wire.begin(what);
  try {
    return await act();
  } finally {
    end();
  }
}
