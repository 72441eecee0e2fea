/** The parts of the build of Kubernetes: what it is made of, how it is named, what is said meanwhile. The build itself is run before the tests on real machines. */
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { progressOf } from '../../../engine/lab/kubernetes/compile.ts';
import { ensureKubernetes, keyOf, newestBuilt } from '../../../engine/lab/kubernetes/ensure-kubernetes.ts';
import { images } from '../../../engine/lab/kubernetes/images.ts';
import { addFile } from '../../../engine/lab/kubernetes/mirror-files.ts';
import { cniUrl, kubernetesVersion, packagesToCompile, programs, programUrl, recipeVersion } from '../../../engine/lab/kubernetes/recipe.ts';
import { releasesAnswer } from '../../../engine/lab/kubernetes/released.ts';
import { newestOf, withSources } from '../../../engine/lab/kubernetes/source-archive.ts';
import { duration, timedSteps } from '../../../engine/lab/kubernetes/timed-steps.ts';
import { LabError } from '../../../engine/lab/lab-error.ts';
import { serve } from '../../support/web-server.ts';
import { scratch } from '../../support/scratch.ts';

const folder = scratch(test, 'kubernetes');

test('source packages are asked of the sources that the host has, and of no other', (t) => {
  t.deepEqual(withSources({ list: 'deb http://a.test/debian bookworm main\ndeb [signed-by=/k] http://b.test/s bookworm-security main\n', stanzas: 'Types: deb\nURIs: http://c.test\nSuites: bookworm\n' }), {
    list: 'deb http://a.test/debian bookworm main\ndeb-src http://a.test/debian bookworm main\ndeb [signed-by=/k] http://b.test/s bookworm-security main\ndeb-src [signed-by=/k] http://b.test/s bookworm-security main\n',
    stanzas: 'Types: deb deb-src\nURIs: http://c.test\nSuites: bookworm\n',
  });
});

test('the newest version is the archive\'s first of its kind, the package\'s own', (t) => {
  const madison = 'kubernetes-client | 9 | http://a.test bookworm/main Sources\nkubernetes | 1.20.5+really1.20.2-1.1+deb12u1 | http://a.test bookworm/main amd64 Packages\n'
    + 'kubernetes | 1.20.5+really1.20.2-1.1+deb12u1 | http://a.test bookworm/main Sources\nkubernetes | 1.20.5+really1.20.2-1.1 | http://a.test bookworm/main Sources\n';
  t.is(newestOf(madison, 'kubernetes', 'Sources'), '1.20.5+really1.20.2-1.1+deb12u1');
  t.is(newestOf(madison, 'golang-1.19-go', 'Packages'), undefined);
});

test('a build is named by its version, its recipe, and everything that went into it', (t) => {
  const key = keyOf('amd64', { source: '1', go: '1.19.8' });
  t.regex(key, new RegExp(`^${kubernetesVersion}-amd64-r${recipeVersion}-[0-9a-f]{12}$`));
  t.is(key, keyOf('amd64', { source: '1', go: '1.19.8' }));
  for (const other of [keyOf('arm64', { source: '1', go: '1.19.8' }), keyOf('amd64', { source: '2', go: '1.19.8' }), keyOf('amd64', { source: '1', go: '1.19.9' })]) t.not(other, key);
});

test('where the archive is out of reach the build of this recipe that is newest is taken', async (t) => {
  const cache = folder();
  t.is(await newestBuilt(cache, 'amd64'), undefined);
  const names = ['old', 'new'].map((name) => `${kubernetesVersion}-amd64-r${recipeVersion}-${name}`);
  for (const [at, name] of [...names.entries(), [9, `${kubernetesVersion}-amd64-r${recipeVersion + 1}-x`], [9, `${kubernetesVersion}-arm64-r${recipeVersion}-x`], [9, 'unfinished-x']] as const) {
    mkdirSync(path.join(cache, name));
    utimesSync(path.join(cache, name), at + 1, at + 1);
  }
  t.is(await newestBuilt(cache, 'amd64'), names[1]);
});

test('a distribution that lacks the source says which has it, and what to do', async (t) => {
  for (const system of [{ id: 'ubuntu', suite: 'noble' }, { id: 'debian', suite: 'trixie' }] as const) {
    const error = await t.throwsAsync(ensureKubernetes(system, folder(), () => {}), { instanceOf: LabError });
    t.is(error.message, `${system.id} ${system.suite} carries no source package of all of Kubernetes; Debian bookworm does`);
    t.regex(error.hint!, /set lab_mirror/);
  }
});

