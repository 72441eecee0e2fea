import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { connectLocal } from '../../../engine/session/local.ts';
import { LookFailed, textOf, TooLarge } from '../../../engine/session/session.ts';
import { hostile } from './hostile.ts';
import { absentShells } from './shells.ts';
import { processesLeft, processesWith } from './sshd.ts';
import { brief, inEachShell, withSession } from './with-session.ts';

for (const shell of absentShells) {
  test.skip(`${shell} is not installed here, so nothing was tried in it`, (t) => t.pass());
}

inEachShell('hostile words reach a command as they are', async (t, session) => {
  const found = await session.ask(['printf', '<%s>', ...hostile]);
  t.is(found.stdout.toString(), hostile.map((word) => `<${word}>`).join(''));
});

inEachShell('hostile values reach the environment, standard input and a script as they are', async (t, session) => {
  for (const value of hostile) {
    const [env, stdin, script] = await session.perform([
      { kind: 'run', argv: ['sh', '-c', 'printf %s "$VALUE"'], env: { VALUE: value } },
      { kind: 'run', argv: ['cat'], stdin: value },
      { kind: 'run', script: `cat <<'END_OF_IT'\n${value}\nEND_OF_IT\n` },
    ]);
    t.is(env!.stdout.toString(), value);
    t.is(stdin!.stdout.toString(), value);
    t.is(script!.stdout.toString(), `${value}\n`);
  }
});

inEachShell('binary input and output come through', async (t, session) => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
  t.deepEqual((await session.ask(['cat'], { stdin: bytes })).stdout, bytes);
  t.deepEqual((await session.perform([{ kind: 'run', argv: ['cat'], stdin: bytes }]))[0]!.stdout, bytes);
  const large = Buffer.concat(Array.from({ length: 8 }, () => bytes));
  t.deepEqual((await session.perform([{ kind: 'run', argv: ['cat'], stdin: large }]))[0]!.stdout, large);
});

inEachShell('what ends badly ends alone', async (t, session) => {
  const all = await Promise.all([
    session.ask(['sh', '-c', 'exit 7']),
    session.ask(['sh', '-c', 'kill -9 $$']),
    session.ask(['sh', '-c', 'if then']),
    session.ask(['sh', '-c', 'echo ${nothing?at all}']),
    session.ask(['cat']),
    session.ask(['no-such-command-at-all']),
    session.ask(['/etc']),
    session.ask(['/no/such/command']),
    session.ask(['echo', 'still here']),
  ]);
  t.deepEqual(all.map(({ code }) => code), [7, 137, all[2]!.code, all[3]!.code, 0, 127, 126, 127, 0]);
  t.true(all[2]!.code > 0 && all[3]!.code > 0);
  t.regex(textOf(all[5]!.stderr), /no-such-command-at-all: not found in PATH/);
  t.deepEqual(brief(all[8]!), [0, 'still here', '']);
  const steps = await session.perform([{ kind: 'run', script: 'if then', codes: 'any' }, { kind: 'run', script: 'exit 3', codes: [3] }, { kind: 'run', script: 'cat; echo ok' }, { kind: 'run', script: 'exit 1' }, { kind: 'run', argv: ['echo', 'never'] }]);
  t.deepEqual(steps.map(({ ok }) => ok), [true, true, true, false]);
  t.is(textOf(steps[2]!.stdout), 'ok');
});

inEachShell('questions run under LC_ALL=C, commands under what the login has', async (t, session) => {
  t.is(textOf((await session.ask(['sh', '-c', 'echo "$LC_ALL"'])).stdout), 'C');
  t.is(textOf((await session.ask(['sh', '-c', 'echo "$LC_ALL"'], { env: { LC_ALL: 'POSIX' } })).stdout), 'POSIX');
  t.is(textOf((await session.perform([{ kind: 'run', argv: ['sh', '-c', 'echo "$LC_ALL"'] }]))[0]!.stdout), process.env['LC_ALL'] ?? '');
});

inEachShell('a command finds its signals and its umask as a login leaves them', async (t, session) => {
  const [run] = await session.perform([{ kind: 'run', script: 'grep SigIgn /proc/self/status; umask' }]);
  const here = execFileSync('/bin/sh', ['-c', 'umask'], { encoding: 'utf8' }).trim();
  const [ignored, umask] = textOf(run!.stdout).split('\n');
  t.is(Number(`0x${ignored!.split('\t')[1]}`) & 0b110, 0, 'SIGINT and SIGQUIT are not ignored');
  t.is(umask, here);
});

