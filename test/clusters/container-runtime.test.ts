/**
 * The roles container_runtime and kube_packages on real machines, from a mirror and with a private registry: containerd on one, Docker
 * on another. That containerd is ready for the kubelet is shown by the kubelet itself, which starts a pod on it without a cluster.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { labDown } from '../../engine/lab/down.ts';
import { mirrorUrl } from '../../engine/lab/mirror-server.ts';
import { labUp } from '../../engine/lab/up.ts';
import { signAuthority, signLeaf } from '../../modules/shared/x509.ts';
import { makeImage, openRegistry, type TestRegistry } from '../support/images.ts';
import { complaints, foretold, kplay, root, tasksThat, type Ran } from '../support/kplay.ts';
import { inside, labVars, noLongLab, testLab } from '../lab/test-lab.ts';
import { kubernetesFor } from './kube-lab.ts';
import { scratch } from '../support/scratch.ts';

const kubernetes = noLongLab('container runtimes') === undefined ? await kubernetesFor('container runtimes') : undefined;
const onLab = kubernetes ? test.serial : test.skip;

const lab = testLab('kplay-runtime', '10.232.1', 2, { lab_mirror: kubernetes?.folder });
const address = '10.232.1.1';
const folder = kubernetes ? scratch(test, 'runtime')() : '';
const quiet = { report: () => undefined };
const password = 'pa ss"w$1%';
let registry: TestRegistry;

/** Plays the roles by the command line and reads its JSON events. */
function play(...options: readonly string[]): Promise<Ran> {
  return kplay(['run', `${folder}/site.yml`, '-i', `${folder}/hosts.yml`, '--output', 'json', ...options]);
}

async function sh(machine: string, script: string): Promise<string> {
  const { stdout, stderr } = await inside(lab, machine, 'sh', '-c', `'${script.replaceAll("'", "'\\''")}'`);
  return `${stdout}${stderr}`.trimEnd();
}

