import { mkdir, readFile, stat, symlink, writeFile, lstat } from 'node:fs/promises';
import test from 'ava';
import lineinfile from '../../modules/lineinfile.ts';
import { presentLine, withoutLines, type LinePresent } from '../../modules/shared/edit-line.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);

type Row = { given: string; asked: Partial<LinePresent> & { line: string }; becomes: string };
const rows: Readonly<Record<string, Row>> = {
  'adds a line at the end': { given: 'a\n', asked: { line: 'b' }, becomes: 'a\nb\n' },
  'ends a last line that is open': { given: 'a', asked: { line: 'b' }, becomes: 'a\nb\n' },
  'leaves a line alone that is there': { given: 'b\na\n', asked: { line: 'b' }, becomes: 'b\na\n' },
  'replaces the last line that matches': { given: 'x=1\nx=2\ny\n', asked: { line: 'x=3', regexp: '^x=' }, becomes: 'x=1\nx=3\ny\n' },
  'replaces the first with firstmatch': { given: 'x=1\nx=2\ny\n', asked: { line: 'x=3', regexp: '^x=', firstmatch: true }, becomes: 'x=3\nx=2\ny\n' },
  'finds the end of a line by $': { given: 'foo\nfoobar\n', asked: { line: 'new', regexp: 'foo$' }, becomes: 'new\nfoobar\n' },
  'replaces by a plain text': { given: 'a.c\nabc\n', asked: { line: 'new', search: 'a.c' }, becomes: 'new\nabc\n' },
  'fills in groups with backrefs': { given: 'user = bob # x\n', asked: { line: '\\g<key> = \\2\\n', regexp: '^(?P<key>\\w+) = (\\w+)', backrefs: true }, becomes: 'user = bob\n' },
  'does nothing with backrefs where nothing matches': { given: 'a\n', asked: { line: '\\1', regexp: '^(z)', backrefs: true }, becomes: 'a\n' },
  'inserts after the last line that matches': { given: '#a\n#b\nc\n', asked: { line: 'new', insertafter: '^#' }, becomes: '#a\n#b\nnew\nc\n' },
  'inserts after the first with firstmatch': { given: '#a\n#b\nc\n', asked: { line: 'new', insertafter: '^#', firstmatch: true }, becomes: '#a\nnew\n#b\nc\n' },
  'inserts before the last line that matches': { given: '#a\n#b\nc\n', asked: { line: 'new', insertbefore: '^#' }, becomes: '#a\nnew\n#b\nc\n' },
  'inserts at the top': { given: 'a\n', asked: { line: 'new', insertbefore: 'BOF' }, becomes: 'new\na\n' },
  'inserts at the end where the anchor is not found': { given: 'a\n', asked: { line: 'new', insertbefore: 'zzz' }, becomes: 'a\nnew\n' },
  'inserts after a last line that is open': { given: 'a\nb', asked: { line: 'new', insertafter: 'b' }, becomes: 'a\nb\nnew\n' },
  'prefers a match of regexp to insertafter': { given: 'x=1\n#\n', asked: { line: 'x=2', regexp: '^x', insertafter: '#' }, becomes: 'x=2\n#\n' },
  'uses insertafter where regexp does not match': { given: '#\nb\n', asked: { line: 'x=2', regexp: '^x', insertafter: '#' }, becomes: '#\nx=2\nb\n' },
  'keeps carriage returns of other lines': { given: 'a\r\nb\r\n', asked: { line: 'c' }, becomes: 'a\r\nb\r\nc\n' },
  'sees a line that is there in spite of its carriage return': { given: 'a\r\n', asked: { line: 'a' }, becomes: 'a\n' },
};
for (const [claim, { given, asked, becomes }] of Object.entries(rows)) {
  test(`lineinfile ${claim}`, (t) => {
    const edit = (text: string) => presentLine(text, { firstmatch: false, backrefs: false, ...asked });
    t.is(edit(given).content, becomes);
    t.is(edit(given).msg === '', given === becomes);
    t.is(edit(becomes).content, becomes, 'twice is once');
  });
}

test('lineinfile takes out all lines that match', (t) => {
  t.deepEqual(withoutLines('a\nb\nab\n', { regexp: '^a' }), { content: 'b\n', found: 2 });
  t.deepEqual(withoutLines('a\nb\nab\n', { line: 'a' }), { content: 'b\nab\n', found: 1 });
  t.deepEqual(withoutLines('a\nb\nab\n', { search: 'b' }), { content: 'a\n', found: 2 });
});

test('lineinfile edits a file for real, once, and keeps its mode', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const path = `${folder}/a.conf`;
  await writeFile(path, Buffer.from([0x61, 0xff, 0x0a]), { mode: 0o640 });
  const done = await settles(t, lineinfile, { dest: path, regex: '^swap', value: 'swap é $HOME `x`' }, { session, folder });
  t.deepEqual(done.summaries, [`add a line to ${path}`]);
  t.deepEqual(await readFile(path), Buffer.concat([Buffer.from([0x61, 0xff, 0x0a]), Buffer.from('swap é $HOME `x`\n')]));
  t.is((await stat(path)).mode & 0o777, 0o640);
  await settles(t, lineinfile, { path, state: 'absent', regexp: '^swap', mode: '0600' }, { session, folder });
  t.is((await stat(path)).mode & 0o777, 0o600);
  await settles(t, lineinfile, { path, line: 'x', mode: '0644' }, { session, folder });
});

test('lineinfile writes what a link points to', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/real`);
  await writeFile(`${folder}/real/f`, 'a\n');
  await symlink('real/f', `${folder}/link`);
  await settles(t, lineinfile, { path: `${folder}/link`, line: 'b' }, { session, folder });
  t.is(await readFile(`${folder}/real/f`, 'utf8'), 'a\nb\n');
  t.true((await lstat(`${folder}/link`)).isSymbolicLink());
});

test('lineinfile makes the file and its folders with create alone', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  t.is((await tryModule(lineinfile, { path: `${folder}/x/f`, line: 'a' }, { session })).kind, 'missing');
  t.is((await tryModule(lineinfile, { path: `${folder}/x/f`, state: 'absent', line: 'a' }, { session })).kind, 'ok');
  t.is((await tryModule(lineinfile, { path: `${folder}/f`, regexp: 'x(.)', line: '\\1', backrefs: true, create: true }, { session })).kind, 'ok');
  await settles(t, lineinfile, { path: `${folder}/x/f`, line: 'a', create: true }, { session, folder });
  t.is((await tryModule(lineinfile, { path: folder, line: 'a' }, { session })).kind, 'failed');
});

test('lineinfile refuses a pattern that JavaScript cannot read as Python does', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await writeFile(`${folder}/f`, 'a\n');
  const tried = await tryModule(lineinfile, { path: `${folder}/f`, regexp: '(?x) a', line: 'a' }, { session });
  t.is(tried.message, 'the pattern (?x) a holds the verbose flag (?x), which is not supported');
});
