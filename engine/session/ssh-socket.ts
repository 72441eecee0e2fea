/** The bytes' way to a host: a TCP connection, a channel through a jump host, or a command's input and output. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import type { Transport } from './connection.ts';
import { Dropped } from './connect-queue.ts';
import type { Route } from './route.ts';
import { Unreachable } from './session.ts';

export interface Socket {
  readonly stream: Duplex;
  close(): void;
}

/** Opens a connection to a jump host, the jumps before it included. */
export type OpenJump = (route: Route) => Promise<Transport>;

/** How sockets to a host are opened; a jump host's connection is held until it is let go. */
export interface Way {
  /** Opens a socket; throws {@link Unreachable} `refused`. */
  open(): Promise<Socket>;
  letGo(): void;
}

/** Finds the way, through jump hosts that are connected to first; throws {@link Unreachable}. */
export async function openWay(route: Route, openJump: OpenJump): Promise<Way> {
  if (route.jumps.length > 0) return wayThrough(route, openJump);
  const { proxyCommand } = route;
  return { open: async () => (proxyCommand === undefined ? openTcp(route) : openCommand(proxyCommand)), letGo: () => undefined };
}

/** Nagle's algorithm is off: small requests would else wait 40 ms for each other's acknowledgement. */
function openTcp({ host, address, port, connectTimeout }: Route): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stream = connect({ host: address, port, noDelay: true });
    const fail = (message: string, hint?: string, cause?: Error) => {
      stream.destroy();
      reject(new Unreachable(host, 'refused', message, hint, { cause }));
    };
    const silence = () => fail(`${address}:${port} did not answer in ${connectTimeout} s`, `is the machine up, and does a firewall let port ${port} through?`);
    const timer = setTimeout(silence, connectTimeout * 1000);
    stream.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // A reset right at the door is what a server too busy to talk does.
      if (error.code === 'ECONNRESET') return reject(new Dropped(error.message, { cause: error }));
      fail(...refusal(address, port, error), error);
    });
    stream.once('connect', () => {
      clearTimeout(timer);
      stream.removeAllListeners('error');
      stream.on('error', () => undefined);
      resolve({ stream, close: () => stream.destroy() });
    });
  });
}

function refusal(address: string, port: number, { code, message }: NodeJS.ErrnoException): [string, string?] {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return [`the name ${address} cannot be resolved`, 'set ansible_host to an address, or correct the name'];
  if (code === 'ECONNREFUSED') return [`${address}:${port} refuses connections`, 'is sshd running there, and on this port?'];
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return [`there is no route to ${address}`, 'is the machine up, and in a network that can be reached from here?'];
  if (code === 'EMFILE' || code === 'ENFILE') return ['too many connections and files are open on the controller', 'raise the limit (ulimit -n 4096), or go over fewer hosts at a time with serial'];
  return [`cannot connect to ${address}:${port}: ${message}`];
}

/** Jump hosts in use, so that many hosts behind one share its connection. */
const jumps = new Map<string, { readonly transport: Promise<Transport>; users: number }>();

async function wayThrough(route: Route, openJump: OpenJump): Promise<Way> {
  const last = route.jumps.at(-1)!;
  const key = JSON.stringify(route.jumps.map(({ address, port, user, identityFiles, hostKeys }) => [address, port, user, identityFiles, hostKeys]));
  const jump = jumps.get(key) ?? { transport: openJump({ ...last, jumps: route.jumps.slice(0, -1) }), users: 0 };
  jumps.set(key, jump);
  jump.users++;
  const forget = () => jumps.get(key) === jump && jumps.delete(key);
  const letGo = () => {
    jump.users--;
    if (jump.users > 0) return;
    forget();
    void jump.transport.then((transport) => transport.close(), () => undefined);
  };
  try {
    const transport = await jump.transport;
    void transport.gone.then(forget);
    return { open: () => forward(transport, route, last), letGo };
  } catch (error) {
    forget();
    letGo();
    if (!(error instanceof Unreachable)) throw error;
    throw new Unreachable(route.host, error.why, `jump host: ${error.message}`, error.hint, { cause: error });
  }
}

async function forward(transport: Transport, { host, address, port }: Route, jump: Route): Promise<Socket> {
  try {
    const stream = await transport.forward!(address, port);
    stream.on('error', () => undefined);
    return { stream, close: () => stream.destroy() };
  } catch (error) {
    const hint = 'does its sshd allow AllowTcpForwarding, and is the host up?';
    throw new Unreachable(host, 'refused', `${jump.address} cannot reach ${address}:${port}: ${(error as Error).message}`, hint, { cause: error });
  }
}

/** ProxyCommand: run by sh, as ssh does; its words for people go where ours go. */
function openCommand(command: string): Socket {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.on('error', (error) => stream.destroy(error));
  child.stdin.on('error', () => undefined);
  stream.on('error', () => undefined);
  stream.once('close', () => child.kill());
  return { stream, close: () => stream.destroy() };
}
