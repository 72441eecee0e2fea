import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openForesight } from '../../engine/module/foresight.ts';
import { LookFailed, type Session } from '../../engine/session/session.ts';
import command from '../../modules/command.ts';
import copy from '../../modules/copy.ts';
import fetch from '../../modules/fetch.ts';
import { onWeb, playFiles } from '../support/play.ts';
import { settles, sharedSession, snapshot } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);
const here = { evaluate: (name: string) => (name === 'inventory_hostname' ? 'h1' : undefined) };
const sum = (text: string, algorithm: string): string => createHash(algorithm).update(text).digest('hex');
const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o7777).toString(8);

test('fetch puts a file below the host\'s name, once, and tells what came', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/on`);
  await writeFile(`${folder}/on/it's $here`, 'content');
  const src = `${folder}/on/it's $here`;
  const done = await settles(t, fetch, { src, dest: `${folder}/got` }, { session, folder, here });
  const dest = `${folder}/got/h1${src}`;
  t.deepEqual(done.summaries, [`fetch ${src} to ${dest}`]);
  t.is(await readFile(dest, 'utf8'), 'content');
  t.deepEqual(done.result, { dest, file: src, size: 7, checksum: sum('content', 'sha1'), remote_checksum: sum('content', 'sha1'), sha256: sum('content', 'sha256') });
  const again = await tryModule(fetch, { src, dest: `${folder}/got` }, { session, here });
  t.deepEqual(again.result, { dest, file: src, size: 7, checksum: sum('content', 'sha1'), sha256: sum('content', 'sha256') });
  await writeFile(src, 'newer');
  await settles(t, fetch, { src, dest: `${folder}/got` }, { session, folder, here });
  t.is(await readFile(dest, 'utf8'), 'newer');
  t.deepEqual(await readdir(path.dirname(dest)), ["it's $here"]);
});

test('fetch with flat puts a file where dest says, or into a folder that ends with a slash', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/from`, 'x');
  const flat = (dest: string): Record<string, unknown> => ({ src: `${folder}/from`, dest, flat: true });
  await settles(t, fetch, flat(`${folder}/to`), { session, folder, here });
  await settles(t, fetch, flat(`${folder}/new/folder/`), { session, folder, here });
  t.is(await readFile(`${folder}/to`, 'utf8') + (await readFile(`${folder}/new/folder/from`, 'utf8')), 'xx');
  t.like(await tryModule(fetch, flat(`${folder}/new`), { session, here }), { kind: 'failed', message: `${folder}/new on the controller is a folder` });
});

test('what others cannot read on the host they cannot read here; else a mode that was chosen here stays', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const [src, dest] = [`${folder}/from`, `${folder}/to`];
  const fetched = async (mode: number, text: string): Promise<string> => {
    await writeFile(src, text);
    await chmod(src, mode);
    t.is((await tryModule(fetch, { src, dest, flat: true }, { session, here })).kind, 'changed');
    return modeOf(dest);
  };
  t.is(await fetched(0o755, 'a'), (0o644 & ~process.umask()).toString(8));
  await chmod(dest, 0o640);
  t.is(await fetched(0o644, 'b'), '640');
  await chmod(dest, 0o644);
  t.is(await fetched(0o640, 'c'), '600');
  t.is(await fetched(0o600, 'd'), '600');
});

test('fetch follows links, on the host and here', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/real`, 'x');
  await symlink('real', `${folder}/link`);
  await writeFile(`${folder}/kept`, 'old');
  await symlink('kept', `${folder}/to`);
  await settles(t, fetch, { src: `${folder}/link`, dest: `${folder}/to`, flat: true }, { session, folder, here });
  t.is(await readFile(`${folder}/kept`, 'utf8'), 'x');
});

