/** A TCP proxy that can stop forwarding, as a network does that drops packets without a word. */
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** From now on nothing goes through, and nothing is closed either. */
  freeze(): void;
  /** Connections taken so far. */
  taken(): number;
  close(): Promise<void>;
}

/** Forwards 127.0.0.1 to an address and port, each chunk so many milliseconds late. */
export function startProxy(address: string, port: number, delay = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let count = 0;
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (chunk: Buffer) => {
      if (!frozen) setTimeout(() => to.write(chunk), delay);
    });
    from.on('error', () => undefined);
    from.on('close', () => setTimeout(() => frozen || to.destroy(), delay));
    sockets.add(from);
  };
  const server = createServer((near) => {
    count++;
    const far = connect({ port, host: address, noDelay: true });
    near.setNoDelay(true);
    pass(near, far);
    pass(far, near);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as { port: number }).port,
        freeze: () => (frozen = true),
        taken: () => count,
        close: async () => {
          for (const socket of sockets) socket.destroy();
          await new Promise((done) => server.close(done));
        },
      });
    });
  });
}
