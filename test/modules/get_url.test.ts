import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { openForesight } from '../../engine/module/foresight.ts';
import command from '../../modules/command.ts';
import copy from '../../modules/copy.ts';
import file from '../../modules/file.ts';
import statOf from '../../modules/stat.ts';
import getUrl from '../../modules/get_url.ts';
import { findInList, readChecksum } from '../../modules/shared/checksum.ts';
import { downloadInput, nameOfUrl } from '../../modules/shared/download.ts';
import type { Session } from '../../engine/session/session.ts';
import { onWeb, playFiles } from '../support/play.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Served { readonly url: string; readonly requests: string[]; content: string }

async function serve(t: ExecutionContext): Promise<Served> {
  const served: Served = { url: '', requests: [], content: 'content\n' };
  const server = createServer((request, response) => {
    served.requests.push(`${request.url} ${request.headers['x-token'] ?? '-'} ${request.headers.authorization ?? '-'}`);
    if (request.url === '/SHA256SUMS') return void response.end(`${sha256('other')}  ./other\n${sha256(served.content)} *file.bin\n`);
    if (request.url === '/gone') return void response.writeHead(404).end('no');
    if (request.url === '/moved') return void response.writeHead(302, { location: '/file.bin' }).end();
    response.end(served.content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return Object.assign(served, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

test('get_url downloads once, with its mode, and asks nothing more of the server', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  const done = await settles(t, getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/a b`, mode: '0755' }, { session, folder });
  t.deepEqual(done.summaries, [`download ${served.url}/file.bin to ${folder}/a b`]);
  t.is(await readFile(`${folder}/a b`, 'utf8'), 'content\n');
  t.is((await stat(`${folder}/a b`)).mode & 0o777, 0o755);
  t.like(done.result, { status_code: 200, size: 8, sha256: sha256('content\n'), msg: 'OK' });
  t.is(served.requests.length, 1);
  t.deepEqual(await readdir(folder), ['a b']);
});

test('get_url takes the name from the address in a folder', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  await settles(t, getUrl, { url: `${served.url}/file.bin?x=1`, dest: folder }, { session, folder });
  await settles(t, getUrl, { url: `${served.url}/moved`, dest: `${folder}/new/` }, { session, folder });
  t.is(await readFile(`${folder}/file.bin`, 'utf8'), 'content\n');
  t.is(await readFile(`${folder}/new/moved`, 'utf8'), 'content\n');
});

test('get_url replaces what has another checksum, and asks nothing where it is right', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  await writeFile(`${folder}/f`, 'old');
  for (const checksum of [`sha256:${sha256('content\n')}`, `sha1:${createHash('sha1').update('content\n').digest('hex')}`]) {
    await writeFile(`${folder}/f`, 'old');
    await chmod(`${folder}/f`, 0o600);
    await settles(t, getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/f`, checksum }, { session, folder });
    t.is((await stat(`${folder}/f`)).mode & 0o777, 0o600, 'the mode stays');
  }
  await settles(t, getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/g`, sha256sum: sha256('content\n') }, { session, folder });
  t.is(served.requests.length, 3);
});

test('get_url leaves the place as it was where the checksum is another or the server says no', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  await writeFile(`${folder}/f`, 'old');
  const wrong = await tryModule(getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/f`, checksum: `sha256:${'0'.repeat(64)}` }, { session });
  t.is(wrong.kind, 'failed');
  t.regex(wrong.message!, new RegExp(`what was downloaded has the sha256 ${sha256('content\n')}, expected 0000`));
  const gone = await tryModule(getUrl, { url: `${served.url}/gone`, dest: `${folder}/g` }, { session });
  t.is(gone.kind, 'failed');
  t.regex(gone.message!, /404/);
  t.is(await readFile(`${folder}/f`, 'utf8'), 'old');
  t.deepEqual(await readdir(folder), ['f']);
});

test('get_url reads the checksum from a list', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  await settles(t, getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/f`, checksum: `sha256:${served.url}/SHA256SUMS` }, { session, folder });
  t.is((await tryModule(getUrl, { url: `${served.url}/third`, dest: `${folder}/g`, checksum: `sha256:${served.url}/SHA256SUMS` }, { session })).kind, 'failed');
});

test('a dry run asks the server for no checksum of a file that is not there', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const asked = { url: 'http://127.0.0.1:1/file.bin', dest: `${folder}/f`, checksum: 'sha256:http://127.0.0.1:1/SHA256SUMS' };
  t.deepEqual((await tryModule(getUrl, asked, { session, check: true })).summaries, [`download http://127.0.0.1:1/file.bin to ${folder}/f`]);
  t.is((await tryModule(getUrl, asked, { session })).kind, 'failed');
});

test('get_url with force looks whether the download differs, also in a dry run', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  await settles(t, getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/f`, force: true }, { session, folder });
  served.content = 'newer';
  const done = await settles(t, getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/f`, force: true, backup: true }, { session, folder });
  t.is(done.summaries.length, 1);
  t.is(await readFile(`${folder}/f`, 'utf8'), 'newer');
  t.is((await readdir(folder)).length, 2);
});

