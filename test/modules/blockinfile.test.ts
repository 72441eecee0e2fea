import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import blockinfile from '../../modules/blockinfile.ts';
import { withBlock, type BlockAsked } from '../../modules/shared/edit-block.ts';
import { settles, sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);

const rows: Readonly<Record<string, { given: string; asked?: Partial<BlockAsked>; becomes: string }>> = {
  'puts the block at the end': { given: 'a\n', becomes: 'a\n#B\nx\n#E\n' },
  'ends a last line that is open': { given: 'a', becomes: 'a\n#B\nx\n#E\n' },
  'replaces the block where it stands': { given: 'a\n#B\nold\nold2\n#E\nb\n', becomes: 'a\n#B\nx\n#E\nb\n' },
  'takes the block out': { given: 'a\n#B\nold\n#E\nb\n', asked: { block: '' }, becomes: 'a\nb\n' },
  'mends markers that stand in the wrong order': { given: 'a\n#E\nold\n#B\nb\n', becomes: 'a\n#B\nx\n#E\nb\n' },
  'puts the block at the top': { given: 'a\n', asked: { insertbefore: 'BOF' }, becomes: '#B\nx\n#E\na\n' },
  'puts the block after the last line that matches': { given: 'k1\nk2\nz\n', asked: { insertafter: '^k' }, becomes: 'k1\nk2\n#B\nx\n#E\nz\n' },
  'puts the block before the last line that matches': { given: 'k1\nk2\nz\n', asked: { insertbefore: '^k' }, becomes: 'k1\n#B\nx\n#E\nk2\nz\n' },
  'puts the block at the end where nothing matches': { given: 'a\n', asked: { insertbefore: 'zz' }, becomes: 'a\n#B\nx\n#E\n' },
  'finds a pattern over lines with (?m)': { given: 'a\nb\nc\n', asked: { insertafter: '(?m)^a\\nb$' }, becomes: 'a\nb\n#B\nx\n#E\nc\n' },
  'puts empty lines around the block': { given: 'a\nz\n', asked: { insertafter: '^a', prepend: true, append: true }, becomes: 'a\n\n#B\nx\n#E\n\nz\n' },
  'keeps several lines of a block': { given: '', asked: { block: 'x\n\ny\n' }, becomes: '#B\nx\n\ny\n#E\n' },
};
for (const [claim, { given, asked, becomes }] of Object.entries(rows)) {
  test(`blockinfile ${claim}`, (t) => {
    const edit = (text: string) => withBlock(text, { block: 'x', begin: '#B', end: '#E', prepend: false, append: false, ...asked });
    t.is(edit(given), becomes);
    t.is(edit(becomes), becomes, 'twice is once');
  });
}

test('blockinfile edits a file for real, once', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const path = `${folder}/hosts`;
  await writeFile(path, 'one\n');
  await settles(t, blockinfile, { path, block: 'two\nthree' }, { session, folder });
  t.is(await readFile(path, 'utf8'), 'one\n# BEGIN ANSIBLE MANAGED BLOCK\ntwo\nthree\n# END ANSIBLE MANAGED BLOCK\n');
  await settles(t, blockinfile, { dest: path, content: 'four', marker: '<!-- {mark} -->', marker_begin: '$&', marker_end: 'stop' }, { session, folder });
  t.regex(await readFile(path, 'utf8'), /<!-- \$& -->\nfour\n<!-- stop -->\n$/);
  await settles(t, blockinfile, { path, state: 'absent' }, { session, folder });
  t.is(await readFile(path, 'utf8'), 'one\n<!-- $& -->\nfour\n<!-- stop -->\n');
});

test('blockinfile makes a file with create alone', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  t.is((await tryModule(blockinfile, { path: `${folder}/f`, block: 'x' }, { session })).kind, 'missing');
  t.is((await tryModule(blockinfile, { path: `${folder}/f`, state: 'absent' }, { session })).kind, 'ok');
  const done = await settles(t, blockinfile, { path: `${folder}/f`, block: 'x', create: true, mode: '0600' }, { session, folder });
  t.is(done.result['msg'], 'File created');
});
