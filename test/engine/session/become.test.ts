import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connect } from '../../../engine/session/open.ts';
import { textOf, Unreachable, type Become, type Connection } from '../../../engine/session/session.ts';
import { noSshd, processesWith, startSshd, type Sshd } from './sshd.ts';
import { brief } from './with-session.ts';

const missing = process.getuid!() !== 0 ? 'these tests add a user, which needs root' : !existsSync('/usr/bin/sudo') ? 'there is no sudo: install it to run these tests' : noSshd;
const password = `pa'ss "$word ${process.pid}`;
let sshd: Sshd;
const names = { sudoer: `kpa${process.pid}`, free: `kpb${process.pid}`, stranger: `kpc${process.pid}`, tty: `kpd${process.pid}`, other: `kpe${process.pid}` };
const rules = `/etc/sudoers.d/kplay-test-${process.pid}`;

if (missing) {
  test(`NOT TRIED, ${missing}: becoming another user`, (t) => {
    t.log(`nothing here was tried: ${missing}`);
    t.pass();
  });
} else {
  test.before(async () => {
    for (const name of Object.values(names)) execFileSync('useradd', ['-m', '-s', '/bin/sh', name]);
    execFileSync('chpasswd', [], { input: Object.values(names).map((name) => `${name}:${password}\n`).join('') });
    writeFileSync(rules, `${names.sudoer} ALL=(ALL) ALL\n${names.free} ALL=(ALL) NOPASSWD: ALL\n${names.tty} ALL=(ALL) NOPASSWD: ALL\nDefaults:${names.tty} requiretty\nDefaults:${names.sudoer} use_pty\n`, { mode: 0o440 });
    sshd = await startSshd();
    chmodSync(sshd.folder, 0o755);
  });
  test.after.always(async () => {
    await sshd?.stop();
    rmSync(rules, { force: true });
    for (const name of Object.values(names)) execFileSync('userdel', ['-rf', name], { stdio: 'ignore' });
  });
}

const withUser = (title: string, user: keyof typeof names, run: (t: ExecutionContext, connection: Connection) => Promise<void>) => {
  if (missing) return;
  test.serial(title, async (t) => {
    const connection = await connect(sshd.target({ user: names[user] }));
    try {
      await run(t, connection);
    } finally {
      await connection.close();
    }
  });
};

const root = (more: Partial<Become> = {}): Become => ({ user: 'root', method: 'sudo', ...more });
const who = async (connection: Connection, become?: Become) => textOf((await (await connection.session(become)).ask(['id', '-un'])).stdout);

async function refusal(promise: Promise<unknown>): Promise<Unreachable> {
  const error = await promise.then(() => undefined, (problem: unknown) => problem);
  if (error instanceof Unreachable) return error;
  throw new Error('expected Unreachable', { cause: error });
}

withUser('with a password, even where sudo uses a pty', 'sudoer', async (t, connection) => {
  t.is(await who(connection), names.sudoer);
  t.is(await who(connection, root({ password })), 'root');
  t.is(await who(connection, { user: names.other, method: 'sudo', password }), names.other);
  const session = await connection.session(root({ password }));
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
  t.true((await session.ask(['cat'], { stdin: bytes.subarray(0, 70_000) })).stdout.equals(bytes.subarray(0, 70_000)));
  t.true((await session.perform([{ kind: 'run', argv: ['cat'], stdin: bytes }]))[0]!.stdout.equals(bytes));
  t.deepEqual(brief((await session.perform([{ kind: 'run', script: 'echo "$HOME"; echo err >&2; cat' }]))[0]!), [0, '/root', 'err']);
});

withUser('without a password where sudoers asks for none, given or not', 'free', async (t, connection) => {
  t.is(await who(connection, root()), 'root');
  const again = await connect(sshd.target({ user: names.free }));
  t.is(await who(again, root({ password: 'echo never run as a command' })), 'root');
  await again.close();
});

withUser('the login user itself needs no sudo', 'stranger', async (t, connection) => {
  t.is(await who(connection, { user: names.stranger, method: 'sudo' }), names.stranger);
});

const refusals: readonly (readonly [string, keyof typeof names, Become, RegExp, RegExp])[] = [
  ['a wrong password', 'sudoer', root({ password: 'wrong' }), /did not take the password to become root/, /-K or ansible_become_password/],
  ['no password where one is asked for', 'sudoer', root(), /asks for a password to become root, and none was given/, /-K or ansible_become_password/],
  ['a user that sudoers does not know', 'stranger', root({ password }), /cannot become root: sudoers does not allow it/, /allow the login user/],
  ['requiretty', 'tty', root(), /cannot become root: sudo wants a terminal/, /requiretty/],
  ['a user that does not exist', 'free', { user: 'no-such-user', method: 'sudo' }, /cannot become no-such-user: there is no such user/, /create the user first/],
];

for (const [what, user, become, message, hint] of refusals) {
  withUser(`${what} is Unreachable with a reason`, user, async (t, connection) => {
    const error = await refusal(who(connection, become));
    t.is(error.why, 'become');
    t.regex(error.message, message);
    t.regex(error.hint!, hint);
    t.false(error.message.includes(password));
    t.is(await who(connection), names[user], 'the login user goes on');
  });
}