inEachShell('a background child neither holds up an answer nor writes into a later one', async (t, session) => {
  const mark = `6${process.pid}.${Math.floor(Math.random() * 1e6)}`;
  // Each child outlives the test by far: an answer that waited for one would never come.
  t.deepEqual(brief(await session.ask(['sh', '-c', `sleep ${mark} & (sleep 0.2; echo late) & echo now`])), [0, 'now', '']);
  const steps = await session.perform([{ kind: 'run', script: `sleep ${mark} & (sleep 0.4; echo late; echo late >&2) & echo now` }, { kind: 'run', argv: ['echo', 'next'] }]);
  t.deepEqual(steps.map(brief), [[0, 'now', ''], [0, 'next', '']]);
  t.deepEqual(brief(await session.ask(['sh', '-c', 'sleep 0.6; echo later'])), [0, 'later', '']);
  const left = processesWith(`sleep ${mark}`);
  t.is(left.length, 1, 'what a question left was ended, what a command left was not');
  process.kill(Number(left[0]!.trim().split(' ')[0]));
});

inEachShell('what a command that is to leave nothing has started ends with it, and its answer is whole', async (t, session) => {
  const mark = `5${process.pid}.${Math.floor(Math.random() * 1e6)}`;
  const steps = await session.perform([
    { kind: 'run', script: `sleep ${mark} & echo out; echo err >&2; exit 3`, codes: [3], leavesNothing: true },
    { kind: 'run', argv: ['cat'], stdin: 'in', leavesNothing: true },
    { kind: 'run', argv: ['false'], leavesNothing: true },
    { kind: 'run', argv: ['echo', 'never'] },
  ]);
  t.deepEqual(steps.map(brief), [[3, 'out', 'err'], [0, 'in', ''], [1, '', '']]);
  t.deepEqual(await processesLeft(`sleep ${mark}`), []);
});

inEachShell('a command whose folder cannot be entered does not run, and says why', async (t, session) => {
  const [step, never] = await session.perform([{ kind: 'run', argv: ['echo', 'ran'], cwd: '/none/such' }, { kind: 'run', argv: ['true'] }]);
  t.deepEqual([step!.ok, step!.code, step!.skipped, textOf(step!.stdout)], [false, 1, 'cwd', '']);
  t.is(never, undefined);
});

inEachShell('output beyond the cap is cut, and says so', async (t, session) => {
  const many = await session.ask(['head', '-c', '3000000', '/dev/zero'], { cap: 1000 });
  t.deepEqual([many.code, many.stdout.length, many.truncated], [0, 1000, true]);
  const exact = await session.ask(['head', '-c', '1000', '/dev/zero'], { cap: 1000 });
  t.deepEqual([exact.stdout.length, exact.truncated], [1000, false]);
});

inEachShell('a timeout ends the command and all it started', async (t, session) => {
  const mark = `7${process.pid}.${Math.floor(Math.random() * 1e6)}`;
  const [late, other] = await Promise.all([session.ask(['sh', '-c', `echo begun; sleep ${mark} & sleep ${mark}`], { timeout: 1.5 }), session.ask(['echo', 'other'])]);
  t.deepEqual(brief(late), [124, 'begun', '']);
  t.deepEqual(brief(other), [0, 'other', '']);
  t.deepEqual(await processesLeft(`sleep ${mark}`), []);
  const [step, never] = await session.perform([{ kind: 'run', script: `trap '' TERM; sleep ${mark} & sleep ${mark}; sleep ${mark}`, timeout: 0.3 }, { kind: 'run', argv: ['true'] }]);
  t.is(step!.code, 124);
  t.false(step!.ok);
  t.is(never, undefined);
  t.deepEqual(await processesLeft(`sleep ${mark}`), []);
});

inEachShell('an abort ends the command and all it started', async (t, session) => {
  const mark = `8${process.pid}.${Math.floor(Math.random() * 1e6)}`;
  const abort = new AbortController();
  const seen: string[] = [];
  const steps = await session.perform([{ kind: 'run', script: `echo begun; sleep ${mark} & sleep ${mark}` }, { kind: 'run', argv: ['true'] }], {
    signal: abort.signal,
    onOutput: (text) => {
      seen.push(text);
      abort.abort();
    },
  });
  t.deepEqual(steps.map(({ code, ok }) => [code, ok]), [[130, false]]);
  t.is(seen.join('').trimEnd(), 'begun');
  t.deepEqual(await processesLeft(`sleep ${mark}`), []);
  t.deepEqual((await session.perform([{ kind: 'run', argv: ['true'] }], { signal: abort.signal })).map(({ code, ok }) => [code, ok]), [[130, false]]);
  t.deepEqual(brief(await session.ask(['echo', 'on'])), [0, 'on', '']);
});

