import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import test from 'ava';
import { connect } from '../../../engine/session/open.ts';
import type { Fetch } from '../../../engine/session/step.ts';
import { hostile } from './hostile.ts';
import { noSshd, startSshd } from './sshd.ts';
import { brief, inEachShell, withSession } from './with-session.ts';

const bytes = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, index) => (index * index) % 251));
const sum = (content: Buffer, algorithm = 'sha256'): string => createHash(algorithm).update(content).digest('hex');
const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8).padStart(4, '0');
const fetch = (path: string, to: string, more: Partial<Fetch> = {}): Fetch => ({ kind: 'fetch', path, to, ...more });

inEachShell('a file is fetched byte for byte, whatever its name and size', async (t, session, folder) => {
  for (const [index, name] of hostile.filter((text) => text !== '').entries()) {
    const from = join(folder, name.replaceAll('/', '_').slice(0, 60));
    const content = bytes([0, 1, 1_000_000][index] ?? index * 7);
    writeFileSync(from, content);
    const [done] = await session.perform([fetch(from, join(folder, 'out', 'deep', 'file'))]);
    t.true(done!.ok, JSON.stringify(name));
    t.deepEqual(JSON.parse(done!.stdout.toString()), { size: content.length, sha256: sum(content), sha1: sum(content, 'sha1') });
    t.true(readFileSync(join(folder, 'out', 'deep', 'file')).equals(content));
    t.deepEqual(readdirSync(join(folder, 'out', 'deep')), ['file']);
  }
});

inEachShell('a fetched file gets the mode that is asked, else one that the umask narrows', async (t, session, folder) => {
  writeFileSync(join(folder, 'from'), 'x');
  await session.perform([fetch(join(folder, 'from'), join(folder, 'a'), { mode: '0600' }), fetch(join(folder, 'from'), join(folder, 'b')), fetch(join(folder, 'from'), join(folder, 'c'), { mode: '0755' })]);
  t.deepEqual(['a', 'c'].map((name) => modeOf(join(folder, name))), ['0600', '0755']);
  t.is(lstatSync(join(folder, 'b')).mode & 0o7777, 0o644 & ~process.umask());
});

inEachShell('a fetched file takes the place of the one that was there at once', async (t, session, folder) => {
  writeFileSync(join(folder, 'from'), 'new');
  writeFileSync(join(folder, 'to'), 'old');
  linkSync(join(folder, 'to'), join(folder, 'kept'));
  await session.perform([fetch(join(folder, 'from'), join(folder, 'to'))]);
  t.deepEqual([readFileSync(join(folder, 'to'), 'utf8'), readFileSync(join(folder, 'kept'), 'utf8')], ['new', 'old']);
});

inEachShell('a fetch that cannot be leaves what was there, and says why', async (t, session, folder) => {
  const to = join(folder, 'to');
  writeFileSync(to, 'old');
  mkdirSync(join(folder, 'directory'));
  writeFileSync(join(folder, 'from'), 'new');
  for (const [step, why] of [
    [fetch(join(folder, 'none'), to), /none'?: No such file or directory$/],
    [fetch(join(folder, 'directory'), to), /Is a directory$|EISDIR/],
    [fetch(join(folder, 'from'), to, { sha256: sum(Buffer.from('other')) }), /has the sha256 \w{64}, expected \w{64}: did it change meanwhile\?$/],
    [fetch(join(folder, 'from'), join(folder, 'directory')), /^cannot write .*directory on the controller: /],
    [fetch(join(folder, 'from'), join(folder, 'from', 'below')), /^cannot write .*below on the controller: /],
  ] as const) {
    const results = await session.perform([step, { kind: 'write', path: join(folder, 'after'), content: { text: '' } }]);
    t.is(results.length, 1);
    t.is(results[0]!.code, 1);
    t.regex(results[0]!.stderr.toString(), why);
  }
  t.is(readFileSync(to, 'utf8'), 'old');
  t.deepEqual(readdirSync(folder).sort(), ['directory', 'from', 'to']);
});

inEachShell('steps before and after a fetch are done in their order, alone and beside other runs', async (t, session, folder) => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const write = (path: string, text: string) => ({ kind: 'write', path, content: { text } }) as const;
  const done = await session.perform([write(a, 'one'), fetch(a, b), write(a, 'two'), { kind: 'run', argv: ['cat', b] }]);
  t.deepEqual(brief(done.at(-1)!), [0, 'one', '']);
  const together = await Promise.all(session.performTogether([{ steps: [write(a, 'three')] }, { steps: [fetch(a, b)] }, { steps: [write(a, 'four')] }]));
  t.deepEqual(together.map((results) => results.map(({ ok }) => ok)), [[true], [true], [true]]);
  t.is(readFileSync(b, 'utf8'), 'three');
});

