import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { extname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connect } from '../../../engine/session/open.ts';
import { textOf, Unreachable, type Connection, type Session, type Target } from '../../../engine/session/session.ts';
import { freePort, makeKey, noSshd, processesWith, startSshd, type Sshd } from './sshd.ts';
import { startProxy } from './tcp-proxy.ts';
import { brief } from './with-session.ts';

/** A test against a real sshd; without one it is skipped by name, so that nobody takes it for passed. */
const withSshd = (title: string, run: (t: ExecutionContext, sshd: Sshd) => Promise<void>, lines: readonly string[] = []) => {
  if (noSshd) return test.skip(`NOT TRIED, ${noSshd}: ${title}`, (t) => t.pass());
  test.serial(title, async (t) => {
    const sshd = await startSshd(lines);
    try {
      await run(t, sshd);
    } finally {
      await sshd.stop();
    }
  });
};

if (noSshd) {
  test(`NOT TRIED, ${noSshd}: hosts over ssh`, (t) => {
    t.log(`nothing of ssh was tried: ${noSshd}`);
    t.pass();
  });
}

async function use<T>(target: Target, act: (session: Session, connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(target);
  try {
    return await act(await connection.session(), connection);
  } finally {
    await connection.close();
  }
}

const mark = () => `5${process.pid}.${Math.floor(Math.random() * 1e6)}`;

/** The error of a promise that must not be kept. */
async function refusal(promise: Promise<unknown>): Promise<Unreachable> {
  const error = await promise.then(() => undefined, (problem: unknown) => problem);
  if (error instanceof Unreachable) return error;
  throw new Error('expected Unreachable', { cause: error });
}

withSshd('a host is asked, read and written over one connection', async (t, sshd) => {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-ssh-'));
  await use(sshd.target(), async (session) => {
    t.is(session.host, 'tested');
    t.deepEqual(brief(await session.ask(['echo', 'a\nb', '$(id)'])), [0, 'a\nb $(id)', '']);
    const bytes = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index * 13) % 256));
    const steps = await session.perform([
      { kind: 'write', path: join(folder, 'small'), content: { text: 'small\n' }, mode: '0600' },
      { kind: 'write', path: join(folder, 'large'), content: { bytes }, mode: '0640' },
      { kind: 'run', script: 'echo out; echo err >&2; exit 3', codes: [3] },
    ]);
    t.deepEqual(steps.map(({ ok }) => ok), [true, true, true]);
    t.deepEqual(brief(steps[2]!), [3, 'out', 'err']);
    t.true(readFileSync(join(folder, 'large')).equals(bytes));
    t.deepEqual(await session.read(join(folder, 'large')), bytes);
    t.deepEqual(readdirSync(folder).sort(), ['large', 'small']);
    const output = await session.ask(['head', '-c', '300000000', '/dev/zero'], { cap: 1000 });
    t.deepEqual([output.code, output.stdout.length, output.truncated], [0, 1000, true]);
  });
  await until(() => sshd.children().length === 0);
  rmSync(folder, { recursive: true });
});

withSshd('close ends what runs on the host', async (t, sshd) => {
  const sleep = mark();
  const connection = await connect(sshd.target());
  const session = await connection.session();
  const running = refusal(session.perform([{ kind: 'run', script: `sleep ${sleep} & sleep ${sleep}` }]));
  await until(() => processesWith(`sleep ${sleep}`).length >= 2);
  await connection.close();
  t.is((await running).why, 'lost');
  t.deepEqual(processesWith(`sleep ${sleep}`), []);
});

