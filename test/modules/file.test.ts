import { chmod, link, lstat, mkdir, readFile, readlink, stat, symlink, utimes, writeFile, chown } from 'node:fs/promises';
import test from 'ava';
import { openForesight } from '../../engine/module/foresight.ts';
import file from '../../modules/file.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);
const modeOf = async (at: string) => ((await stat(at)).mode & 0o7777).toString(8);
const asRoot = process.getuid?.() === 0 ? test : test.skip;

test('file makes a folder with its parents, all with the mode', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const done = await settles(t, file, { path: `${folder}/a/b c`, state: 'directory', mode: '0750' }, { session, folder });
  t.deepEqual(done.summaries, [`create ${folder}/a/`, `create ${folder}/a/b c/`]);
  t.is(await modeOf(`${folder}/a`), '750');
  t.is(await modeOf(`${folder}/a/b c`), '750');
});

test('file takes dest and name for path', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await settles(t, file, { dest: `${folder}/a`, state: 'directory' }, { session, folder });
  await settles(t, file, { name: `${folder}/b`, state: 'directory' }, { session, folder });
});

const modes: readonly [was: number, kind: 'file' | 'directory', asked: string, becomes: string][] = [
  [0o644, 'file', '0600', '600'],
  [0o644, 'file', 'u+x', '744'],
  [0o600, 'file', '+x', '711'],
  [0o777, 'file', 'go-w', '755'],
  [0o640, 'file', 'o=g', '644'],
  [0o644, 'file', 'u=rwX,g=rX,o=', '640'],
  [0o744, 'file', 'u=rwX,g=rX,o=', '750'],
  [0o700, 'directory', 'u=rwX,g=rX,o=', '750'],
  [0o2755, 'directory', '0755', '755'],
  [0o755, 'directory', '1777', '1777'],
  [0o755, 'file', 'u+s', '4755'],
];
for (const [was, kind, asked, becomes] of modes) {
  test(`file makes ${becomes} of ${was.toString(8)} for a ${kind} with mode ${asked}`, async (t) => {
    const [session, folder] = [await open(), await tempFolder(t)];
    const at = `${folder}/x`;
    if (kind === 'file') await writeFile(at, '');
    else await mkdir(at);
    await chmod(at, was);
    await settles(t, file, { path: at, mode: asked }, { session, folder });
    t.is(await modeOf(at), becomes);
  });
}

test('file sets the mode of all below with recurse, whatever the names', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/top/sub`, { recursive: true });
  for (const name of ['a', 'sub/b\n$(c) "d"', 'sub/-x']) await writeFile(`${folder}/top/${name}`, '', { mode: 0o600 });
  await chmod(`${folder}/top/sub/-x`, 0o700);
  const done = await settles(t, file, { path: `${folder}/top`, state: 'directory', recurse: true, mode: 'u=rwX,g=rX,o=' }, { session, folder });
  t.deepEqual(done.summaries, [`set mode 0750 of ${folder}/top`, `set mode u=rwX,g=rX,o= of 4 entries below ${folder}/top`]);
  t.is(await modeOf(`${folder}/top/sub`), '750');
  t.is(await modeOf(`${folder}/top/a`), '640');
  t.is(await modeOf(`${folder}/top/sub/-x`), '750');
  const octal = await settles(t, file, { path: `${folder}/top`, state: 'directory', recurse: true, mode: '0700' }, { session, folder });
  t.is(octal.summaries.length, 2);
  t.is(await modeOf(`${folder}/top/a`), '700');
});

asRoot('file sets owner and group of all below with recurse, links themselves without follow', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/top`);
  await writeFile(`${folder}/outside`, '');
  await writeFile(`${folder}/top/a`, '');
  await symlink('../outside', `${folder}/top/link`);
  await settles(t, file, { path: `${folder}/top`, state: 'directory', recurse: true, owner: 'daemon', group: 2, follow: false }, { session, folder });
  t.is((await lstat(`${folder}/top/link`)).uid, 1);
  t.is((await stat(`${folder}/outside`)).uid, 0);
  t.is((await stat(`${folder}/top/a`)).gid, 2);
  await settles(t, file, { path: `${folder}/top`, state: 'directory', recurse: true, owner: 'bin' }, { session, folder });
  t.is((await stat(`${folder}/outside`)).uid, 2);
});