test('programs as they are compiled, and tenths of the packages, are told; tools of the build are not', (t) => {
  const steps: string[] = [];
  const take = progressOf((step) => steps.push(step), 20);
  const compiled = (count: number): string[] => Array.from({ length: count }, (_, at) => `k8s.io/kubernetes/vendor/p${at}`);
  for (const line of ['    ./vendor/k8s.io/code-generator/cmd/deepcopy-gen', ...compiled(40), 'k8s.io/kubernetes/cmd/genyaml', '+++ [1129 14:10:15] Building go targets for linux/amd64:', '    cmd/kubeadm', '    cmd/kubelet', ...compiled(4)]) take(line);
  for (const line of ['k8s.io/kubernetes/cmd/kubeadm', 'k8s.io/kubernetes/cmd/kubeadm/app', '# a warning', ...compiled(30)]) take(line);
  t.deepEqual(steps, [
    'generating code: deepcopy-gen', 'compiling: 10 % of the packages', 'compiling: 20 % of the packages', 'compiling: kubeadm is compiled and linked now',
    ...[3, 4, 5, 6, 7, 8, 9].map((tenth) => `compiling: ${tenth}0 % of the packages`),
  ]);
  t.true(packagesToCompile > 1000);
});

test('each part of a long job is told with its time', (t) => {
  const said: string[] = [];
  let now = 0;
  const steps = timedSteps(({ kind, text }) => said.push(`${kind} ${text}`), () => now);
  steps.next('a');
  now = 4_400;
  steps.done('a');
  now = 284_400;
  steps.done('b');
  steps.end('all');
  t.deepEqual(said, ['step a', 'done a (4 s)', 'done b (4 min 40 s)', 'done all (4 min 44 s)']);
  t.is(duration(3_600_000), '60 min 0 s');
});

test('what a mirror holds lies at its upstream address, its sum beside it as the publisher writes it', async (t) => {
  const mirror = folder();
  const source = path.join(folder(), 'kubeadm');
  writeFileSync(source, 'abc', { mode: 0o755 });
  const sum = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  const [entry, beside] = await addFile(mirror, programUrl('kubeadm', 'amd64'), source, 'alone');
  const at = `files/dl.k8s.io/release/v${kubernetesVersion}/bin/linux/amd64/kubeadm`;
  t.deepEqual(entry, { url: `https://dl.k8s.io/release/v${kubernetesVersion}/bin/linux/amd64/kubeadm`, path: at, sha256: sum, size: 3 });
  t.is(beside!.path, `${at}.sha256`);
  t.is(readFileSync(path.join(mirror, `${at}.sha256`), 'utf8'), sum);
  await addFile(mirror, cniUrl('arm64'), source, 'named');
  t.is(readFileSync(path.join(mirror, 'files/github.com/containernetworking/plugins/releases/download/v1.1.1/cni-plugins-linux-arm64-v1.1.1.tgz.sha256'), 'utf8'), `${sum}  cni-plugins-linux-arm64-v1.1.1.tgz\n`);
  t.deepEqual(readdirSync(mirror), ['files']);
});

test('every component that kubeadm starts has an image under its upstream name', (t) => {
  const names = images.flatMap((image) => image.names);
  const built = programs.filter((name) => name.startsWith('kube-')).map((name) => `registry.k8s.io/${name}:v${kubernetesVersion}`);
  t.deepEqual(names.toSorted(), [...built, 'docker.io/library/busybox:1.36', 'registry.k8s.io/etcd:3.4.13-0', 'registry.k8s.io/pause:3.2', 'registry.k8s.io/pause:3.6'].toSorted());
});

test('releases can be had where their server answers well and in time', async (t) => {
  const { url } = await serve(t, ({ url: asked }, response) => {
    if (asked === '/slow') return;
    response.writeHead(asked === '/ok' ? 200 : 503).end('v1.35.9');
  });
  t.true(await releasesAnswer(5, `${url}/ok`));
  t.false(await releasesAnswer(5, `${url}/busy`));
  t.false(await releasesAnswer(0.2, `${url}/slow`));
  t.false(await releasesAnswer(5, 'http://127.0.0.1:1/'));
});
