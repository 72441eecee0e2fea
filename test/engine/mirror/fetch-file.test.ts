/** Downloads of single files: whole, checked, and gone on with where an earlier try ended. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fetchFile } from '../../../engine/mirror/fetch-file.ts';
import { get, proxyFor } from '../../../engine/mirror/http-get.ts';
import { tempFolder } from '../../support/try-module.ts';
import { serve, type Answer } from '../../support/web-server.ts';

const bytes = Buffer.from('0123456789'.repeat(50_000));
const sha256 = createHash('sha256').update(bytes).digest('hex');

/** Answers as servers do that know ranges. */
const ranged: Answer = ({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? -1);
  if (from >= bytes.length) response.writeHead(416).end();
  else if (from >= 0) response.writeHead(206, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }).end(bytes.subarray(from));
  else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
};

async function place(t: ExecutionContext, part?: Buffer): Promise<string> {
  const to = path.join(await tempFolder(t), 'deep/down/file');
  mkdirSync(path.dirname(to), { recursive: true });
  if (part) writeFileSync(`${to}.part`, part);
  return to;
}

test('a file comes whole, with its sum and size, and nothing beside it', async (t) => {
  const { url } = await serve(t, ranged);
  const to = await place(t);
  let count = 0;
  t.deepEqual(await fetchFile({ from: `${url}/x`, to, sha256, onBytes: (some) => { count += some; } }), { sha256, size: bytes.length });
  t.true(readFileSync(to).equals(bytes));
  t.is(count, bytes.length);
  t.false(existsSync(`${to}.part`));
});

for (const [title, have, ranges] of [
  ['an earlier try is gone on with', bytes.subarray(0, 1234), ['bytes=1234-']],
  ['an earlier try that had all of it is only put in place', bytes, [`bytes=${bytes.length}-`]],
  ['an earlier try of another file is thrown away and the download begins anew', Buffer.from('9'.repeat(100)), ['bytes=100-', undefined]],
  ['an earlier try that is longer than the file is thrown away', Buffer.from('9'.repeat(bytes.length + 5)), [`bytes=${bytes.length + 5}-`, undefined]],
] as const) {
  test(title, async (t) => {
    const { url, asked } = await serve(t, ranged);
    const to = await place(t, have);
    await fetchFile({ from: `${url}/x`, to, sha256 });
    t.true(readFileSync(to).equals(bytes));
    t.deepEqual(asked.map(({ headers }) => headers.range), [...ranges]);
  });
}

test('a server that knows no ranges sends the whole again', async (t) => {
  const { url } = await serve(t, (_, response) => response.writeHead(200).end(bytes));
  const to = await place(t, bytes.subarray(0, 10));
  await fetchFile({ from: `${url}/x`, to, sha256 });
  t.true(readFileSync(to).equals(bytes));
});

test('a connection that breaks and a server that is busy are tried again, and what had come is kept', async (t) => {
  let tries = 0;
  const to = await place(t);
  const { url, asked } = await serve(t, (request, response) => {
    tries++;
    if (tries === 1) response.writeHead(503).end('later');
    else if (tries === 2) {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 100_000));
      const watch = setInterval(() => {
        if (!existsSync(`${to}.part`) || statSync(`${to}.part`).size === 0) return;
        clearInterval(watch);
        response.destroy();
      }, 20);
    } else ranged(request, response);
  });
  await fetchFile({ from: `${url}/x`, to, sha256 });
  t.true(readFileSync(to).equals(bytes));
  t.regex(asked[2]!.headers.range!, /^bytes=[1-9]\d*-$/);
});

test('a file with another sum is an error that tells both, and leaves nothing', async (t) => {
  const { url } = await serve(t, (_, response) => response.end('evil'));
  const to = await place(t);
  const error = await t.throwsAsync(fetchFile({ from: `${url}/x`, to, sha256 }), { name: 'MirrorError' });
  t.true(error!.message.includes(sha256) && error!.message.includes(createHash('sha256').update('evil').digest('hex')));
  t.false(existsSync(to) || existsSync(`${to}.part`));
});

test('an answer that will not get better is asked for once', async (t) => {
  const { url, asked } = await serve(t, (_, response) => response.writeHead(404).end());
  await t.throwsAsync(fetchFile({ from: `${url}/x`, to: await place(t), sha256 }), { name: 'MirrorError', message: /\/x: the server answered 404/ });
  t.is(asked.length, 1);
});

test('redirects are followed, and a circle of them ends', async (t) => {
  const { url } = await serve(t, (request, response) => (request.url === '/a' ? response.writeHead(302, { location: '/b' }).end() : request.url === '/b' ? ranged(request, response) : response.writeHead(302, { location: '/c' }).end()));
  t.is((await fetchFile({ from: `${url}/a`, to: await place(t), sha256 })).size, bytes.length);
  await t.throwsAsync(get(`${url}/c`), { message: /redirect/ });
});

test('an interrupted download ends at once and keeps what came', async (t) => {
  const { url } = await serve(t, (_, response) => { response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 200_000)); });
  const to = await place(t);
  const controller = new AbortController();
  let count = 0;
  await t.throwsAsync(fetchFile({ from: `${url}/x`, to, sha256, signal: controller.signal, onBytes: (some) => { if ((count += some) === 200_000) setTimeout(() => controller.abort(), 300); } }), { any: true });
  t.true(controller.signal.aborted && !existsSync(to));
  t.is(readFileSync(`${to}.part`).length, 200_000);
});

test.serial('a proxy of the environment is gone through, for both kinds of addresses', async (t) => {
  const { url, asked } = await serve(t, (_, response) => response.end(bytes));
  const before = { ...process.env };
  t.teardown(() => { process.env = before; });
  process.env['http_proxy'] = url.replace('http://', 'http://me:secret@');
  await fetchFile({ from: 'http://files.example/deep/x', to: await place(t), sha256 });
  t.like(asked[0], { url: 'http://files.example/deep/x' });
  t.is(asked[0]!.headers.host, 'files.example');
  t.is(asked[0]!.headers['proxy-authorization'], `Basic ${Buffer.from('me:secret').toString('base64')}`);
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    tunnels.push(request.url!);
    const behind = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      behind.pipe(socket).pipe(behind);
    });
    for (const each of [behind, socket]) each.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(() => { proxy.closeAllConnections(); proxy.close(); });
  process.env['https_proxy'] = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  // What answers behind it speaks no TLS, which shows that the tunnel leads there.
  await t.throwsAsync(get('https://files.example/x'), { message: /wrong version number|packet length/ });
  t.deepEqual(tunnels, ['files.example:443']);
});

for (const [address, env, expected] of [
  ['https://a.example/x', { https_proxy: 'http://p:3128' }, 'http://p:3128/'],
  ['http://a.example/x', { https_proxy: 'http://p:3128' }, undefined],
  ['https://a.example/x', { https_proxy: 'p:3128', no_proxy: 'b.example, .a.example' }, undefined],
  ['https://x.a.example/x', { all_proxy: 'p:3128', no_proxy: 'a.example:443' }, undefined],
  ['https://xa.example/x', { HTTPS_PROXY: 'p:3128', NO_PROXY: 'a.example' }, 'http://p:3128/'],
  ['https://a.example/x', { https_proxy: 'p:3128', no_proxy: '*' }, undefined],
] as const) {
  test(`the proxy for ${address} under ${JSON.stringify(env)} is ${expected ?? 'none'}`, (t) => t.is(proxyFor(new URL(address), env)?.href, expected));
}
