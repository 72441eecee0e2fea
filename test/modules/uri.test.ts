import { once } from 'node:events';
import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import test from 'ava';
import type { Session } from '../../engine/session/session.ts';
import uri from '../../modules/uri.ts';
import { onWeb, playFiles } from '../support/play.ts';
import { sharedSession, snapshot } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';
import { serve, type Answer } from '../support/web-server.ts';

const open = sharedSession(test);
const ok: Answer = (_, response) => void response.end('fine');

/** A session that may not perform anything. */
const looking = (session: Session): Session => ({ ...session, perform: () => { throw new Error('only looking was expected'); } });

test('uri registers status, headers, cookies and JSON of what it GETs, by looking alone, also in a dry run', async (t) => {
  const [session, folder] = [looking(await open()), await tempFolder(t)];
  const served = await serve(t, (_, response) => void response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'X-Some-Thing': '{{ 7*7 }}', 'Set-Cookie': ['id=1; Path=/', 'name=x y'], Changed: 'yes' }).end('{"a": [1, "é"]}'));
  const before = await snapshot(folder);
  for (const check of [false, true]) {
    const done = await tryModule(uri, { url: `${served.url}/x?y=[1]` }, { session, check });
    t.is(done.kind, 'ok', done.message);
    t.like(done.result, {
      status: 200, url: `${served.url}/x?y=[1]`, redirected: false, json: { a: [1, 'é'] }, content_type: 'application/json; charset=utf-8', x_some_thing: '{{ 7*7 }}',
      cookies: { id: '1', name: 'x y' }, cookies_string: 'id=1; name=x y', msg: 'OK (unknown bytes)', content: undefined, changed: undefined,
    });
  }
  t.true(Number.isInteger((await tryModule(uri, { url: served.url }, { session })).result['elapsed']));
  t.deepEqual(served.asked.slice(0, 2).map(({ method, url, headers }) => [method, url, headers['user-agent']]), [['GET', '/x?y=[1]', 'kplay'], ['GET', '/x?y=[1]', 'kplay']]);
  t.deepEqual(await snapshot(folder), before);
});

test('uri gives content where it is asked, in the charset that the server names, and never takes a HEAD for more', async (t) => {
  const session = looking(await open());
  const served = await serve(t, (_, response) => void response.writeHead(200, { 'Content-Type': 'text/plain; charset=iso-8859-1', 'Content-Length': 5 }).end(Buffer.from('\n@\xe9\0\n', 'latin1')));
  t.like((await tryModule(uri, { url: served.url, return_content: true }, { session })).result, { content: '\n@é\0\n', content_length: '5', msg: 'OK (5 bytes)' });
  t.like((await tryModule(uri, { url: served.url, method: 'head', return_content: true }, { session })).result, { content: '', content_length: '5', status: 200 });
  t.deepEqual(served.asked.map(({ method }) => method), ['GET', 'HEAD']);
});

test('uri acts with other methods: the dry run foretells and asks nothing', async (t) => {
  const session = await open();
  const served = await serve(t, (asked, response) => void response.writeHead(201, { 'Content-Type': 'application/vnd.api+json' }).end(JSON.stringify({ got: asked.body.toString() })));
  const params = { url: served.url.replace('//', '//me:geheim@'), method: 'POST', body: 'x', status_code: [200, 201] };
  const foretold = await tryModule(uri, params, { session: looking(session), check: true });
  t.like(foretold, { kind: 'changed', summaries: [`POST ${served.url}`], result: { url: served.url } });
  t.is(served.asked.length, 0);
  const done = await tryModule(uri, params, { session });
  t.like(done, { kind: 'changed', summaries: [`POST ${served.url}`] });
  t.like(done.result, { status: 201, json: { got: 'x' }, url: served.url });
  t.is(served.asked.length, 1);
});

