/** Files and packages of a mirror folder over HTTP. */
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import test from 'ava';
import { MirrorError } from '../../../engine/mirror/mirror-error.ts';
import { answerOf } from '../../../engine/mirror/send-file.ts';
import { serveMirror } from '../../../engine/mirror/serve-mirror.ts';
import { mirrorFolder, put, served } from './mirror-folder.ts';

test('a file is had at HOST/PATH with its length, and HEAD gives the same without it', async (t) => {
  const folder = await mirrorFolder(t);
  put(folder, 'files/dl.k8s.io/release/core:/a+b', 'some bytes');
  const { url, log } = await served(t, folder);
  const got = await fetch(`${url}/dl.k8s.io/release/core%3A/a%2Bb`);
  t.is(await got.text(), 'some bytes');
  const head = await fetch(`${url}/dl.k8s.io/release/core:/a+b`, { method: 'HEAD' });
  for (const { status, headers } of [got, head]) {
    t.is(status, 200);
    t.is(headers.get('content-length'), '10');
    t.is(headers.get('accept-ranges'), 'bytes');
    t.is(headers.get('etag'), got.headers.get('etag'));
  }
  t.is(await head.text(), '');
  t.regex(log[0]!, /^\S+Z 127\.0\.0\.1 GET \/dl\.k8s\.io\/release\/core%3A\/a%2Bb 200$/);
});