test('fetch fails where there is no file, or goes on where that is asked', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/sub`);
  const denied: Session = { ...session, stat: async (at) => { throw new LookFailed(`cannot look at ${at}: Permission denied`); } };
  const rows: [string, Session, string, string][] = [
    [`${folder}/none`, session, 'missing', `the remote file does not exist: ${folder}/none`],
    [`${folder}/sub`, session, 'failed', 'remote file is a directory, fetch cannot work on directories'],
    ['/dev/null', session, 'failed', 'remote file is no regular file'],
    ['/secret', denied, 'failed', 'cannot look at /secret: Permission denied'],
  ];
  for (const [src, on, kind, message] of rows) {
    t.like(await tryModule(fetch, { src, dest: folder }, { session: on, here }), { kind, message });
    const passed = await tryModule(fetch, { src, dest: folder, fail_on_missing: false }, { session: on, here });
    t.like(passed, { kind: 'ok', result: { file: src, msg: `${message.replace(`: ${src}`, (all) => (kind === 'missing' ? '' : all))}, not transferring, ignored` } });
  }
  t.deepEqual(await readdir(folder), ['sub']);
});

test('a file that changes while it is fetched is a failure, unless nobody is to compare', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/log`, 'one');
  const changing: Session = { ...session, perform: async (steps, options) => { await writeFile(`${folder}/log`, 'two'); return session.perform(steps, options); } };
  const asked = { src: `${folder}/log`, dest: `${folder}/to`, flat: true };
  const failed = await tryModule(fetch, asked, { session: changing, here });
  t.is(failed.kind, 'failed');
  t.regex(failed.message!, /^fetching .*log ended with code 1: what came of .* has the sha256 .* did it change meanwhile\?$/);
  t.deepEqual(await readdir(folder), ['log']);
  await writeFile(`${folder}/log`, 'one');
  t.is((await tryModule(fetch, { ...asked, validate_checksum: false }, { session: changing, here })).kind, 'changed');
  t.is(await readFile(`${folder}/to`, 'utf8'), 'two');
});

test('neither a source nor a host leads out of dest', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/from`, 'x');
  const done = await tryModule(fetch, { src: `${folder}/../../../../../..${folder}/from`, dest: `${folder}/got` }, { session, here });
  t.is(done.result['dest'], `${folder}/got/h1${folder}/from`);
  for (const name of ['..', '../..', '/', `../h1/../..`]) {
    t.regex((await tryModule(fetch, { src: name === '/' ? '/' : `${folder}/from`, dest: `${folder}/got`, flat: name === '/' }, { session, here: { evaluate: () => name } })).message!, /would lie outside|is a folder|directory/, name);
  }
});

test('a dry run writes nothing, and foresees what an earlier task writes', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dry = { session, check: true, foresight: openForesight(), here };
  await mkdir(`${folder}/got`);
  const before = await snapshot(folder);
  await tryModule(copy, { content: 'later', dest: `${folder}/f` }, dry);
  const asked = { src: `${folder}/f`, dest: `${folder}/got/f`, flat: true };
  t.deepEqual((await tryModule(fetch, asked, dry)).summaries, [`fetch ${folder}/f to ${folder}/got/f`]);
  await tryModule(command, { cmd: 'true', creates: `${folder}/made` }, dry);
  t.is((await tryModule(fetch, { ...asked, src: `${folder}/made` }, dry)).kind, 'missing');
  t.deepEqual(await snapshot(folder), before);
  await writeFile(`${folder}/got/f`, 'later');
  t.is((await tryModule(fetch, asked, dry)).kind, 'ok');
});

test('a playbook fetches into folders by host, beside the playbook, also from a loop and a delegate', async (t) => {
  const tasks = `- {name: Many, fetch: {src: "{{ dir }}/{{ item }}", dest: got}, loop: [a, b]}
- {name: Other, fetch: {src: "{{ dir }}/a", dest: "got/{{ inventory_hostname }}-other", flat: true}, delegate_to: h2}
- {name: Again, fetch: {src: "{{ dir }}/a", dest: got/}}`;
  const { folder, told } = await playFiles(t, { ...onWeb(tasks), a: 'A', b: 'B' }, { limit: 'h1' });
  t.deepEqual([...told].sort(), ['h1 Again: ok', 'h1 Many [a]: changed', 'h1 Many [b]: changed', 'h1 Many: changed', 'h1 Other: changed']);
  t.is(await readFile(`${folder}/got/h1${folder}/b`, 'utf8') + (await readFile(`${folder}/got/h1-other`, 'utf8')), 'BA');
});

test('a dry run of a fetch depends on the command that makes the file', async (t) => {
  const { told } = await playFiles(t, onWeb('- {name: Make, command: "true"}\n- {name: Get, fetch: {src: "{{ dir }}/made", dest: got}}\n- {name: Sure, command: "true", args: {creates: "{{ dir }}/sure"}}\n- {name: Get sure, fetch: {src: "{{ dir }}/sure", dest: got}}'), { limit: 'h1', check: true });
  t.deepEqual(told, ['h1 Make: changed', 'h1 Get: unknown', 'h1 Sure: changed', 'h1 Get sure: changed']);
});
