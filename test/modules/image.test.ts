/** Images: their names, what archives hold of them, what is to be done, and how crictl is told. What needs a runtime is tried in the lab. */
import { mkdir, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readLocalFile } from '../../engine/module/read-local-file.ts';
import { textOf } from '../../engine/session/session.ts';
import image from '../../modules/image.ts';
import { readHostArchive, readLocalArchive, type ImageArchive } from '../../modules/shared/image-archive.ts';
import { readImageStore, type FoundImage, type ImageTool } from '../../modules/shared/image-look.ts';
import { isImageName, readImageName, registryKey } from '../../modules/shared/image-name.ts';
import { pullStep } from '../../modules/shared/image-steps.ts';
import { dockerArchive, makeImage, ociArchive, tarOf } from '../support/images.ts';
import { fakeHost } from '../support/kubeadm-host.ts';
import { rows } from '../support/plan-rows.ts';
import { sharedSession } from '../support/settles.ts';
import { tempFolder, tryModule } from '../support/try-module.ts';

const open = sharedSession(test);
const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;

for (const [given, whole] of Object.entries({
  busybox: 'docker.io/library/busybox:latest', 'busybox:1.36': 'docker.io/library/busybox:1.36', 'team/app': 'docker.io/team/app:latest', 'docker.io/nginx:1': 'docker.io/library/nginx:1', 'index.docker.io/a/b:1': 'docker.io/a/b:1',
  'registry.k8s.io/pause:3.10': 'registry.k8s.io/pause:3.10', 'localhost/a:1': 'localhost/a:1', 'localhost:5000/a': 'localhost:5000/a:latest', '10.0.0.1:5000/x/y/z:v1': '10.0.0.1:5000/x/y/z:v1', '[fd00::1]:5000/a:1': '[fd00::1]:5000/a:1',
  [`a@${digest}`]: `docker.io/library/a@${digest}`, [`a:1@${digest}`]: 'docker.io/library/a:1', 'a__b/c-d.e': 'docker.io/a__b/c-d.e:latest',
})) test(`the image ${given} is ${whole}`, (t) => t.is(readImageName(given).name, whole));

test('what is no name of an image is refused', (t) => {
  for (const each of ['', 'A', 'a b', 'a:', 'a:b:c', '/a', 'a/', 'a@sha256:12', 'https://a/b', '-a', 'a:-b', 'a;b', '$(a)', 'a\nb']) t.false(isImageName(each), each);
  t.throws(() => readImageName(`a@${digest}`, other), { message: /names one digest/ });
});

test('docker knows its own registry by another word', (t) => {
  t.is(registryKey(readImageName('a')), 'https://index.docker.io/v1/');
  t.is(registryKey(readImageName('r.example:5000/a')), 'r.example:5000');
});

const [a, b] = [makeImage('a'), makeImage('b')];

test('docker\'s archives tell their images, packed or not, here and on the host', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  const archive = dockerArchive({ 'x/a:1': a, 'r.example/b:2': b });
  await writeFile(`${folder}/a.tar`, archive);
  await writeFile(`${folder}/a.tar.gz`, gzipSync(archive));
  const images: ImageArchive = { kind: 'docker', images: [{ names: ['docker.io/x/a:1'], id: a.id }, { names: ['r.example/b:2'], id: b.id }] };
  for (const name of ['a.tar', 'a.tar.gz']) {
    t.deepEqual(await readLocalArchive(await readLocalFile(`${folder}/${name}`)), images);
    t.deepEqual(await readHostArchive(`${folder}/${name}`, session), images);
  }
});

test('an OCI layout tells digests and ids; a tag alone is no name', async (t) => {
  const folder = await tempFolder(t);
  await writeFile(`${folder}/o.tar`, ociArchive({ 'r.example/a:1': a, v2: b }));
  t.deepEqual(await readLocalArchive(await readLocalFile(`${folder}/o.tar`)), { kind: 'oci', images: [{ names: ['r.example/a:1'], digest: a.digest, id: a.id }, { names: [], digest: b.digest, id: b.id }] });
});

test('what is no archive of images says so', async (t) => {
  const folder = await tempFolder(t);
  await writeFile(`${folder}/x.tar`, tarOf([{ name: 'x', content: 'x' }]));
  await writeFile(`${folder}/text`, 'text');
  await writeFile(`${folder}/broken.tar`, tarOf([{ name: 'manifest.json', content: '[{' }]));
  await t.throwsAsync(async () => readLocalArchive(await readLocalFile(`${folder}/x.tar`)), { message: /is no archive of images: it has neither manifest\.json nor index\.json/ });
  await t.throwsAsync(async () => readLocalArchive(await readLocalFile(`${folder}/text`)), { message: /is no archive of images: This does not look like a tar archive/ });
  await t.throwsAsync(async () => readLocalArchive(await readLocalFile(`${folder}/broken.tar`)), { message: /damaged/ });
});

