/** A connection over some transport: its sessions by user, its loss, its coming back. */
import type { Duplex } from 'node:stream';
import { becomeLaunch } from './become.ts';
import type { Launch } from './pipes.ts';
import { createPerform } from './perform.ts';
import { createPerformTogether } from './perform-together.ts';
import { createPool, type Pool } from './pool.ts';
import { createProbe } from './probe.ts';
import { Unreachable, type Become, type Connection, type Session } from './session.ts';
import { createShell, type Shell } from './shell.ts';
import { startText } from './shell-text.ts';
import { openWork } from './work.ts';
import { openWire, waitOn, type Meter, type Wire } from './wire.ts';

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
  /** Is told of all waiting; default nobody. */
  readonly meter?: Meter | undefined;
}

interface User {
  readonly become: Become | undefined;
  readonly pool: Pool;
  readonly session: Session;
}

/** Opens the way, and tells the wire how long it is; it may call `pressure` where it could do with fewer idle processes. */
export type OpenTransport = (pressure: () => void, wire: Wire) => Promise<Transport>;

/** A connection that opens its transport at once, and again for the next question after it was lost. */
export async function createConnection(host: string, openTransport: OpenTransport, { sh = '/bin/sh', meter }: ConnectionOptions = {}): Promise<Connection> {
  const wire = openWire(host, meter);
  const users = new Map<string, User>();
  let transport: Promise<Transport> | undefined;
  let closed = false;
  let crowded = () => false;
  const work = openWork();
  const pressure = () => users.forEach(({ pool }) => pool.shed());
  const reach = async (): Promise<Transport> => {
    if (closed) throw new Unreachable(host, 'lost', 'the connection was closed');
    if (transport) return transport;
    const opened = work.during(openTransport(pressure, wire));
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
  const openShell = (become: Become | undefined) => async (patient: boolean): Promise<Shell> => {
    await reach();
    const pipes = await waitOn(wire, 'shell', () => launchAs(become)(startText(sh), patient));
    return createShell(host, pipes, sh, wire);
  };
  const createUser = (become: Become | undefined): User => {
    const pool = work.of(createPool(host, openShell(become), () => crowded()));
    const context = { host, pool, launch: work.ofLaunch(launchAs(become)), sh, wire };
    const perform = createPerform(context);
    return { become, pool, session: { ...createProbe(host, pool), perform, performTogether: createPerformTogether(context, perform) } };
  };
  const end = async () => {
    const way = transport;
    // What is asked from now on opens a way of its own.
    transport = undefined;
    await Promise.all([...users.values()].map(({ pool }) => pool.close()));
    await way?.then((opened) => opened.close(), () => undefined);
  };

  await reach();
  return {
    host,
    async session(become) {
      const way = await work.during(reach());
      const name = become && become.user !== way.user ? become.user : '';
      let user = users.get(name);
      if (!user) users.set(name, (user = createUser(name === '' ? undefined : become)));
      return user.session;
    },
    opened: () => transport !== undefined,
    idle: () => (transport === undefined ? 0 : work.idle()),
    reset: end,
    async close() {
      closed = true;
      await end();
    },
  };
}
