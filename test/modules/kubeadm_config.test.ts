/** The configuration that kubeadm is given: golden files for four versions, each field held to the documented API. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import kubeadmImages from '../../modules/kubeadm_images.ts';
import kubeadmInit from '../../modules/kubeadm_init.ts';
import kubeadmJoin from '../../modules/kubeadm_join.ts';
import { configText, imageDocuments, initDocuments, initPhases, joinDocuments } from '../../modules/shared/kubeadm-documents.ts';
import { flagsBeside } from '../../modules/shared/kubeadm-node-part.ts';
import { compareVersions, readKubeadm, type Kubeadm } from '../../modules/shared/kubeadm-version.ts';
import { faultsIn } from '../support/kubeadm-api.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../../test/modules/kubeadm/${name}.yaml`, import.meta.url));
const of = (version: string): Kubeadm => readKubeadm(JSON.stringify({ clientVersion: { gitVersion: version } }));
/** The last is the newest whose configuration is documented. */
const versions = ['v1.20.2', 'v1.26.15', 'v1.31.2', 'v1.35.0'];
const token = 'abcdef.0123456789abcdef';

/** All that every version can be asked for. */
const node = {
  node_name: 'cp1', advertise_address: '10.0.0.11', bind_port: '6443', cri_socket: '/run/containerd/containerd.sock', taints: [{ key: 'dedicated', value: 'yes', effect: 'NoSchedule' }, { key: 'empty', effect: 'NoExecute' }],
  labels: { 'topology.kubernetes.io/zone': 'a', disk: 'true' }, kubelet_extra_args: { 'node-ip': '10.0.0.11', v: 2 }, ignore_preflight_errors: 'Swap,NumCPU', skip_phases: ['addon/kube-proxy'], patches: '/etc/kubernetes/patches',
  timeouts: { discovery: 60 },
};
const cluster = {
  cluster_name: 'blue', control_plane_endpoint: '10.0.0.10:8443', cert_sans: ['api.example.org', '10.0.0.10'], pod_subnet: '10.244.0.0/16', service_subnet: ['10.96.0.0/16', 'fd00:96::/112'], dns_domain: 'cluster.example',
  image_repository: 'registry.example.org/k8s', feature_gates: { PublicKeysECDSA: 'no' }, proxy_mode: 'ipvs',
  etcd: { local: { data_dir: '/srv/etcd', extra_args: { 'quota-backend-bytes': 4294967296 }, server_cert_sans: ['etcd1'], peer_cert_sans: ['etcd1'], image_repository: 'registry.example.org/etcd', image_tag: '3.5.0-0' } },
  dns: { image_repository: 'registry.example.org/coredns', image_tag: 'v1.8.0' },
  api_server: { extra_args: { 'audit-log-path': '/var/log/audit.log', profiling: false }, extra_volumes: [{ name: 'audit', host_path: '/var/log/k', mount_path: '/var/log', read_only: false, path_type: 'DirectoryOrCreate' }] },
  controller_manager: { extra_args: { 'bind-address': '0.0.0.0' } }, scheduler: { extra_args: { v: '4' } },
  kubelet: { cgroupDriver: 'systemd', maxPods: 200, failSwapOn: false, evictionHard: { 'memory.available': '5%' } }, kube_proxy: { conntrack: { maxPerCore: 0 } },
};
/** What came later, by the minor version that it came with. */
const later: readonly (readonly [number, Record<string, unknown>])[] = [
  [22, { image_pull_policy: 'IfNotPresent' }],
  [31, {
    image_pull_serial: false, timeouts: { control_plane_component_health_check: 300, kubelet_health_check: 120, kubernetes_api_call: 60, etcd_api_call: 90, tls_bootstrap: 200, discovery: 60, upgrade_manifests: 240 },
  }],
];
const laterCluster: readonly (readonly [number, Record<string, unknown>])[] = [
  [31, {
    encryption_algorithm: 'ECDSA-P256', certificate_validity: 90, ca_certificate_validity: 1825, proxy_mode: 'none', dns: { disabled: true },
    api_server: { ...cluster.api_server, extra_args: { 'audit-log-path': '/var/log/audit.log', 'service-account-issuer': ['https://a', 'https://b'] }, extra_envs: { GOMAXPROCS: 2 } },
  }],
  [34, { encryption_algorithm: 'ECDSA-P384' }],
];
const by = (minor: number, rows: typeof later): Record<string, unknown> => Object.assign({}, ...rows.filter(([since]) => since <= minor).map(([, more]) => more)) as Record<string, unknown>;
const etcd = (minor: number) => ({ external: { endpoints: ['https://10.0.0.21:2379', 'https://10.0.0.22:2379'], ca_file: '/etc/kubernetes/pki/etcd/ca.crt', cert_file: '/etc/kubernetes/pki/apiserver-etcd-client.crt', key_file: '/etc/kubernetes/pki/apiserver-etcd-client.key', ...(minor >= 35 && { http_endpoints: ['http://10.0.0.21:2382'] }) } });
const material = { server: '10.0.0.10:8443', token, ca_cert_hashes: [`sha256:${'5'.repeat(64)}`], certificate_key: 'f'.repeat(64) };