withSshd('a client that is killed leaves nothing running and nothing half-written', async (t, sshd) => {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-ssh-'));
  for (const [kind, target] of [['ssh', sshd.target()], ['local', { ...sshd.target(), connection: 'local' as const }]] as const) {
    const sleep = mark();
    const open = new URL(`../../../engine/session/open${extname(import.meta.url)}`, import.meta.url).href;
    const code = `const { connect } = await import(${JSON.stringify(open)});
      const session = await (await connect(${JSON.stringify(target)})).session();
      void session.perform([{ kind: 'run', script: 'sleep ${sleep} & sleep ${sleep}' }]);
      void session.perform([{ kind: 'write', path: ${JSON.stringify(join(folder, 'large'))}, content: { bytes: Buffer.alloc(400e6) } }], { onProgress: (sent) => sent > 5e6 && console.log('sent') });`;
    const client = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(client.stdout, 'data');
    await until(() => processesWith(`sleep ${sleep}`).filter((line) => !line.includes('--input-type')).length >= 2);
    client.kill('SIGKILL');
    await until(() => processesWith(`sleep ${sleep}`).length === 0);
    await until(() => readdirSync(folder).length === 0);
    t.pass(kind);
  }
  rmSync(folder, { recursive: true });
});

withSshd('a connection killed in mid-command is lost for all who wait, and comes back for the next', async (t, sshd) => {
  const sleep = mark();
  await use(sshd.target(), async (session, connection) => {
    const waiting = [refusal(session.perform([{ kind: 'run', script: `sleep ${sleep}` }])), refusal(session.ask(['sleep', sleep]))];
    await until(() => processesWith(`sleep ${sleep}`).length >= 2);
    for (const pid of serving(sshd)) process.kill(pid, 'SIGKILL');
    t.deepEqual((await Promise.all(waiting)).map(({ why, host }) => [why, host]), [['lost', 'tested'], ['lost', 'tested']]);
    await until(() => processesWith(`sleep ${sleep}`).length === 0);
    t.deepEqual(brief(await session.ask(['echo', 'back'])), [0, 'back', '']);
    t.deepEqual(brief(await (await connection.session()).ask(['echo', 'again'])), [0, 'again', '']);
    await connection.reset();
    await until(() => sshd.children().length === 0);
    t.deepEqual(brief(await session.ask(['echo', 'anew'])), [0, 'anew', '']);
  });
});

withSshd('an upload that is cut off leaves nothing and is lost', async (t, sshd) => {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-ssh-'));
  await use(sshd.target(), async (session) => {
    const bytes = Buffer.alloc(60_000_000, 'x');
    let killed = false;
    const onProgress = () => {
      if (killed) return;
      killed = true;
      for (const pid of serving(sshd)) process.kill(pid, 'SIGKILL');
    };
    t.is((await refusal(session.perform([{ kind: 'write', path: join(folder, 'file'), content: { bytes } }], { onProgress }))).why, 'lost');
    await until(() => readdirSync(folder).length === 0);
  });
  t.deepEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
});

withSshd('a link that freezes is lost after three signs of life that did not come', async (t, sshd) => {
  const proxy = await startProxy(sshd.address, sshd.port);
  const target = sshd.target({ address: '127.0.0.1', port: proxy.port, sshArgs: '-F none -o ServerAliveInterval=1 -o ServerAliveCountMax=2', hostKeyChecking: 'no' });
  const connection = await connect(target);
  const session = await connection.session();
  t.is((await session.ask(['true'])).code, 0);
  proxy.freeze();
  const waiting = [refusal(session.ask(['true'])), refusal(session.perform([{ kind: 'run', argv: ['true'] }]))];
  t.deepEqual((await Promise.all(waiting)).map(({ why }) => why), ['lost', 'lost']);
  await connection.close();
  await proxy.close();
});

withSshd('a shell on the host that is killed is lost, and another is opened', async (t, sshd) => {
  await use(sshd.target(), async (session) => {
    const sleep = mark();
    const doomed = refusal(session.perform([{ kind: 'run', argv: ['sleep', sleep] }]));
    await until(() => processesWith(`sleep ${sleep}`).length > 0);
    for (const pid of sshd.children().filter((each) => nameOf(each) === 'sh')) process.kill(pid, 'SIGKILL');
    t.is((await doomed).why, 'lost');
    t.deepEqual(brief(await session.ask(['echo', 'on'])), [0, 'on', '']);
    for (const line of processesWith(`sleep ${sleep}`)) process.kill(Number(line.trim().split(' ')[0]));
  });
});

