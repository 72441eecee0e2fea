import { chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Session } from '../../../engine/session/session.ts';
import type { Step, Write } from '../../../engine/session/step.ts';
import { hostile } from './hostile.ts';
import { brief, inEachShell, withSession } from './with-session.ts';

const isRoot = process.getuid!() === 0;
const modeOf = (path: string) => (lstatSync(path).mode & 0o7777).toString(8).padStart(4, '0');
const write = (path: string, text: string, more: Partial<Write> = {}): Write => ({ kind: 'write', path, content: { text }, ...more });
const perform = async (session: Session, ...steps: readonly Step[]) => (await session.perform(steps)).map(brief);
const fine = [0, '', ''];

inEachShell('a file is written with hostile names and contents', async (t, session, folder) => {
  for (const value of hostile.filter((text) => text !== '')) {
    const name = value.replaceAll('/', '_').slice(0, 60);
    t.deepEqual(await perform(session, write(join(folder, name), value)), [fine], JSON.stringify(value));
    t.is(readFileSync(join(folder, name), 'utf8'), value);
  }
});

inEachShell('bytes of all kinds are written', async (t, session, folder) => {
  const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 31) % 256));
  const path = join(folder, 'file');
  t.deepEqual(await perform(session, { kind: 'write', path, content: { bytes } }), [fine]);
  t.deepEqual(readFileSync(path), bytes);
  t.deepEqual(await perform(session, write(path, '')), [fine]);
  t.is(readFileSync(path, 'utf8'), '');
});

inEachShell('a new file gets 0644, a secret one 0600, and either the mode that is asked', async (t, session, folder) => {
  await perform(session, write(join(folder, 'a'), 'x'), write(join(folder, 'b'), 'x', { secret: true }), write(join(folder, 'c'), 'x', { mode: '4751' }), write(join(folder, 'd'), 'x', { mode: 'u=rwx,g=r,o=' }));
  t.deepEqual(['a', 'b', 'c', 'd'].map((name) => modeOf(join(folder, name))), ['0644', '0600', '4751', '0740']);
  t.deepEqual(readdirSync(folder).sort(), ['a', 'b', 'c', 'd']);
});

inEachShell('a file that is there keeps its mode, its owner and its content until the new one is whole', async (t, session, folder) => {
  const path = join(folder, 'file');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  if (isRoot) chownSync(path, 1, 2);
  const before = statSync(path);
  t.deepEqual(await perform(session, write(path, 'new')), [fine]);
  const after = statSync(path);
  t.deepEqual([modeOf(path), after.uid, after.gid, readFileSync(path, 'utf8')], ['0640', before.uid, before.gid, 'new']);
  t.not(after.ino, before.ino, 'it was renamed onto the old one');
  await perform(session, write(path, 'newer', { mode: 'g+w' }));
  t.is(modeOf(path), '0660');
});

inEachShell('an owner and a group are set, by name or number', async (t, session, folder) => {
  if (!isRoot) return void t.log('not root: owners cannot be changed here');
  await perform(session, write(join(folder, 'a'), 'x', { owner: 'daemon', group: 'bin', mode: '4755' }), write(join(folder, 'b'), 'x', { owner: '1' }), write(join(folder, 'c'), 'x', { group: '2' }));
  t.deepEqual(['a', 'b', 'c'].map((name) => [statSync(join(folder, name)).uid, statSync(join(folder, name)).gid]), [[1, 2], [1, 0], [0, 2]]);
  t.is(modeOf(join(folder, 'a')), '4755');
});

inEachShell('a validation that says no leaves the old file and nothing else', async (t, session, folder) => {
  const path = join(folder, 'file with space');
  writeFileSync(path, 'old');
  const [no] = await perform(session, write(path, 'bad', { validate: `sh -c 'echo "checking"; grep -q good "$1"' sh %s` }));
  t.is(no![0], 1);
  t.regex(no![2], /checking[\s\S]*not accepted by its validation/);
  t.is(readFileSync(path, 'utf8'), 'old');
  t.deepEqual(await perform(session, write(path, 'good', { validate: 'grep -q good %s' })), [fine]);
  t.is(readFileSync(path, 'utf8'), 'good');
  t.deepEqual(readdirSync(folder), ['file with space']);
  await t.throwsAsync(session.perform([write(path, 'x', { validate: 'true' })]), { message: /needs %s/ });
});