test('packages are had below /packages/, the list at /mirror.json, and / says what there is', async (t) => {
  const folder = await mirrorFolder(t);
  put(folder, 'packages/apt/dists/InRelease', 'signed');
  const { url } = await served(t, folder);
  t.is(await (await fetch(`${url}/packages/apt/dists/InRelease`)).text(), 'signed');
  t.like(await (await fetch(`${url}/mirror.json`)).json(), { version: 1 });
  t.regex(await (await fetch(url)).text(), /0 files at \/HOST\/PATH, 0 images at \/v2\//);
});

test('a file that comes while it is served is had at once', async (t) => {
  const folder = await mirrorFolder(t);
  const { url } = await served(t, folder);
  t.is((await fetch(`${url}/a.test/x`)).status, 404);
  put(folder, 'files/a.test/x', 'x');
  t.is(await (await fetch(`${url}/a.test/x`)).text(), 'x');
});

test('parts are had by range', async (t) => {
  const folder = await mirrorFolder(t);
  put(folder, 'files/a.test/x', '0123456789');
  const { url } = await served(t, folder);
  const part = (range: string): Promise<Response> => fetch(`${url}/a.test/x`, { headers: { range } });
  for (const [range, text, said] of [['bytes=2-4', '234', '2-4'], ['bytes=7-', '789', '7-9'], ['bytes=-2', '89', '8-9'], ['bytes=8-99', '89', '8-9']] as const) {
    const got = await part(range);
    t.is(got.status, 206, range);
    t.is(await got.text(), text, range);
    t.is(got.headers.get('content-range'), `bytes ${said}/10`, range);
  }
  const beyond = await part('bytes=10-');
  t.is(beyond.status, 416);
  t.is(beyond.headers.get('content-range'), 'bytes */10');
  t.is((await part('bytes=0-1,3-4')).status, 200, 'several ranges: the whole');
});

test('who has the file already is told so', async (t) => {
  const folder = await mirrorFolder(t);
  utimesSync(put(folder, 'files/a.test/x', 'x'), 1_000_000, 1_000_000);
  const { url } = await served(t, folder);
  const etag = (await fetch(`${url}/a.test/x`)).headers.get('etag')!;
  const status = async (headers: Record<string, string>): Promise<number> => (await fetch(`${url}/a.test/x`, { headers })).status;
  t.is(await status({ 'if-none-match': etag }), 304);
  t.is(await status({ 'if-none-match': '"other"' }), 200);
  t.is(await status({ 'if-modified-since': 'Mon, 12 Jan 1970 13:46:40 GMT' }), 304);
  t.is(await status({ 'if-modified-since': 'Mon, 12 Jan 1970 13:46:39 GMT' }), 200);
  t.is(await status({ 'if-range': '"other"', range: 'bytes=0-0' }), 200);
  t.is(await status({ 'if-range': etag, range: 'bytes=0-0' }), 206);
});

test('an empty file has an answer', (t) => {
  t.like(answerOf({}, { size: 0, mtimeMs: 0, mtime: new Date(0) }), { status: 200, headers: { 'content-length': 0 }, range: undefined });
  t.is(answerOf({ range: 'bytes=0-' }, { size: 0, mtimeMs: 0, mtime: new Date(0) }).status, 416);
});

/** Asks with a path that no client would send. */
function raw(url: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`));
    let text = '';
    socket.setEncoding('utf8').on('data', (data) => (text += data)).on('end', () => resolve(text)).on('error', reject);
  });
}

test('no path and no link leads out of the folder', async (t) => {
  const folder = await mirrorFolder(t);
  const outside = put(await mirrorFolder(t), 'secret', 'the secret');
  put(folder, 'files/a.test/x', 'x');
  put(folder, 'other', 'not served');
  symlinkSync(outside, `${folder}/files/a.test/link`);
  symlinkSync('/', `${folder}/files/a.test/root`);
  symlinkSync('x', `${folder}/files/a.test/inside`);
  const { url } = await served(t, folder);
  const up = '../'.repeat(12);
  const paths = ['/a.test/../../other', '/a.test/%2e%2e/%2e%2e/other', `/a.test/${up}etc/passwd`, `/packages/${up}etc/passwd`, '/a.test%2f..%2f..%2fother', '/a.test/link',
    '/a.test/root/etc/passwd', '//etc/passwd', '/a.test/x%00', '/other', '/%', `/v2/a/blobs/../../../other`, '/v2/../other', '/packages', '/a.test', '/a.test/'];
  for (const path of paths) {
    const answer = await raw(url, path);
    t.regex(answer, /^HTTP\/1\.1 40[04] /, path);
    t.notRegex(answer, /not served|root:|the secret/, path);
  }
  t.regex(await raw(url, '/a.test/inside'), /\r\n\r\nx$/, 'a link within the folder is followed');
});

test('a folder that is named by a link is served', async (t) => {
  const folder = await mirrorFolder(t);
  put(folder, 'files/a.test/x', 'x');
  const link = `${await mirrorFolder(t)}/link`;
  symlinkSync(folder, link);
  const { url } = await served(t, link);
  t.is(await (await fetch(`${url}/a.test/x`)).text(), 'x');
});

test('nothing can be put there', async (t) => {
  const { url } = await served(t, await mirrorFolder(t));
  for (const [method, path] of [['PUT', '/a.test/x'], ['POST', '/v2/a/blobs/uploads/'], ['DELETE', '/v2/a/manifests/b']] as const) {
    const { status, headers } = await fetch(url + path, { method });
    t.is(status, 405);
    t.is(headers.get('allow'), 'GET, HEAD');
  }
});

test('a client that goes in the middle of a file costs the server nothing', async (t) => {
  const folder = await mirrorFolder(t);
  mkdirSync(`${folder}/files/a.test`, { recursive: true });
  writeFileSync(`${folder}/files/a.test/big`, Buffer.alloc(8 << 20));
  put(folder, 'files/a.test/x', 'x');
  const { url, log } = await served(t, folder);
  const cut = new AbortController();
  const { body } = await fetch(`${url}/a.test/big`, { signal: cut.signal });
  await body!.getReader().read();
  cut.abort();
  t.is(await (await fetch(`${url}/a.test/x`)).text(), 'x');
  t.deepEqual(log.filter((line) => line.startsWith('error')), []);
});

test('a folder that is no mirror, and an address that is taken or is not of this host, are told', async (t) => {
  const folder = await mirrorFolder(t);
  const { url } = await served(t, folder);
  const fails = async (options: Parameters<typeof serveMirror>[0]): Promise<string> => (await t.throwsAsync(serveMirror(options), { instanceOf: MirrorError })).message;
  t.regex(await fails({ folder: `${folder}/nothing`, address: '127.0.0.1', port: 0 }), /is not a mirror folder/);
  t.regex(await fails({ folder, address: '127.0.0.1', port: Number(new URL(url).port) }), /cannot listen on 127\.0\.0\.1 port \d+: it is in use/);
  t.regex(await fails({ folder, address: '192.0.2.1', port: 8080 }), /cannot listen on 192\.0\.2\.1 port 8080: this host has no such address/);
});
