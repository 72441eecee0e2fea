/** The main job on real machines: `kplay run playbooks/etcd-ha.yml`, from bare machines to a cluster, by the command line. */
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../engine/lab/command.ts';
import { labDown } from '../../engine/lab/down.ts';
import { machinePaths } from '../../engine/lab/paths.ts';
import { labRebuild } from '../../engine/lab/rebuild.ts';
import { labUp } from '../../engine/lab/up.ts';
import { complaints, foretold, kplay, tasksThat, type Ran } from '../support/kplay.ts';
import { inside, labVars, noLab, testLab, traces } from './test-lab.ts';

const reason = noLab('the etcd cluster');
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-etcd', '10.216.0', 3);
const folder = mkdtempSync(path.join(os.tmpdir(), 'kplay-etcd-'));
const inventory = path.join(folder, 'hosts.yml');
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const quiet = { report: () => undefined };
const endpoint = ['ETCDCTL_API=3', 'etcdctl', '--endpoints=https://127.0.0.1:2379', '--cacert=/etc/etcd/pki/ca.crt', '--cert=/etc/etcd/pki/client.crt', '--key=/etc/etcd/pki/client.key'];

/** Runs the playbook by the command line and reads its JSON events. */
function play(...options: readonly string[]): Promise<Ran> {
  return kplay(['run', 'playbooks/etcd-ha.yml', '-i', inventory, '--output', 'json', ...options]);
}

const changed = (ran: Ran): string[] => tasksThat('changed', ran);

/** Every file of a machine's disk with its bytes, but for the logs that sshd and systemd write of themselves. */
async function disks(): Promise<string> {
  const folders = lab.machines.map(({ name }) => machinePaths(lab, name).disk);
  const { stdout } = await run(['sh', '-c', 'for d; do cd "$d" && find . \\( -path "*/var/log" -o -path "*/work" -o -path "*/tmp/systemd-private*" \\) -prune -o -printf "%p %y %m %U %G %l\\n" -o -true | sort; find . \\( -path "*/var/log" -o -path "*/work" \\) -prune -o -type f -exec sha256sum {} + | sort -k2; done', 'sh', ...folders], { timeout: 120 });
  return stdout;
}

const startTimes = async (): Promise<string[]> => Promise.all(lab.machines.map(async ({ name }) => (await inside(lab, name, 'systemctl', 'show', '-p', 'ActiveEnterTimestampMonotonic', 'etcd')).stdout.trim()));
const put = (key: string, value: string) => inside(lab, 'm1', ...endpoint, 'put', key, value);

