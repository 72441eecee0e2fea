/** A connection over some transport: its sessions by user, its loss, its coming back. */
import type { Duplex } from 'node:stream';
import { becomeLaunch } from './become.ts';
import type { Launch } from './pipes.ts';
import { createPerform } from './perform.ts';
import { createPool, type Pool } from './pool.ts';
import { createProbe } from './probe.ts';
import { Unreachable, type Become, type Connection, type Session } from './session.ts';
import { createShell, type Shell } from './shell.ts';
import { startText } from './shell-text.ts';

/** A way to a host that is open: processes of the login user can be started on it. */
export interface Transport {
  /** The login user's name. */
  readonly user: string;
  readonly launch: Launch;
  /** Opens a byte stream from that host to another; where missing, it cannot be a jump host. */
  readonly forward?: (address: string, port: number) => Promise<Duplex>;
  readonly alive: () => boolean;
  /** True where somebody waits for room: what is idle is then to end. */
  readonly crowded: () => boolean;
  /** Settles when the way is gone, by whatever cause. */
  readonly gone: Promise<unknown>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** The shell that runs everything; default /bin/sh. */
  readonly sh?: string;
}

interface User {
  readonly become: Become | undefined;
  readonly pool: Pool;
  readonly session: Session;
}

/** Opens the way; it may call `pressure` where it could do with fewer idle processes. */
export type OpenTransport = (pressure: () => void) => Promise<Transport>;

/** A connection that opens its transport at once, and again for the next question after it was lost. */
export async function createConnection(host: string, openTransport: OpenTransport, { sh = '/bin/sh' }: ConnectionOptions = {}): Promise<Connection> {
  const users = new Map<string, User>();
  let transport: Promise<Transport> | undefined;
  let closed = false;
  let crowded = () => false;
  const pressure = () => users.forEach(({ pool }) => pool.shed());
  const reach = async (): Promise<Transport> => {
    if (closed) throw new Unreachable(host, 'lost', 'the connection was closed');
    if (transport) return transport;
    const opened = openTransport(pressure);
    transport = opened;
    const forget = () => {
      if (transport !== opened) return false;
      transport = undefined;
      return true;
    };
    const onGone = () => {
      if (forget()) for (const { pool } of users.values()) pool.drop();
    };
    opened.then((way) => {
      crowded = way.crowded;
      void way.gone.then(onGone);
    }, forget);
    return opened;
  };
  const launchAs = (become: Become | undefined): Launch => async (command, patient) => {
    const way = await reach();
    if (!become || become.user === way.user) return way.launch(command, patient);
    return becomeLaunch(host, way.launch, become)(command, patient);
  };
  const openShell = (become: Become | undefined) => async (patient: boolean): Promise<Shell> => createShell(host, await launchAs(become)(startText(sh), patient), sh);
  const createUser = (become: Become | undefined): User => {
    const pool = createPool(host, openShell(become), () => crowded());
    const perform = createPerform({ host, pool, launch: launchAs(become), sh });
    return { become, pool, session: { ...createProbe(host, pool), perform } };
  };
  const end = async () => {
    await Promise.all([...users.values()].map(({ pool }) => pool.close()));
    const way = transport;
    transport = undefined;
    await way?.then((opened) => opened.close(), () => undefined);
  };

  await reach();
  return {
    host,
    async session(become) {
      const way = await reach();
      const name = become && become.user !== way.user ? become.user : '';
      let user = users.get(name);
      if (!user) users.set(name, (user = createUser(name === '' ? undefined : become)));
      return user.session;
    },
    reset: end,
    async close() {
      closed = true;
      await end();
    },
  };
}
