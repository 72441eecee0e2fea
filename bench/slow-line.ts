/** A TCP proxy that makes a line long: what goes in comes out unchanged, in order, a fixed time later, however much is on its way. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { openDelay, type Later } from './delay.ts';
import { openTally, type Tally } from './tally.ts';

export interface SlowLine {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** Round trips since the last `restart`: the longest chain of answers that were waited for, over all connections. */
  trips(): number;
  restart(): void;
  close(): Promise<void>;
}

export interface LineOptions {
  readonly host: string;
  readonly port: number;
  /** Milliseconds from end to end, in each direction: a round trip is twice that. TCP's handshake takes a round trip too. */
  readonly delay: number;
}

/** Opens a line to a port of a host. Only time is added: bytes per second have no limit. Throws where no port is free. */
export function openSlowLine({ host, port, delay }: LineOptions): Promise<SlowLine> {
  const ends = new Set<Socket>();
  const tally = openTally();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const toServer = openDelay(delay, performance.now() + 2 * delay);
    const toClient = openDelay(delay);
    const talk = tally.talk();
    let far: Socket;
    keep(near, ends);
    near.on('close', talk.end);
    // The kernel shakes hands for us at once: a client at the end of a long line would send one round trip later, and the server accept half of one after that.
    toServer(() => {
      far = connect({ host, port, allowHalfOpen: true, noDelay: true });
      keep(far, ends);
      pass(far, () => near, counted(toClient, talk.answered));
    });
    pass(near, () => far, counted(toServer, talk.asked));
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', () => resolve({
      port: (server.address() as AddressInfo).port, trips: tally.trips, restart: tally.restart,
      close: () => new Promise((closed) => {
        server.close(() => closed());
        for (const end of ends) end.destroy();
      }),
    }));
  });
}

/** All that happens at one end happens at the other, later. */
function pass(from: Socket, to: () => Socket, later: Later): void {
  from.on('data', (bytes) => later(() => to().write(bytes)));
  from.on('end', () => later(() => to().end()));
  from.on('close', (hadError) => later(() => { if (hadError) to().resetAndDestroy(); }));
}

/** Tells the tally of everything when it leaves and when it arrives. */
function counted(later: Later, leave: ReturnType<Tally['talk']>['asked']): Later {
  return (act) => {
    const arrive = leave();
    later(() => {
      arrive();
      act();
    });
  };
}

function keep(end: Socket, ends: Set<Socket>): void {
  ends.add(end);
  end.on('close', () => ends.delete(end)).on('error', () => undefined); // a connection that breaks is the ends' own affair
}