/** A certificate for the registry's address and the authority that signed it. */
async function certificates(): Promise<{ readonly ca: string; readonly key: string; readonly cert: string }> {
  const [authority, own] = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
  const ca = await signAuthority(authority, 'registry authority', 30, Date.now());
  const cert = await signLeaf({ certificate: new X509Certificate(ca), key: authority.privateKey }, own.publicKey, { profile: 'server', commonName: 'registry', organization: [], names: [address], lifetime: 30, keyType: 'ecdsa-p256' }, Date.now());
  return { ca, cert, key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

test.before(async () => {
  if (!kubernetes) return;
  await labDown(lab, { ...quiet, purge: true });
  await labUp(lab, { ...quiet, confirm: async () => true });
  const { ca, ...tls } = await certificates();
  // Filled later, with a program that runs in it.
  registry = await openRegistry(address, {}, `me:${password}`, tls);
  writeFileSync(`${folder}/ca.crt`, ca);
  writeFileSync(`${folder}/site.yml`, '- hosts: all\n  become: true\n  gather_facts: true\n  roles: [container_runtime, kube_packages]\n');
  writeFileSync(`${folder}/hosts.yml`, `all:
  vars:
${labVars(lab)}
    mirror_url: ${mirrorUrl(lab)}
    kube_version: ${kubernetes.version}
    containerd_restrict_oom_score_adj: true
    container_registries:
      - name: ${registry.host}
        ca: ${folder}/ca.crt
        username: me
        password: '${password}'
  children:
    kube_control_plane:
      hosts: { m1: { ansible_host: 10.232.1.11 } }
    kube_node:
      hosts: { m2: { ansible_host: 10.232.1.12, container_runtime: docker } }
`);
  symlinkSync(`${root}playbooks/roles`, `${folder}/roles`);
});
test.after.always(async () => {
  if (!kubernetes) return;
  await registry?.close();
  await labDown(lab, { ...quiet, purge: true });
});

const started = async (): Promise<string[]> => Promise.all([sh('m1', 'systemctl show -p MainPID containerd'), sh('m2', 'systemctl show -p MainPID docker')]);

onLab('a dry run on bare machines foretells just what the run changes, and the second run changes and restarts nothing', async (t) => {
  t.timeout(1_200_000);
  const dry = await play('--check', '--diff');
  t.is(dry.code, 0, complaints(dry));
  t.true(foretold(dry).length > 20);
  t.is(await sh('m1', 'ls /etc/containerd /opt/kplay /usr/local/bin/kubeadm 2>&1 | grep -vc "No such file"'), '0', 'nothing was touched');
  const ran = await play();
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(tasksThat('changed', ran), foretold(dry));
  const before = await started();
  const again = await play('--diff');
  t.is(again.code, 0, complaints(again));
  t.deepEqual(tasksThat('changed', again), []);
  t.deepEqual(await started(), before);
});

onLab('Kubernetes is there at its version, starts at boot, and completes words', async (t) => {
  for (const machine of ['m1', 'm2']) {
    t.is(await sh(machine, 'kubeadm version -o short; kubelet --version; systemctl is-enabled kubelet; systemctl is-active kubelet'), `v${kubernetes!.version}\nKubernetes v${kubernetes!.version}\nenabled\ninactive`);
    t.is(await sh(machine, 'bash -c ". /usr/share/bash-completion/bash_completion; for each in kubectl kubeadm; do _completion_loader \\$each; complete -p \\$each; done" | cut -d " " -f 3-'), 'default -F __start_kubectl kubectl\ndefault -F __start_kubeadm kubeadm');
    t.regex(await sh(machine, 'ls /opt/cni/bin'), /bridge[^]*host-local[^]*loopback/);
  }
});

onLab('a password of a registry is in no file that others may read', async (t) => {
  for (const machine of ['m1', 'm2']) t.is(await sh(machine, `grep -rlsE 'ss..?w\\$1|${Buffer.from(`me:${password}`).toString('base64').slice(0, 16)}' /etc /var/lib/kubelet /run /tmp /root | xargs -r stat -c '%a %n'`), machine === 'm1' ? '600 /etc/containerd/config.toml' : '600 /var/lib/kubelet/config.json');
});

const pod = (name: string, image: string): string => `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"${name}","namespace":"default"},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"${image}","imagePullPolicy":"Always"}]}}`;

/** Starts a kubelet without a cluster, and waits until its pod's container runs. */
function kubelet(flags: string, running: string): string {
  return `timeout 110 kubelet ${flags} --pod-manifest-path=/run/pods --cgroup-driver=systemd --fail-swap-on=false --oom-score-adj=0 >/run/kubelet.log 2>&1 & kubelet=$!
for each in $(seq 100); do ${running} && { echo running; break; }; sleep 1; done; kill $kubelet; grep -m 3 -iE "failed to pull|ErrImagePull|cgroup driver" /run/kubelet.log; :`;
}

onLab('the kubelet starts a pod on containerd: its sandbox comes from the mirror, its image from a registry with an authority and a password', async (t) => {
  const installed = await sh('m1', 'apt-get -q -y install busybox-static 2>&1 | tail -n 5');
  const busybox = Buffer.from(await sh('m1', 'base64 /bin/busybox'), 'base64');
  t.true(busybox.length > 1_000_000, installed);
  const image = makeImage('pod', [{ name: 'busybox', content: busybox, mode: 0o755 }], ['/busybox', 'sleep', '100000']);
  registry.images.set('team/app:1', image);
  await sh('m1', `mkdir -p /run/pods; cat > /run/pods/p.json <<'X'\n${pod('p', `${registry.host}/team/app:1`)}\nX`);
  t.is(await sh('m1', kubelet('--container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock', 'ctr -n k8s.io task ls | grep -c RUNNING | grep -qx 2')), 'running');
  t.regex(await sh('m1', 'ctr -n k8s.io images ls -q'), /^registry\.k8s\.io\/pause:3\.2$/m);
  t.true(registry.asked.some((each) => each.includes(`me:${password}`)));
});

// dockershim lowers the OOM score of each sandbox, which a lab machine may not, so no kubelet starts pods on Docker here.
onLab('Docker pulls from the mirror, and by the kubelet\'s credentials from a registry with an authority', async (t) => {
  const mirror = mirrorUrl(lab).replace('http://', '');
  t.is(await sh('m2', `docker info --format "{{.CgroupDriver}}"; docker pull -q ${mirror}/registry.k8s.io/pause:3.2`), `systemd\n${mirror}/registry.k8s.io/pause:3.2`);
  t.regex(await sh('m2', `docker pull -q ${registry.host}/team/app:1`), /no basic auth credentials/);
  t.is(await sh('m2', `docker --config /var/lib/kubelet pull -q ${registry.host}/team/app:1`), `${registry.host}/team/app:1`);
  t.regex(await sh('m2', `docker run -d --net=host --name one ${registry.host}/team/app:1; docker run -d --net=host --name two ${registry.host}/team/app:1`), /^[0-9a-f]{64}\n[0-9a-f]{64}$/);
});

onLab('a changed setting restarts containerd, its containers go on, and what registries are needs no restart', async (t) => {
  const tasks = () => sh('m1', 'ctr -n k8s.io task ls | awk \'$3 == "RUNNING" { print $1, $2 }\' | sort');
  const [before, running] = [await started(), await tasks()];
  t.is(running.split('\n').length, 2);
  const listed = await play('-e', JSON.stringify({ container_mirrored_registries: ['registry.k8s.io', 'docker.io', 'quay.io', 'ghcr.io', 'gcr.io'] }));
  t.is(listed.code, 0, complaints(listed));
  t.true(tasksThat('changed', listed).length > 0);
  t.deepEqual(await started(), before);
  const other = ['-e', JSON.stringify({ containerd_config: { plugins: { 'io.containerd.grpc.v1.cri': { max_concurrent_downloads: 5 } } }, docker_log_max_size: '50m' })];
  const dry = await play('--check', ...other);
  const ran = await play(...other);
  t.is(ran.code, 0, complaints(ran));
  t.deepEqual(tasksThat('changed', ran), foretold(dry));
  const after = await started();
  t.true(after.every((pid, at) => pid !== before[at]), after.join());
  t.is(await tasks(), running);
  t.is(await sh('m2', 'docker ps -q | wc -l'), '2');
  t.is(await sh('m1', 'containerd config dump | grep max_concurrent_downloads'), '    max_concurrent_downloads = 5');
  t.deepEqual(tasksThat('changed', await play(...other)), []);
});

onLab('a run that was cut off before the restart is finished by the next one', async (t) => {
  await play();
  const before = await started();
  // As a run leaves it that has written another configuration and went no further.
  await sh('m1', 'sed -i "s/^./0/" /run/kplay/containerd.started-with');
  const ran = await play();
  t.deepEqual(tasksThat('changed', ran).map((each) => each.replace(/ \(.*/, '')), ['m1: Run the container runtime']);
  const after = await started();
  t.not(after[0], before[0]);
  t.is(after[1], before[1]);
});

onLab('a containerd whose interface for the kubelet does not come up fails the run, and says why', async (t) => {
  const ran = await play('--limit', 'm1', '-e', JSON.stringify({ container_runtime_timeout: 5, containerd_config: { plugins: { 'io.containerd.grpc.v1.cri': { registry: { mirrors: { 'x.example': { endpoint: ['http://x'] } } } } } } }));
  t.is(ran.code, 2);
  t.regex(complaints(ran), /mirrors. cannot be set when .config_path. is provided/);
  const mended = await play('--limit', 'm1');
  t.is(mended.code, 0, complaints(mended));
});

onLab('what cannot work is said before anything is changed', async (t) => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ container_runtime: 'docker', kube_version: '1.24.0' }, /Kubernetes 1\.24\.0 does not speak with Docker/],
    [{ container_runtime: 'podman' }, /containerd or docker, and not podman/],
    [{ containerd_install: 'archive', containerd_version: '2.0.0', container_runtime: 'containerd' }, /does not speak with containerd 2\.0\.0/],
    [{ container_registries: [{ name: 'a b' }] }, /The entry a b of container_registries is not right/],
    [{ container_registries: [{ name: 'a', username: 'x' }] }, /username and password come together/],
  ];
  for (const [vars, message] of wrong) {
    const ran = await play('--limit', 'm1', '-e', JSON.stringify(vars));
    t.is(ran.code, 2, JSON.stringify(vars));
    t.regex(complaints(ran), message);
    t.deepEqual(tasksThat('changed', ran), [], JSON.stringify(vars));
  }
  const old = await play('--limit', 'm2', '-e', 'kube_install=package');
  t.is(old.code, 2);
  t.regex(complaints(old), /begin with 1\.24/);
});

onLab('another kubelet under a node of a cluster is an upgrade, and not made', async (t) => {
  await sh('m1', 'touch /etc/kubernetes/kubelet.conf');
  const ran = await play('--limit', 'm1', '-e', 'kube_version=1.20.9');
  t.is(ran.code, 2);
  t.regex(complaints(ran), /that is an upgrade/);
  await sh('m1', 'rm /etc/kubernetes/kubelet.conf');
});
