import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import test from 'ava';
import { stageName } from '../../modules/shared/look-archive.ts';
import unarchive from '../../modules/unarchive.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);

/** A folder `src` with a bit of everything, an empty folder `out`, and a way to pack. */
async function prepare(t: Parameters<typeof tempFolder>[0]): Promise<{ folder: string; out: string; pack: (name: string, ...options: string[]) => string }> {
  const folder = await tempFolder(t);
  await mkdir(`${folder}/src/top/sub/empty`, { recursive: true });
  await mkdir(`${folder}/out`);
  await writeFile(`${folder}/src/top/bin`, 'program', { mode: 0o755 });
  await writeFile(`${folder}/src/top/sub/ä "q" $x`, 'odd');
  await chmod(`${folder}/src/top/sub`, 0o750);
  await symlink('bin', `${folder}/src/top/link`);
  await utimes(`${folder}/src/top/bin`, 1_600_000_000, 1_600_000_000);
  const pack = (name: string, ...options: string[]) => {
    const file = path.join(folder, name);
    if (name.endsWith('.zip')) execFileSync('python3', ['-c', zipper, file, 'top'], { cwd: `${folder}/src` });
    else execFileSync('tar', ['-c', '-a', '-f', file, ...options, ...(options.includes('.') ? [] : ['top'])], { cwd: `${folder}/src`, stdio: 'ignore' });
    return file;
  };
  return { folder, out: `${folder}/out`, pack };
}

/** zip may not be installed; Python's zipfile keeps modes and links if told so. */
const zipper = `
import os, stat, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    for base, folders, files in os.walk(sys.argv[2]):
        for name in folders: z.write(os.path.join(base, name))
        for name in files:
            at = os.path.join(base, name)
            info = zipfile.ZipInfo.from_file(at)
            info.external_attr = (os.lstat(at).st_mode & 0xFFFF) << 16
            z.writestr(info, os.readlink(at) if os.path.islink(at) else open(at, 'rb').read(), zipfile.ZIP_DEFLATED)
`;

async function isWhole(t: Parameters<typeof tempFolder>[0], out: string): Promise<void> {
  t.is(await readFile(`${out}/top/bin`, 'utf8'), 'program');
  t.is((await stat(`${out}/top/bin`)).mode & 0o777, 0o755);
  t.is(await readFile(`${out}/top/sub/ä "q" $x`, 'utf8'), 'odd');
  t.is(await readlink(`${out}/top/link`), 'bin');
  t.is((await stat(`${out}/top/sub`)).mode & 0o777, 0o750);
  t.true((await stat(`${out}/top/sub/empty`)).isDirectory());
  t.deepEqual((await readdir(out)).filter((name) => name.startsWith('.')), [], 'nothing stays behind');
}

for (const name of ['a.tar', 'a.tar.gz', 'a.tgz', 'a.tar.xz', 'a.tar.bz2', 'a.tar.zst', 'a.zip']) {
  test(`unarchive unpacks ${name} of the controller, once`, async (t) => {
    const session = await open();
    const { folder, out, pack } = await prepare(t);
    const src = pack(name);
    await settles(t, unarchive, { src, dest: out }, { session, folder });
    await isWhole(t, out);
    if (!name.endsWith('.zip')) t.is((await stat(`${out}/top/bin`)).mtimeMs, 1_600_000_000_000);
    await writeFile(`${out}/top/bin`, 'drifted');
    await rm(`${out}/top/link`);
    const done = await settles(t, unarchive, { src, dest: out }, { session, folder });
    t.regex(done.summaries[0]!, /\(2 to come or to change: top\/(bin, top\/link|link, top\/bin)\)$/);
    await isWhole(t, out);
  });

  test(`unarchive unpacks ${name} that is on the host, once`, async (t) => {
    const session = await open();
    const { folder, out, pack } = await prepare(t);
    const src = pack(name);
    await settles(t, unarchive, { src, dest: out, remote_src: true }, { session, folder });
    await isWhole(t, out);
    await writeFile(`${out}/top/bin`, 'drifted');
    await settles(t, unarchive, { src, dest: out, remote_src: true }, { session, folder });
    await isWhole(t, out);
  });
}

