import { mkdir, symlink, writeFile } from 'node:fs/promises';
import test from 'ava';
import { openForesight } from '../../engine/module/foresight.ts';
import command from '../../modules/command.ts';
import copy from '../../modules/copy.ts';
import slurp from '../../modules/slurp.ts';
import { onWeb, playFiles } from '../support/play.ts';
import { sharedSession, snapshot } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);

test('slurp gives a file in base64, byte for byte, and changes nothing', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 37) % 256));
  await writeFile(`${folder}/it's $here`, bytes);
  await symlink(`it's $here`, `${folder}/link`);
  await writeFile(`${folder}/empty`, '');
  const before = await snapshot(folder);
  for (const name of ["it's $here", 'link']) {
    const done = await tryModule(slurp, { src: `${folder}/${name}` }, { session });
    t.is(done.kind, 'ok', done.message);
    t.deepEqual(done.result, { content: bytes.toString('base64'), encoding: 'base64', source: `${folder}/${name}` });
  }
  t.is((await tryModule(slurp, { path: `${folder}/empty` }, { session })).result['content'], '');
  t.deepEqual(await snapshot(folder), before);
});

test('slurp reads what has no size of its own, and a home folder\'s short name', async (t) => {
  const session = await open();
  const done = await tryModule(slurp, { src: '/proc/sys/kernel/ostype' }, { session });
  t.is(Buffer.from(String(done.result['content']), 'base64').toString(), 'Linux\n');
  t.is((await tryModule(slurp, { src: '~root/nothing-here' }, { session })).message, 'file not found: /root/nothing-here');
});

test('slurp says why it cannot read: nothing there, a folder, too large', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  t.like(await tryModule(slurp, { src: `${folder}/none` }, { session }), { kind: 'missing', message: `file not found: ${folder}/none` });
  await mkdir(`${folder}/sub`);
  t.like(await tryModule(slurp, { src: `${folder}/sub` }, { session }), { kind: 'failed', message: `cannot read ${folder}/sub: Is a directory` });
  await writeFile(`${folder}/fits`, Buffer.alloc(8 * 1024 * 1024));
  await writeFile(`${folder}/large`, Buffer.alloc(8 * 1024 * 1024 + 1));
  t.is((await tryModule(slurp, { src: `${folder}/fits` }, { session })).kind, 'ok');
  t.like(await tryModule(slurp, { src: `${folder}/large` }, { session }), { kind: 'failed', message: `${folder}/large is too large to be kept in a variable: it has more than 8 MiB` });
});

test('in a dry run slurp gives what an earlier task would write, and depends on one whose content is not known', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dry = { session, check: true, foresight: openForesight() };
  await tryModule(copy, { content: 'later', dest: `${folder}/f` }, dry);
  t.is((await tryModule(slurp, { src: `${folder}/f` }, dry)).result['content'], Buffer.from('later').toString('base64'));
  await tryModule(command, { cmd: 'true', creates: `${folder}/g` }, dry);
  t.is((await tryModule(slurp, { src: `${folder}/g` }, dry)).kind, 'missing');
});

test('what slurp registers is read with b64decode', async (t) => {
  const { said } = await playFiles(t, { ...onWeb('- {slurp: {src: "{{ dir }}/f"}, register: f}\n- debug: {msg: "{{ f.content | b64decode }}"}'), f: 'déjà vu' }, { limit: 'h1' });
  t.deepEqual(said, ['h1: déjà vu']);
});
