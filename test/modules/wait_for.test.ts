import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import wait from '../../modules/wait_for.ts';
import { hexAddress } from '../../modules/shared/proc-net.ts';
import { sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);

async function listen(t: ExecutionContext, host: string, greet = ''): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => { socket.on('error', () => undefined); socket.write(greet); });
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function closedPort(t: ExecutionContext): Promise<number> {
  const { server, port } = await listen(t, '127.0.0.1');
  server.close();
  await once(server, 'close');
  return port;
}

test('wait_for is content with a port that answers, and never counts as a change', async (t) => {
  const { port } = await listen(t, '127.0.0.1');
  const done = await tryModule(wait, { port, timeout: 5 }, { session: await open() });
  t.is(done.kind, 'ok');
  t.is(done.result['elapsed'], 0);
  t.is(done.result['port'], port);
});

test('wait_for reaches IPv6 and names', async (t) => {
  const { port } = await listen(t, '::');
  t.is((await tryModule(wait, { host: '::1', port, timeout: 3 }, { session: await open() })).kind, 'ok');
  t.is((await tryModule(wait, { host: 'localhost', port, timeout: 3 }, { session: await open() })).kind, 'ok');
});

test('wait_for fails when the time is up, and says for what it waited', async (t) => {
  const port = await closedPort(t);
  const tried = await tryModule(wait, { port, timeout: 1 }, { session: await open() });
  t.is(tried.kind, 'failed');
  t.regex(tried.message!, new RegExp(`^127.0.0.1:${port} open: not so after [12] s$`));
  t.is((await tryModule(wait, { port, timeout: 1, msg: 'etcd did not come up' }, { session: await open() })).message, 'etcd did not come up');
});

test('wait_for sees a port close and a port open while it waits', async (t) => {
  const { server, port } = await listen(t, '127.0.0.1');
  const session = await open();
  setTimeout(() => server.close(), 600);
  t.is((await tryModule(wait, { port, state: 'stopped', timeout: 30 }, { session })).kind, 'ok');
  // Long enough that a busy machine has begun to look by then.
  setTimeout(() => server.listen(port, '127.0.0.1'), 4000);
  const done = await tryModule(wait, { port, timeout: 30 }, { session });
  t.is(done.kind, 'ok');
  t.true((done.result['elapsed'] as number) >= 1);
});

test('wait_for sees a path come and go', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const path = `${folder}/it's $here`;
  setTimeout(() => void writeFile(path, ''), 500);
  t.is((await tryModule(wait, { path, timeout: 10 }, { session })).kind, 'ok');
  setTimeout(() => void rm(path), 500);
  t.is((await tryModule(wait, { path, state: 'absent', timeout: 10 }, { session })).kind, 'ok');
});

test('wait_for finds a pattern in a file and gives its groups', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/log`, 'start\nready at 2379 ok\nend\n');
  const done = await tryModule(wait, { path: `${folder}/log`, search_regex: '^ready at (?P<port>\\d+)\\s(\\w+)$', timeout: 3 }, { session });
  t.is(done.kind, 'ok', done.message);
  t.deepEqual(done.result['match_groups'], ['2379', 'ok']);
  t.deepEqual({ ...(done.result['match_groupdict'] as object) }, { port: '2379' });
  t.is((await tryModule(wait, { path: `${folder}/log`, search_regex: 'never', timeout: 1 }, { session })).kind, 'failed');
});

test('wait_for finds a pattern in what a port sends', async (t) => {
  const { port } = await listen(t, '127.0.0.1', 'SSH-2.0-OpenSSH_9.2\r\n');
  const done = await tryModule(wait, { port, search_regex: 'OpenSSH_(\\d+)', timeout: 3 }, { session: await open() });
  t.is(done.kind, 'ok', done.message);
  t.deepEqual(done.result['match_groups'], ['9']);
  t.is((await tryModule(wait, { port, search_regex: 'dropbear', timeout: 1, connect_timeout: 1 }, { session: await open() })).kind, 'failed');
});

test('wait_for waits until a port has no connections left', async (t) => {
  const { server, port } = await listen(t, '127.0.0.1');
  t.is((await tryModule(wait, { port, state: 'drained', timeout: 2 }, { session: await open() })).kind, 'ok');
  const { connect } = await import('node:net');
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  t.teardown(() => client.destroy());
  t.is((await tryModule(wait, { port, state: 'drained', timeout: 1 }, { session: await open() })).kind, 'failed');
  t.is((await tryModule(wait, { port, state: 'drained', timeout: 1, exclude_hosts: ['127.0.0.1'] }, { session: await open() })).kind, 'ok');
  server.unref();
});

test('a dry run looks once: what is so is ok, what is not is left to the run', async (t) => {
  const session = await open();
  const { port } = await listen(t, '127.0.0.1');
  const perform = () => { throw new Error('a dry run performs nothing'); };
  t.is((await tryModule(wait, { port }, { session: { ...session, perform }, check: true })).result['elapsed'], 0);
  const tried = await tryModule(wait, { port: await closedPort(t), timeout: 100 }, { session: { ...session, perform }, check: true });
  t.is(tried.kind, 'ok');
  t.false('elapsed' in tried.result);
});

test('wait_for without port and path waits for its time', async (t) => {
  const began = Date.now();
  t.is((await tryModule(wait, { timeout: 1 }, { session: await open() })).kind, 'ok');
  t.true(Date.now() - began >= 1000);
});

for (const params of [{ path: '/x', state: 'stopped' }, { path: '/x', port: 1 }, { state: 'drained' }, { port: 1, exclude_hosts: ['1.1.1.1'] }, { path: '/x', search_regex: '(' }]) {
  test(`wait_for refuses ${JSON.stringify(params)}`, async (t) => {
    t.is((await tryModule(wait, params, { session: await open() })).kind, 'failed');
  });
}

test('addresses are written as Linux writes them', (t) => {
  t.deepEqual(hexAddress('127.0.0.1'), ['0100007F', '0000000000000000FFFF00000100007F']);
  t.deepEqual(hexAddress('::1'), ['00000000000000000000000001000000']);
  t.deepEqual(hexAddress('fe80::1:2'), ['000080FE000000000000000002000100']);
  t.deepEqual(hexAddress('::ffff:10.0.0.1'), ['0000000000000000FFFF00000100000A']);
});
