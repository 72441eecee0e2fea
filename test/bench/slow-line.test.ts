/** The long line: bytes, their order, what is on its way, the ends, and how it counts. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { openSlowLine } from '../../bench/slow-line.ts';

async function listening(t: ExecutionContext, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function lineTo(t: ExecutionContext, delay: number, serve: (socket: Socket) => void): Promise<Socket> {
  const line = await openSlowLine({ host: '127.0.0.1', port: await listening(t, serve), delay });
  t.teardown(line.close);
  return connect({ host: '127.0.0.1', port: line.port, allowHalfOpen: true, noDelay: true });
}

/** Everything that comes, once the other end has nothing more to say; the socket stays open. */
function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  return new Promise((resolve) => socket.once('end', () => resolve(Buffer.concat(chunks))));
}

test('megabytes come out as they went in, both ways, and the end of one way leaves the other open', async (t) => {
  const bytes = Buffer.alloc(5_000_000, 0).map((_, at) => (at * 31 + (at >> 8)) & 255);
  const socket = await lineTo(t, 20, (far) => void all(far).then((got) => far.end(Buffer.concat([got, Buffer.from('!')]))));
  for (let at = 0; at < bytes.length; at += 7919) socket.write(bytes.subarray(at, at + 7919));
  socket.end();
  t.true((await all(socket)).equals(Buffer.concat([bytes, Buffer.from('!')])));
});

test('what is on its way does not wait for what went before: a thousand messages on a line come before one on a longer line', async (t) => {
  const order: string[] = [];
  const long = await lineTo(t, 500, (far) => void all(far).then(() => order.push('long')));
  const short = await lineTo(t, 50, (far) => void all(far).then(({ length }) => order.push(`short ${length}`)));
  long.end('.');
  for (let count = 0; count < 1000; count++) {
    short.write('.');
    if (count % 10 === 0) await new Promise(setImmediate);
  }
  short.end();
  while (order.length < 2) await new Promise(setImmediate);
  t.deepEqual(order, ['short 1000', 'long']);
});

test('a talk of ten questions and answers is counted as ten round trips and the handshake', async (t) => {
  const server = await listening(t, (far) => far.pipe(far));
  const line = await openSlowLine({ host: '127.0.0.1', port: server, delay: 2 });
  t.teardown(line.close);
  line.restart();
  const socket = connect({ host: '127.0.0.1', port: line.port, noDelay: true });
  for (let count = 0; count < 10; count++) {
    socket.write('?');
    await new Promise((resolve) => socket.once('data', resolve));
  }
  t.is(line.trips(), 11);
  socket.destroy();
});

test('a connection that the server breaks off ends at the client too', async (t) => {
  const socket = await lineTo(t, 5, (far) => {
    far.on('error', () => undefined);
    far.once('data', () => far.resetAndDestroy());
  });
  socket.on('error', () => undefined);
  socket.write('?');
  await t.notThrowsAsync(new Promise((resolve) => socket.once('close', resolve)));
});

test('a port where nobody listens ends the connection', async (t) => {
  const line = await openSlowLine({ host: '127.0.0.1', port: 1, delay: 1 });
  t.teardown(() => line.close());
  const socket = connect({ host: '127.0.0.1', port: line.port });
  socket.on('error', () => undefined);
  await t.notThrowsAsync(new Promise((resolve) => socket.once('close', resolve)));
});
