/** A host over ssh: found by its route, logged in to, and kept as one connection. */
import { NodeSSH, type Config } from 'node-ssh';
import type { AuthHandlerMiddleware, Client } from 'ssh2';
import { channelLaunch } from './ssh-channel.ts';
import { Dropped, queuedConnect } from './connect-queue.ts';
import { createConnection, type ConnectionOptions, type Transport } from './connection.ts';
import { checkHostKey, readEntries } from './host-key.ts';
import { orderAlgorithms } from './known-hosts.ts';
import { planLogin, type Login } from './login.ts';
import { within } from './patience.ts';
import type { Passphrase } from './private-key.ts';
import { findRoute, type Route } from './route.ts';
import { Unreachable, type Connection, type Target } from './session.ts';
import { openWay, type Socket } from './ssh-socket.ts';
import { openWire, waitOn, type Wire } from './wire.ts';

export interface SshOptions extends ConnectionOptions {
  /** Asked for the passphrase of an encrypted key file. */
  readonly passphrase?: Passphrase | undefined;
}

/** Connects to a target; throws {@link Unreachable}, and TextError for ssh options that are not supported. */
export async function connectSsh(target: Target, options: SshOptions = {}): Promise<Connection> {
  const route = await findRoute(target);
  return createConnection(target.host, (pressure, wire) => openSsh(route, options.passphrase, pressure, wire), options);
}

/** Opens one connection to the last host of a route. */
export async function openSsh(route: Route, passphrase?: Passphrase, pressure: () => void = () => undefined, wire = openWire(route.host)): Promise<Transport> {
  const login = await planLogin(route, passphrase);
  // The jump host comes first, outside the queue in which those behind it wait.
  // Its log-in is waited for by the first of them; how far it is says nothing of how far they are.
  const way = await openWay(route, (jump) => openSsh(jump, passphrase, undefined, { ...wire, roundTrip: () => undefined }));
  try {
    const client = await queuedConnect(queueOf(route), () => waitOn(wire, 'connect', async () => handshake(route, login, await way.open(), wire)));
    client.once('close', way.letGo);
    return transportOf(route, client, pressure);
  } catch (error) {
    way.letGo();
    if (!(error instanceof Dropped)) throw error;
    const hint = 'the server may be too busy (MaxStartups in sshd_config), or something else listens there';
    throw new Unreachable(route.host, 'refused', `${place(route)} closed the connection before it began to talk: ${error.message}`, hint, { cause: error });
  }
}

/** Through a jump host all share one connection to it, so that each waits for its own sshd alone; commands that are a way as a rule log in to one and the same. */
function queueOf({ address, port, jumps, proxyCommand }: Route): string {
  const via = jumps.map((jump) => `${jump.address}:${jump.port} `).join('');
  return proxyCommand === undefined ? `${via}${address}:${port}` : 'proxy command';
}

const allHostKeys = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];

/** Exchanges keys and logs in over a socket; the socket is closed where that fails. */
async function handshake(route: Route, login: Login, socket: Socket, wire: Wire): Promise<Client> {
  const entries = await readEntries(route.hostKeys, { host: route.host, address: route.keyName, port: route.port });
  let denied: unknown;
  let greeted = false;
  const next = nextMethod(login);
  let asked = 0;
  const config: Config = {
    sock: socket.stream,
    username: route.user,
    readyTimeout: (route.connectTimeout + 20) * 1000,
    keepaliveInterval: route.aliveInterval * 1000,
    keepaliveCountMax: route.aliveCount,
    algorithms: { serverHostKey: orderAlgorithms(entries, allHostKeys) as never },
    authHandler: (...words) => {
      if (asked > 0) wire.roundTrip(performance.now() - asked);
      asked = 0;
      next(...words);
    },
    hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
      greeted = true;
      checkHostKey(route.hostKeys, { host: route.host, address: route.keyName, port: route.port }, entries, key).then(
        () => verify(true),
        (error: unknown) => {
          denied = error;
          verify(false);
        },
      );
    },
  };
  const ssh = new NodeSSH();
  const ready = ssh.connect(config);
  const client = ssh.connection!;
  // node-ssh stops listening once it is ready; an error without a listener would end the whole run.
  client.on('error', () => undefined);
  client.setMaxListeners(0);
  // A server that is there but says nothing is given as long as one that does not answer at all.
  const silence = setTimeout(() => socket.stream.destroy(new Error(`it said nothing in ${route.connectTimeout} s`)), route.connectTimeout * 1000);
  client.once('handshake', () => {
    clearTimeout(silence);
    // The service that ssh2 asks for now is granted by a server that has nothing to work out.
    asked = performance.now();
  });
  try {
    await ready;
    return client;
  } catch (error) {
    clearTimeout(silence);
    client.destroy();
    socket.close();
    throw denied ?? explain(route, login, error as Error & { level?: string }, greeted);
  }
}

/** Hands out the ways to log in, leaving out what the server says it does not take. */
function nextMethod({ methods }: Login): AuthHandlerMiddleware {
  let at = 0;
  return (left, _partial, next) => {
    const taken = left as readonly string[] | null;
    while (at < methods.length) {
      const method = methods[at++]!;
      const kind = method.type === 'agent' ? 'publickey' : method.type;
      if (!taken || taken.includes(kind)) return next(method);
    }
    return next(false as never);
  };
}

const dropped = /lost before handshake|No response from server|ECONNRESET|EPIPE|socket hang up|premature|ended by the other/i;
const loginHint = 'name a key with ansible_ssh_private_key_file or --private-key, or a user with -u; see what ssh says with: ssh -v';

function explain(route: Route, { tried }: Login, error: Error & { level?: string }, greeted: boolean): Error {
  const refuse = (message: string) => new Unreachable(route.host, 'refused', message, undefined, { cause: error });
  if (error.level === 'client-authentication' || /authentication/i.test(error.message)) {
    const list = tried.length > 0 ? tried.join(', ') : 'nothing: there is no agent, no key file, and no password';
    return new Unreachable(route.host, 'login', `${place(route)} let ${route.user} in by none of what was tried: ${list}`, loginHint, { cause: error });
  }
  if (!greeted && dropped.test(error.message)) return new Dropped(error.message, { cause: error });
  if (error.level === 'client-timeout') return refuse(`${place(route)} did not finish the login in ${route.connectTimeout + 20} s`);
  return refuse(`ssh to ${place(route)} failed: ${error.message}`);
}

function transportOf(route: Route, client: Client, pressure: () => void): Transport {
  let open = true;
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
  void gone.then(() => (open = false));
  return {
    user: route.user,
    alive: () => open,
    gone,
    ...channelLaunch(route.host, client, () => open, pressure),
    forward: (address, port) =>
      new Promise((resolve, reject) => client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => (error ? reject(error) : resolve(channel)))),
    async close() {
      client.end();
      if (!(await within(2000, gone))) client.destroy();
    },
  };
}

/** How messages call a host's address. */
function place({ address, port, user, jumps }: Route): string {
  const via = jumps.length > 0 ? ` via ${jumps.map((jump) => jump.address).join(', ')}` : '';
  return `${user}@${address}:${port}${via}`;
}