withUser('the password stands in no process\'s arguments or environment', 'sudoer', async (t, connection) => {
  const session = await connection.session(root({ password }));
  const running = session.perform([{ kind: 'run', argv: ['sleep', '0.5'] }]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const found = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    return ['cmdline', 'environ'].some((name) => {
      try {
        return readFileSync(`/proc/${pid}/${name}`, 'latin1').includes(password);
      } catch {
        return false;
      }
    });
  });
  t.deepEqual(found, []);
  await running;
});

withUser('a file that only another user may read is fetched as that user, byte for byte', 'sudoer', async (t, connection) => {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-become-'));
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 256));
  writeFileSync(join(folder, 'from'), bytes, { mode: 0o600 });
  const step = { kind: 'fetch', path: join(folder, 'from'), to: join(folder, 'to') } as const;
  const [denied] = await (await connection.session()).perform([step]);
  t.regex(textOf(denied!.stderr), /Permission denied/);
  const [done] = await (await connection.session(root({ password }))).perform([step]);
  t.true(done!.ok, textOf(done!.stderr));
  t.true(readFileSync(join(folder, 'to')).equals(bytes));
  rmSync(folder, { recursive: true });
});

withUser('files written as another user are that user\'s', 'free', async (t, connection) => {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-become-'));
  chmodSync(folder, 0o777);
  const asRoot = await connection.session(root());
  const asOther = await connection.session({ user: names.other, method: 'sudo' });
  const large = { bytes: Buffer.alloc(200_000, 'x') };
  for (const [session, name] of [[asRoot, 'root'], [asOther, 'other']] as const) {
    const steps = await session.perform([
      { kind: 'write', path: join(folder, name), content: { text: 'x' }, mode: '0600' },
      { kind: 'write', path: join(folder, `${name} large`), content: large, mode: '0600' },
      { kind: 'run', argv: ['cat'], stdin: Buffer.alloc(300_000, 'y') },
    ]);
    t.deepEqual(steps.map(({ ok }) => ok), [true, true, true]);
    t.is(steps[2]!.stdout.length, 300_000);
  }
  const [id] = execFileSync('id', ['-u', names.other], { encoding: 'utf8' }).trim().split('\n').map(Number);
  t.deepEqual(['root', 'root large', 'other', 'other large'].map((name) => statSync(join(folder, name)).uid), [0, 0, id, id]);
  const [denied] = await asOther.perform([{ kind: 'write', path: '/etc/kplay-must-not-be', content: large }]);
  t.false(denied!.ok);
  t.regex(textOf(denied!.stderr), /Permission denied/i);
  await t.throwsAsync(asOther.stat('/root/.profile'), { name: 'LookFailed', message: /Permission denied/ });
  await t.throwsAsync(asOther.read('/etc/shadow'), { name: 'LookFailed', message: /Permission denied/ });
  t.deepEqual(await asOther.read('/etc/no-such-file'), undefined);
  t.is(readdirSync(folder).length, 4);
  rmSync(folder, { recursive: true });
});

for (const user of ['free', 'sudoer'] as const) {
  withUser(`close, a timeout and an abort end root's processes too, as ${user}`, user, async (t, connection) => {
    const mark = `4${process.pid}.${Math.floor(Math.random() * 1e6)}`;
    const session = await connection.session(root({ password }));
    const script = `sleep ${mark} & sleep ${mark}`;
    t.is((await session.perform([{ kind: 'run', script, timeout: 0.3 }]))[0]!.code, 124);
    t.deepEqual(processesWith(`sleep ${mark}`), []);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 600);
    t.is((await session.perform([{ kind: 'run', script }], { signal: abort.signal }))[0]!.code, 130);
    t.deepEqual(processesWith(`sleep ${mark}`), []);
    const lost = refusal(session.perform([{ kind: 'run', script }]));
    await new Promise((resolve) => setTimeout(resolve, 600));
    t.true(processesWith(`sleep ${mark}`).length >= 2);
    await connection.close();
    t.is((await lost).why, 'lost');
    t.deepEqual(processesWith(`sleep ${mark}`), []);
    t.deepEqual(processesWith('k_').filter((line) => line.includes(names[user])), []);
  });
}

if (!missing) {
  test.serial('root becomes another user on the controller itself', async (t) => {
    const connection = await connect({ host: 'here', connection: 'local', address: 'here' });
    t.is(await who(connection, root()), 'root');
    t.is(await who(connection, { user: names.other, method: 'sudo' }), names.other);
    await connection.close();
  });

  test.serial('a host without sudo says so', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'kplay-become-'));
    mkdirSync(join(folder, 'bin'));
    const path = process.env['PATH'];
    for (const name of ['sh', 'cat']) execFileSync('ln', ['-s', `/bin/${name}`, join(folder, 'bin', name)]);
    process.env['PATH'] = join(folder, 'bin');
    try {
      const connection = await connect({ host: 'here', connection: 'local', address: 'here' });
      const error = await refusal(who(connection, { user: names.other, method: 'sudo' }));
      t.is(error.why, 'become');
      t.regex(error.message, /there is no sudo on the host/);
      await connection.close();
    } finally {
      process.env['PATH'] = path;
      rmSync(folder, { recursive: true });
    }
  });
}