inEachShell('a long command does not hold up questions', async (t, session) => {
  const long = session.perform([{ kind: 'run', argv: ['sleep', '1.5'] }]);
  let ended = false;
  void long.then(() => { ended = true; });
  await session.ask(['true']);
  t.false(ended);
  t.true((await long)[0]!.ok);
});

inEachShell('output is seen as it comes, characters never cut in two', async (t, session) => {
  const seen: [string, string][] = [];
  await session.perform([{ kind: 'run', script: "printf '\\303'; sleep 0.1; printf '\\274x'; sleep 0.1; echo err >&2" }], { onOutput: (text, stream) => seen.push([text, stream]) });
  t.is(seen.filter(([, stream]) => stream === 'stdout').map(([text]) => text).join('|').replace('|', ''), 'üx');
  t.is(seen.filter(([, stream]) => stream === 'stderr').map(([text]) => text).join(''), 'err\n');
});

inEachShell('digests of many files are right where one of them cannot be read', async (t, session, folder) => {
  writeFileSync(join(folder, 'a'), 'a');
  writeFileSync(join(folder, 'b'), 'b');
  const found = await Promise.all([join(folder, 'a'), '/proc/self/mem', join(folder, 'b')].map((path) => session.stat(path, { sha256: true })));
  t.deepEqual([found[0]?.sha256, found[2]?.sha256], ['a', 'b'].map((text) => createHash('sha256').update(text).digest('hex')));
});

inEachShell('stat tells what is there, of many paths at once', async (t, session, folder) => {
  const names = hostile.filter((name) => name !== '' && !name.includes('/') && Buffer.byteLength(name) < 200);
  for (const name of names) writeFileSync(join(folder, name), name, { mode: 0o640 });
  symlinkSync('target with\nnewline', join(folder, 'link'));
  symlinkSync(names[2]!, join(folder, 'good link'));
  mkdirSync(join(folder, 'directory'), { mode: 0o711 });
  const found = await Promise.all(names.flatMap((name) => [session.stat(join(folder, name), { sha256: true }), session.stat(join(folder, `${name}.absent`))]));
  names.forEach((name, index) => {
    const stat = found[index * 2]!;
    t.deepEqual([stat.kind, stat.size, stat.sha256, stat.uid], ['file', Buffer.byteLength(name), createHash('sha256').update(name).digest('hex'), process.getuid!()], JSON.stringify(name));
    t.is(found[index * 2 + 1], undefined);
  });
  const [link, good, directory, followed, dangling, below] = await Promise.all([
    session.stat(join(folder, 'link')), session.stat(join(folder, 'good link'), { sha256: true }), session.stat(join(folder, 'directory')),
    session.stat(join(folder, 'good link'), { follow: true, sha256: true }), session.stat(join(folder, 'link'), { follow: true }), session.stat(join(folder, names[0]!, 'below')),
  ]);
  t.deepEqual([link!.kind, link!.target], ['link', 'target with\nnewline']);
  t.deepEqual([good!.kind, good!.sha256], ['link', undefined]);
  t.deepEqual([directory!.kind, directory!.mode], ['directory', '0711']);
  t.deepEqual([followed!.kind, followed!.sha256], ['file', createHash('sha256').update(names[2]!).digest('hex')]);
  t.is(dangling, undefined);
  t.is(below, undefined);
  const real = statSync(join(folder, names[1]!));
  const told = (await session.stat(join(folder, names[1]!)))!;
  t.deepEqual([told.inode, told.device, told.links, told.mtime, told.owner], [real.ino, real.dev, 1, Math.floor(real.mtimeMs / 1000), userInfo().username]);
});

inEachShell('read gives bytes, nothing, or an error', async (t, session, folder) => {
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256));
  for (const name of ['-', '-n', 'a\nb', '$(id)']) {
    writeFileSync(join(folder, name), bytes);
    t.deepEqual(await session.read(join(folder, name)), bytes);
  }
  t.is(await session.read(join(folder, 'absent')), undefined);
  t.is(await session.read(join(folder, '-', 'below')), undefined);
  await t.throwsAsync(session.read(join(folder, '-'), { cap: 4999 }), { instanceOf: TooLarge });
  t.is((await session.read(join(folder, '-'), { cap: 5000 }))!.length, 5000);
  await t.throwsAsync(session.read(folder), { instanceOf: LookFailed, message: /Is a directory|Input\/output error/ });
});