test('uri sends a body as JSON, as a form, or as it is, byte for byte', async (t) => {
  const session = await open();
  const served = await serve(t, ok);
  const text = `it's\n.\n"\\ $HOME \`x\` é\n${'long '.repeat(250_000)}\n`;
  const rows: [Record<string, unknown>, string, string | undefined][] = [
    [{ body_format: 'json', body: { a: 1, b: [true, null], c: 'é' } }, '{"a": 1, "b": [true, null], "c": "\\u00e9"}', 'application/json'],
    [{ body_format: 'json', body: '{"already": "text"}' }, '{"already": "text"}', 'application/json'],
    [{ body_format: 'json', body: [], headers: { 'content-type': 'application/merge-patch+json' } }, '[]', 'application/merge-patch+json'],
    [{ body_format: 'form-urlencoded', body: { name: 'a b&c', list: ['1', 2], no: null, yes: true } }, 'name=a+b%26c&list=1&list=2&yes=True', 'application/x-www-form-urlencoded'],
    [{ body_format: 'form-urlencoded', body: [['k', 'v'], ['k', 'w']] }, 'k=v&k=w', 'application/x-www-form-urlencoded'],
    [{ body: text, headers: { 'Content-Type': 'text/plain' } }, text, 'text/plain'],
    [{ body: 12 }, '12', 'application/x-www-form-urlencoded'],
    [{}, '', undefined],
  ];
  for (const [index, [params]] of rows.entries()) {
    const done = await tryModule(uri, { url: served.url, method: index % 2 ? 'POST' : 'PUT', ...params }, { session });
    t.is(done.kind, 'changed', done.message);
  }
  t.deepEqual(served.asked.map(({ body, headers }) => [body.toString(), headers['content-type']]), rows.map(([, body, type]) => [body, type]));
  t.deepEqual(served.asked.map(({ method }) => method), rows.map((_, index) => (index % 2 ? 'POST' : 'PUT')));
  t.true(served.asked.every(({ headers }) => headers['content-length'] !== undefined && headers.expect === undefined));
  t.regex((await tryModule(uri, { url: served.url, method: 'POST', body: { a: 1 } }, { session })).message!, /body is a mapping/);
  t.regex((await tryModule(uri, { url: served.url, method: 'HEAD', body: 'x' }, { session })).message!, /HEAD request has no body/);
});

test('uri GETs with a body by looking', async (t) => {
  const served = await serve(t, ok);
  t.is((await tryModule(uri, { url: served.url, body: { query: 1 }, body_format: 'json' }, { session: looking(await open()) })).kind, 'ok');
  t.deepEqual(served.asked.map(({ method, body }) => [method, body.toString()]), [['GET', '{"query": 1}']]);
});

test('uri fails for a status that was not asked, and says what the server says', async (t) => {
  const session = await open();
  const served = await serve(t, ({ url }, response) => void response.writeHead(url === '/page' ? 500 : 404, { 'Content-Type': 'application/json', 'X-A': 'b' }).end(url === '/page' ? '<html>' : '{"error":\n "no such project"}'));
  for (const method of ['GET', 'POST']) {
    const failed = await tryModule(uri, { url: served.url, method }, { session });
    t.is(failed.kind, 'failed');
    t.is(failed.message, 'Status code was 404 and not [200]: HTTP Error 404: Not Found; the server says: {"error": "no such project"}');
    t.like(failed.result, { status: 404, x_a: 'b', json: { error: 'no such project' }, content: '{"error":\n "no such project"}' });
  }
  t.is((await tryModule(uri, { url: `${served.url}/page` }, { session })).message, 'Status code was 500 and not [200]: HTTP Error 500: Internal Server Error');
  t.like(await tryModule(uri, { url: served.url, status_code: '200,404' }, { session }), { kind: 'ok', result: { status: 404, msg: 'HTTP Error 404: Not Found' } });
});

