import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, stat as statHere, symlink, writeFile } from 'node:fs/promises';
import test from 'ava';
import { openForesight } from '../../engine/module/foresight.ts';
import copy from '../../modules/copy.ts';
import stat from '../../modules/stat.ts';
import { sharedSession, snapshot } from '../support/settles.ts';
import { tempFolder, tryModule, type Tried } from '../support/try-module.ts';

const open = sharedSession(test);
const told = (tried: Tried) => tried.result['stat'] as Record<string, unknown>;

test('stat tells of a file as Ansible does', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const path = `${folder}/a b`;
  await writeFile(path, 'content');
  await chmod(path, 0o4751);
  const real = await statHere(path);
  const found = told(await tryModule(stat, { path }, { session }));
  t.like(found, {
    exists: true, path, isreg: true, isdir: false, islnk: false, mode: '4751', size: 7, uid: real.uid, gid: real.gid, inode: real.ino, dev: real.dev, nlink: 1,
    rusr: true, wusr: true, xusr: true, rgrp: true, wgrp: false, xgrp: true, roth: false, woth: false, xoth: true, isuid: true, isgid: false,
    checksum: createHash('sha1').update('content').digest('hex'), readable: true, writeable: true, executable: true,
  });
  t.is(Math.floor(found['mtime'] as number), Math.floor(real.mtimeMs / 1000));
});

test('stat of what is not there says only that', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const tried = await tryModule(stat, { path: `${folder}/none` }, { session });
  t.is(tried.kind, 'ok');
  t.deepEqual(tried.result, { stat: { exists: false } });
  await writeFile(`${folder}/file`, '');
  t.deepEqual((await tryModule(stat, { path: `${folder}/file/below` }, { session })).result, { stat: { exists: false } });
});

test('stat tells of a link itself, and with follow of what it points to', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/dir`);
  await symlink('dir', `${folder}/link`);
  await symlink('none', `${folder}/dangling`);
  t.like(told(await tryModule(stat, { path: `${folder}/link` }, { session })), { islnk: true, isdir: false, lnk_target: 'dir', lnk_source: `${folder}/dir` });
  t.like(told(await tryModule(stat, { path: `${folder}/link`, follow: true }, { session })), { islnk: false, isdir: true });
  t.like(told(await tryModule(stat, { path: `${folder}/dangling` }, { session })), { exists: true, islnk: true });
  t.deepEqual(told(await tryModule(stat, { path: `${folder}/dangling`, follow: true }, { session })), { exists: false });
});

for (const algorithm of ['md5', 'sha224', 'sha256', 'sha384', 'sha512']) {
  test(`stat gives the ${algorithm} of a file`, async (t) => {
    const [session, folder] = [await open(), await tempFolder(t)];
    await writeFile(`${folder}/f`, 'x');
    const before = await snapshot(folder);
    t.is(told(await tryModule(stat, { path: `${folder}/f`, checksum_algo: algorithm }, { session }))['checksum'], createHash(algorithm).update('x').digest('hex'));
    t.deepEqual(await snapshot(folder), before);
  });
}

test('stat leaves out what is not asked', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/f`, 'x');
  const found = told(await tryModule(stat, { path: `${folder}/f`, get_checksum: false, get_mime: false, get_attributes: false }, { session }));
  for (const field of ['checksum', 'mimetype', 'attributes', 'attr_flags']) t.false(field in found, field);
});

test('stat in a dry run tells of the file that an earlier task would write', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dry = { session, check: true, foresight: openForesight() };
  await tryModule(copy, { content: 'x', dest: `${folder}/f`, mode: '0600' }, dry);
  t.like(told(await tryModule(stat, { path: `${folder}/f` }, dry)), { exists: true, isreg: true, mode: '0600', size: 1, checksum: createHash('sha1').update('x').digest('hex') });
});

const ansible = existsSync('/usr/bin/ansible') ? test : test.skip;
ansible('stat agrees with Ansible on every field that both have', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/f`, 'x\n');
  await symlink('f', `${folder}/l`);
  for (const path of [`${folder}/f`, `${folder}/l`, folder, '/dev/null']) {
    const answer = execFileSync('/usr/bin/ansible', ['localhost', '-o', '-m', 'stat', '-a', `path=${path}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C.UTF-8', PATH: `/usr/bin:${process.env['PATH']}` } });
    const theirs = (JSON.parse(answer.slice(answer.indexOf('=> ') + 3)) as { stat: Record<string, unknown> }).stat;
    const ours = told(await tryModule(stat, { path }, { session }));
    for (const [field, value] of Object.entries(theirs)) {
      if (field in ours && !['atime', 'mtime', 'ctime', 'device_type'].includes(field)) t.deepEqual(ours[field], value, `${field} of ${path}`);
    }
    const missing = Object.keys(theirs).filter((field) => !(field in ours));
    t.deepEqual(missing, [], path);
  }
});
