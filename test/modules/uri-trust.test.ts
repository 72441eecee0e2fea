/** What uri keeps to itself, how it logs in, whom it trusts, and with which tools. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import test from 'ava';
import { openForesight } from '../../engine/module/foresight.ts';
import type { Session } from '../../engine/session/session.ts';
import command from '../../modules/command.ts';
import uri from '../../modules/uri.ts';
import { onWeb, playFiles } from '../support/play.ts';
import { sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule, type Tried } from '../support/try-module.ts';
import { serve, type Answer } from '../support/web-server.ts';

const open = sharedSession(test);
const has = (...tools: readonly string[]): boolean => tools.every((tool) => existsSync(`/usr/bin/${tool}`));
const withWget = has('wget') ? test : test.skip;
const withOpenssl = has('wget', 'openssl') ? test : test.skip;
const ok: Answer = (_, response) => void response.end('fine');
const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** A session that may not perform anything. */
const looking = (session: Session): Session => ({ ...session, perform: () => { throw new Error('only looking was expected'); } });

const guarded: Answer = ({ headers }, response) => void (headers.authorization ? response.end('in') : response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end('who?'));

test('uri sends name and password once it is asked for them, and never a body in pieces; or at once', async (t) => {
  const session = await open();
  const served = await serve(t, guarded);
  const login = { url: served.url, user: 'me', password: 'p"a\\s s' };
  const body = `it's\0binary\n`;
  t.is((await tryModule(uri, login, { session: looking(session) })).kind, 'ok');
  t.is((await tryModule(uri, { ...login, method: 'POST', body }, { session })).kind, 'changed');
  t.is((await tryModule(uri, { ...login, method: 'POST', body, force_basic_auth: true }, { session })).kind, 'changed');
  const me = basic('me', 'p"a\\s s');
  t.deepEqual(served.asked.map(({ method, headers, body: sent }) => [method, headers.authorization, sent.toString()]), [
    ['GET', undefined, ''], ['GET', me, ''], ['POST', undefined, body], ['POST', me, body], ['POST', me, body],
  ]);
});

test('uri acts once where the server wants no password', async (t) => {
  const served = await serve(t, ok);
  for (const method of ['POST', 'DELETE']) t.is((await tryModule(uri, { url: served.url, method, user: 'me', password: 'pw', body: 'x' }, { session: await open() })).kind, 'changed');
  t.deepEqual(served.asked.map(({ method, body }) => `${method} ${body}`), ['POST x', 'DELETE x']);
});

test('uri answers a server that asks for a digest', async (t) => {
  const served = await serve(t, ({ headers }, response) => void (/^Digest username="me".*response="\w{32}"/.test(headers.authorization ?? '') ? response.end('in') : response.writeHead(401, { 'WWW-Authenticate': 'Digest realm="x", nonce="abc", qop="auth"' }).end()));
  for (const method of ['GET', 'PUT']) t.not((await tryModule(uri, { url: served.url, method, user: 'me', password: 'pw', ...(method === 'PUT' && { body: 'x' }) }, { session: await open() })).kind, 'failed');
  t.is(served.asked.at(-1)!.body.toString(), 'x');
});

test('what uri sends stands in no process\'s arguments, in no summary and in no output', async (t) => {
  const session = await open();
  const served = await serve(t, ok);
  const seen: string[] = [];
  const watching: Session = {
    ...session,
    ask: (argv, options) => { seen.push(JSON.stringify(argv)); return session.ask(argv, options); },
    perform: (steps, options) => { seen.push(JSON.stringify(steps.map((step) => (step.kind === 'run' ? [step.argv, step.script, step.env] : step)))); return session.perform(steps, { ...options, onOutput: (text) => seen.push(text) }); },
  };
  const secrets = { headers: { 'X-Token': 'tok"en' }, user: 'me', password: 'hunter22', body: 'body-secret' };
  for (const method of ['GET', 'POST']) {
    const done = await tryModule(uri, { url: served.url.replace('//', '//you:urlsecret@'), method, ...secrets }, { session: watching });
    seen.push(JSON.stringify(done));
  }
  t.is(served.asked[0]!.headers['x-token'], 'tok"en');
  t.true(seen.length > 4);
  for (const secret of ['tok', 'hunter22', 'body-secret', 'urlsecret', 'fine']) t.false(seen.join().includes(secret), secret);
});

test('params of a failed request hide headers and body, and what is sent is no word that is hidden elsewhere', async (t) => {
  const { outcome, events } = await playFiles(t, onWeb('- {name: Ask, uri: {url: "http://127.0.0.1:1/", method: POST, body: ready, headers: "{{ sent }}", user: me, password: "{{ word }}"}, ignore_errors: true}\n- debug: {msg: ready}', '  vars: {sent: {Authorization: Bearer abcdef}, word: hunter22}\n'), { limit: 'h1' });
  t.like(outcome('h1', 'Ask').failure!.params, { url: 'http://127.0.0.1:1/', body: '********', headers: '********', url_password: '********' });
  t.notRegex(JSON.stringify(events), /hunter22|abcdef/);
  t.is(outcome('h1', 'debug').message, 'ready');
});