test('uri gives status -1 where nobody answers, or not in time, or not to the end', async (t) => {
  const session = await open();
  const served = await serve(t, ({ url }, response) => {
    if (url === '/cut') response.writeHead(200, { 'Content-Length': 100 }).write('half', () => response.destroy());
  });
  const closed = await tryModule(uri, { url: 'http://127.0.0.1:1/' }, { session });
  t.is(closed.kind, 'failed');
  t.regex(closed.message!, /^Status code was -1 and not \[200\]: Request failed: Failed to connect to 127\.0\.0\.1 port 1/);
  t.like(closed.result, { status: -1, redirected: false });
  t.regex((await tryModule(uri, { url: served.url, timeout: 1 }, { session })).message!, /-1 and not \[200\]: Request failed: Operation too slow/);
  t.regex((await tryModule(uri, { url: `${served.url}/cut`, method: 'POST' }, { session })).message!, /-1 and not \[200\]: Request failed: transfer closed/);
  t.is((await tryModule(uri, { url: 'http://127.0.0.1:1/', status_code: -1 }, { session })).kind, 'ok');
});

test('uri says what is no address and what cannot stand in a request', async (t) => {
  const session = await open();
  for (const url of ['file:///etc/passwd', 'ftp://x/', 'x']) t.regex((await tryModule(uri, { url }, { session })).message!, /does not begin with http/);
  for (const params of [{ url: 'http://x/\nfile' }, { headers: { a: 'b\r\nc: d' } }, { url_username: 'a\nb', url_password: 'c' }]) {
    t.regex((await tryModule(uri, { url: 'http://127.0.0.1:1', ...params }, { session })).message!, /cannot hold a line break/);
  }
  t.false(uri.params.safeParse({ url: 'http://x', method: 'GET /' }).success);
});

test('uri follows redirects of what only looks, of all methods, or none', async (t) => {
  const session = await open();
  const served = await serve(t, ({ url }, response) => void (url === '/end' ? response.writeHead(200, { 'Set-Cookie': 'b=2' }).end('end') : response.writeHead(Number(url.slice(1)), { location: '/end', 'Set-Cookie': 'a=1' }).end('moved')));
  const ask = async (path: string, more: Record<string, unknown> = {}) => {
    const { result } = await tryModule(uri, { url: served.url + path, status_code: [200, 302, 307], return_content: true, ...more }, { session });
    return [result['status'], result['redirected'], result['content'], result['url'], result['location']];
  };
  const end = [200, true, 'end', `${served.url}/end`, undefined];
  t.deepEqual(await ask('/302'), end);
  t.deepEqual(await ask('/302', { follow_redirects: 'none' }), [302, false, 'moved', `${served.url}/302`, `${served.url}/end`]);
  t.deepEqual(await ask('/302', { method: 'POST', body: 'x' }), [302, false, 'moved', `${served.url}/302`, `${served.url}/end`]);
  t.deepEqual(await ask('/302', { method: 'POST', body: 'x', follow_redirects: true }), end);
  t.deepEqual(await ask('/307', { method: 'POST', body: 'x', follow_redirects: 'all' }), end);
  t.deepEqual(served.asked.map(({ method, url, body }) => `${method} ${url} ${body}`), ['GET /302 ', 'GET /end ', 'GET /302 ', 'POST /302 x', 'POST /302 x', 'GET /end ', 'POST /307 x', 'POST /end x']);
  t.deepEqual((await tryModule(uri, { url: `${served.url}/302` }, { session })).result['cookies'], { a: '1', b: '2' });
});

test('uri does not run in a circle', async (t) => {
  const served = await serve(t, (_, response) => void response.writeHead(302, { location: '/' }).end());
  t.regex((await tryModule(uri, { url: served.url }, { session: await open() })).message!, /-1 and not \[200\]: Request failed: .*redirects/);
  t.is(served.asked.length, 11);
});

