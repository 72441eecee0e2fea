/** A web server on loopback that keeps what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Served {
  readonly url: string;
  /** In the order in which the requests came, each noted once it is whole. */
  readonly asked: Asked[];
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

/** Starts one; it ends with the test. */
export async function serve(t: ExecutionContext, answer: Answer): Promise<Served> {
  const asked: Asked[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({ method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(chunks) });
      answer(asked.at(-1)!, response);
    });
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