test('file removes a file, a folder with all below, and a link but not what it points to', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/dir/sub`, { recursive: true });
  await writeFile(`${folder}/dir/sub/x`, '');
  await symlink('dir', `${folder}/link`);
  await settles(t, file, { path: `${folder}/link`, state: 'absent' }, { session, folder });
  t.is(await modeOf(`${folder}/dir/sub/x`), '644');
  await settles(t, file, { path: `${folder}/dir`, state: 'absent' }, { session, folder });
  await t.throwsAsync(stat(`${folder}/dir`));
});

for (const at of ['/', '//', '/.', '/etc/..', '../x']) {
  test(`file will not remove ${at}`, async (t) => {
    const tried = await tryModule(file, { path: at, state: 'absent' }, { session: await open(), check: true });
    t.is(tried.kind, 'failed');
  });
}

test('file makes a link, turns it, and replaces a file only with force', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/one`, '');
  await writeFile(`${folder}/two`, '');
  await settles(t, file, { src: 'one', dest: `${folder}/link`, state: 'link' }, { session, folder });
  t.is(await readlink(`${folder}/link`), 'one');
  const turned = await settles(t, file, { src: `${folder}/two`, dest: `${folder}/link`, state: 'link', mode: '0600' }, { session, folder });
  t.deepEqual(turned.summaries, [`turn the link ${folder}/link to ${folder}/two`, `set mode 0600 of ${folder}/two`]);
  t.is((await tryModule(file, { src: 'two', dest: `${folder}/one`, state: 'link' }, { session })).kind, 'failed');
  await settles(t, file, { src: 'two', dest: `${folder}/one`, state: 'link', force: true }, { session, folder });
  t.is((await tryModule(file, { src: 'none', dest: `${folder}/x`, state: 'link' }, { session })).kind, 'missing');
  await settles(t, file, { src: 'none', dest: `${folder}/x`, state: 'link', force: true }, { session, folder });
  await mkdir(`${folder}/empty`);
  await settles(t, file, { src: 'two', dest: `${folder}/empty`, state: 'link', force: true }, { session, folder });
  await mkdir(`${folder}/full/x`, { recursive: true });
  t.regex((await tryModule(file, { src: 'two', dest: `${folder}/full`, state: 'link', force: true }, { session })).message!, /not empty/);
});

test('file makes a hard link, also into a folder', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/one`, 'x');
  await mkdir(`${folder}/in`);
  await settles(t, file, { src: `${folder}/one`, dest: `${folder}/second`, state: 'hard' }, { session, folder });
  await settles(t, file, { src: `${folder}/one`, dest: `${folder}/in`, state: 'hard' }, { session, folder });
  t.is((await stat(`${folder}/one`)).nlink, 3);
  await writeFile(`${folder}/other`, 'y');
  t.is((await tryModule(file, { src: `${folder}/one`, dest: `${folder}/other`, state: 'hard' }, { session })).kind, 'failed');
  await settles(t, file, { src: `${folder}/one`, dest: `${folder}/other`, state: 'hard', force: true }, { session, folder });
});

test('file without state says what is there, and needs a file that is not there', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  t.is((await tryModule(file, { path: `${folder}/none` }, { session })).kind, 'missing');
  await writeFile(`${folder}/a`, '');
  await link(`${folder}/a`, `${folder}/b`);
  t.is((await tryModule(file, { path: `${folder}/b` }, { session })).result['state'], 'hard');
  t.is((await tryModule(file, { path: folder }, { session })).result['state'], 'directory');
  t.is((await tryModule(file, { path: folder, state: 'file' }, { session })).kind, 'failed');
  t.is((await tryModule(file, { path: `${folder}/a`, state: 'directory' }, { session })).kind, 'failed');
});

test('touch makes a file, then changes its times each time it is asked', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const at = `${folder}/a`;
  t.deepEqual((await tryModule(file, { path: at, state: 'touch', mode: '0600' }, { session })).summaries, [`create ${at}`]);
  t.is(await readFile(at, 'utf8'), '');
  await utimes(at, 1000, 1000);
  t.is((await tryModule(file, { path: at, state: 'touch', mode: '0600' }, { session })).kind, 'changed');
  t.true((await stat(at)).mtimeMs > 1_000_000);
});

test('touch that keeps the times is done once, and times that are given are set once', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const at = `${folder}/a`;
  await settles(t, file, { path: at, state: 'touch', modification_time: 'preserve', access_time: 'preserve' }, { session, folder });
  await settles(t, file, { path: at, modification_time: '202001020304.05' }, { session, folder });
  t.is((await stat(at)).mtimeMs, new Date(2020, 0, 2, 3, 4, 5).getTime());
  t.is((await tryModule(file, { path: at, access_time: '202001020304' }, { session })).kind, 'changed');
  t.is((await tryModule(file, { path: at, access_time: '202001020304' }, { session })).kind, 'ok');
});

test('file in a dry run sees what earlier tasks would make', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const foresight = openForesight();
  const dry = { session, check: true, foresight };
  t.is((await tryModule(file, { path: `${folder}/a/b`, state: 'directory', mode: '0700' }, dry)).kind, 'changed');
  t.is((await tryModule(file, { path: `${folder}/a/b`, state: 'directory', mode: '0700' }, dry)).kind, 'ok');
  t.is((await tryModule(file, { path: `${folder}/a/b/c`, state: 'touch' }, dry)).kind, 'changed');
  t.deepEqual((await tryModule(file, { path: `${folder}/a/b`, mode: '0755' }, dry)).summaries, [`set mode 0755 of ${folder}/a/b`]);
});

asRoot('file gives a folder that it makes to its owner, by name or number', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await settles(t, file, { path: `${folder}/a`, state: 'directory', owner: 'daemon', group: 'bin' }, { session, folder });
  t.deepEqual([(await stat(`${folder}/a`)).uid, (await stat(`${folder}/a`)).gid], [1, 2]);
  t.is((await tryModule(file, { path: `${folder}/a`, owner: 1, group: '2' }, { session })).kind, 'ok');
  await chown(`${folder}/a`, 12345, 2);
  await settles(t, file, { path: `${folder}/a`, owner: '23456' }, { session, folder });
});
