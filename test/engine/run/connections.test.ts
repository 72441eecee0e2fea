/** The connections of a run: kept, rested, shared out where there is room for few, over at the end. */
import test from 'ava';
import { openConnections, type ConnectionLimits } from '../../../engine/run/connections.ts';
import { Unreachable, type Connection, type Session, type Target } from '../../../engine/session/session.ts';

const target = (host: string): Target => ({ host, connection: 'ssh', address: host });
const limits: ConnectionLimits = { atOnce: 4, most: 10, rest: 60_000 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Hosts of which a test says how long they have been idle, or for which time goes by so many times as quick; the log says what is done to them. */
function openStage(quick = 0) {
  const log: string[] = [];
  const idle = new Map<string, number>();
  const refusing = new Set<string>();
  const connect = async ({ host }: Target): Promise<Connection> => {
    let open = false;
    let closed = false;
    let used = 0;
    const reach = async () => {
      if (closed) throw new Error(`${host} is used after it was closed`);
      if (open) return;
      await pause(1);
      if (refusing.has(host)) throw new Unreachable(host, 'refused', 'nobody is at home');
      open = true;
      used = performance.now();
      log.push(`open ${host}`);
    };
    const end = (word: string) => async () => {
      log.push(`${word} ${host}`);
      open = false;
      closed ||= word === 'close';
    };
    await reach();
    return {
      host, opened: () => open, idle: () => (open ? (idle.get(host) ?? 0) + quick * (performance.now() - used) : 0), reset: end('reset'), close: end('close'),
      async session() {
        used = performance.now();
        await reach();
        return { host } as Session;
      },
    };
  };
  return { connect, log, idle, refusing };
}

test('a target is connected to once, however many ask at the same time', async (t) => {
  const { connect, log } = openStage();
  const connections = openConnections(connect, limits);
  await Promise.all(['a', 'a', 'b', 'a'].map((host) => connections.session(target(host))));
  t.deepEqual(log, ['open a', 'open b']);
});

test('where there is no room for another, the one that was used last gives way', async (t) => {
  const { connect, log, idle } = openStage();
  const connections = openConnections(connect, { ...limits, most: 3 });
  for (const host of ['a', 'b', 'c']) await connections.session(target(host));
  for (const [host, ms] of Object.entries({ a: 5000, b: 500, c: 0 })) idle.set(host, ms);
  await connections.session(target('d'));
  t.deepEqual(log.slice(3), ['reset b', 'open d']);
  await connections.session(target('b'));
  t.deepEqual(log.slice(5), ['reset a', 'open b']);
});

test('a host that has something to do is waited for', async (t) => {
  const { connect, log, idle } = openStage();
  const connections = openConnections(connect, { ...limits, most: 1 });
  await connections.session(target('a'));
  const waiting = connections.session(target('b'));
  await pause(150);
  t.deepEqual(log, ['open a']);
  idle.set('a', 5000);
  await waiting;
  t.deepEqual(log, ['open a', 'reset a', 'open b']);
});

test('never are more open than there is room for, and all are served', async (t) => {
  const { connect, log } = openStage(5);
  const connections = openConnections(connect, { ...limits, most: 5 });
  const hosts = Array.from({ length: 20 }, (_, index) => `h${index}`);
  for (let task = 0; task < 3; task++) t.is((await Promise.all(hosts.map((host) => connections.session(target(host))))).length, 20);
  let open = 0;
  for (const line of log) {
    open += line.startsWith('open') ? 1 : -1;
    t.true(open <= 5, log.join(', '));
  }
});

test('a connection that nobody uses is closed after a while, and opened again for the next who asks', async (t) => {
  const { connect, log, idle } = openStage();
  const connections = openConnections(connect, { ...limits, rest: 20 });
  await Promise.all(['a', 'b'].map((host) => connections.session(target(host))));
  idle.set('a', 1000);
  await pause(100);
  t.deepEqual(log, ['open a', 'open b', 'reset a']);
  await connections.session(target('a'));
  t.is(log.at(-1), 'open a');
  await connections.closeAll();
});

test('one that does not come back is closed, and the next who asks connects anew', async (t) => {
  const { connect, log, idle, refusing } = openStage();
  const connections = openConnections(connect, { ...limits, most: 1 });
  await connections.session(target('a'));
  idle.set('a', 1000).set('b', 1000);
  await connections.session(target('b'));
  refusing.add('a');
  await t.throwsAsync(connections.session(target('a')), { instanceOf: Unreachable });
  refusing.delete('a');
  await connections.session(target('a'));
  t.deepEqual(log, ['open a', 'reset a', 'open b', 'reset b', 'close a', 'open a']);
});

test('after the end nobody is connected to any more', async (t) => {
  const { connect, log } = openStage();
  const connections = openConnections(connect, limits);
  await connections.session(target('a'));
  const late = connections.session(target('b'));
  await connections.closeAll();
  await late.catch(() => undefined);
  await t.throwsAsync(connections.session(target('c')), { message: /the run has ended/ });
  t.deepEqual(log.toSorted(), ['close a', 'close b', 'open a', 'open b']);
});
