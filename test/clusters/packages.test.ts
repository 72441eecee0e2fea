/**
 * The roles container_runtime and kube_packages with releases and packages in the shape of their upstreams: containerd, runc and crictl
 * as archives with sums beside them, kubelet, kubeadm and kubectl from a signed repository. containerd is a real one, out of the
 * distribution's package; Kubernetes' packages here hold scripts.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import test from 'ava';
import { must } from '../../engine/lab/command.ts';
import { commandExists } from '../../engine/mirror/command-path.ts';
import { labDown } from '../../engine/lab/down.ts';
import { labUp } from '../../engine/lab/up.ts';
import { complaints, foretold, kplay, root, tasksThat, type Ran } from '../support/kplay.ts';
import { openRepository, type TestPackage, type TestRepository } from '../lab/apt-repository.ts';
import { inside, labVars, noLongLab, testLab } from '../lab/test-lab.ts';
import { scratch } from '../support/scratch.ts';

const reason = noLongLab('Kubernetes\' packages') ?? (commandExists('gpg') ? undefined : 'this host lacks gpg, which signs the test repository');
if (reason) process.stderr.write(`\n*** KUBERNETES' PACKAGES ARE NOT TRIED ON A MACHINE: ${reason} ***\n\n`);
const onLab = reason ? test.skip : test.serial;

const lab = testLab('kplay-packages', '10.232.2', 1);
const address = '10.232.2.1';
const folder = reason ? '' : scratch(test, 'packages')();
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const quiet = { report: () => undefined };
let repository: TestRepository;
let releases: Server;
/** containerd's version, of the distribution. */
let version = '';

function play(...options: readonly string[]): Promise<Ran> {
  return kplay(['run', `${folder}/site.yml`, '-i', `${folder}/hosts.yml`, '--output', 'json', ...options]);
}

async function sh(script: string): Promise<string> {
  const { stdout, stderr } = await inside(lab, 'm1', 'sh', '-c', `'${script.replaceAll("'", "'\\''")}'`);
  return `${stdout}${stderr}`.trimEnd();
}

const script = (text: string): string => `#!/bin/sh\n${text}\n`;
const unit = '[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n[Install]\nWantedBy=multi-user.target\n';

/** Packages as the community's are made; the kubelet's starts it, if nobody forbids it. */
function kubernetes(of: string): TestPackage[] {
  const deb = `${of}-1.1`;
  return [
    { name: 'kubelet', version: deb, fields: { Depends: 'iptables, kubernetes-cni (>= 1.2.0), mount, util-linux' }, files: { '/usr/bin/kubelet': script(`echo Kubernetes v${of}; sleep 1`), '/usr/lib/systemd/system/kubelet.service': unit }, postinst: 'chmod 755 /usr/bin/kubelet\nsystemctl daemon-reload\ndeb-systemd-helper enable kubelet.service\ndeb-systemd-invoke start kubelet.service' },
    { name: 'kubeadm', version: deb, files: { '/usr/bin/kubeadm': script(`echo v${of}`) }, postinst: 'chmod 755 /usr/bin/kubeadm' },
    { name: 'kubectl', version: deb, files: { '/usr/bin/kubectl': script(`echo v${of}`) }, postinst: 'chmod 755 /usr/bin/kubectl' },
  ];
}

