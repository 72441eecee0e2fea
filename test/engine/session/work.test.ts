/** What a connection tells of itself: whether it is open, and since when it has had nothing to do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createConnection } from '../../../engine/session/connection.ts';
import { connectLocal } from '../../../engine/session/local.ts';
import type { Connection } from '../../../engine/session/session.ts';
import { brief } from './with-session.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function withConnection(use: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await connectLocal({ host: 'here' });
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

test('a connection is idle from the end of the last thing it does', (t) =>
  withConnection(async (connection) => {
    const session = await connection.session();
    const long = session.ask(['sleep', '0.5']);
    const short = session.perform([{ kind: 'run', argv: ['true'] }]);
    await pause(200);
    t.is(connection.idle(), 0);
    await short;
    t.is(connection.idle(), 0, 'the other one still goes on');
    await long;
    await pause(20);
    t.true(connection.idle() >= 10);
  }));

test('to connect is something to do, and to ask for a session', async (t) => {
  const begun = performance.now();
  const gone = new Promise(() => undefined);
  const opened = async () => {
    await pause(500);
    return { user: 'me', alive: () => true, crowded: () => false, gone, launch: () => Promise.reject(new Error('nothing is started')), close: async () => undefined };
  };
  const connection = await createConnection('here', opened);
  t.true(connection.idle() < (performance.now() - begun) / 2);
  await pause(300);
  const before = connection.idle();
  await connection.session();
  t.true(connection.idle() < before);
  await connection.close();
});

test('an upload is something to do', (t) =>
  withConnection(async (connection) => {
    const folder = mkdtempSync(join(tmpdir(), 'kplay-work-'));
    const session = await connection.session();
    await session.ask(['true']);
    const seen: number[] = [];
    const onProgress = () => void seen.push(connection.idle());
    await session.perform([{ kind: 'write', path: join(folder, 'big'), content: { bytes: Buffer.alloc(4_000_000) } }], { onProgress });
    rmSync(folder, { recursive: true });
    t.true(seen.length > 1);
    t.deepEqual([...new Set(seen)], [0]);
  }));

test('after a reset it is not open, until the next question', (t) =>
  withConnection(async (connection) => {
    const session = await connection.session();
    t.true(connection.opened());
    await connection.reset();
    t.deepEqual([connection.opened(), connection.idle()], [false, 0]);
    t.deepEqual(brief(await session.ask(['echo', 'anew'])), [0, 'anew', '']);
    t.true(connection.opened());
    await connection.close();
    t.false(connection.opened());
  }));

test('what is asked while it is reset goes another way and is answered', (t) =>
  withConnection(async (connection) => {
    const session = await connection.session();
    await session.ask(['true']);
    const over = connection.reset();
    const answers = await Promise.all([1, 2, 3].map((number) => session.ask(['echo', String(number)])));
    await over;
    t.deepEqual(answers.map(brief), [[0, '1', ''], [0, '2', ''], [0, '3', '']]);
    t.deepEqual(brief(await session.ask(['echo', 'after'])), [0, 'after', '']);
  }));