test('unarchive unpacks what an address gives, and compares it without keeping it', async (t) => {
  const session = await open();
  const { folder, out, pack } = await prepare(t);
  const file = pack('a.tar.gz');
  const server = createServer((request, response) => {
    if (request.url === '/a.tar.gz') createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await settles(t, unarchive, { src: `${url}/a.tar.gz`, dest: out, remote_src: true }, { session, folder });
  await isWhole(t, out);
  await writeFile(`${out}/top/bin`, 'drifted');
  await settles(t, unarchive, { src: `${url}/a.tar.gz`, dest: out, remote_src: true }, { session, folder });
  await isWhole(t, out);
  t.regex((await tryModule(unarchive, { src: `${url}/none.tgz`, dest: out, remote_src: true }, { session })).message!, /cannot download/);
});

for (const remote_src of [false, true]) {
  const where = remote_src ? 'on the host' : 'of the controller';
  test(`unarchive strips components, leaves out and picks, ${where}`, async (t) => {
    const session = await open();
    const { folder, out, pack } = await prepare(t);
    const src = pack('a.tgz');
    await settles(t, unarchive, { src, dest: out, remote_src, extra_opts: ['--strip-components=1'], exclude: ['top/sub'] }, { session, folder });
    t.deepEqual((await readdir(out)).sort(), ['bin', 'link']);
    await mkdir(`${folder}/picked`);
    const done = await settles(t, unarchive, { src, dest: `${folder}/picked`, remote_src, include: ['top/bin'], list_files: true }, { session, folder });
    t.deepEqual(await readdir(`${folder}/picked/top`), ['bin']);
    t.deepEqual(done.result['files'], ['top/bin']);
    const zip = pack('b.zip');
    await mkdir(`${folder}/zipped`);
    await settles(t, unarchive, { src: zip, dest: `${folder}/zipped`, remote_src, exclude: ['top/sub/*'] }, { session, folder });
    t.true((await readdir(`${folder}/zipped/top`)).includes('bin'));
  });

  test(`unarchive gives all the mode and owner that are asked, ${where}`, async (t) => {
    const session = await open();
    const { folder, out, pack } = await prepare(t);
    const src = pack('a.tgz');
    const owner = process.getuid!() === 0 ? { owner: 'daemon', group: '2' } : {};
    await settles(t, unarchive, { src, dest: out, remote_src, mode: 'u=rwX,g=rX,o=', ...owner }, { session, folder });
    t.is((await stat(`${out}/top/bin`)).mode & 0o777, 0o750);
    t.is((await stat(`${out}/top/sub/empty`)).mode & 0o777, 0o750);
    if (process.getuid!() === 0) t.deepEqual([(await lstat(`${out}/top/link`)).uid, (await stat(`${out}/top/sub`)).gid], [1, 2]);
    await chmod(`${out}/top/bin`, 0o700);
    await settles(t, unarchive, { src, dest: out, remote_src, mode: 'u=rwX,g=rX,o=', ...owner }, { session, folder });
  });

  test(`unarchive gives dest the mode of the archive's own folder, ${where}`, async (t) => {
    const session = await open();
    const { folder, out, pack } = await prepare(t);
    await chmod(`${folder}/src`, 0o711);
    const src = pack('a.tgz', '.');
    await settles(t, unarchive, { src, dest: out, remote_src }, { session, folder });
    t.is((await stat(out)).mode & 0o777, 0o711);
    await isWhole(t, out);
  });
}

test('unarchive does nothing where creates is there, and needs dest', async (t) => {
  const session = await open();
  const { folder, out, pack } = await prepare(t);
  const src = pack('a.tgz');
  const tried = await tryModule(unarchive, { src, dest: out, creates: folder }, { session });
  t.is(tried.kind, 'ok');
  t.is(tried.result['msg'], `skipped, since ${folder} exists`);
  t.is((await tryModule(unarchive, { src, dest: `${folder}/none` }, { session })).kind, 'missing');
  t.is((await tryModule(unarchive, { src: `${folder}/none.tgz`, dest: out, remote_src: true }, { session })).kind, 'missing');
});

test('unarchive leaves dest as it was where the archive is broken, and says so', async (t) => {
  const session = await open();
  const { folder, out, pack } = await prepare(t);
  const src = pack('a.tar.gz');
  await writeFile(src, (await readFile(src)).subarray(0, 150));
  for (const remote_src of [false, true]) {
    const tried = await tryModule(unarchive, { src, dest: out, remote_src }, { session });
    t.is(tried.kind, 'failed');
    t.deepEqual(await readdir(out), []);
  }
  await writeFile(`${folder}/no.tar`, 'this is no archive');
  t.is((await tryModule(unarchive, { src: `${folder}/no.tar`, dest: out }, { session })).kind, 'failed');
  await writeFile(`${folder}/no.zip`, 'this is no archive');
  t.is((await tryModule(unarchive, { src: `${folder}/no.zip`, dest: out }, { session })).kind, 'failed');
});

test('unarchive refuses members that lead out of dest', async (t) => {
  const session = await open();
  const { folder, out } = await prepare(t);
  execFileSync('tar', ['-cPf', `${folder}/evil.tar`, '--transform=s,top/bin,../../evil,', 'top/bin'], { cwd: `${folder}/src` });
  t.regex((await tryModule(unarchive, { src: `${folder}/evil.tar`, dest: out }, { session })).message!, /leads out of the folder/);
});

test('unarchive removes what an interrupted run left', async (t) => {
  const session = await open();
  const { folder, out, pack } = await prepare(t);
  const src = pack('a.tgz');
  await tryModule(unarchive, { src, dest: out }, { session });
  await mkdir(`${out}/${stageName(src)}/tree`, { recursive: true });
  await settles(t, unarchive, { src, dest: out }, { session, folder });
  await isWhole(t, out);
});

test('unarchive leaves newer files alone with keep_newer', async (t) => {
  const session = await open();
  const { folder, out, pack } = await prepare(t);
  const src = pack('a.tgz');
  await mkdir(`${out}/top`);
  await writeFile(`${out}/top/bin`, 'newer', { mode: 0o755 });
  await settles(t, unarchive, { src, dest: out, keep_newer: true }, { session, folder });
  t.is(await readFile(`${out}/top/bin`, 'utf8'), 'newer');
  t.is(await readlink(`${out}/top/link`), 'bin');
});