/** A file of a gibibyte that takes no room: longer than any of these tests waits for, and yet it ends. */
function endless(folder: string): string {
  writeFileSync(join(folder, 'endless'), '');
  truncateSync(join(folder, 'endless'), 2 ** 30);
  return join(folder, 'endless');
}

test('a fetch that is ended leaves nothing, and tells how far it came', (t) => withSession('/bin/sh', async (session, folder) => {
  const controller = new AbortController();
  const told: number[] = [];
  const options = { signal: controller.signal, onProgress: (moved: number) => { told.push(moved); if (moved > 2 ** 21) controller.abort(); } };
  const [done] = await session.perform([fetch(endless(folder), join(folder, 'to'), { size: 1 })], options);
  t.is(done!.code, 130);
  t.true(told.length > 1 && told[0]! > 0);
  t.deepEqual(readdirSync(folder), ['endless']);
  const [early] = await session.perform([fetch(endless(folder), join(folder, 'to'))], options);
  t.is(early!.code, 130);
  t.false(existsSync(join(folder, 'to')));
}));

test('what the controller may not write to is an error of the step', (t) => withSession('/bin/sh', async (session, folder) => {
  if (process.getuid!() === 0) return void t.pass('root writes everywhere');
  chmodSync(folder, 0o500);
  const [done] = await session.perform([fetch('/etc/hostname', join(folder, 'x'))]);
  t.regex(done!.stderr.toString(), /permission denied/);
}));

const overSsh = noSshd ? test.skip : test.serial;

overSsh('over ssh, large files come whole, several at once, also where the host allows two sessions', async (t) => {
  const sshd = await startSshd(['MaxSessions 2']);
  const connection = await connect(sshd.target());
  try {
    const session = await connection.session();
    const content = Buffer.alloc(30_000_000, bytes(99_991));
    writeFileSync(join(sshd.folder, 'from'), content);
    const names = ['a', 'b', 'c'].map((name) => join(sshd.folder, name));
    const all = await Promise.all(names.map((name) => session.perform([fetch(join(sshd.folder, 'from'), name, { sha256: sum(content) })])));
    t.deepEqual(all.map(([done]) => done!.stderr.toString()), ['', '', '']);
    for (const name of names) t.true(readFileSync(name).equals(content));
  } finally {
    await connection.close();
    await sshd.stop();
  }
});

overSsh('a connection that breaks while a file comes is lost, and leaves what was there', async (t) => {
  const sshd = await startSshd();
  const connection = await connect(sshd.target());
  try {
    const session = await connection.session();
    writeFileSync(join(sshd.folder, 'to'), 'old');
    let cut = false;
    const onProgress = (moved: number): void => {
      if (moved < 2 ** 21 || cut) return;
      cut = true;
      // Some of them end with the others.
      spawnSync('kill', ['-KILL', ...sshd.children().map(String)], { stdio: 'ignore' });
    };
    await t.throwsAsync(session.perform([fetch(endless(sshd.folder), join(sshd.folder, 'to'))], { onProgress }), { name: 'Unreachable', message: /connection was lost/ });
    t.is(readFileSync(join(sshd.folder, 'to'), 'utf8'), 'old');
    t.deepEqual(readdirSync(sshd.folder).filter((name) => name.startsWith('.kplay')), []);
  } finally {
    await connection.close();
    await sshd.stop();
  }
});