test('get_url sends headers and a password that stand in no process\'s arguments', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  const watched: string[] = [];
  const watching: Session = { ...session, perform: (steps, options) => { watched.push(JSON.stringify(steps.map((step) => (step.kind === 'run' ? [step.argv, step.script] : step)))); return session.perform(steps, options); } };
  const secrets = { headers: { 'X-Token': 'tok"en\\1' }, url_username: 'me', url_password: 'pa ss"' };
  t.is((await tryModule(getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/f`, ...secrets }, { session: watching })).kind, 'changed');
  t.deepEqual(served.requests, [`/file.bin tok"en\\1 Basic ${Buffer.from('me:pa ss"').toString('base64')}`]);
  t.false(watched.join().includes('pa ss'));
  t.false(watched.join().includes('tok'));
});

test('get_url downloads with wget where there is no curl, headers and all', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  await mkdir(`${folder}/bin`);
  for (const tool of ['wget', 'sh', 'mktemp', 'stat', 'chmod', 'chown', 'rm', 'mv', 'cat', 'sync', 'sha256sum', 'dirname', 'sleep', 'date', 'cp', 'head', 'mkdir', 'id', 'readlink', 'setsid', 'timeout']) {
    for (const at of ['/usr/bin', '/bin']) await symlink(`${at}/${tool}`, `${folder}/bin/${tool}`).catch(() => undefined);
  }
  const without: Session = {
    ...session,
    ask: (argv, options) => session.ask(argv, { ...options, env: { ...options?.env, PATH: `${folder}/bin` } }),
    perform: (steps, options) => session.perform(steps.map((step) => (step.kind === 'run' ? { ...step, env: { PATH: `${folder}/bin` } } : step)), options),
  };
  await mkdir(`${folder}/out`);
  const done = await tryModule(getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/out/f`, headers: { 'X-Token': 'abc' }, url_username: 'me', url_password: 'pw' }, { session: without });
  t.is(done.kind, 'changed', done.message);
  t.is(await readFile(`${folder}/out/f`, 'utf8'), 'content\n');
  t.deepEqual(await readdir(`${folder}/out`), ['f']);
  t.true(served.requests.every((each) => each.startsWith('/file.bin abc')), served.requests.join());
  const list = await tryModule(getUrl, { url: `${served.url}/file.bin`, dest: `${folder}/out/g`, checksum: `sha256:${served.url}/SHA256SUMS` }, { session: without });
  t.is(list.kind, 'changed', list.message);
  t.is((await tryModule(getUrl, { url: `${served.url}/gone`, dest: `${folder}/out/h` }, { session: without })).kind, 'failed');
});

test('get_url says what is missing: a tool, the folder', async (t) => {
  const [session, folder, served] = [await open(), await tempFolder(t), await serve(t)];
  const bare: Session = { ...session, ask: (argv, options) => session.ask(argv, { ...options, env: { PATH: '/nonexistent' } }) };
  const tried = await tryModule(getUrl, { url: `${served.url}/f`, dest: `${folder}/f` }, { session: bare });
  t.is(tried.message, 'the host has neither curl nor wget to download with');
  t.is((await tryModule(getUrl, { url: `${served.url}/f`, dest: `${folder}/no/f` }, { session })).kind, 'missing');
});

test('get_url takes file: addresses, and a file that is right is left alone', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/src`, 'x');
  await settles(t, getUrl, { url: `file://${folder}/src`, dest: `${folder}/f`, sha256: sha256('x') }, { session, folder });
  await utimes(`${folder}/f`, 1, 1);
  t.is((await tryModule(getUrl, { url: `file://${folder}/none`, dest: `${folder}/f`, sha256: sha256('x') }, { session })).kind, 'ok');
});

test('a dry run knows of a download what later tasks ask of it', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/src`, 'x');
  const dry = { session, check: true, foresight: openForesight() };
  const asked = { url: `file://${folder}/src`, dest: `${folder}/f`, mode: '0700' };
  t.is((await tryModule(getUrl, asked, dry)).kind, 'changed');
  t.is((await tryModule(getUrl, asked, dry)).kind, 'ok');
  t.is((await tryModule(file, { path: `${folder}/f`, mode: '0700' }, dry)).kind, 'ok');
  t.is((await tryModule(command, { cmd: 'true', creates: `${folder}/f` }, dry)).kind, 'ok');
  t.like((await tryModule(statOf, { path: `${folder}/f` }, dry)).result['stat'], { exists: true, mode: '0700' });
  t.is((await tryModule(copy, { content: 'x', dest: `${folder}/f` }, dry)).kind, 'missing', 'what it will hold is not known');
  t.is((await tryModule(copy, { src: `${folder}/f`, dest: `${folder}/g`, remote_src: true, mode: '0755' }, dry)).kind, 'missing');
});