withSshd('many long commands and questions at once stay within MaxSessions', async (t, sshd) => {
  await use(sshd.target(), async (session) => {
    const long = Array.from({ length: 12 }, (_, index) => session.perform([{ kind: 'run', script: `sleep 0.4; echo ${index}` }]));
    await new Promise((resolve) => setTimeout(resolve, 200));
    let running = long.length;
    for (const each of long) void each.then(() => running--);
    t.is((await session.ask(['true'])).code, 0);
    t.true(running > 0, 'the question did not wait for all the commands');
    t.deepEqual((await Promise.all(long)).map(([result]) => textOf(result!.stdout)), Array.from({ length: 12 }, (_, index) => String(index)));
  });
});

withSshd('a host that allows two sessions is enough for long commands and an upload', async (t, sshd) => {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-ssh-'));
  await use(sshd.target(), async (session) => {
    const long = Array.from({ length: 4 }, () => session.perform([{ kind: 'run', script: 'sleep 0.3' }]));
    await Promise.all(long);
    const [step] = await session.perform([{ kind: 'write', path: join(folder, 'file'), content: { bytes: Buffer.alloc(200_000, 'x') } }]);
    t.true(step!.ok);
  });
  t.is(statSync(join(folder, 'file')).size, 200_000);
  rmSync(folder, { recursive: true });
}, ['MaxSessions 2']);

withSshd('a hundred connects at once all come through to a server that drops from ten on', async (t, sshd) => {
  const connections = await Promise.all(Array.from({ length: 100 }, () => connect(sshd.target())));
  t.is(connections.length, 100);
  t.is(new Set(connections).size, 100);
  await Promise.all(connections.map((connection) => connection.close()));
}, ['MaxStartups 10:30:60']);

