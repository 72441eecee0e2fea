/** Files of the controller are read once while they stay as they are, and anew where they may have changed. */
import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openFileMemory } from '../../../engine/module/file-memory.ts';
import { readLocalFile } from '../../../engine/module/read-local-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kplay-file-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const begun = Math.floor(Date.now() / 1000);

/** Writes a file that was last changed some time ago, as most files were. */
function write(name: string, text: string, age = 60): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  const then = begun - age;
  utimesSync(file, then, then);
  return file;
}

/** A memory that counts how often it has to find out. */
function counting(most = 10) {
  const memory = openFileMemory<number>(most);
  let count = 0;
  return (file: string) => memory(file, statSync(file, { bigint: true }), async () => ++count);
}

test('what is known is not found out again, until the file is another one', async (t) => {
  const ask = counting();
  const file = write('plain', 'one');
  t.deepEqual([await ask(file), await ask(file)], [1, 1]);
  write('plain', 'two');
  t.is(await ask(file), 2, 'its own time was set back, but not that of its change');
  renameSync(write('other', 'two'), file);
  t.is(await ask(file), 3);
  t.is(await ask(file), 3);
});

test('a file that was written just now may be written again within the same tick of the clock: nothing is kept of it', async (t) => {
  const ask = counting();
  const file = write('fresh', 'one', -5);
  t.deepEqual([await ask(file), await ask(file)], [1, 2]);
});

test('only so many files are remembered', async (t) => {
  const ask = counting(2);
  const files = ['a', 'b', 'c'].map((name) => write(name, name));
  for (const file of files) await ask(file);
  t.deepEqual([await ask(files[2]!), await ask(files[1]!), await ask(files[0]!)], [3, 2, 4]);
});

test('what could not be found out is tried again', async (t) => {
  const memory = openFileMemory<string>(10);
  const file = write('torn', 'x');
  const found = statSync(file, { bigint: true });
  await t.throwsAsync(memory(file, found, () => Promise.reject(new Error('torn'))));
  t.is(await memory(file, found, async () => 'whole'), 'whole');
});

test('a file tells what is in it now, however often it is asked', async (t) => {
  const file = write('now', 'one');
  const look = async () => {
    const { read, sha256 } = await readLocalFile(file);
    return [(await read()).toString(), (await sha256()).slice(0, 6)];
  };
  t.deepEqual(await look(), ['one', '7692c3']);
  t.deepEqual(await look(), ['one', '7692c3']);
  write('now', 'two');
  t.deepEqual(await look(), ['two', '3fc4cc']);
});