/** What each kind of file is made from. */
const kinds: Readonly<Record<string, (kubeadm: Kubeadm) => string>> = {
  'init-least': (kubeadm) => init({}, kubeadm),
  'init-stacked': (kubeadm) => init({ ...cluster, ...node, ...(kubeadm.minor < 31 && { timeouts: { control_plane_component_health_check: 300 } }), version: kubeadm.version, ...by(kubeadm.minor, later), ...by(kubeadm.minor, laterCluster), certificate_key: 'f'.repeat(64) }, kubeadm),
  'init-external': (kubeadm) => init({ version: kubeadm.version, control_plane_endpoint: 'api.example.org', taints: [], etcd: etcd(kubeadm.minor), proxy_mode: 'none', dns: { disabled: true } }, kubeadm),
  'join-control-plane': (kubeadm) => join({ ...node, control_plane: true, material, ...by(kubeadm.minor, later), ...(kubeadm.minor < 31 && { timeouts: { discovery: 60 } }) }, kubeadm),
  'join-worker': (kubeadm) => join({ material, server: '127.0.0.1:6443', advertise_address: '10.0.0.31' }, kubeadm),
  images: (kubeadm) => configText(imageDocuments(kubeadmImages.params.parse({ image_repository: 'registry.example.org/k8s', etcd: cluster.etcd, cri_socket: '/run/containerd/containerd.sock' }), kubeadm)),
};

function init(asked: Record<string, unknown>, kubeadm: Kubeadm): string {
  const params = kubeadmInit.params.parse(asked);
  return configText(initDocuments(params, kubeadm, token, initPhases(params, kubeadm)));
}

function join(asked: Record<string, unknown>, kubeadm: Kubeadm): string {
  const params = kubeadmJoin.params.parse(asked);
  return configText(joinDocuments(params, kubeadm, params.skip_phases ?? []));
}

for (const version of versions) {
  const kubeadm = of(version);
  for (const [kind, make] of Object.entries(kinds)) {
    const name = `${kind}-1.${kubeadm.minor}`;
    test(`the configuration ${name} is as its golden file, and every field is one that kubeadm ${version} documents`, (t) => {
      const text = make(kubeadm);
      if (process.env['UPDATE_GOLDEN'] === 'yes') writeFileSync(golden(name), text);
      t.is(text, readFileSync(golden(name), 'utf8'));
      t.deepEqual(faultsIn(text, kubeadm.minor), []);
    });
  }
}

test('the table of fields finds what kubeadm would not read', (t) => {
  const text = kinds['init-stacked']!(of('v1.31.2'));
  t.true(faultsIn(text, 26).includes('kubeadm.k8s.io/v1beta4 InitConfiguration is not known to 1.26'));
  t.deepEqual(faultsIn(text.replace('podSubnet', 'podsubnet'), 31), ['ClusterConfiguration.networking.podsubnet is no field']);
  t.deepEqual(faultsIn(text.replace("name: v\n", 'name: 5\n'), 31), ['InitConfiguration.nodeRegistration.kubeletExtraArgs[1].name is 5, which is no string']);
  t.deepEqual(faultsIn(kinds['init-external']!(of('v1.35.0')), 34), ['ClusterConfiguration.etcd.external.httpEndpoints is no field']);
  t.deepEqual(faultsIn(text.replace(/^ {4}dataDir.*\n/m, ''), 31), ['ClusterConfiguration.etcd.local.dataDir is missing']);
});

test('a kubeadm of each minor version is given the API version that it speaks', (t) => {
  const apis = [20, 21, 22, 30, 31, 36].map((minor) => of(`v1.${minor}.4`).api);
  t.deepEqual(apis, ['v1beta2', 'v1beta2', 'v1beta3', 'v1beta3', 'v1beta4', 'v1beta4']);
  t.throws(() => of('v1.19.16'), { message: 'kubeadm on the host is v1.19.16: 1.20 is the oldest that is known here' });
  t.throws(() => readKubeadm('sh: cannot execute binary file'), { message: /does not tell its version: sh: cannot execute binary file/ });
  t.deepEqual(of('v1.20.5+really1.20.2').minor, 20);
});

