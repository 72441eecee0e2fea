/** What is certain of a host before planned changes have been made, and what is refused. */
import test from 'ava';
import { openOutlook, Unforeseen, type Outlook } from '../../../engine/module/outlook.ts';
import type { Probe, Stat } from '../../../engine/session/session.ts';
import type { Step } from '../../../engine/session/step.ts';

const stat = (kind: Stat['kind'], more: Partial<Stat> = {}): Stat => ({ kind, mode: '0755', uid: 0, gid: 0, owner: 'root', group: 'root', size: 1, mtime: 1, atime: 1, ctime: 1, inode: 1, device: 1, links: 1, ...more });
const bob = { user: 'bob', uid: 1000, group: 'staff', gid: 50 };
const root = { user: 'root', uid: 0, group: 'root', gid: 0 };

/** A host with these things, seen by somebody after steps were learned. */
function after(steps: readonly Step[], there: Readonly<Record<string, Stat>> = {}, actor = root): { readonly outlook: Outlook; readonly probe: Probe } {
  const outlook = openOutlook(() => Promise.resolve(actor));
  const host: Probe = {
    host: 'h',
    ask: () => Promise.resolve({ code: 0, stdout: Buffer.from('said'), stderr: Buffer.alloc(0), truncated: false, duration: 0 }),
    stat: (path) => Promise.resolve(path === '/' ? stat('directory') : there[path]),
    read: (path) => Promise.resolve(there[path] && Buffer.from('old')),
  };
  outlook.learn({ changes: [{ summary: 'change', steps }] });
  return { outlook, probe: outlook.over(host) };
}

const write = (path: string, more: object = {}): Step => ({ kind: 'write', path, content: { text: 'new' }, ...more });

test('a new file has its content, its mode, and belongs to whom it is made by; its times are not known', async (t) => {
  const { probe } = after([write('/a/f')], { '/a': stat('directory') }, bob);
  const left = (await probe.stat('/a/f', { sha256: true }))!;
  t.deepEqual([left.kind, left.mode, left.owner, left.uid, left.group, left.gid, left.size, left.sha256!.length], ['file', '0644', 'bob', 1000, 'staff', 50, 3, 64]);
  t.is((await probe.read('/a/f'))!.toString(), 'new');
  t.throws(() => left.mtime, { instanceOf: Unforeseen });
  t.throws(() => left.inode, { instanceOf: Unforeseen });
});

test('a folder that hands down its group does so to files, and what else it does to folders is not known', async (t) => {
  const { probe } = after([write('/a/f'), { kind: 'directory', path: '/a/d', mode: '0755' }], { '/a': stat('directory', { mode: '2775', group: 'mail', gid: 8 }) });
  const [file, folder] = [(await probe.stat('/a/f'))!, (await probe.stat('/a/d'))!];
  t.deepEqual([file.group, file.gid, file.mode, folder.kind, folder.group], ['mail', 8, '0644', 'directory', 'mail']);
  t.throws(() => folder.mode, { instanceOf: Unforeseen });
});

test('a file that is written anew keeps mode and owner, but whether somebody else may leave it to its owner is not known', async (t) => {
  const there = { '/f': stat('file', { mode: '4755', uid: 7, gid: 50, owner: 'lp', group: 'staff' }) };
  const kept = (await after([write('/f')], there).probe.stat('/f'))!;
  t.deepEqual([kept.mode, kept.owner, kept.group], ['4755', 'lp', 'staff']);
  const written = (await after([write('/f')], there, bob).probe.stat('/f'))!;
  t.deepEqual([written.mode, written.group], ['4755', 'staff']);
  t.throws(() => written.owner, { instanceOf: Unforeseen });
});

test('an owner or group that is given by name has no number that is known, and the other way round', async (t) => {
  const left = (await after([write('/f', { owner: 'etcd', group: '12' })]).probe.stat('/f'))!;
  t.deepEqual([left.owner, left.gid], ['etcd', 12]);
  t.throws(() => left.uid, { instanceOf: Unforeseen });
  t.throws(() => left.group, { instanceOf: Unforeseen });
});

test('a change of owner may take special bits away, and digits leave those of a folder', async (t) => {
  const there = { '/f': stat('file', { mode: '4755' }), '/d': stat('directory', { mode: '2755' }) };
  const { probe } = after([{ kind: 'attributes', path: '/f', owner: 'root' }, { kind: 'attributes', path: '/d', mode: '0755' }], there);
  const [file, folder] = [(await probe.stat('/f'))!, (await probe.stat('/d'))!];
  t.throws(() => file.mode, { instanceOf: Unforeseen });
  t.throws(() => folder.mode, { instanceOf: Unforeseen });
});

test('what goes is gone with all below, also once a folder is made in its place', async (t) => {
  const there = { '/d': stat('directory'), '/d/f': stat('file') };
  const gone = after([{ kind: 'remove', path: '/d' }], there);
  t.deepEqual([await gone.probe.stat('/d'), await gone.probe.stat('/d/f'), await gone.probe.read('/d/f')], [undefined, undefined, undefined]);
  t.true(gone.outlook.takesAway());
  const again = after([{ kind: 'remove', path: '/d' }, { kind: 'directory', path: '/d', mode: '0700' }], there);
  t.is((await again.probe.stat('/d'))!.mode, '0700');
  t.is(await again.probe.stat('/d/f'), undefined);
});

test('folders that may be made on the way, and what a new link leads to, are refused', async (t) => {
  const { probe, outlook } = after([{ kind: 'directory', path: '/a/b/c' }, { kind: 'link', path: '/l', target: '/a' }]);
  await t.throwsAsync(probe.stat('/a/b'), { instanceOf: Unforeseen });
  t.like(await probe.stat('/l'), { kind: 'link', target: '/a' });
  await t.throwsAsync(probe.stat('/l', { follow: true }), { instanceOf: Unforeseen });
  await t.throwsAsync(probe.stat('/l/f'), { instanceOf: Unforeseen });
  t.throws(() => outlook.learn({ changes: [{ summary: 'write', steps: [write('/l/f')] }] }), { instanceOf: Unforeseen });
});

test('a command may say anything once something changes, unless it depends on other paths alone', async (t) => {
  const untouched = after([]);
  t.is((await untouched.probe.ask(['id'])).stdout.toString(), 'said');
  const { probe } = after([write('/etc/motd')]);
  await t.throwsAsync(probe.ask(['id']), { instanceOf: Unforeseen });
  t.is((await probe.ask(['id'], { reads: ['/etc/passwd'] })).stdout.toString(), 'said');
  await t.throwsAsync(probe.ask(['cat'], { reads: ['/etc'] }), { instanceOf: Unforeseen });
});

test('plans that do more than change files are not learned', (t) => {
  const outlook = openOutlook(() => Promise.resolve(root));
  const [run, big]: Step[] = [{ kind: 'run', argv: ['true'] }, { kind: 'write', path: '/f', content: { localPath: '/big' } }];
  for (const step of [run!, big!]) t.false(outlook.learn({ changes: [{ summary: 'x', steps: [step] }] }));
  t.false(outlook.learn({ changes: [], waits: [run!] }));
  t.true(outlook.learn({ changes: [] }));
});

test('paths are told with the folders above, and whether they are meant themselves', async (t) => {
  const { probe, outlook } = after([write('/a/b/f')]);
  await probe.stat('/c/d', { follow: true });
  await probe.stat('/e/');
  t.deepEqual(Object.fromEntries(outlook.paths()), { '/a': false, '/a/b': false, '/a/b/f': true, '/c': false, '/c/d': false, '/e': true });
});
