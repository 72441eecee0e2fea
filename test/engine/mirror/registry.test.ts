/** A mirror folder as a registry: names, digests, types, errors. Images are real ones, checked down to their bytes. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { blobPath, mediaTypes, readImages, readIndex, type Manifest } from '../../../engine/mirror/image-layout.ts';
import { splitName } from '../../../engine/mirror/registry.ts';
import { addImage, mirrorFolder, served } from './mirror-folder.ts';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const pause = 'registry.k8s.io/pause';

async function problem(url: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(url, { headers });
  const { errors } = (await answer.json()) as { errors: { code: string; message: string }[] };
  return `${answer.status} ${errors[0]!.code}: ${errors[0]!.message}`;
}

test('an image is pulled by its tag, and every part is what its digest says', async (t) => {
  const folder = await mirrorFolder(t);
  const { digest } = await addImage(folder, [`${pause}:3.2`], 'greetings');
  const { url } = await served(t, folder);
  t.is((await fetch(`${url}/v2/`)).status, 200);
  const answer = await fetch(`${url}/v2/${pause}/manifests/3.2`, { headers: { accept: `${mediaTypes.index}, ${mediaTypes.manifest};q=0.9` } });
  t.is(answer.headers.get('content-type'), mediaTypes.manifest);
  t.is(answer.headers.get('docker-content-digest'), digest);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  t.is(sha256(bytes), digest);
  const { config, layers } = JSON.parse(Buffer.from(bytes).toString()) as Manifest;
  const [configBytes, layerBytes] = await Promise.all([config!, layers![0]!].map(async ({ digest: part, size }) => {
    const blob = await fetch(`${url}/v2/${pause}/blobs/${part}`);
    const content = new Uint8Array(await blob.arrayBuffer());
    t.is(sha256(content), part);
    t.is(content.length, size);
    t.is(blob.headers.get('content-length'), String(size));
    return content;
  }));
  const told = JSON.parse(Buffer.from(configBytes!).toString()) as { rootfs: { diff_ids: string[] }; architecture: string };
  t.is(told.architecture, 'amd64');
  t.is(told.rootfs.diff_ids[0], sha256(gunzipSync(layerBytes!)));
  t.true(gunzipSync(layerBytes!).includes('greetings'));
});

test('a manifest is had by digest, by HEAD, and not sent to who has it', async (t) => {
  const folder = await mirrorFolder(t);
  const { digest, size } = await addImage(folder, [`${pause}:3.2`]);
  const { url } = await served(t, folder);
  const head = await fetch(`${url}/v2/${pause}/manifests/${digest}`, { method: 'HEAD' });
  t.is(head.status, 200);
  t.is(head.headers.get('content-length'), String(size));
  t.is((await fetch(`${url}/v2/${pause}/manifests/3.2`, { headers: { 'if-none-match': `"${digest}"` } })).status, 304);
});

test('the name is whole, or completed by ns as containerd does, or of docker.io as Docker\'s mirrors are', async (t) => {
  const folder = await mirrorFolder(t);
  await addImage(folder, [`${pause}:3.2`, 'docker.io/library/busybox:1.36', 'docker.io/flannel/flannel:1']);
  const { url } = await served(t, folder);
  const paths = [`${pause}/manifests/3.2`, `${pause}/manifests/3.2?ns=registry.k8s.io`, 'pause/manifests/3.2?ns=registry.k8s.io', 'library/busybox/manifests/1.36?ns=docker.io',
    'library/busybox/manifests/1.36', 'busybox/manifests/1.36', 'docker.io/busybox/manifests/1.36', 'flannel/flannel/manifests/1'];
  for (const path of paths) t.is((await fetch(`${url}/v2/${path}`)).status, 200, path);
  for (const path of ['pause/manifests/3.2', 'pause/manifests/3.2?ns=quay.io']) t.regex(await problem(`${url}/v2/${path}`), /^404 NAME_UNKNOWN: the mirror has no image pause$/, path);
});

test('errors come in the registry\'s JSON and say what there is', async (t) => {
  const folder = await mirrorFolder(t);
  const { digest } = await addImage(folder, [`${pause}:3.2`, `${pause}:3.6`]);
  const { url } = await served(t, folder);
  const none = `sha256:${'0'.repeat(64)}`;
  t.is(await problem(`${url}/v2/${pause}/manifests/3.9`), `404 MANIFEST_UNKNOWN: the mirror has no ${pause}:3.9; it has 3.2, 3.6`);
  t.regex(await problem(`${url}/v2/${pause}/manifests/${none}`), /^404 MANIFEST_UNKNOWN: the mirror has no registry\.k8s\.io\/pause@sha256:0/);
  t.is(await problem(`${url}/v2/${pause}/blobs/${none}`), `404 BLOB_UNKNOWN: the mirror has no blob ${none}`);
  t.regex(await problem(`${url}/v2/${pause}/blobs/sha256:zz`), /^400 DIGEST_INVALID/);
  t.regex(await problem(`${url}/v2/${pause}/blobs/3.2`), /^400 DIGEST_INVALID/);
  t.regex(await problem(`${url}/v2/pause`), /^404 NAME_INVALID/);
  t.regex(await problem(`${url}/v2/${pause}/referrers/${digest}`), /^404 UNSUPPORTED/);
  t.regex(await problem(`${url}/v2/${pause}/manifests/3.2`, { accept: 'application/vnd.docker.distribution.manifest.v2+json' }), /^404 MANIFEST_UNKNOWN: .* is of the type application\/vnd\.oci/);
  rmSync(blobPath(`${folder}/images`, digest)!);
  t.regex(await problem(`${url}/v2/${pause}/manifests/3.2`), /^404 MANIFEST_BLOB_UNKNOWN: the mirror lacks the manifest .*; fill it again$/);
});

test('tags are listed in order, in pages where that is asked', async (t) => {
  const folder = await mirrorFolder(t);
  await addImage(folder, ['3.6', '3.2', '3.10'].map((tag) => `${pause}:${tag}`));
  const { url } = await served(t, folder);
  t.deepEqual(await (await fetch(`${url}/v2/${pause}/tags/list`)).json(), { name: pause, tags: ['3.10', '3.2', '3.6'] });
  const page = await fetch(`${url}/v2/${pause}/tags/list?n=2`);
  t.deepEqual(await page.json(), { name: pause, tags: ['3.10', '3.2'] });
  const next = /^<(.*)>; rel="next"$/.exec(page.headers.get('link')!)![1]!;
  t.deepEqual(await (await fetch(url + next)).json(), { name: pause, tags: ['3.6'] });
});

test('an image of many platforms is had as its index, and each platform by digest', async (t) => {
  const folder = await mirrorFolder(t);
  const child = await addImage(folder, ['a.test/app:amd64']);
  const layout = `${folder}/images`;
  const index = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [{ ...child, platform: { os: 'linux', architecture: 'amd64' } }] });
  const digest = sha256(Buffer.from(index));
  writeFileSync(blobPath(layout, digest)!, index);
  const annotations = { 'org.opencontainers.image.ref.name': 'a.test/app:1' };
  writeFileSync(`${layout}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: mediaTypes.index, digest, size: index.length, annotations }] }));
  const { url } = await served(t, folder);
  t.is((await fetch(`${url}/v2/a.test/app/manifests/1`)).headers.get('content-type'), mediaTypes.index);
  t.is((await fetch(`${url}/v2/a.test/app/manifests/${child.digest}`)).headers.get('content-type'), mediaTypes.manifest);
});

test('an image that comes while it is served is had at once, and a broken index is told until it is mended', async (t) => {
  const folder = await mirrorFolder(t);
  const { url } = await served(t, folder);
  t.regex(await problem(`${url}/v2/${pause}/manifests/3.2`), /NAME_UNKNOWN/);
  await addImage(folder, [`${pause}:3.2`]);
  t.is((await fetch(`${url}/v2/${pause}/manifests/3.2`)).status, 200);
  const index = readFileSync(`${folder}/images/index.json`, 'utf8');
  writeFileSync(`${folder}/images/index.json`, '{"broken"');
  const broken = await fetch(`${url}/v2/${pause}/manifests/3.2`);
  t.is(broken.status, 500);
  t.regex(await broken.text(), /index\.json is not the index of an image layout/);
  writeFileSync(`${folder}/images/index.json`, index);
  t.is((await fetch(`${url}/v2/${pause}/manifests/3.2`)).status, 200);
});

test('the same content gives the same digest, and a name moves to the newest image', async (t) => {
  const [one, two] = [await mirrorFolder(t), await mirrorFolder(t)];
  const digests = [await addImage(one, ['a.test/x:1']), await addImage(two, ['a.test/x:1'])].map(({ digest }) => digest);
  t.is(digests[0], digests[1]);
  const other = await addImage(one, ['a.test/x:1', 'a.test/x:2'], 'other');
  t.not(other.digest, digests[0]);
  const images = await readImages(`${one}/images`);
  t.deepEqual([...images].map(([name, { digest }]) => [name, digest]), [['a.test/x:1', other.digest], ['a.test/x:2', other.digest]]);
  t.is((await readIndex(`${one}/images`)).manifests!.length, 2);
});

test('names are split into repository and tag', (t) => {
  t.deepEqual(splitName('registry.k8s.io/pause:3.2'), { repository: 'registry.k8s.io/pause', tag: '3.2' });
  t.deepEqual(splitName('localhost:5000/a/b'), { repository: 'localhost:5000/a/b' });
  t.deepEqual(splitName('localhost:5000/a:1@sha256:00'), { repository: 'localhost:5000/a', tag: '1' });
});