const tooNew: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
  ['v1.21.14', { image_pull_policy: 'Never' }, /^image_pull_policy needs kubeadm 1\.22 or newer; the host has v1\.21\.14$/],
  ['v1.30.9', { image_pull_serial: true }, /^image_pull_serial needs kubeadm 1\.31/],
  ['v1.30.9', { timeouts: { tls_bootstrap: 5 } }, /^timeouts\.tls_bootstrap needs kubeadm 1\.31/],
  ['v1.30.9', { api_server: { extra_args: { 'service-account-issuer': ['a', 'b'] } } }, /^the flag service-account-issuer with several values needs kubeadm 1\.31/],
  ['v1.30.9', { scheduler: { extra_envs: { A: 'b' } } }, /^extra_envs needs kubeadm 1\.31/],
  ['v1.30.9', { certificate_validity: 30 }, /^the validity of certificates needs kubeadm 1\.31/],
  ['v1.33.0', { encryption_algorithm: 'ECDSA-P384' }, /^encryption_algorithm: ECDSA-P384 needs kubeadm 1\.34/],
  ['v1.34.0', { etcd: etcd(35) }, /^etcd\.external\.http_endpoints needs kubeadm 1\.35/],
  ['v1.28.0', { proxy_mode: 'nftables' }, /^proxy_mode: nftables needs kubeadm 1\.29/],
  ['v1.31.0', { proxy_mode: 'ipvs', kube_proxy: { mode: 'iptables' } }, /^mode is "iptables" in the free mapping and "ipvs" by proxy_mode/],
  ['v1.31.0', { labels: { a: 'b' }, kubelet_extra_args: { 'node-labels': 'c=d' } }, /^node-labels is "c=d" in the free mapping/],
];
for (const [version, asked, message] of tooNew) {
  test(`kubeadm ${version} is not given ${JSON.stringify(asked)}`, (t) => {
    t.throws(() => init(asked, of(version)), { message });
  });
}

test('a control plane\'s health check is no matter of an old join', (t) => {
  t.throws(() => join({ material, timeouts: { control_plane_component_health_check: 5 } }, of('v1.30.0')), { message: /of a node that joins needs kubeadm 1\.31/ });
});

test('what v1beta2 has no fields for goes by flags, and by fields from then on', (t) => {
  const asked = kubeadmInit.params.parse({ patches: '/p', skip_phases: ['addon/kube-proxy'], dns: { disabled: true } });
  const old = of('v1.20.2');
  t.deepEqual(flagsBeside(asked, old, initPhases(asked, old)), ['--skip-phases=addon/kube-proxy,addon/coredns', '--experimental-patches=/p']);
  t.deepEqual(flagsBeside(asked, of('v1.22.0'), ['x']), []);
  t.deepEqual(initPhases(asked, of('v1.31.0')), ['addon/kube-proxy']);
});

const refused: readonly (readonly [Record<string, unknown>, RegExp])[] = [
  [{ version: '1.31' }, /expected a version of Kubernetes/], [{ control_plane_endpoint: 'https://a:6443' }, /without https/], [{ pod_subnet: '10.244.0.0' }, /expected a network/],
  [{ labels: { 'node-role.kubernetes.io/worker': '' } }, /set with kubectl/], [{ labels: { 'foo.k8s.io/x': 'y' } }, /set with kubectl/], [{ kubelet_extra_args: { '--v': 1 } }, /without its dashes/],
  [{ etcd: { local: {}, external: { endpoints: ['https://a:1'] } } }, /not both/], [{ etcd: { external: { endpoints: ['a:1'] } } }, /expected a URL/], [{ api_server: { extraArgs: {} } }, /extraArgs/], [{ taints: [{ key: 'a', effect: 'Never' }] }, /NoSchedule/],
];
for (const [asked, message] of refused) {
  test(`kubeadm_init does not take ${JSON.stringify(asked)}`, (t) => {
    t.regex(kubeadmInit.params.safeParse(asked).error?.message ?? 'it was taken', message);
  });
}

test('labels that a kubelet may set on its node are taken', (t) => {
  for (const key of ['disk', 'example.org/a', 'topology.kubernetes.io/zone', 'kubernetes.io/hostname', 'node.kubernetes.io/instance-type', 'kubelet.kubernetes.io/x', 'failure-domain.beta.kubernetes.io/region']) {
    t.true(kubeadmInit.params.safeParse({ labels: { [key]: 'x' } }).success, key);
  }
});

test('versions compare by number', (t) => {
  t.true(compareVersions('v1.9.0', 'v1.10.0') < 0);
  t.is(compareVersions('v1.20.2', '1.20.2'), 0);
  t.true(compareVersions('v1.31.10', 'v1.31.9') > 0);
});