test('what containerd has only in part does not count', (t) => {
  const row = (name: string, status: string) => `${name} application/vnd.oci.image.index.v1+json ${digest} ${status} 1.0 MiB/1.0 MiB true`;
  const { images } = readImageStore({ tool: 'ctr', rows: ['REF TYPE DIGEST STATUS SIZE UNPACKED', row('r/a:1', 'complete (3/3)'), row('r/b:1', 'incomplete (1/3)'), row('r/c:1', 'unavailable (0/?)')].join('\n') });
  t.deepEqual([...images], [['r/a:1', { digests: [digest] }]]);
});

test('docker\'s digests are those of the name\'s own repository, and its ids count where they are ids', (t) => {
  const told = { Id: other, RepoDigests: [`busybox@${digest}`, `mirror.example/busybox@${other}`] };
  t.deepEqual(readImageStore({ tool: 'docker', 'image docker.io/library/busybox:1': JSON.stringify(told) }).images.get('docker.io/library/busybox:1'), { digests: [digest], id: other });
  t.deepEqual(readImageStore({ tool: 'docker', 'image docker.io/library/busybox:1': JSON.stringify({ ...told, Descriptor: {} }) }).images.get('docker.io/library/busybox:1'), { digests: [digest] });
});

const store = `case "$*" in
  *images*) cat "$root/store";;
  *pull*) [ -z "$CRICTL_AUTH" ] || printf '%s' "$CRICTL_AUTH" > "$root/auth"; for name do :; done; case $name in *none*) echo 'FATA[0000] pulling image: not found' >&2; exit 1;; esac
    printf '{"images":[{"id":"${other}","repoTags":["%s"],"repoDigests":["docker.io/library/a@${digest}","<none>@<none>"]},{"id":"sha256:1"}]}' "$name" > "$root/store";;
  *rmi*) echo '{"images":[]}' > "$root/store";;
esac`;

test('crictl pulls with a password in its environment alone, tells what is there, and removes', async (t) => {
  const host = await fakeHost(t, undefined);
  await host.write('/crictl', store.replaceAll('$root', host.root));
  await host.write('/store', '{"images":[{"id":"sha256:1","repoTags":["<none>:<none>"]}]}');
  const asked = { name: 'a:1', runtime: 'crictl', socket: 'unix:///run/crio.sock', username: 'me', password: 'secret1' };
  const done = await tryModule(image, asked, { session: host.session });
  t.deepEqual([done.kind, done.summaries, done.result['images']], ['changed', ['pull docker.io/library/a:1'], [{ name: 'docker.io/library/a:1', digest, id: other }]], done.message);
  t.is(await host.read('/auth'), Buffer.from('me:secret1').toString('base64'));
  t.true((await host.told()).includes('crictl -r unix:///run/crio.sock pull docker.io/library/a:1'));
  t.is((await tryModule(image, asked, { session: host.session })).kind, 'ok');
  t.deepEqual((await tryModule(image, { ...asked, state: 'absent' }, { session: host.session })).summaries, ['remove docker.io/library/a:1']);
  t.is((await tryModule(image, { ...asked, state: 'absent' }, { session: host.session })).kind, 'ok');
  const none = await tryModule(image, { name: 'none:1', runtime: 'crictl' }, { session: host.session });
  t.regex(none.message!, /pulling image: not found/);
});

test('no secret is an argument of a step or part of its text', (t) => {
  for (const tool of ['ctr', 'docker', 'crictl'] as const) {
    const step = pullStep({ tool, socket: '', namespace: 'k8s.io' }, readImageName('a:1'), { username: 'me', password: 'secret1' });
    t.notRegex(JSON.stringify({ ...step, stdin: '' }), /secret1|bWU6c2VjcmV0/);
    t.regex(String(step.stdin), /secret1|bWU6c2VjcmV0MQ==/);
  }
});

test('without the program script, ctr is not asked to log in', async (t) => {
  const [session, folder] = [await open(), await tempFolder(t)];
  await mkdir(`${folder}/bin`);
  const step = pullStep({ tool: 'ctr', socket: '', namespace: 'k8s.io' }, readImageName('a:1'), { username: 'me', password: 'x' });
  const [result] = await session.perform([{ ...step, script: step.script!.replaceAll('PATH=$PATH:/usr/local/bin:/usr/local/sbin:/opt/bin', `PATH=${folder}/bin`) }]);
  t.is(result!.code, 69);
  t.regex(textOf(result!.stderr), /the program "script"/);
});