/** A server with releases as github.com has them, made of the distribution's containerd. */
async function openReleases(): Promise<Server> {
  const [site, work] = [path.join(folder, 'github.com'), path.join(folder, 'work')];
  mkdirSync(work);
  await must(['sh', '-c', 'cd "$1" && apt-get -q download containerd runc >/dev/null && for each in *.deb; do dpkg-deb -x "$each" root; done', 'sh', work], { timeout: 300 });
  version = /\d+\.\d+\.\d+/.exec(await must([`${work}/root/usr/bin/containerd`, '--version']))![0];
  const put = async (at: string, make: (file: string) => Promise<unknown> | void, sums: string, name?: string): Promise<void> => {
    const file = path.join(site, at);
    mkdirSync(path.dirname(file), { recursive: true });
    await make(file);
    const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
    writeFileSync(path.join(path.dirname(file), sums), name === undefined ? `${sum}\n` : `${'0'.repeat(64)}  other\n${sum}  ${name}\n`);
  };
  const archive = `containerd-${version}-linux-${arch}.tar.gz`;
  mkdirSync(`${work}/bin`);
  for (const each of ['containerd', 'containerd-shim-runc-v2', 'ctr']) cpSync(`${work}/root/usr/bin/${each}`, `${work}/bin/${each}`);
  await put(`containerd/containerd/releases/download/v${version}/${archive}`, (file) => must(['tar', '-C', work, '--owner=0', '--group=0', '-czf', file, 'bin']), `${archive}.sha256sum`, archive);
  await put(`opencontainers/runc/releases/download/v1.9.9/runc.${arch}`, (file) => cpSync(`${work}/root/usr/sbin/runc`, file), 'runc.sha256sum', `runc.${arch}`);
  writeFileSync(`${work}/crictl`, script('echo crictl version 9.9.9'), { mode: 0o755 });
  await put(`kubernetes-sigs/cri-tools/releases/download/v9.9.9/crictl-v9.9.9-linux-${arch}.tar.gz`, (file) => must(['tar', '-C', work, '-czf', file, 'crictl']), `crictl-v9.9.9-linux-${arch}.tar.gz.sha256`);
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(path.join(site, path.normalize(request.url ?? '/'))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return server;
}

test.before(async (t) => {
  t.timeout(600_000);
  if (reason) return;
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, { ...quiet, confirm: async () => true });
  releases = await openReleases();
  repository = await openRepository(folder, address, { path: 'core:/stable:/v1.31/deb/', key: 'Release.key' });
  await repository.publish([...kubernetes('1.31.7'), ...kubernetes('1.31.8'), { name: 'kubernetes-cni', version: '1.5.1-1.1', files: { '/opt/cni/bin/bridge': script('') } }, { name: 'cri-tools', version: '1.31.1-1.1', files: { '/usr/bin/crictl': script('') }, postinst: 'chmod 755 /usr/bin/crictl' }]);
  symlinkSync(`${root}playbooks/roles`, `${folder}/roles`);
  writeFileSync(`${folder}/site.yml`, '- hosts: all\n  become: true\n  gather_facts: true\n  roles: [container_runtime, kube_packages]\n');
  writeFileSync(`${folder}/hosts.yml`, `kube_control_plane:
  vars:
${labVars(lab)}
    kube_version: 1.31.7
    kube_packages_url: ${repository.url.replace(/\/core:.*/, '')}
    kube_packages_key: ${repository.fingerprint}
    github_url: http://${address}:${(releases.address() as AddressInfo).port}
    containerd_install: archive
    containerd_version: ${version}
    runc_version: 1.9.9
    container_runtime_env: { NO_PROXY: 'a b,100%' }
  hosts: { m1: { ansible_host: 10.232.2.11 } }
`);
});
test.after.always(async () => {
  if (reason) return;
  await repository?.close();
  releases?.close();
  await labDown(lab, { ...quiet, purge: true });
});

onLab('another key than the one that is trusted is refused, and nothing of its repository is on the machine', async (t) => {
  t.timeout(600_000);
  const ran = await play('-e', `kube_packages_key=${'A'.repeat(40)}`);
  t.is(ran.code, 2);
  t.regex(complaints(ran), new RegExp(`has the fingerprint ${repository.fingerprint}, expected A{40}`));
  t.is(await sh('ls /etc/apt/sources.list.d /etc/apt/keyrings 2>/dev/null | grep -c kubernetes'), '0');
});

