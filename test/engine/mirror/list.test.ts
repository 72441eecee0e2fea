/** The list of a mirror folder, and where in it a file of an upstream address lies. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import test from 'ava';
import { MirrorError } from '../../../engine/mirror/mirror-error.ts';
import { filePath, type Mirror } from '../../../engine/mirror/mirror.ts';
import { parseMirror, readMirror } from '../../../engine/mirror/read-mirror.ts';
import { writeMirror } from '../../../engine/mirror/write-mirror.ts';
import { mirrorFolder, put } from './mirror-folder.ts';

const sum = 'a'.repeat(64);
const whole: Mirror = {
  version: 1,
  kubernetes: '1.20.2',
  made: { by: 'a later field' },
  files: ['b', 'a'].map((name) => ({ url: `https://dl.k8s.io/${name}`, path: `files/dl.k8s.io/${name}`, sha256: sum, size: 1 })),
  images: [{ name: 'registry.k8s.io/pause:3.2', digest: `sha256:${sum}` }],
  packages: [{ kind: 'apt', url: 'https://pkgs.k8s.io/core:/stable:/v1.35/deb/', path: 'packages/pkgs.k8s.io/core:/stable:/v1.35/deb', keys: ['k'] }],
};

test('what is written is read again, in order, with fields that this version does not know', async (t) => {
  const folder = await mirrorFolder(t);
  await writeMirror(folder, whole);
  t.deepEqual(await readMirror(folder), { ...whole, files: whole.files.toReversed() });
  t.deepEqual(readdirSync(folder), ['mirror.json']);
  const text = readFileSync(`${folder}/mirror.json`, 'utf8');
  await writeMirror(folder, await readMirror(folder));
  t.is(readFileSync(`${folder}/mirror.json`, 'utf8'), text);
});

test('a folder without a list is no mirror folder', async (t) => {
  const folder = await mirrorFolder(t);
  rmSync(`${folder}/mirror.json`);
  for (const each of [folder, `${folder}/nothing`]) {
    const error = await t.throwsAsync(readMirror(each), { instanceOf: MirrorError });
    t.regex(error.message, /is not a mirror folder: it has no mirror\.json/);
  }
});

const wrong: Record<string, readonly [text: string, says: RegExp]> = {
  'no JSON': ['{', /a\.json is not JSON/],
  'another version': ['{"version": 2}', /is of version 2, this kplay reads version 1/],
  'no version': ['{}', /is not a list of a mirror:[^]*version/],
  'a short sum': [JSON.stringify({ ...whole, files: [{ ...whole.files[0], sha256: 'abc' }] }), /files\[0\]\.sha256/],
  'an image without a digest': ['{"version": 1, "images": [{"name": "a"}]}', /images\[0\]\.digest/],
};
for (const [what, [text, says]] of Object.entries(wrong)) {
  test(`a list with ${what} is refused with the place`, (t) => {
    t.regex(t.throws(() => parseMirror(text, 'a.json'), { instanceOf: MirrorError }).message, says);
  });
}

test('a file lies at HOST/PATH of its upstream address', (t) => {
  t.is(filePath('https://dl.k8s.io/release/v1.20.2/bin/linux/amd64/kubeadm'), 'files/dl.k8s.io/release/v1.20.2/bin/linux/amd64/kubeadm');
  t.is(filePath('https://mirror.test:8443/a%2Bb?token=x'), 'files/mirror.test:8443/a+b');
  t.is(filePath('https://a.test/x/../y'), 'files/a.test/y');
});

test('an address that would lead out of the folder, or names no file, is refused', (t) => {
  for (const url of ['https://a.test/x%2f..%2f..%2fy', 'https://a.test/', 'https://a.test//x', 'https://a.test/x%00', 'https://a.test/100%']) {
    t.throws(() => filePath(url), { instanceOf: MirrorError }, url);
  }
});

test('a list written while another is read is never half there', async (t) => {
  const folder = await mirrorFolder(t);
  put(folder, 'files/a', '');
  const writes = Promise.all(Array.from({ length: 20 }, () => writeMirror(folder, whole)));
  for (let i = 0; i < 20; i += 1) t.is((await readMirror(folder)).version, 1);
  await writes;
});