inEachShell('a backup keeps the old file beside the new one and tells its name', async (t, session, folder) => {
  const path = join(folder, 'file');
  t.deepEqual(await perform(session, write(path, 'first', { backup: true })), [fine]);
  chmodSync(path, 0o600);
  const [done] = await perform(session, write(path, 'second', { backup: true }));
  t.regex(done![1], /^\/.*\/file\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/);
  t.deepEqual([readFileSync(done![1], 'utf8'), modeOf(done![1]), readFileSync(path, 'utf8')], ['first', '0600', 'second']);
});

inEachShell('a link is followed to the file it names', async (t, session, folder) => {
  mkdirSync(join(folder, 'far'));
  writeFileSync(join(folder, 'far', 'real'), 'old');
  symlinkSync('far/real', join(folder, 'link'));
  symlinkSync('link', join(folder, 'link to link'));
  symlinkSync('far/new', join(folder, 'dangling'));
  t.deepEqual(await perform(session, write(join(folder, 'link to link'), 'new'), write(join(folder, 'dangling'), 'made')), [fine, fine]);
  t.deepEqual([readFileSync(join(folder, 'far/real'), 'utf8'), readFileSync(join(folder, 'far/new'), 'utf8'), readlinkSync(join(folder, 'link'))], ['new', 'made', 'far/real']);
  t.deepEqual(readdirSync(join(folder, 'far')).sort(), ['new', 'real']);
});

inEachShell('a link makes way for a file where that is asked, to a directory too', async (t, session, folder) => {
  mkdirSync(join(folder, 'directory'));
  writeFileSync(join(folder, 'real'), 'old', { mode: 0o600 });
  for (const [name, target] of [['a', 'real'], ['b', 'directory'], ['c', 'nowhere']] as const) symlinkSync(target, join(folder, name));
  const large = { bytes: Buffer.alloc(100_000, 'x') };
  t.deepEqual(await perform(session, ...['a', 'b', 'c'].map((name) => write(join(folder, name), 'new', { replaceLink: true }))), [fine, fine, fine]);
  t.deepEqual(await perform(session, { kind: 'write', path: join(folder, 'c'), content: large, replaceLink: true }), [fine]);
  t.deepEqual(['a', 'b', 'c'].map((name) => [lstatSync(join(folder, name)).isFile(), modeOf(join(folder, name))]), [[true, '0644'], [true, '0644'], [true, '0644']]);
  t.deepEqual([readFileSync(join(folder, 'real'), 'utf8'), readdirSync(join(folder, 'directory'))], ['old', []]);
});

inEachShell('a write that cannot be is an error with a reason and leaves nothing', async (t, session, folder) => {
  mkdirSync(join(folder, 'directory'));
  symlinkSync('nowhere/at/all', join(folder, 'broken'));
  for (const [name, reason] of [['directory', /is a directory/], ['absent/file', /no such directory/], ['broken', /the link leads nowhere|no such directory/]] as const) {
    const [done] = await perform(session, write(join(folder, name), 'x'));
    t.is(done![0], 1);
    t.regex(done![2], reason);
  }
  const [owner] = await perform(session, write(join(folder, 'file'), 'x', { owner: 'no-such-user' }));
  t.is(owner![0], 1);
  t.deepEqual(readdirSync(folder).sort(), ['broken', 'directory']);
  t.deepEqual(readdirSync(join(folder, 'directory')), []);
});

