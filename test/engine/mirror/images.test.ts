/** Images of a mirror: fetched by skopeo from a real registry, pushed by it to another. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { imageArchitectures } from '../../../engine/mirror/check-image.ts';
import { commandExists } from '../../../engine/mirror/command-path.ts';
import { run } from '../../../engine/mirror/command.ts';
import { fetchImages } from '../../../engine/mirror/fetch-images.ts';
import { blobPath, readImages } from '../../../engine/mirror/image-layout.ts';
import { mirrorPaths } from '../../../engine/mirror/mirror.ts';
import type { ImageNeed } from '../../../engine/mirror/needs.ts';
import { pushMirror, readRegistry } from '../../../engine/mirror/push-mirror.ts';
import { openWatch, type Told, type Watch } from '../../../engine/mirror/watch.ts';
import { writeMirror } from '../../../engine/mirror/write-mirror.ts';
import { tempFolder } from '../../support/try-module.ts';
import { addImage, upstream, type Upstream } from './test-images.ts';

const lacking = ['skopeo', 'docker-registry'].filter((name) => !commandExists(name));
if (lacking.length > 0) process.stderr.write(`\n*** THE TESTS OF A MIRROR'S IMAGES ARE SKIPPED: this host lacks ${lacking.join(' ')} ***\n\n`);
const withSkopeo = lacking.length > 0 ? test.skip : test;

function need({ host }: Upstream, name: string, ...architectures: string[]): ImageNeed {
  return { name, from: `${host}/${name}`, isPlain: true, architectures: architectures.length > 0 ? architectures : ['amd64'], why: [] };
}

function watching(): { readonly watch: Watch; readonly told: string[] } {
  const told: string[] = [];
  return { watch: openWatch((each: Told) => { if ('what' in each) told.push(`${each.kind} ${each.what}`); }), told };
}

async function fetch(folder: string, needs: readonly ImageNeed[]): Promise<{ readonly told: string[]; readonly missing: readonly string[] }> {
  const { watch, told } = watching();
  await fetchImages(folder, needs, watch);
  return { told: told.sort(), missing: watch.missing };
}

async function architectures(folder: string, name: string): Promise<string[]> {
  const layout = mirrorPaths(folder).images;
  return imageArchitectures(layout, (await readImages(layout)).get(name)!);
}

/** A registry of the project of that name, empty. */
async function emptyRegistry(t: ExecutionContext): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const folder = await tempFolder(t);
  writeFileSync(`${folder}/config.yml`, JSON.stringify({ version: '0.1', log: { level: 'error' }, storage: { filesystem: { rootdirectory: `${folder}/data` } }, http: { addr: `127.0.0.1:${port}` } }));
  const child = spawn('docker-registry', ['serve', `${folder}/config.yml`], { stdio: 'ignore' });
  t.teardown(async () => {
    child.kill();
    await once(child, 'exit');
  });
  for (let tries = 0; tries < 200; tries++) {
    if ((await globalThis.fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.ok) return `127.0.0.1:${port}`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the registry did not start');
}

withSkopeo('images come under their upstream names, for the architectures that are asked for and no other', async (t) => {
  const from = await upstream(t);
  await addImage(from.folder, 'reg.example/deep/one:1', ['amd64', 'arm64', 'ppc64le']);
  await addImage(from.folder, 'reg.example/two:2', ['amd64']);
  const to = await tempFolder(t);
  const { told, missing } = await fetch(to, [need(from, 'reg.example/deep/one:1', 'amd64', 'arm64'), need(from, 'reg.example/two:2')]);
  t.deepEqual([told, missing], [['fetched reg.example/deep/one:1', 'fetched reg.example/two:2'], []]);
  t.deepEqual(await architectures(to, 'reg.example/deep/one:1'), ['amd64', 'arm64']);
  t.deepEqual(await architectures(to, 'reg.example/two:2'), ['amd64']);
  t.deepEqual(readdirSync(mirrorPaths(to).images).sort(), ['blobs', 'index.json', 'oci-layout']);
  for (const arch of ['amd64', 'arm64']) {
    const shown = await run(['skopeo', '--override-arch', arch, 'inspect', '--config', `oci:${mirrorPaths(to).images}:reg.example/deep/one:1`]);
    t.is((JSON.parse(shown.stdout) as { architecture: string }).architecture, arch);
  }
});

withSkopeo('what is there and right is not asked for again; what is damaged or for too few architectures is', async (t) => {
  const from = await upstream(t);
  await addImage(from.folder, 'reg.example/one:1', ['amd64', 'arm64']);
  const to = await tempFolder(t);
  await fetch(to, [need(from, 'reg.example/one:1')]);
  from.log.length = 0;
  t.deepEqual((await fetch(to, [need(from, 'reg.example/one:1')])).told, ['here reg.example/one:1']);
  t.deepEqual(from.log, []);
  t.deepEqual((await fetch(to, [need(from, 'reg.example/one:1', 'arm64')])).told, ['fetched reg.example/one:1']);
  t.deepEqual(await architectures(to, 'reg.example/one:1'), ['amd64', 'arm64'], 'what was there stays');
  const layout = mirrorPaths(to).images;
  const layer = readdirSync(path.join(layout, 'blobs/sha256')).map((name) => path.join(layout, 'blobs/sha256', name)).find((file) => readFileSync(file)[0] === 0x1f)!;
  const before = readFileSync(layer);
  writeFileSync(layer, 'damaged');
  t.deepEqual((await fetch(to, [need(from, 'reg.example/one:1', 'amd64', 'arm64')])).told, ['fetched reg.example/one:1']);
  t.true(readFileSync(layer).equals(before));
});

withSkopeo('an image that is not there, or not for an architecture, is told with why, and the others come', async (t) => {
  const from = await upstream(t);
  await addImage(from.folder, 'reg.example/one:1', ['amd64']);
  await addImage(from.folder, 'reg.example/two:2', ['amd64', 'arm64']);
  const to = await tempFolder(t);
  const { told, missing } = await fetch(to, [need(from, 'reg.example/none:1'), need(from, 'reg.example/one:1', 'arm64'), need(from, 'reg.example/two:2', 's390x'), need(from, 'reg.example/two:2')]);
  t.deepEqual(told, ['fetched reg.example/two:2', 'missing reg.example/none:1', 'missing reg.example/one:1', 'missing reg.example/two:2']);
  const [none, one, two] = [...missing].sort();
  t.regex(none!, /^reg\.example\/none:1: .*the mirror has no image/);
  t.is(one, 'reg.example/one:1 is there for amd64, not for arm64');
  t.regex(two!, /s390x/);
});

withSkopeo('what a fetch that was cut off has left is swept away', async (t) => {
  const from = await upstream(t);
  await addImage(from.folder, 'reg.example/one:1', ['amd64']);
  const to = await tempFolder(t);
  await fetch(to, [need(from, 'reg.example/one:1')]);
  const blobs = path.join(mirrorPaths(to).images, 'blobs/sha256');
  writeFileSync(path.join(blobs, 'oci-put-blob123'), 'half');
  await fetch(to, [need(from, 'reg.example/one:1')]);
  t.false(existsSync(path.join(blobs, 'oci-put-blob123')));
});

withSkopeo('images are pushed whole under a path of a registry, and once', async (t) => {
  const to = await tempFolder(t);
  await addImage(to, 'reg.example/deep/one:1', ['amd64', 'arm64']);
  await addImage(to, 'quay.io/two:2', ['amd64']);
  await writeMirror(to, { version: 1, files: [], images: [], packages: [] });
  const registry = readRegistry(`http://${await emptyRegistry(t)}/own/path`);
  const first = watching();
  await pushMirror(to, registry, first.watch);
  t.deepEqual(first.watch.missing, []);
  const shown = await run(['skopeo', 'inspect', '--raw', '--tls-verify=false', `docker://${registry.base}/reg.example/deep/one:1`]);
  t.is(shown.stdout, readFileSync(blobPath(mirrorPaths(to).images, (await readImages(mirrorPaths(to).images)).get('reg.example/deep/one:1')!.digest)!, 'utf8'));
  const second = watching();
  await pushMirror(to, registry, second.watch);
  t.true(second.told.every((each) => each.startsWith('here ')), second.told.join());
  t.true(second.told.includes(`here ${registry.base}/quay.io/two:2`));
});

withSkopeo('a registry that cannot be reached is told for each image', async (t) => {
  const to = await tempFolder(t);
  await addImage(to, 'reg.example/one:1', ['amd64']);
  const { watch } = watching();
  await pushMirror(to, readRegistry('http://127.0.0.1:1/x'), watch);
  t.regex(watch.missing.join(), /reg\.example\/one:1-?.*connection refused/);
});

for (const [text, expected] of [['harbor.example', { base: 'harbor.example', isPlain: false }], ['http://10.0.0.1:5000/k8s/', { base: '10.0.0.1:5000/k8s', isPlain: false }], ['https://[::1]:5000/a/b', { base: '[::1]:5000/a/b', isPlain: false }]] as const) {
  test(`the registry ${text} is read`, (t) => t.deepEqual(readRegistry(text), { ...expected, isPlain: text.startsWith('http://') }));
}

for (const text of ['', 'me@harbor.example', 'harbor.example/UPPER', 'a b', 'harbor.example:port']) {
  test(`"${text}" is no registry`, (t) => { t.throws(() => readRegistry(text), { name: 'MirrorError' }); });
}