withSshd('a server that drops nearly all connects is tried again, for a while', async (t, sshd) => {
  let dropped = 0;
  const gate = createServer((socket) => {
    dropped++;
    socket.destroy();
    if (dropped === 3) gate.close();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => gate.listen(port, '127.0.0.1', resolve));
  const error = await refusal(connect(sshd.target({ port, hostKeyChecking: 'no' })));
  t.is(error.why, 'refused');
  t.is(dropped, 3);
});

withSshd('a host is reached through a jump host, and many share its connection', async (t, sshd) => {
  const jump = await startSshd([], '127.0.0.2');
  const proxy = await startProxy(jump.address, jump.port);
  const folder = mkdtempSync(join(tmpdir(), 'kplay-ssh-'));
  writeFileSync(join(folder, 'known'), readFileSync(sshd.knownHostsFile, 'utf8') + readFileSync(jump.knownHostsFile, 'utf8').replace(/^\S+/, `[127.0.0.1]:${proxy.port}`));
  writeFileSync(join(folder, 'both'), readFileSync(sshd.keyFile), { mode: 0o600 });
  writeFileSync(join(folder, 'config'), `Host bastion\n  HostName 127.0.0.1\n  Port ${proxy.port}\n  User ${userInfo().username}\n  IdentityFile ${jump.keyFile}\n`);
  const target = sshd.target({ sshArgs: `-F ${join(folder, 'config')} -J bastion`, knownHostsFile: join(folder, 'known'), privateKeyFile: join(folder, 'both') });
  const connections = await Promise.all(Array.from({ length: 20 }, () => connect(target)));
  for (const connection of connections) t.is((await (await connection.session()).ask(['true'])).code, 0);
  t.is(proxy.taken(), 1);
  await Promise.all(connections.map((connection) => connection.close()));
  await until(() => jump.children().length === 0);
  const closed = await refusal(connect({ ...target, port: await freePort() }));
  t.is(closed.why, 'refused');
  t.regex(closed.message, /127\.0\.0\.1 cannot reach 127\.0\.0\.1:\d+/);
  await proxy.close();
  await jump.stop();
  t.is((await refusal(connect(target))).why, 'refused');
  rmSync(folder, { recursive: true });
});

withSshd('ProxyCommand is a way too', async (t, sshd) => {
  const command = `${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s);s.pipe(process.stdout)"`;
  const folder = mkdtempSync(join(tmpdir(), 'kplay-ssh-'));
  writeFileSync(join(folder, 'config'), `Host *\n  ProxyCommand ${command}\n`);
  await use(sshd.target({ sshArgs: `-F ${join(folder, 'config')}` }), async (session) => void t.is((await session.ask(['true'])).code, 0));
  rmSync(folder, { recursive: true });
});

withSshd('a changed host key shows both fingerprints, the line, and what to do', async (t, sshd) => {
  const known = join(sshd.folder, 'changed');
  const other = readFileSync(join(sshd.folder, 'user.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(known, `# comment\n[${sshd.address}]:${sshd.port} ${other}\n`);
  const error = await refusal(connect(sshd.target({ knownHostsFile: known })));
  t.is(error.why, 'key');
  t.regex(error.message, /has changed: it shows ssh-ed25519 SHA256:\S{43}, but .*changed:2 has ssh-ed25519 SHA256:\S{43}/);
  t.regex(error.hint!, /ssh-keygen -R '\[127\.0\.0\.1\]:\d+' -f/);
  t.is((await refusal(connect(sshd.target({ knownHostsFile: known, hostKeyChecking: 'accept-new' })))).why, 'key');
  await use(sshd.target({ knownHostsFile: known, hostKeyChecking: 'no' }), async (session) => void t.is((await session.ask(['true'])).code, 0));
  t.is(readFileSync(known, 'utf8').split('\n').length, 3, 'nothing was added');
});

withSshd('an unknown host key is refused with what to run, or remembered where that is asked', async (t, sshd) => {
  const known = join(sshd.folder, 'new folder', 'known');
  const error = await refusal(connect(sshd.target({ knownHostsFile: known })));
  t.is(error.why, 'key');
  t.regex(error.hint!, /ssh-keyscan -p \d+ 127\.0\.0\.1 >> /);
  t.false(existsSync(known));
  await Promise.all(Array.from({ length: 10 }, () => use(sshd.target({ knownHostsFile: known, hostKeyChecking: 'accept-new' }), async () => undefined)));
  t.is(readFileSync(known, 'utf8').trim().split('\n').length, 1);
  t.deepEqual([statSync(known).mode & 0o777, statSync(join(sshd.folder, 'new folder')).mode & 0o777], [0o600, 0o700]);
  await use(sshd.target({ knownHostsFile: known }), async (session) => void t.is((await session.ask(['true'])).code, 0));
});

withSshd('a host known by one type of key alone shows that one', async (t, sshd) => {
  const known = join(sshd.folder, 'ecdsa only');
  writeFileSync(known, `[${sshd.address}]:${sshd.port} ${readFileSync(join(sshd.folder, 'host_ecdsa.pub'), 'utf8')}`);
  await use(sshd.target({ knownHostsFile: known }), async (session) => void t.is((await session.ask(['true'])).code, 0));
});

withSshd('keys in every form log in', async (t, sshd) => {
  const folder = join(sshd.folder, 'keys');
  mkdirSync(folder, { mode: 0o700 });
  const openssl = (name: string, ...args: string[]) => {
    execFileSync('openssl', ['genpkey', ...args, '-out', join(folder, name)], { stdio: 'ignore' });
    execFileSync('chmod', ['600', join(folder, name)]);
  };
  openssl('pkcs8-rsa', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
  openssl('pkcs8-ec', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256');
  openssl('pkcs8-ed25519', '-algorithm', 'ED25519');
  makeKey('rsa', join(folder, 'openssh-rsa'));
  makeKey('ecdsa', join(folder, 'openssh-ecdsa'));
  const { parsePrivateKey } = await import('../../../engine/session/private-key.ts');
  for (const name of ['pkcs8-rsa', 'pkcs8-ec', 'pkcs8-ed25519', 'openssh-rsa', 'openssh-ecdsa']) {
    const key = parsePrivateKey(readFileSync(join(folder, name), 'utf8'));
    if (key instanceof Error) throw key;
    writeFileSync(join(sshd.folder, 'authorized_keys'), `${key.type} ${key.getPublicSSH().toString('base64')}\n`);
    await use(sshd.target({ privateKeyFile: join(folder, name) }), async (session) => void t.is((await session.ask(['true'])).code, 0, name));
  }
});

withSshd('a login that fails says what was tried', async (t, sshd) => {
  makeKey('ed25519', join(sshd.folder, 'wrong'));
  makeKey('ed25519', join(sshd.folder, 'locked'), 'secret');
  const error = await refusal(connect(sshd.target({ privateKeyFile: join(sshd.folder, 'wrong'), password: 'no', sshArgs: `-F none -o IdentitiesOnly=yes -i ${join(sshd.folder, 'locked')} -i ${join(sshd.folder, 'absent')}` })));
  t.is(error.why, 'login');
  t.regex(error.message, /wrong, .*locked \(not used: it is encrypted; add it to the agent with: ssh-add\), .*absent \(there is no such file\), the password/);
  t.notRegex(error.message, /"no"/);
});

withSshd('an agent lets in, for an encrypted key too', async (t, sshd) => {
  makeKey('ed25519', join(sshd.folder, 'locked'), 'secret');
  writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(join(sshd.folder, 'locked.pub')));
  const socket = join(sshd.folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  try {
    await until(() => existsSync(socket));
    const ask = join(sshd.folder, 'askpass');
    writeFileSync(ask, '#!/bin/sh\necho secret\n', { mode: 0o700 });
    execFileSync('ssh-add', [join(sshd.folder, 'locked')], { env: { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' }, stdio: 'ignore' });
    for (const args of [`-o IdentityAgent=${socket}`, `-o IdentityAgent=${socket} -o IdentitiesOnly=yes`]) {
      await use(sshd.target({ privateKeyFile: join(sshd.folder, 'locked'), sshArgs: `-F none ${args}` }), async (session) => void t.is((await session.ask(['true'])).code, 0, args));
    }
  } finally {
    agent.kill();
  }
});

withSshd('an agent that is gone is no reason not to use the keys there are', async (t, sshd) => {
  const dead = join(sshd.folder, 'dead agent');
  writeFileSync(dead, '');
  await use(sshd.target({ sshArgs: `-F none -o IdentityAgent="${dead}"` }), async (session) => void t.is((await session.ask(['true'])).code, 0));
  const error = await refusal(connect(sshd.target({ privateKeyFile: join(sshd.folder, 'absent'), sshArgs: `-F none -o IdentitiesOnly=yes -o IdentityAgent="${dead}"` })));
  t.regex(error.message, /the agent at .*dead agent \(not used: /);
});

withSshd('a passphrase that is known opens an encrypted key', async (t, sshd) => {
  const { connectSsh } = await import('../../../engine/session/ssh.ts');
  makeKey('ed25519', join(sshd.folder, 'locked'), 'secret');
  writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(join(sshd.folder, 'locked.pub')));
  const connection = await connectSsh(sshd.target({ privateKeyFile: join(sshd.folder, 'locked') }), { passphrase: async () => 'secret' });
  t.is((await (await connection.session()).ask(['true'])).code, 0);
  await connection.close();
});

withSshd('nothing listening, and no such name, are refused with a reason', async (t, sshd) => {
  const closed = await refusal(connect(sshd.target({ port: await freePort() })));
  t.is(closed.why, 'refused');
  t.regex(closed.message, /127\.0\.0\.1:\d+ refuses connections/);
  const nameless = await refusal(connect(sshd.target({ address: 'no-such-name.invalid' })));
  t.is(nameless.why, 'refused');
  t.regex(nameless.message, /no-such-name\.invalid cannot be resolved/);
});

withSshd('a server that says nothing is refused in time', async (t, sshd) => {
  const held = new Set<Socket>();
  const silent = createServer((socket) => void held.add(socket));
  const port = await freePort();
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
  const error = await refusal(connect(sshd.target({ port, connectTimeout: 1 })));
  held.forEach((socket) => socket.destroy());
  silent.close();
  t.is(error.why, 'refused');
  t.regex(error.message, /said nothing in 1 s/);
});

/** The processes that serve connections, which are sshd itself; what they started ends by itself. */
function serving(sshd: Sshd): number[] {
  return sshd.children().filter((pid) => nameOf(pid) === 'sshd');
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

async function until(condition: () => boolean, limit = 8000): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not so after ${limit} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