inEachShell('large content travels apart, from memory or from a file, and lands the same way', async (t, session, folder) => {
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * index) % 251));
  writeFileSync(join(folder, 'source'), bytes);
  mkdirSync(join(folder, 'new'));
  const seen: [number, number][] = [];
  const steps: Step[] = [
    { kind: 'directory', path: join(folder, "it's"), mode: '0700' },
    { kind: 'write', path: join(folder, "it's", 'a\nb'), content: { bytes }, mode: '0604' },
    { kind: 'write', path: join(folder, 'new', 'from file'), content: { localPath: join(folder, 'source') }, secret: true },
    { kind: 'run', argv: ['cat', join(folder, 'new', 'from file')], cap: 10 },
  ];
  const results = await session.perform(steps, { onProgress: (sent, total) => void seen.push([sent, total]) });
  t.deepEqual(results.map(({ code }) => code), [0, 0, 0, 0], results.map((result) => brief(result)[2]).join());
  t.true(readFileSync(join(folder, "it's", 'a\nb')).equals(bytes));
  t.true(readFileSync(join(folder, 'new', 'from file')).equals(bytes));
  t.deepEqual([modeOf(join(folder, "it's", 'a\nb')), modeOf(join(folder, 'new', 'from file'))], ['0604', '0600']);
  t.deepEqual(seen.at(-1), [bytes.length, bytes.length]);
  t.deepEqual([readdirSync(join(folder, "it's")), readdirSync(join(folder, 'new'))], [['a\nb'], ['from file']]);
});

inEachShell('large content that is not accepted, has no place, or is cut off leaves nothing', async (t, session, folder) => {
  const bytes = Buffer.alloc(400_000, 'x');
  const large = (name: string, more: Partial<Write> = {}): Write => ({ kind: 'write', path: join(folder, name), content: { bytes }, ...more });
  t.is((await perform(session, large('a', { validate: 'grep -q nothing %s' })))[0]![0], 1);
  const [absent] = await perform(session, large('absent/file'));
  t.deepEqual([absent![0], /no such directory/.test(absent![2])], [1, true]);
  const abort = new AbortController();
  const cut = await session.perform([large('c')], { signal: abort.signal, onProgress: () => abort.abort() });
  t.deepEqual(cut.map(({ code, ok }) => [code, ok]), [[130, false]]);
  await t.throwsAsync(session.perform([{ kind: 'write', path: join(folder, 'd'), content: { localPath: join(folder, 'no source') } }]), { code: 'ENOENT' });
  t.deepEqual(readdirSync(folder), []);
});

inEachShell('a directory comes with its parents, all with the mode that is asked', async (t, session, folder) => {
  t.deepEqual(await perform(session, { kind: 'directory', path: join(folder, "a b/it's/$(id)"), mode: '0750' }, { kind: 'directory', path: join(folder, 'plain/'), }), [fine, fine]);
  t.deepEqual(['a b', "a b/it's", "a b/it's/$(id)", 'plain'].map((name) => modeOf(join(folder, name))), ['0750', '0750', '0750', (0o777 & ~process.umask()).toString(8).padStart(4, '0')]);
  t.deepEqual(await perform(session, { kind: 'directory', path: join(folder, 'a b'), mode: '0700' }), [fine]);
  t.deepEqual([modeOf(join(folder, 'a b')), modeOf(join(folder, "a b/it's"))], ['0700', '0750']);
  writeFileSync(join(folder, 'file'), '');
  t.is((await perform(session, { kind: 'directory', path: join(folder, 'file') }))[0]![0], 1);
});

inEachShell('a link takes the place of a file or another link, never of a directory', async (t, session, folder) => {
  mkdirSync(join(folder, 'directory'));
  writeFileSync(join(folder, 'file'), 'x');
  symlinkSync('directory', join(folder, 'link'));
  const link = (path: string, target: string, hard = false): Step => ({ kind: 'link', path: join(folder, path), target, hard });
  t.deepEqual(await perform(session, link('new', '-odd\ntarget'), link('link', 'file'), link('hard', join(folder, 'file'), true), link('hard', join(folder, 'file'), true)), [fine, fine, fine, fine]);
  t.deepEqual([readlinkSync(join(folder, 'new')), readlinkSync(join(folder, 'link')), statSync(join(folder, 'file')).nlink], ['-odd\ntarget', 'file', 2]);
  const [no] = await perform(session, link('directory', 'file'));
  t.deepEqual([no![0], /is a directory/.test(no![2])], [1, true]);
  t.deepEqual([readdirSync(join(folder, 'directory')), readdirSync(folder).sort()], [[], ['directory', 'file', 'hard', 'link', 'new']]);
});