/** An authority, and a key pair that it signed for loopback, in a folder. */
function makeCertificates(folder: string): void {
  const openssl = (...argv: string[]): void => void execFileSync('openssl', argv, { cwd: folder, stdio: 'ignore' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=test-ca', '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=me', '-keyout', 'own.key', '-out', 'own.csr');
  writeFileSync(`${folder}/names`, 'subjectAltName=IP:127.0.0.1');
  openssl('x509', '-req', '-in', 'own.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-out', 'own.crt', '-days', '2');
}

withOpenssl('uri checks a server by the authority that is named, shows a certificate of its own, and checks nothing where that is asked', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  makeCertificates(folder);
  const file = (name: string): Buffer => readFileSync(`${folder}/${name}`);
  const server = createSecure({ key: file('own.key'), cert: file('own.crt'), ca: file('ca.crt'), requestCert: true, rejectUnauthorized: false }, (request, response) => void response.end((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  await mkdir(`${folder}/with:colon`);
  await writeFile(`${folder}/with:colon/both.pem`, Buffer.concat([file('own.crt'), file('own.key')]));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const wget = await withTools(folder, session, ['wget', 'sh', 'setsid']);
  const own = { client_cert: `${folder}/own.crt`, client_key: `${folder}/own.key` };
  for (const each of [session, wget]) {
    const ask = async (params: Record<string, unknown>): Promise<unknown> => {
      const { result, message } = await tryModule(uri, { url, return_content: true, ...params }, { session: each });
      return message ?? result['content'];
    };
    t.regex(String(await ask({})), /-1 and not \[200\]: Request failed: .*certificate/i);
    t.is(await ask({ validate_certs: false }), 'nobody');
    t.is(await ask({ ca_path: `${folder}/ca.crt` }), 'nobody');
    t.is(await ask({ ca_path: `${folder}/ca.crt`, ...own }), 'me');
    t.is(await ask({ ca_path: `${folder}/ca.crt`, client_cert: `${folder}/with:colon/both.pem` }), 'me');
    t.regex(String(await ask({ ca_path: `${folder}/ca.crt`, url: url.replace('127.0.0.1', 'localhost') })), /-1 and not/);
  }
  t.is((await tryModule(uri, { url, method: 'POST', return_content: true, ca_path: `${folder}/ca.crt`, ...own }, { session })).result['content'], 'me');
});

/** The session on a host whose PATH holds these tools alone. */
async function withTools(folder: string, session: Session, tools: readonly string[]): Promise<Session> {
  await mkdir(`${folder}/bin`);
  for (const tool of tools) for (const at of ['/usr/bin', '/bin']) await symlink(`${at}/${tool}`, `${folder}/bin/${tool}`).catch(() => undefined);
  return { ...session, ask: (argv, options) => session.ask(argv, { ...options, env: { ...options?.env, PATH: `${folder}/bin` } }) };
}

withWget('uri looks with wget where there is no curl, and gives the same', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const served = await serve(t, ({ url }, response) => {
    if (url === '/moved') return void response.writeHead(302, { location: '/json', 'Set-Cookie': 'a=1' }).end();
    if (url === '/gone') return void response.writeHead(404, { 'X-A': 'b' }).end('no such thing');
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 9 }).end('{"a": 1}\n');
  });
  const wget = await withTools(folder, session, ['wget', 'sh', 'setsid']);
  for (const params of [{ url: '/json' }, { url: '/moved' }, { url: '/moved', follow_redirects: 'none' }, { url: '/gone' }, { url: '/gone', status_code: 404, return_content: true }, { url: '/json', method: 'HEAD' }]) {
    const [one, other] = await Promise.all([wget, session].map((each) => tryModule(uri, { status_code: [200, 302], ...params, url: served.url + params.url }, { session: each })));
    const same = ({ result, ...rest }: Tried) => ({ ...rest, result: { ...result, date: '', elapsed: 0, connection: '', keep_alive: '' } });
    t.deepEqual(same(one!), same(other!), JSON.stringify(params));
  }
  t.regex((await tryModule(uri, { url: 'http://127.0.0.1:1/' }, { session: wget })).message!, /-1 and not \[200\]: Request failed: .*refused/);
});

test('uri says what is missing, and what would be done once it is there', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const wget = await withTools(folder, session, ['wget', 'sh', 'setsid']);
  const none: Session = { ...session, ask: (argv, options) => session.ask(argv, { ...options, env: { PATH: '/nonexistent' } }) };
  t.like(await tryModule(uri, { url: 'http://x' }, { session: none }), { kind: 'missing', message: 'the host has no curl to make the request with' });
  for (const params of [{ method: 'POST' }, { headers: { a: 'b' } }, { user: 'a', password: 'b' }]) {
    t.regex((await tryModule(uri, { url: 'http://x', ...params }, { session: wget })).message!, /has wget and no curl/);
  }
  t.is((await tryModule(uri, { url: 'https://x', ca_path: `${folder}/ca.crt` }, { session })).message, `${folder}/ca.crt is not on the host`);
  const dry = { session, check: true, foresight: openForesight() };
  await tryModule(command, { cmd: 'true', creates: `${folder}/ca.crt` }, dry);
  t.is((await tryModule(uri, { url: 'https://x', method: 'POST', ca_path: `${folder}/ca.crt` }, dry)).kind, 'missing');
});