interface Given {
  readonly tool: ImageTool | undefined;
  readonly images: ReadonlyMap<string, FoundImage>;
  readonly archive?: ImageArchive;
  readonly path?: string;
  readonly error?: string;
  readonly stage?: { readonly path: string; readonly isLeft: boolean; readonly local: string };
}
const given = (images: Readonly<Record<string, Partial<FoundImage>>> = {}, more: Partial<Given> = {}): Given => ({ tool: 'ctr', images: new Map(Object.entries(images).map(([name, found]) => [name, { digests: [digest], ...found }])), ...more });
const loaded = { archive: { kind: 'oci', images: [{ names: ['r.io/a:1'], digest, id: other }] } as const, path: '/x.tar' };

rows<Given>('image', image, {
  'leaves alone what is there': { given: given({ 'r.io/a:1': {} }), asked: { name: 'r.io/a:1' }, says: [], result: { digest, name: 'r.io/a:1' } },
  'pulls what is not': { given: given(), asked: { name: ['r.io/a:1', 'b'] }, says: ['pull r.io/a:1', 'pull docker.io/library/b:latest'] },
  'pulls what is another by digest': { given: given({ 'r.io/a:1': {} }), asked: { name: 'r.io/a:1', digest: other }, says: [`pull r.io/a:1@${other}, in place of another of that name`] },
  'takes a digest in the name': { given: given({ 'r.io/a:1': {} }), asked: { name: `r.io/a:1@${digest}` }, says: [] },
  'foresees what a runtime to come would pull': { given: given({}, { tool: undefined }), asked: { name: 'a' }, fails: /^missing command ctr: neither docker nor ctr/, says: ['pull docker.io/library/a:latest'] },
  'waits in a dry run for a runtime that is yet to start': { given: given({}, { error: 'connection refused' }), asked: { name: 'a' }, check: true, fails: /^missing unit containerd\.service: ctr does not tell its images: connection refused/, says: ['pull docker.io/library/a:latest'] },
  'names an image also': { given: given({ 'r.io/a:1': {}, 'r.io/b:1': {}, 'r.io/c:1': { digests: [other] } }), asked: { name: 'r.io/a:1', as: 'r.io/b:1,r.io/c:1,r.io/d:1' }, says: ['name r.io/a:1 also r.io/c:1, r.io/d:1'] },
  'gives further names to one image alone': { given: given(), asked: { name: ['a', 'b'], as: 'c' }, fails: /needs one name/ },
  'removes the names, and containerd\'s own with the last one': { given: given({ 'r.io/a:1': {}, [digest]: {}, [`r.io/a@${digest}`]: {} }), asked: { name: 'r.io/a:1', state: 'absent' }, says: ['remove r.io/a:1'], does: [`script ctr '' k8s.io r.io/a:1 ${digest} r.io/a@${digest}`, `script containerd '' k8s.io r.io/a:1`] },
  'keeps containerd\'s own names while the image has another': { given: given({ 'r.io/a:1': {}, 'r.io/b:1': {}, [digest]: {} }), asked: { name: 'r.io/a:1', state: 'absent' }, does: [`script ctr '' k8s.io r.io/a:1`, `script containerd '' k8s.io r.io/a:1`] },
  'removes nothing that is not there': { given: given(), asked: { name: 'a', state: 'absent' }, says: [] },
  'loads an archive whose image is not there': { given: given({}, loaded), asked: { src: 'x.tar' }, says: ['load r.io/a:1 from x.tar'] },
  'loads nothing that is there by digest': { given: given({ 'r.io/a:1': {} }, loaded), asked: { src: 'x.tar' }, says: [] },
  'loads nothing that is there by id': { given: given({ 'r.io/a:1': { digests: [`sha256:${'c'.repeat(64)}`], id: other } }, loaded), asked: { src: 'x.tar' }, says: [] },
  'loads what stands for another image': { given: given({ 'r.io/a:1': { digests: [other] } }, loaded), asked: { src: 'x.tar' }, says: ['load r.io/a:1 from x.tar'] },
  'takes away what an interrupted load left': { given: given({ 'r.io/a:1': {} }, { ...loaded, stage: { path: '/var/tmp/.kplay-image-1', isLeft: true, local: '/x.tar' } }), asked: { src: 'x.tar' }, says: ['remove /var/tmp/.kplay-image-1, which an interrupted run left'], does: ['remove /var/tmp/.kplay-image-1'] },
  'says what crictl cannot': { given: given({}, { ...loaded, tool: 'crictl' }), asked: { src: 'x.tar' }, fails: /crictl cannot load an archive/ },
});