inEachShell('questions make no file, not even for a moment', async (t, _session, folder, shell) => {
  writeFileSync(join(folder, 'file'), 'x'.repeat(100_000));
  const connection = await connectLocal({ host: 'here' }, { sh: `env TMPDIR=${folder} ${shell}` });
  try {
    const session = await connection.session();
    // A file that comes and goes moves its directory's times.
    const state = () => ['', 'file'].map((name) => {
      const { mtimeNs, ctimeNs, size } = statSync(join(folder, name), { bigint: true });
      return [mtimeNs, ctimeNs, size];
    });
    const first = state();
    const file = join(folder, 'file');
    const [, , piped] = await Promise.all([session.stat(file, { sha256: true }), session.read(file), session.ask(['wc', '-c'], { stdin: 'y'.repeat(200_000) }), session.ask(['ls', folder]), session.ask(['cat'], { stdin: Buffer.from([0, 1, 255]) })]);
    t.is(textOf(piped.stdout).trim(), '200000');
    t.deepEqual(state(), first);
  } finally {
    await connection.close();
  }
});

inEachShell('a working directory is entered, or the step fails', async (t, session, folder) => {
  mkdirSync(join(folder, '-odd dir'));
  const [there] = await session.perform([{ kind: 'run', argv: ['pwd'], cwd: join(folder, '-odd dir') }]);
  t.is(textOf(there!.stdout), join(folder, '-odd dir'));
  const [nowhere] = await session.perform([{ kind: 'run', argv: ['touch', join(folder, 'made')], cwd: join(folder, 'absent') }]);
  t.false(nowhere!.ok);
  t.false(existsSync(join(folder, 'made')));
});

inEachShell('a script of any length runs, and reads its standard input', async (t, session) => {
  const long = `${':\n'.repeat(120_000)}cat; echo end`;
  const [run] = await session.perform([{ kind: 'run', script: long, stdin: 'in ' }]);
  t.deepEqual(brief(run!), [0, 'in end', '']);
  const [other] = await session.perform([{ kind: 'run', script: 'echo "${BASH_VERSION:+bash}"', executable: '/bin/bash' }]);
  t.is(textOf(other!.stdout), 'bash');
});

inEachShell('close leaves no process', async (t, _session, _folder, shell) => {
  const mark = `9${process.pid}.${Math.floor(Math.random() * 1e6)}`;
  const connection = await connectLocal({ host: 'here' }, { sh: shell });
  const session = await connection.session();
  const running = [session.perform([{ kind: 'run', script: `sleep ${mark} & sleep ${mark}` }]), session.ask(['sleep', mark])];
  await new Promise((resolve) => setTimeout(resolve, 400));
  t.true(processesWith(`sleep ${mark}`).length >= 3);
  const ends = Promise.allSettled(running);
  await connection.close();
  t.deepEqual((await ends).map(({ status }) => status), ['rejected', 'rejected']);
  t.deepEqual(await processesLeft(`sleep ${mark}`), []);
  await t.throwsAsync(session.ask(['true']), { name: 'Unreachable' });
});

inEachShell('a name that is none to a shell is refused in the environment', async (t, session) => {
  await t.throwsAsync(session.ask(['true'], { env: { 'A-B': 'x' } }), { instanceOf: RangeError });
  await t.throwsAsync(session.ask(['true'], { env: { 'A=$(reboot);B': 'x' } }), { instanceOf: RangeError });
});

test('questions of one turn are one request to the shell', async (t) => {
  await withSession('/bin/sh', async (session) => {
    await session.ask(['true']);
    const parents = await Promise.all(Array.from({ length: 20 }, () => session.ask(['sh', '-c', 'echo $PPID'])));
    t.is(new Set(parents.map(({ stdout }) => textOf(stdout))).size, 1, 'all had the same parent, so none waited for another shell');
  });
});

test('twenty commands in a row see each their own output', async (t) => {
  await withSession('/bin/sh', async (session, folder) => {
    const steps = await session.perform(Array.from({ length: 20 }, (_, index) => ({ kind: 'run' as const, script: `echo out ${index}; echo err ${index} >&2; exit ${index}`, codes: 'any' as const, cwd: folder })));
    steps.forEach((step, index) => t.deepEqual(brief(step), [index, `out ${index}`, `err ${index}`]));
    t.deepEqual(readdirSync(folder), []);
  });
});
