/** Talks over the line of which it is known how many round trips they take: they show whether the measure is right. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import type { Target } from '../engine/session/session.ts';
import { connect } from '../engine/session/open.ts';
import type { Stage } from './bench.ts';

/** How many questions each talk has, one after the other. */
export const questions = 10;

/** Starts a server on this host that sends back what it is sent; gives its port. */
export async function openEcho(stage: Stage): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => void socket.pipe(socket).on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stage.onEnd(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A new connection and so many questions: one round trip more than questions, for TCP's handshake. Seconds. */
export async function talkTcp(port: number): Promise<number> {
  const begun = performance.now();
  const socket = connectTcp({ host: '127.0.0.1', port, noDelay: true });
  for (let count = 0; count < questions; count++) {
    socket.write('?');
    await once(socket, 'data');
  }
  socket.destroy();
  return since(begun);
}

/** `ssh HOST cat` and so many lines, each sent when the one before it has come back: as many round trips as lines more than with none. Seconds. */
export async function talkSsh(stage: Stage, ssh: readonly string[], lines: number): Promise<number> {
  const begun = performance.now();
  const child = spawn(ssh[0]!, [...ssh.slice(1), 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  stage.onEnd(() => void child.kill());
  for (let count = 0; count < lines; count++) {
    child.stdin.write('?\n');
    await once(child.stdout, 'data');
  }
  child.stdin.end();
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${ssh.join(' ')} cat ended with ${code}`);
  return since(begun);
}

/** kplay's own connection and so many questions, one after the other: as many round trips as questions more than connecting takes. Seconds. */
export async function talkKplay(target: Target, count: number): Promise<number> {
  const begun = performance.now();
  const connection = await connect(target);
  try {
    const session = await connection.session();
    for (let asked = 0; asked < count; asked++) await session.ask(['true']);
  } finally {
    await connection.close();
  }
  return since(begun);
}

function since(begun: number): number {
  return (performance.now() - begun) / 1000;
}
