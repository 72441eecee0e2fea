/** A machine that has no way out takes its packages and files from a mirror that was filled by the command line. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { must, run } from '../../engine/lab/command.ts';
import { labDown } from '../../engine/lab/down.ts';
import { labUp } from '../../engine/lab/up.ts';
import { serveMirror, type MirrorServer } from '../../engine/mirror/serve-mirror.ts';
import { complaints, kplay, outcomes, root, type Ran } from '../support/kplay.ts';
import { inside, noLab, testLab } from './test-lab.ts';

const reason = noLab('a mirror');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-offline', '10.235.0', 1);
const folder = mkdtempSync(path.join(os.tmpdir(), 'kplay-offline-'));
const mirror = path.join(folder, 'mirror');
const quiet = { report: () => undefined };
const wall = 'kplay_test_mirror_wall';
const tool = '#!/bin/sh\necho a tool\n';
/** The key that signs the mirror lies in a home of the test's own. */
const env = { HOME: path.join(folder, 'home') };
const log: string[] = [];
let server: MirrorServer;

const role = {
  'meta/needs.yml': 'packages:\n  - name: [chrony, curl, haproxy]\nfiles:\n  - url: "{{ tools_url }}/tool"\n    checksum: sha256:{{ tool_sum }}\n',
  'defaults/main.yml': `tools_url: "{{ mirror_url ~ '/tools.example' if mirror_url else 'https://tools.example' }}"\ntool_sum: ${createHash('sha256').update(tool).digest('hex')}\n`,
  'tasks/main.yml': `- name: Install
  package: {name: [chrony, curl, haproxy], start_services: false}
- name: Download
  get_url: {url: "{{ tools_url }}/tool", dest: /usr/local/bin/tool, checksum: "sha256:{{ tool_sum }}", mode: "0755"}
  when: mirror_url != ''
`,
};

function command(verb: readonly string[], ...options: readonly string[]): Promise<Ran> {
  return kplay([...verb, path.join(folder, 'site.yml'), '-i', path.join(folder, 'hosts'), ...options], { env });
}

const play = (...options: readonly string[]): Promise<Ran> => command(['run'], '--output', 'json', '-e', `mirror_url=${server.url}`, ...options);

test.before(async () => {
  if (reason) return;
  for (const [name, text] of Object.entries(role)) {
    mkdirSync(path.join(folder, 'roles/base', path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder, 'roles/base', name), text);
  }
  mkdirSync(env.HOME);
  symlinkSync(path.join(root, 'playbooks/roles/package_mirror'), path.join(folder, 'roles/package_mirror'));
  writeFileSync(path.join(folder, 'site.yml'), '- hosts: all\n  roles: [package_mirror, base]\n');
  writeFileSync(path.join(folder, 'hosts'), `m1 ansible_host=10.235.0.11 ansible_user=root ansible_ssh_private_key_file=${lab.directory}/ssh/id_ed25519 ansible_ssh_common_args="-o UserKnownHostsFile=${lab.directory}/ssh/known_hosts"\n`);
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, { ...quiet, confirm: async () => true });
  await run(['nft', 'delete', 'table', 'inet', wall]);
  await must(['nft', '-f', '-'], { input: `table inet ${wall} { chain forward { type filter hook forward priority -10; ip saddr 10.235.0.0/24 ip daddr != 10.235.0.0/24 drop; }; }` });
});
test.after.always(async () => {
  await server?.close();
  if (!reason) {
    await run(['nft', 'delete', 'table', 'inet', wall]);
    await labDown(lab, { ...quiet, purge: true });
  }
  rmSync(folder, { recursive: true, force: true });
});