inEachShell('removing takes away all below, and no more', async (t, session, folder) => {
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  mkdirSync(join(folder, 'kept'));
  writeFileSync(join(folder, 'kept/file'), '');
  symlinkSync('../kept', join(folder, 'a/link'));
  symlinkSync('kept', join(folder, '-rf'));
  t.deepEqual(await perform(session, { kind: 'remove', path: join(folder, 'a') }, { kind: 'remove', path: join(folder, '-rf') + '/' }, { kind: 'remove', path: join(folder, 'absent') }), [fine, fine, fine]);
  t.deepEqual([readdirSync(folder), readdirSync(join(folder, 'kept'))], [['kept'], ['file']]);
  for (const path of ['/', '//', '/.', '', '.', '..', '/etc/..', '/a/../..']) await t.throwsAsync(session.perform([{ kind: 'remove', path }]), { instanceOf: RangeError }, path);
});

inEachShell('attributes change what is there, with all below or the link alone', async (t, session, folder) => {
  mkdirSync(join(folder, 'tree/below'), { recursive: true });
  writeFileSync(join(folder, 'tree/below/file'), '', { mode: 0o600 });
  symlinkSync('tree', join(folder, 'link'));
  const set = (path: string, more: object): Step => ({ kind: 'attributes', path: join(folder, path), ...more });
  t.deepEqual(await perform(session, set('tree', { mode: 'u=rwX,go=rX', recurse: true })), [fine]);
  t.deepEqual([modeOf(join(folder, 'tree/below')), modeOf(join(folder, 'tree/below/file'))], ['0755', '0644']);
  await perform(session, set('link', { mode: '0700' }));
  t.deepEqual([modeOf(join(folder, 'tree')), modeOf(join(folder, 'tree/below'))], ['0700', '0755']);
  await perform(session, set('link', { mode: 'go-rwx', recurse: true }));
  t.deepEqual([modeOf(join(folder, 'tree/below')), modeOf(join(folder, 'tree/below/file'))], ['0700', '0600']);
  const [absent] = await perform(session, set('absent', { mode: '0700' }));
  t.regex(absent![2], /no such file or directory/);
  if (!isRoot) return void t.log('not root: owners cannot be changed here');
  await perform(session, set('link', { owner: 'daemon', noFollow: true }), set('tree', { group: 'bin', recurse: true }));
  t.deepEqual([lstatSync(join(folder, 'link')).uid, statSync(join(folder, 'tree')).uid, statSync(join(folder, 'tree/below/file')).gid], [1, 0, 2]);
});

test('steps that are computed take their place in the order, and are not asked for before', async (t) => {
  await withSession('/bin/sh', async (session, folder) => {
    const order: string[] = [];
    const made = async (): Promise<readonly Step[]> => {
      order.push(existsSync(join(folder, 'first')) ? 'after the first' : 'too early');
      return [write(join(folder, 'second'), 'x'), { kind: 'compute', steps: async () => [write(join(folder, 'third'), 'x')] }];
    };
    const results = await session.perform([write(join(folder, 'first'), 'x'), { kind: 'compute', steps: made }, write(join(folder, 'fourth'), 'x')]);
    t.deepEqual(results.map(({ step, ok }) => [(step as Write).path, ok]), ['first', 'second', 'third', 'fourth'].map((name) => [join(folder, name), true]));
    t.deepEqual(order, ['after the first']);
    const stopped = await session.perform([{ kind: 'run', argv: ['false'] }, { kind: 'compute', steps: () => Promise.reject(new Error('never asked')) }]);
    t.deepEqual(stopped.map(({ ok }) => ok), [false]);
  });
});

test('no steps give no results', async (t) => {
  await withSession('/bin/sh', async (session) => void t.deepEqual(await session.perform([]), []));
});

test('a hard link to a file is parted from it by a write, as a rename does', async (t) => {
  await withSession('/bin/sh', async (session, folder) => {
    writeFileSync(join(folder, 'a'), 'old');
    linkSync(join(folder, 'a'), join(folder, 'b'));
    await perform(session, write(join(folder, 'a'), 'new'));
    t.deepEqual([readFileSync(join(folder, 'a'), 'utf8'), readFileSync(join(folder, 'b'), 'utf8')], ['new', 'old']);
  });
});