test('requests of a loop that act go one after the other, in order', async (t) => {
  let [now, most] = [0, 0];
  const served = await serve(t, ({ body }, response) => {
    most = Math.max(most, ++now);
    setTimeout(() => { now--; response.end('x'); }, body.toString() === '1' ? 300 : 0);
  });
  await playFiles(t, onWeb(`- {name: Post, uri: {url: "${served.url}", method: POST, body: "{{ item }}"}, loop: [1, 2, 3]}`), { limit: 'h1' });
  t.deepEqual([served.asked.map(({ body }) => body.toString()), most], [['1', '2', '3'], 1]);
});

test('until waits for a server that comes up', async (t) => {
  let tries = 0;
  const served = await serve(t, (_, response) => void response.writeHead(++tries < 3 ? 503 : 200).end('x'));
  const { outcome } = await playFiles(t, onWeb(`- {name: Ready, uri: {url: "${served.url}"}, register: r, until: r.status == 200, retries: 5, delay: 0}`), { limit: 'h1' });
  t.like(outcome('h1', 'Ready'), { status: 'ok', result: { status: 200, attempts: 3 } });
});

test('a GET that failed_when lets pass is ok, a POST has changed something', async (t) => {
  const served = await serve(t, (_, response) => void response.writeHead(500).end());
  const { told } = await playFiles(t, onWeb(`- {name: Get, uri: {url: "${served.url}"}, failed_when: false}\n- {name: Post, uri: {url: "${served.url}", method: POST}, failed_when: false}`), { limit: 'h1' });
  t.deepEqual(told, ['h1 Get: ok', 'h1 Post: changed']);
});

test('in a dry run an answer that is not as asked yet is left to the run', async (t) => {
  const { told } = await playFiles(t, onWeb('- {name: Health, uri: {url: "http://127.0.0.1:1/health"}, until: r.status == 200, register: r, retries: 100}'), { limit: 'h1', check: true });
  t.deepEqual(told, ['h1 Health: unknown']);
});

test('a GET that is made in a dry run as Ansible wants it, by check_mode: no, depends on what an earlier task makes', async (t) => {
  const tasks = '- {name: Make, command: "true"}\n- {name: Get, uri: {url: "http://127.0.0.1:1/"}, check_mode: false}';
  t.deepEqual((await playFiles(t, onWeb(tasks), { limit: 'h1', check: true })).told, ['h1 Make: changed', 'h1 Get: unknown']);
  t.deepEqual((await playFiles(t, onWeb(tasks), { limit: 'h1' })).told, ['h1 Make: changed', 'h1 Get: failed']);
});

test('uri asks nothing where creates is there or removes is not', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const served = await serve(t, ok);
  await writeFile(`${folder}/f`, '');
  for (const method of ['GET', 'POST']) {
    t.like(await tryModule(uri, { url: served.url, method, creates: `${folder}/f` }, { session }), { kind: 'ok', result: { stdout: `skipped, since ${folder}/f exists` } });
    t.like(await tryModule(uri, { url: served.url, method, removes: `${folder}/none` }, { session }), { kind: 'ok', result: { stdout: `skipped, since ${folder}/none does not exist` } });
  }
  t.is(served.asked.length, 0);
  t.is((await tryModule(uri, { url: served.url, method: 'POST', creates: `${folder}/none`, removes: `${folder}/f` }, { session })).kind, 'changed');
});

test('uri reaches a server on a socket of the host', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const server = createServer((_, response) => void response.end('by socket')).listen(`${folder}/sock`);
  await once(server, 'listening');
  t.teardown(() => server.close());
  t.is((await tryModule(uri, { url: 'http://localhost/', unix_socket: `${folder}/sock`, return_content: true }, { session })).result['content'], 'by socket');
  t.like(await tryModule(uri, { url: 'http://localhost/', unix_socket: `${folder}/none` }, { session }), { kind: 'missing', message: `${folder}/none is not on the host` });
});

test('an answer above 8 MiB is an error that says what to do', async (t) => {
  const served = await serve(t, (_, response) => void response.end(Buffer.alloc(9 * 1024 * 1024)));
  t.regex((await tryModule(uri, { url: served.url }, { session: await open() })).message!, /is larger than 8 MiB$/);
});
