/** What Node.js has compiled is kept for the next start, where nobody else can put anything. */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import test from 'ava';
import { complaints, kplay } from '../../support/kplay.ts';
import { tempFolder } from '../../support/try-module.ts';

const canKeep = 'enableCompileCache' in module;

test('compiled code is kept in the user\'s cache folder by Node.js that can, and by no other', async (t) => {
  const cache = await tempFolder(t);
  const kept = path.join(cache, 'kplay', 'compiled');
  const ran = await kplay(['--version'], { env: { XDG_CACHE_HOME: cache } });
  t.is(ran.code, 0, complaints(ran));
  t.is(existsSync(kept), canKeep);
  if (!canKeep) return;
  t.true(readdirSync(kept).length > 0);
  t.is(statSync(kept).mode & 0o777, 0o700);
});

test('a folder that others can write to is not used, and one that cannot be made is no hindrance', async (t) => {
  const cache = await tempFolder(t);
  const kept = path.join(cache, 'kplay', 'compiled');
  mkdirSync(kept, { recursive: true });
  chmodSync(kept, 0o777);
  for (const home of [cache, '/dev/null/none']) {
    const ran = await kplay(['--version'], { env: { XDG_CACHE_HOME: home } });
    t.is(ran.code, 0, complaints(ran));
  }
  t.deepEqual(readdirSync(kept), []);
});