test('a checksum is read with its algorithm', (t) => {
  t.deepEqual(readChecksum(`SHA256:${'A'.repeat(64)}`), { algorithm: 'sha256', value: 'a'.repeat(64) });
  t.throws(() => readChecksum('a'.repeat(64)), { message: /does not begin with its algorithm/ });
  t.throws(() => readChecksum('sha256:abc'), { message: /not a checksum of 64 hex digits/ });
  const list = { algorithm: 'md5', value: 'http://x' };
  t.is(findInList(`${'b'.repeat(32)}\n`, 'f', list), 'b'.repeat(32));
  t.is(findInList(`${'b'.repeat(32)}  ./f\n`, 'f', list), 'b'.repeat(32));
});

test('an address, a header or a password with a line break cannot add settings', (t) => {
  const download = { url: 'http://x/', headers: {}, validateCerts: true, timeout: 1, useProxy: true };
  for (const tool of ['curl', 'wget'] as const) {
    t.throws(() => downloadInput(tool, { ...download, url: 'http://x/\noutput = /etc/passwd' }));
    t.throws(() => downloadInput(tool, { ...download, headers: { a: 'b\r\nc' } }));
  }
  t.true(downloadInput('curl', { ...download, url: 'http://x/"\\\toutput' }).startsWith('url = "http://x/\\"\\\\\\toutput"\n'));
});

test('the name of a download is the end of its address', (t) => {
  t.is(nameOfUrl('https://a/b/c.tgz?x=/y#z'), 'c.tgz');
  t.is(nameOfUrl('https://a/b%20c'), 'b c');
  for (const url of ['https://a', 'https://a/', 'https://a/..', 'https://a/%2e%2e', 'https://a/x%2F..%2Fy', 'https://a/x%00']) t.is(nameOfUrl(url), 'index.html', url);
  t.is(nameOfUrl('https://a/100%'), '100%');
});

test('a download that fails shows neither its headers nor its password', async (t) => {
  const { outcome, events } = await playFiles(t, onWeb('- {name: Get, get_url: {url: "http://127.0.0.1:1/f", dest: /tmp/kplay-never, headers: "{{ sent }}", url_username: me, url_password: "{{ word }}"}, ignore_errors: true}\n', '  vars: {sent: {Authorization: Bearer abcdef}, word: hunter22}\n'), { limit: 'h1' });
  t.like(outcome('h1', 'Get').failure!.params, { url: 'http://127.0.0.1:1/f', headers: '********', url_password: '********' });
  t.notRegex(JSON.stringify(events), /hunter22|abcdef/);
});