onLab('a run\'s needs are fetched into a folder: packages as this distribution has them, files by their sums', async (t) => {
  const upstream = createServer((request, response) => { response.writeHead(request.url === '/base/tool' ? 200 : 404).end(tool); });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  t.teardown(() => { upstream.closeAllConnections(); upstream.close(); });
  const origins = JSON.stringify({ mirror_origins: { 'tools.example': `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/base` } });
  const listed = await command(['mirror', 'list'], '--json');
  t.is(listed.code, 0, listed.stderr);
  const needs = JSON.parse(listed.stdout) as { files: { url: string }[]; packages: { platform: string; names: string[] }[] };
  t.deepEqual(needs.files.map(({ url }) => url), ['https://tools.example/tool']);
  t.deepEqual(needs.packages.map(({ names }) => names), [['chrony', 'curl', 'haproxy']]);
  const alone = await command(['mirror', 'fetch'], '--to', mirror, '--only', 'files');
  t.is(alone.code, 2, 'nobody answers at the upstream address');
  t.regex(alone.stderr, /one thing is missing[^]*https:\/\/tools\.example\/tool/);
  const fetched = await command(['mirror', 'fetch'], '--to', mirror, '-e', origins);
  t.is(fetched.code, 0, fetched.stderr);
  const again = await command(['mirror', 'fetch'], '--to', mirror, '-e', origins);
  t.is(again.code, 0, again.stderr);
  t.notRegex(again.stdout, /^fetched/m);
  server = await serveMirror({ folder: mirror, address: '10.235.0.1', port: 0, log: (line) => log.push(line) });
});

onLab('the machine has no way out', async (t) => {
  const update = await inside(lab, 'm1', 'timeout', '15', 'apt-get', '-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=5', '-o', 'APT::Update::Error-Mode=any', 'update');
  t.not(update.code, 0, update.stdout);
});

onLab('a list that is not signed by the mirror\'s key is refused, and a run without the key says what to do', async (t) => {
  const elsewhere = await kplay(['run', path.join(folder, 'site.yml'), '-i', path.join(folder, 'hosts'), '--output', 'json', '-e', `mirror_url=${server.url}`], { env: { HOME: folder } });
  t.is(elsewhere.code, 2);
  t.regex(complaints(elsewhere), /mirror_key_sha256/);
  const list = path.join(mirror, 'packages/apt', readFileSync('/etc/os-release', 'utf8').match(/^VERSION_CODENAME=(.*)$/m)![1]!, 'InRelease');
  const text = readFileSync(list, 'utf8');
  writeFileSync(list, text.replace(/^Label: .*$/m, 'Label: another'));
  const ran = await play();
  writeFileSync(list, text);
  t.is(ran.code, 2);
  t.regex(complaints(ran), /BADSIG|not signed|invalid/);
  t.not((await inside(lab, 'm1', 'test', '-e', '/usr/sbin/haproxy')).code, 0);
});

onLab('it installs from the mirror by its key, as the dry run foresaw, and the second run changes nothing', async (t) => {
  log.length = 0;
  const dry = await play('--check');
  t.is(dry.code, 0, complaints(dry));
  const ran = await play();
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(outcomes(dry, 'changed'), outcomes(ran, 'changed'));
  t.true(outcomes(ran, 'changed').includes('m1: Install') && outcomes(ran, 'changed').includes('m1: Download'), outcomes(ran, 'changed').join());
  t.is((await inside(lab, 'm1', 'tool')).stdout, 'a tool\n');
  t.regex((await inside(lab, 'm1', 'haproxy', '-v')).stdout, /HAProxy/i);
  t.true((await inside(lab, 'm1', 'apt-cache', 'policy', 'chrony')).stdout.includes(server.url));
  t.true(log.some((line) => / GET \/packages\/apt\/.*haproxy_.*\.deb 200/.test(line)));
  t.like((await play()).hosts['m1'], { changed: 0, failed: 0 });
});

onLab('the same by the sum of the key, for a controller that has not made the mirror', async (t) => {
  const sum = createHash('sha256').update(readFileSync(path.join(env.HOME, '.kplay/mirror/key.asc'))).digest('hex');
  await inside(lab, 'm1', 'rm', '-f', '/etc/apt/keyrings/kplay-mirror.asc');
  const ran = await kplay(['run', path.join(folder, 'site.yml'), '-i', path.join(folder, 'hosts'), '--output', 'json', '-e', `mirror_url=${server.url}`, '-e', `mirror_key_sha256=${sum}`], { env: { HOME: folder } });
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(outcomes(ran, 'changed'), ['m1: Know the mirror\'s packages']);
});

onLab('without mirror_url the machine\'s own sources count again', async (t) => {
  const ran = await command(['run'], '--output', 'json');
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(outcomes(ran, 'changed'), ['m1: Forget the mirror\'s packages', 'm1: Take packages from the host\'s own sources again']);
  t.is((await inside(lab, 'm1', 'sh', '-c', 'ls /etc/apt/apt.conf.d /etc/apt/sources.list.d | grep -c kplay-mirror')).stdout.trim(), '0');
});
