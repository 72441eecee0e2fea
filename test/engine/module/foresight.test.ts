import test from 'ava';
import { openForesight } from '../../../engine/module/foresight.ts';
import type { Probe, Stat } from '../../../engine/session/session.ts';
import type { Step } from '../../../engine/session/step.ts';

const there: Stat = { kind: 'file', mode: '0600', uid: 7, gid: 8, owner: 'etcd', group: 'etcd', size: 3, mtime: 0, atime: 0, ctime: 0, inode: 1, device: 1, links: 1, sha256: 'old' };

/** A host on which /there is, and nothing else. */
const host: Probe = {
  host: 'h1',
  ask: async () => { throw new Error('nothing is asked'); },
  stat: async (path) => (path === '/there' ? there : undefined),
  read: async (path) => (path === '/there' ? Buffer.from('old') : undefined),
};

function after(...steps: readonly Step[]) {
  const foresight = openForesight();
  foresight.learn([{ summary: 'x', steps }], 'a task', false);
  return { foresight, probe: foresight.over(host) };
}

test('a file that is written keeps the mode and owner of the one that was there', async (t) => {
  const { probe } = after({ kind: 'write', path: '/there', content: { text: 'new' } });
  t.like(await probe.stat('/there'), { mode: '0600', owner: 'etcd', uid: 7, group: 'etcd' });
  t.is((await probe.read('/there'))!.toString(), 'new');
});

test('a file that is written has the mode and owner that are asked', async (t) => {
  const { probe } = after({ kind: 'write', path: '/there', content: { text: 'new' }, mode: '0640', owner: 'root' });
  t.like(await probe.stat('/there'), { mode: '0640', owner: 'root' });
});

test('the last of several changes to a file is what is foreseen', async (t) => {
  const mode = (path: string, octal: string): Step => ({ kind: 'attributes', path, mode: octal });
  const write = (path: string, octal?: string): Step => ({ kind: 'write', path, content: { text: '' }, ...(octal && { mode: octal }) });
  t.like(await after(mode('/there', '0700'), write('/there')).probe.stat('/there'), { mode: '0700' });
  t.like(await after(mode('/there', '0700'), write('/there', '0644')).probe.stat('/there'), { mode: '0644' });
  t.like(await after(write('/there', '0644'), mode('/there', '0755')).probe.stat('/there'), { mode: '0755' });
  t.like(await after(write('/there', '0644'), mode('/there', '0755'), write('/there')).probe.stat('/there'), { mode: '0755' });
  t.like(await after(mode('/there', '0700'), { kind: 'remove', path: '/there' }, write('/there')).probe.stat('/there'), { mode: '0644', owner: 'root' });
  t.is(await after(write('/new'), { kind: 'remove', path: '/new' }).probe.stat('/new'), undefined);
});

test('a file that a command leaves is there with what is known of it', async (t) => {
  const { probe, foresight } = after({ kind: 'run', argv: ['x'], leaves: [{ path: '/new', mode: '0755', sha256: 'sum' }] });
  t.like(await probe.stat('/new', { sha256: true }), { kind: 'file', mode: '0755', sha256: 'sum' });
  t.deepEqual(foresight.maker({ kind: 'path', name: '/new' }), { task: 'a task', certain: true });
});

test('a content that nobody knows yet depends on the task that makes it', async (t) => {
  const { probe } = after({ kind: 'run', argv: ['x'], leaves: [{ path: '/new', mode: '0755' }] });
  t.like(await probe.stat('/new'), { kind: 'file' });
  await t.throwsAsync(probe.read('/new'), { name: 'ModuleFailure', message: /known only at run/ });
  await t.throwsAsync(probe.stat('/new', { sha256: true }), { message: /known only at run/ });
});

test('a hard link is a file', async (t) => {
  t.like(await after({ kind: 'link', path: '/new', target: '/there', hard: true }).probe.stat('/new'), { kind: 'file' });
});

test('a folder that is made is made with its parents, but nothing else below those is expected of its task', (t) => {
  const { foresight } = after({ kind: 'directory', path: '/a/b/c' });
  const maker = (name: string) => foresight.maker({ kind: 'path', name });
  t.deepEqual(['/a', '/a/b', '/a/b/c', '/a/b/c/x'].map((name) => maker(name)?.certain), [true, true, true, true]);
  t.is(maker('/a/x'), undefined);
});

test('a command is there once a task puts its file into a folder of programs', (t) => {
  const { foresight } = after({ kind: 'run', argv: ['x'], leaves: [{ path: '/usr/local/bin/kubectl', mode: '0755' }] });
  t.deepEqual(foresight.maker({ kind: 'command', name: 'kubectl' }), { task: 'a task', certain: true });
  t.is(foresight.maker({ kind: 'command', name: 'kubeadm' }), undefined);
});

test('what is put into a cluster may put more there, and nothing else', (t) => {
  const foresight = openForesight();
  t.is(foresight.maker({ kind: 'object', name: 'a' }), undefined);
  foresight.learn([{ summary: 'x', steps: [], makes: [{ kind: 'object', name: 'a' }], leaves: [{ kind: 'object', name: 'a', state: { gone: false } }] }], 'a task', false);
  t.deepEqual(foresight.maker({ kind: 'object', name: 'a' }), { task: 'a task', certain: true });
  t.deepEqual(foresight.maker({ kind: 'object', name: 'b' }), { task: 'a task', certain: false });
  t.is(foresight.maker({ kind: 'path', name: '/b' }), undefined);
  t.deepEqual(foresight.over(host).foreseen!('object', 'a'), { gone: false });
});