onLab('a dry run foretells what the run changes; containerd runs out of its release, Kubernetes is installed at its version and held', async (t) => {
  t.timeout(600_000);
  await sh('systemctl stop containerd; rm -rf /etc/containerd /opt/kplay /usr/local/bin/* /usr/local/sbin/runc /etc/systemd/system/containerd.service* /etc/crictl.yaml; systemctl daemon-reload');
  const dry = await play('--check', '--diff');
  t.is(dry.code, 0, complaints(dry));
  const ran = await play();
  t.is(ran.code, 0, complaints(ran));
  // Whether a package enables its unit only the package knows.
  t.deepEqual(tasksThat('changed', ran), foretold(dry).filter((each) => !each.includes('Start the kubelet at boot')));
  t.true(tasksThat('unknown', dry).some((each) => each.includes('Start the kubelet at boot')));
  t.is(await sh('kubelet | head -n 1; kubeadm; kubectl; apt-mark showhold; systemctl is-enabled kubelet; systemctl is-active kubelet'), 'Kubernetes v1.31.7\nv1.31.7\nv1.31.7\nkubeadm\nkubectl\nkubelet\nenabled\ninactive');
  t.is(await sh('cat /etc/apt/sources.list.d/kubernetes.sources'), `Types: deb\nURIs: ${repository.url}\nSuites: /\nSigned-By: /etc/apt/keyrings/kubernetes.asc`);
  t.is(await sh('readlink /proc/$(systemctl show -p MainPID --value containerd)/exe; systemctl is-enabled containerd'), `/opt/kplay/containerd-${version}-linux-${arch}/bin/containerd\nenabled`);
  t.is(await sh('tr "\\0" "\\n" < /proc/$(systemctl show -p MainPID --value containerd)/environ | grep NO_PROXY'), 'NO_PROXY=a b,100%');
  t.is(await sh('ls /opt/cni/bin/bridge /usr/bin/crictl; cat /etc/crictl.yaml | grep runtime'), '/opt/cni/bin/bridge\n/usr/bin/crictl\nruntime-endpoint: unix:///run/containerd/containerd.sock');
  const again = await play('--diff');
  t.is(again.code, 0, complaints(again));
  t.deepEqual(tasksThat('changed', again), []);
});

onLab('crictl comes as an archive where that is asked for', async (t) => {
  t.timeout(600_000);
  const asked = ['-e', '{"crictl_install": "archive", "crictl_version": "9.9.9"}'];
  const dry = await play('--check', ...asked);
  const ran = await play(...asked);
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(tasksThat('changed', ran), foretold(dry));
  t.is(await sh('/usr/local/bin/crictl; cat /usr/local/share/bash-completion/completions/crictl'), 'crictl version 9.9.9\n. <(crictl completion bash)');
  t.deepEqual(tasksThat('changed', await play(...asked)), []);
});

onLab('a release whose sum is another is not put in place', async (t) => {
  t.timeout(600_000);
  const before = await sh('readlink /usr/local/bin/containerd; systemctl show -p MainPID containerd');
  const ran = await play('-e', JSON.stringify({ containerd_sha256: { [version]: { [arch]: '0'.repeat(64) } } }));
  t.is(ran.code, 2);
  t.regex(complaints(ran), /expected 0000/);
  t.is(await sh('readlink /usr/local/bin/containerd; systemctl show -p MainPID containerd'), before);
});

onLab('Kubernetes 1.36 is not given a containerd that it does not speak with', async (t) => {
  t.timeout(600_000);
  const ran = await play('-e', 'kube_version=1.36.0');
  t.is(ran.code, 2);
  t.regex(complaints(ran), /Kubernetes 1\.36\.0 does not speak with containerd/);
  t.deepEqual(tasksThat('changed', ran), []);
});

onLab('all of it goes where packages are to go, and comes again', async (t) => {
  t.timeout(600_000);
  writeFileSync(`${folder}/remove.yml`, '- hosts: all\n  become: true\n  gather_facts: true\n  tasks:\n    - import_role: {name: kube_packages, tasks_from: remove}\n    - import_role: {name: container_runtime, tasks_from: remove}\n');
  const remove = (...options: string[]): Promise<Ran> => kplay(['run', `${folder}/remove.yml`, '-i', `${folder}/hosts.yml`, '--output', 'json', ...options]);
  t.deepEqual(tasksThat('changed', await remove()), [], 'packages stay where nobody says otherwise');
  const dry = await remove('--check', '-e', 'reset_packages=true');
  t.is(dry.code, 0, complaints(dry));
  const gone = await remove('-e', 'reset_packages=true');
  t.is(gone.code, 0, complaints(gone));
  t.deepEqual(tasksThat('changed', gone), foretold(dry));
  t.is(await sh('ls -d /usr/bin/kubelet /etc/containerd /usr/local/bin/ctr /etc/apt/sources.list.d/kubernetes.sources /etc/systemd/system/containerd.service 2>/dev/null; apt-mark showhold; pgrep containerd'), '');
  t.deepEqual(tasksThat('changed', await remove('-e', 'reset_packages=true')), []);
  const back = await play();
  t.is(back.code, 0, complaints(back));
});
