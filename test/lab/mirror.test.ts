/** A lab that serves a mirror: real containerd, curl and skopeo get what is in it; the server comes and goes with the lab. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { must, run } from '../../engine/lab/command.ts';
import { commandExists } from '../../engine/mirror/command-path.ts';
import { labDown } from '../../engine/lab/down.ts';
import { LabError } from '../../engine/lab/lab-error.ts';
import { mirrorUrl } from '../../engine/lab/mirror-server.ts';
import { labStatus } from '../../engine/lab/status.ts';
import { labUp } from '../../engine/lab/up.ts';
import { writeMirror } from '../../engine/mirror/write-mirror.ts';
import { addImage, put } from '../engine/mirror/mirror-folder.ts';
import { inside, noLab, testLab, traces } from './test-lab.ts';

const reason = noLab('the lab\'s mirror');
const onLab = reason ? test.skip : test.serial;

const work = mkdtempSync(path.join(tmpdir(), 'kplay-lab-mirror-'));
const [folder, other] = [path.join(work, 'one'), path.join(work, 'other')];
const lab = testLab('kplay-mirror', '10.226.0', 1, { lab_mirror: folder, lab_mirror_port: 8085 });
const options = { report: () => undefined };
const url = mirrorUrl(lab);
const pid = async (): Promise<number | undefined> => (await labStatus(lab)).mirror?.pid;

const image = 'registry.k8s.io/greeting:1';
let digest = '';

test.before(async () => {
  if (reason) return;
  await labDown(lab, { ...options, purge: true });
  for (const each of [folder, other]) {
    put(each, 'files/dl.k8s.io/release/which', path.basename(each));
    await writeMirror(each, { version: 1, files: [], images: [], packages: [] });
  }
  ({ digest } = await addImage(folder, [image, 'docker.io/library/greeting:1'], 'hello from the mirror\n'));
  await labUp(lab, options);
});
test.after.always(async () => {
  if (!reason) await labDown(lab, { ...options, purge: true });
  rmSync(work, { recursive: true, force: true });
});

onLab('a machine gets a file by curl, whole and in part', async (t) => {
  const install = await inside(lab, 'm1', 'export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -q --yes --no-install-recommends curl containerd');
  t.is(install.code, 0, install.stdout + install.stderr);
  t.is((await inside(lab, 'm1', 'curl', '-sS', `${url}/dl.k8s.io/release/which`)).stdout, 'one');
  t.is((await inside(lab, 'm1', 'curl', '-sS', '-r', '1-', `${url}/dl.k8s.io/release/which`)).stdout, 'ne');
  t.is((await inside(lab, 'm1', 'curl', '-sS', '-f', `${url}/dl.k8s.io/nothing`)).code, 22);
});

onLab('containerd pulls an image by its own name from the mirror, and no host of that name is asked', async (t) => {
  for (const host of ['registry.k8s.io', 'docker.io']) {
    const text = `server = "https://${host}.invalid"\n[host."${url}/v2/${host}"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n`;
    const { code, stderr } = await inside(lab, 'm1', `mkdir -p /etc/containerd/certs.d/${host} && printf %s '${text}' > /etc/containerd/certs.d/${host}/hosts.toml`);
    t.is(code, 0, stderr);
  }
  for (const name of [image, 'docker.io/library/greeting:1']) {
    const pulled = await inside(lab, 'm1', 'ctr', 'images', 'pull', '--hosts-dir', '/etc/containerd/certs.d', name);
    t.is(pulled.code, 0, pulled.stdout + pulled.stderr);
  }
  t.true((await inside(lab, 'm1', 'ctr', 'images', 'ls')).stdout.includes(`${image} `));
  t.true((await inside(lab, 'm1', 'ctr', 'images', 'ls')).stdout.includes(digest));
  t.is((await inside(lab, 'm1', `mkdir /mnt/i && ctr images mount ${image} /mnt/i >/dev/null && cat /mnt/i/etc/greeting`)).stdout, 'hello from the mirror\n');
  const refused = await inside(lab, 'm1', 'ctr', 'images', 'pull', '--hosts-dir', '/etc/containerd/certs.d', 'registry.k8s.io/nothing:1');
  t.not(refused.code, 0);
});

onLab('skopeo copies an image out of the mirror and finds its tags', async (t) => {
  if (!commandExists('skopeo')) return t.pass('this host has no skopeo');
  const { host } = new URL(url);
  await must(['skopeo', 'copy', '--src-tls-verify=false', `docker://${host}/${image}`, `oci:${work}/copied:copied`]);
  const index = JSON.parse(readFileSync(`${work}/copied/index.json`, 'utf8')) as { manifests: { digest: string }[] };
  t.is(index.manifests[0]!.digest, digest);
  t.deepEqual(JSON.parse(await must(['skopeo', 'list-tags', '--tls-verify=false', `docker://${host}/registry.k8s.io/greeting`])), { Repository: `${host}/registry.k8s.io/greeting`, Tags: ['1'] });
});

onLab('up leaves the server alone, starts one that ended, and replaces it where the folder changed', async (t) => {
  const first = await pid();
  t.false((await labUp(lab, options)).changed);
  t.is(await pid(), first);
  process.kill(first!, 'SIGKILL');
  t.true((await labUp(lab, options)).changed);
  t.not(await pid(), first);
  t.true((await labUp({ ...lab, mirror: other }, options)).changed);
  t.is(await (await fetch(`${url}/dl.k8s.io/release/which`)).text(), 'other');
  t.is((await labStatus(lab)).mirror?.state, 'down', 'this folder is not served now');
  t.true((await labUp({ ...lab, mirror: undefined }, options)).changed);
  await t.throwsAsync(fetch(url));
  t.true((await labUp(lab, options)).changed);
  t.like((await labStatus(lab)).mirror, { url, folder, state: 'up' });
});

onLab('a folder that is no mirror, and a port that is taken, are told', async (t) => {
  await t.throwsAsync(labUp({ ...lab, mirror: `${work}/nothing` }, options), { instanceOf: LabError, message: /the lab's mirror cannot be served: .* is not a mirror folder/ });
  t.truthy(await pid(), 'the one before goes on meanwhile');
  const taken = spawn(process.execPath, ['-e', 'require("net").createServer().listen(8086, "10.226.0.1", () => console.log("listening"))'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => taken.stdout.once('data', resolve));
  const error = await t.throwsAsync(labUp({ ...lab, mirrorPort: 8086 }, options), { instanceOf: LabError });
  t.regex(error.message, /the mirror's server ended at http:\/\/10\.226\.0\.1:8086:\n[^]*cannot listen on 10\.226\.0\.1 port 8086: it is in use/);
  taken.kill('SIGKILL');
  await labUp(lab, options);
});

onLab('a command that was killed while it started the server leaves none behind that the next does not know', async (t) => {
  const program = fileURLToPath(new URL('cut-off.js', import.meta.url));
  for (const delay of [100, 200, 300, 400]) {
    await labDown(lab, options);
    const child = spawn(process.execPath, [program, 'up', JSON.stringify(lab)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await sleep(delay);
    child.kill('SIGKILL');
    await labDown(lab, options);
    t.deepEqual(await traces(lab), [], `cut off after ${delay} ms`);
  }
  await labUp(lab, options);
});

onLab('a host whose firewall drops what comes in lets machines reach the mirror, and down takes the rule away', async (t) => {
  if (!commandExists('iptables')) return t.pass('this host has no iptables');
  const rules = async (): Promise<string[]> => (await must(['iptables', '-w', '-S', 'INPUT'])).split('\n').filter((line) => line.includes('kplay_lab_kplay_mirror'));
  const drop = ['INPUT', '-i', lab.bridge, '-p', 'tcp', '--dport', '8085', '-j', 'DROP'];
  await must(['iptables', '-w', '-A', ...drop]);
  try {
    t.not((await inside(lab, 'm1', 'curl', '-sS', '-m', '3', url)).code, 0);
    await labUp(lab, options);
    t.is((await inside(lab, 'm1', 'curl', '-sS', '-m', '3', url)).code, 0);
    t.is((await rules()).length, 1);
    await labUp(lab, options);
    t.is((await rules()).length, 1);
  } finally {
    await run(['iptables', '-w', '-D', ...drop]);
  }
  await labDown(lab, options);
  t.deepEqual(await rules(), []);
  t.deepEqual(await traces(lab), []);
});