/** A mirror on the lab's bridge with a release made of this host's etcd. */
async function serveRelease(t: ExecutionContext, version: string): Promise<{ readonly url: string; readonly sha256: string }> {
  const name = `etcd-v${version}-linux-${arch}`;
  const file = path.join(folder, `${name}.tar.gz`);
  mkdirSync(path.join(folder, name));
  for (const command of ['etcd', 'etcdctl']) copyFileSync(`/usr/bin/${command}`, path.join(folder, name, command));
  await run(['tar', '-C', folder, '-czf', file, name], { timeout: 60 });
  const server = createServer((request, response) => {
    if (request.url === `/v${version}/${name}.tar.gz`) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '10.216.0.1', resolve));
  t.teardown(() => { server.closeAllConnections(); server.close(); });
  const address = server.address();
  return { url: `http://10.216.0.1:${typeof address === 'object' && address ? address.port : 0}`, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

test.before(async () => {
  if (reason) return;
  writeFileSync(inventory, `all:
  vars:
${labVars(lab)}
    etcd_pki_dir: ${folder}/pki
  children:
    etcd:
      hosts:
${lab.machines.map(({ name, address }) => `        ${name}: { ansible_host: ${address} }`).join('\n')}
`);
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, { ...quiet, confirm: async () => true });
});
test.after.always(async () => {
  if (!reason) await labDown(lab, { ...quiet, purge: true });
  rmSync(folder, { recursive: true, force: true });
});

let predicted: string[] = [];

onLab('a dry run on bare machines ends without a failure and leaves their disks untouched, byte for byte', async (t) => {
  const before = await disks();
  t.true(before.length > 1000);
  const dry = await play('--check', '--diff');
  t.is(dry.code, 0, complaints(dry));
  predicted = foretold(dry);
  t.true(predicted.length > 20);
  t.is(await disks(), before);
});

onLab('the run takes bare machines to a healthy cluster and changes exactly what the dry run said', async (t) => {
  const ran = await play();
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(changed(ran), predicted);
  const { stdout } = await inside(lab, 'm1', ...endpoint, 'endpoint', 'health', '--cluster', '-w', 'json');
  t.deepEqual((JSON.parse(stdout) as { health: boolean }[]).map((each) => each.health), [true, true, true]);
});

onLab('the second run changes nothing and restarts nothing', async (t) => {
  const before = await startTimes();
  const again = await play();
  t.is(again.code, 0, complaints(again));
  t.deepEqual(changed(again), []);
  t.deepEqual(await startTimes(), before);
});

onLab('keys stay where they belong: the authority\'s on the controller, a member\'s on the member, for its user alone', async (t) => {
  for (const { name } of lab.machines) {
    t.is((await inside(lab, name, 'find', '/etc/etcd', '/var/lib/etcd', '/tmp', '/root', '-name', 'ca.key')).stdout, '');
    const { stdout } = await inside(lab, name, 'stat', '-c', '%a', '/etc/etcd/pki/peer.key', '/etc/etcd/pki/server.key');
    t.regex(stdout, /^[64]00\n[64]00\n$/);
  }
  t.is((await run(['find', folder, '-name', '*.key', '-printf', '%f %m\n'])).stdout, 'ca.key 600\n');
});

onLab('nobody without a certificate of the authority is served', async (t) => {
  const { code } = await inside(lab, 'm2', 'ETCDCTL_API=3', 'etcdctl', '--command-timeout=2s', '--endpoints=https://127.0.0.1:2379', '--insecure-skip-tls-verify', 'get', 'x');
  t.not(code, 0);
});

onLab('a changed setting restarts the members one at a time, and the cluster answers all the while', async (t) => {
  await put('k', 'v');
  const before = await startTimes();
  let asking = true;
  let asked = 0;
  let unanswered = 0;
  const watch = (async () => {
    const others = ['--endpoints=https://10.216.0.11:2379,https://10.216.0.12:2379,https://10.216.0.13:2379', '--command-timeout=5s'];
    while (asking) {
      const { code } = await inside(lab, 'm1', ...endpoint.filter((word) => !word.startsWith('--endpoints')), ...others, 'get', 'k');
      asked++;
      if (code !== 0) unanswered++;
    }
  })();
  const ran = await play('-e', 'etcd_quota_backend_bytes=4294967296', '--diff');
  asking = false;
  await watch;
  t.is(ran.code, 0, complaints(ran));
  const after = await startTimes();
  t.true(after.every((time, at) => time !== before[at]));
  t.is(new Set(after).size, 3);
  t.true(asked > 3);
  t.is(unanswered, 0, `${unanswered} of ${asked} reads went unanswered`);
  t.deepEqual(changed(await play('-e', 'etcd_quota_backend_bytes=4294967296')), []);
});

onLab('a member that was killed is started again and nothing else is touched', async (t) => {
  await inside(lab, 'm3', 'systemctl', 'stop', 'etcd');
  const ran = await play('-e', 'etcd_quota_backend_bytes=4294967296');
  t.is(ran.code, 0, complaints(ran));
  t.true(changed(ran).every((each) => each.startsWith('m3:')), changed(ran).join('\n'));
  t.is((await inside(lab, 'm3', 'systemctl', 'is-active', 'etcd')).stdout, 'active\n');
});

(existsSync('/usr/bin/etcd') ? onLab : test.skip)('a release from a mirror, checked by its SHA-256, makes the same cluster as the dry run said', async (t) => {
  await labRebuild(lab, quiet);
  rmSync(path.join(folder, 'pki'), { recursive: true });
  const mirror = await serveRelease(t, '9.9.9');
  const options = ['-e', JSON.stringify({ etcd_install: 'archive', etcd_version: '9.9.9', etcd_mirror: mirror.url, etcd_sha256: { amd64: mirror.sha256, arm64: mirror.sha256 } })];
  const dry = await play('--check', ...options);
  t.is(dry.code, 0, complaints(dry));
  const ran = await play(...options);
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(changed(ran), foretold(dry));
  t.deepEqual(changed(await play(...options)), []);
  t.is((await inside(lab, 'm1', 'readlink', '/usr/local/bin/etcd')).stdout, `/opt/etcd/etcd-v9.9.9-linux-${arch}/etcd\n`);
  const forged = await play('-e', JSON.stringify({ etcd_install: 'archive', etcd_version: '9.9.9', etcd_mirror: mirror.url, etcd_archive_dir: '/opt/other', etcd_sha256: { amd64: '0'.repeat(64), arm64: '0'.repeat(64) } }));
  t.is(forged.code, 2);
  t.is((await inside(lab, 'm1', 'ls', '-A', '/opt/other')).stdout, '');
});

onLab('the machines leave nothing behind on this host', async (t) => {
  await labDown(lab, { ...quiet, purge: true });
  t.deepEqual(await traces(lab), []);
});
