import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, stat, symlink, lstat, writeFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import copy from '../../modules/copy.ts';
import { settles, sharedSession, snapshot } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);
const modeOf = async (file: string) => ((await stat(file)).mode & 0o7777).toString(8);

test('copy writes text with its mode and then has nothing to do', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dest = path.join(folder, 'a.conf');
  const done = await settles(t, copy, { content: 'one\ntwo\n', dest, mode: '0640' }, { session, folder });
  t.deepEqual(done.summaries, [`create ${dest}`]);
  t.is(await readFile(dest, 'utf8'), 'one\ntwo\n');
  t.is(await modeOf(dest), '640');
  t.is(done.result['checksum'], createHash('sha1').update('one\ntwo\n').digest('hex'));
  t.is(done.result['dest'], dest);
  const edited = await settles(t, copy, { content: 'one\n', dest }, { session, folder });
  t.deepEqual(edited.summaries, [`write ${dest}`]);
  t.is(await modeOf(dest), '640', 'a mode that is not asked stays');
});

test('copy changes the mode alone where the content is the same', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dest = path.join(folder, 'a');
  await writeFile(dest, 'x');
  const inode = (await stat(dest)).ino;
  const done = await settles(t, copy, { content: 'x', dest, mode: 'u=rw,g=,o=' }, { session, folder });
  t.deepEqual(done.summaries, [`set mode 0600 of ${dest}`]);
  t.is((await stat(dest)).ino, inode);
});

test('copy writes a mapping as Ansible writes JSON', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dest = path.join(folder, 'a.json');
  await settles(t, copy, { content: { name: 'é', list: [1, true, null] }, dest }, { session, folder });
  t.is(await readFile(dest, 'utf8'), '{"name": "\\u00e9", "list": [1, true, null]}');
});

test('copy puts a file into a folder that is there, and makes one where dest ends with a slash', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const src = path.join(folder, 'src.txt');
  await writeFile(src, 'x');
  await mkdir(path.join(folder, 'in'));
  await settles(t, copy, { src, dest: path.join(folder, 'in') }, { session, folder });
  t.is(await readFile(path.join(folder, 'in/src.txt'), 'utf8'), 'x');
  await settles(t, copy, { src, dest: `${folder}/new/deep/`, directory_mode: '0700' }, { session, folder });
  t.is(await readFile(path.join(folder, 'new/deep/src.txt'), 'utf8'), 'x');
  t.is(await modeOf(path.join(folder, 'new')), '700');
  t.is(await modeOf(path.join(folder, 'new/deep')), '700');
});

test('copy needs the folder of dest, and a dry run counts what it would do there', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const tried = await tryModule(copy, { content: 'x', dest: path.join(folder, 'none/a') }, { session });
  t.is(tried.kind, 'missing');
  t.regex(tried.message!, /the folder .*\/none is not on the host/);
});

test('copy keeps the mode of the source with preserve, and streams a large file', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const src = path.join(folder, 'big');
  const bytes = Buffer.alloc(3_000_000, 7);
  bytes[5] = 0;
  await writeFile(src, bytes);
  await chmod(src, 0o751);
  const dest = path.join(folder, 'copy');
  const done = await settles(t, copy, { src, dest, mode: 'preserve' }, { session, folder });
  t.deepEqual(done.summaries, [`create ${dest} (2.9 MiB)`]);
  t.true((await readFile(dest)).equals(bytes));
  t.is(await modeOf(dest), '751');
});

test('copy leaves a file alone with force: no', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dest = path.join(folder, 'a');
  await writeFile(dest, 'old');
  t.is((await tryModule(copy, { content: 'new', dest, force: false }, { session })).kind, 'ok');
  t.is(await readFile(dest, 'utf8'), 'old');
});

test('copy replaces a link by a file, and writes through it with follow', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const [real, link] = [path.join(folder, 'real'), path.join(folder, 'link')];
  await writeFile(real, 'old');
  await symlink(real, link);
  await settles(t, copy, { content: 'new', dest: link, follow: true }, { session, folder });
  t.is(await readFile(real, 'utf8'), 'new');
  t.true((await lstat(link)).isSymbolicLink());
  await settles(t, copy, { content: 'file', dest: link }, { session, folder });
  t.true((await lstat(link)).isFile());
  t.is(await readFile(real, 'utf8'), 'new');
  await mkdir(`${folder}/elsewhere`);
  await writeFile(`${folder}/elsewhere/big`, 'old');
  await symlink('elsewhere/big', `${folder}/big`);
  await settles(t, copy, { content: 'x'.repeat(200_000), dest: `${folder}/big` }, { session, folder });
  t.true((await lstat(`${folder}/big`)).isFile());
  t.is(await readFile(`${folder}/elsewhere/big`, 'utf8'), 'old');
});

