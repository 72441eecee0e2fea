import { readFile, stat, writeFile } from 'node:fs/promises';
import test from 'ava';
import template from '../../modules/template.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);
const renders = (text: string) => ({ template: async () => text });

test('template writes what was rendered, once', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const dest = `${folder}/a.conf`;
  const done = await settles(t, template, { src: 'a.conf.j2', dest, mode: '0600' }, { session, folder, here: renders('name: $(reboot) {{ 7*7 }} é\n') });
  t.deepEqual(done.summaries, [`create ${dest}`]);
  t.is(await readFile(dest, 'utf8'), 'name: $(reboot) {{ 7*7 }} é\n');
  t.is((await stat(dest)).mode & 0o777, 0o600);
  await settles(t, template, { src: 'a.conf.j2', dest }, { session, folder, here: renders('other\n') });
});

test('template hands its block settings to the template engine and keeps a trailing newline', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const asked: unknown[] = [];
  const here = { template: async (_: string, options?: object) => { asked.push(options); return 'x\n'; } };
  await tryModule(template, { src: 'x.j2', dest: `${folder}/x`, trim_blocks: 'no', lstrip_blocks: 'yes' }, { session, here });
  t.deepEqual(asked, [{ trimBlocks: false, lstripBlocks: true, keepTrailingNewline: true }]);
});

test('template ends lines as asked', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await settles(t, template, { src: 'x.j2', dest: `${folder}/x`, newline_sequence: '\\r\\n' }, { session, folder, here: renders('a\nb\n') });
  t.is(await readFile(`${folder}/x`, 'utf8'), 'a\r\nb\r\n');
});

test('template goes into a folder under its own name', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await settles(t, template, { src: 'deep/x.j2', dest: `${folder}/in/` }, { session, folder, here: renders('a') });
  t.is(await readFile(`${folder}/in/x.j2`, 'utf8'), 'a');
});

test('template leaves a file alone with force: no, and needs its folder', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/x`, 'old');
  t.is((await tryModule(template, { src: 'x.j2', dest: `${folder}/x`, force: false }, { session, here: renders('new') })).kind, 'ok');
  t.is((await tryModule(template, { src: 'x.j2', dest: `${folder}/no/x` }, { session, here: renders('new') })).kind, 'missing');
});
