/**
 * Counts round trips by who spoke after whom: what one end sends is taken for an answer to all that it had received by then.
 * Unlike a time, this does not depend on how fast the ends are, as long as what they say together leaves within one round trip.
 * It is never more than the time divided by a round trip's.
 */
export interface Tally {
  /** Begins with a new connection. Each function is called when something leaves an end, and what it gives when that arrives at the other. */
  talk(): { asked(): () => void; answered(): () => void; end(): void };
  /** Round trips that the client has waited for since `restart`. */
  trips(): number;
  restart(): void;
}

/** Opens a tally that stands at zero. */
export function openTally(): Tally {
  let run = 0;
  /** Round trips that lie behind what the client knows; the client is one, over however many connections. */
  let client = 0;
  const servers = new Set<{ knows: number; greeted: number }>();
  return {
    talk() {
      // TCP's handshake: the client hears after one round trip that it is connected, the server half of one later.
      const server = { knows: client + 1.5, greeted: client + 1 };
      servers.add(server);
      const leave = (learn: () => void): (() => void) => {
        const sent = run;
        return () => { if (sent === run) learn(); };
      };
      return {
        asked() {
          const known = Math.max(client, server.greeted);
          return leave(() => { server.knows = Math.max(server.knows, known + 0.5); });
        },
        answered() {
          const known = server.knows;
          return leave(() => { client = Math.max(client, known + 0.5); });
        },
        end: () => void servers.delete(server),
      };
    },
    trips: () => client,
    restart() {
      run++;
      client = 0;
      for (const server of servers) Object.assign(server, { knows: 0, greeted: 0 });
    },
  };
}