test('copy keeps a backup and does not place what its validation refuses', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dest = path.join(folder, 'a');
  await writeFile(dest, 'old');
  const refused = await tryModule(copy, { content: 'bad', dest, validate: 'grep -q good %s' }, { session });
  t.is(refused.kind, 'failed');
  t.is(await readFile(dest, 'utf8'), 'old');
  t.deepEqual(await readdir(folder), ['a']);
  const done = await settles(t, copy, { content: 'good', dest, validate: 'grep -q good %s', backup: true }, { session, folder });
  const kept = (await readdir(folder)).find((name) => name !== 'a')!;
  t.regex(kept, /^a\..*~$/);
  t.is(done.result['backup_file'], path.join(folder, kept));
  t.is(await readFile(path.join(folder, kept), 'utf8'), 'old');
});

test('copy of a folder takes what is in it, with or without the folder itself', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const src = path.join(folder, 'src');
  await mkdir(path.join(src, 'sub/empty'), { recursive: true });
  for (const name of ['a', 'sub/b', 'sub/ä $(x) "q"\n.txt']) await writeFile(path.join(src, name), name);
  await settles(t, copy, { src: `${src}/`, dest: `${folder}/plain`, mode: '0600', directory_mode: '0750' }, { session, folder });
  t.deepEqual((await readdir(path.join(folder, 'plain'), { recursive: true })).sort(), ['a', 'sub', 'sub/b', 'sub/empty', 'sub/ä $(x) "q"\n.txt'].sort());
  t.is(await modeOf(path.join(folder, 'plain/sub/b')), '600');
  t.is(await modeOf(path.join(folder, 'plain/sub')), '750');
  await settles(t, copy, { src, dest: `${folder}/plain` }, { session, folder });
  t.is(await readFile(path.join(folder, 'plain/src/sub/b'), 'utf8'), 'sub/b');
  await writeFile(path.join(folder, 'plain/sub/b'), 'drifted');
  const done = await settles(t, copy, { src: `${src}/`, dest: `${folder}/plain` }, { session, folder, here: { diff: true } });
  t.deepEqual(done.summaries, [`write ${folder}/plain/sub/b`]);
});

test('copy shows no diff of bytes that are no text', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const src = path.join(folder, 'bin');
  await writeFile(src, Buffer.from([0, 1, 2]));
  const done = await tryModule(copy, { src, dest: path.join(folder, 'out') }, { session });
  t.deepEqual(done.summaries, [`create ${folder}/out (binary, 3 bytes)`]);
});

test('copy names a user that the host does not know', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const tried = await tryModule(copy, { content: 'x', dest: path.join(folder, 'a'), owner: 'nobody-such' }, { session });
  t.is(tried.kind, 'missing');
  t.is(tried.message, 'the host knows no user "nobody-such"');
});

test('copy with remote_src copies files and folders of the host', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const src = path.join(folder, 'src');
  await mkdir(path.join(src, 'sub'), { recursive: true });
  await writeFile(path.join(src, 'a'), 'a');
  await chmod(path.join(src, 'a'), 0o755);
  await writeFile(path.join(src, "sub/it's $x\ny"), 'b');
  await symlink('a', path.join(src, 'link'));
  await settles(t, copy, { src: `${src}/a`, dest: `${folder}/plain`, remote_src: true }, { session, folder });
  t.is(await modeOf(`${folder}/plain`), '644');
  await settles(t, copy, { src: `${src}/a`, dest: `${folder}/kept`, remote_src: true, mode: 'preserve' }, { session, folder });
  t.is(await modeOf(`${folder}/kept`), '755');
  await settles(t, copy, { src: `${src}/`, dest: `${folder}/all`, remote_src: true, local_follow: false }, { session, folder });
  t.is(await readFile(`${folder}/all/sub/it's $x\ny`, 'utf8'), 'b');
  t.true((await lstat(`${folder}/all/link`)).isSymbolicLink());
  t.is(await modeOf(`${folder}/all/a`), '755');
  await writeFile(`${folder}/all/a`, 'drifted');
  const done = await settles(t, copy, { src: `${src}/`, dest: `${folder}/all`, remote_src: true, local_follow: false, mode: '0600', directory_mode: '0711' }, { session, folder });
  t.regex(done.summaries[0]!, /^copy 3 entries/);
  t.is(await modeOf(`${folder}/all/a`), '600');
  t.is(await modeOf(`${folder}/all/sub`), '711');
  t.is((await tryModule(copy, { src: `${folder}/none`, dest: `${folder}/x`, remote_src: true }, { session })).kind, 'missing');
});

test('copy of a folder of 200 files is one look and one act', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(path.join(folder, 'src'));
  for (let at = 0; at < 200; at++) await writeFile(path.join(folder, `src/file-${at}`), `content ${at}\n`.repeat(20));
  let performed = 0;
  const counting = { ...session, perform: (...args: Parameters<typeof session.perform>) => { performed++; return session.perform(...args); } };
  const done = await tryModule(copy, { src: `${folder}/src/`, dest: `${folder}/out` }, { session: counting });
  t.is(done.kind, 'changed', done.message);
  t.is(done.summaries.length, 201);
  t.is(performed, 1);
  t.is((await tryModule(copy, { src: `${folder}/src/`, dest: `${folder}/out` }, { session })).kind, 'ok');
  t.is(Object.keys(await snapshot(`${folder}/out`)).length, 201);
});
