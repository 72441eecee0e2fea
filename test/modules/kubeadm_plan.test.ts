/** What kubeadm_init, kubeadm_join, kubeadm_reset and kubeadm_upgrade decide. */
import test from 'ava';
import kubeadmInfo from '../../modules/kubeadm_info.ts';
import kubeadmInit from '../../modules/kubeadm_init.ts';
import kubeadmJoin from '../../modules/kubeadm_join.ts';
import kubeadmReset from '../../modules/kubeadm_reset.ts';
import kubeadmUpgrade from '../../modules/kubeadm_upgrade.ts';
import type { Access, NodeLook } from '../../modules/shared/kubeadm-look.ts';
import { phasesWithoutCrictl, type NodeFound } from '../../modules/shared/kubeadm-ready.ts';
import { readKubeadm } from '../../modules/shared/kubeadm-version.ts';
import { rows } from '../support/plan-rows.ts';

const ours = `sha256:${'a'.repeat(64)}`;
const kubeadm = readKubeadm('{"clientVersion":{"gitVersion":"v1.20.2"}}');
const k = '/etc/kubernetes';
const workerFiles = [`${k}/kubelet.conf`, `${k}/pki/ca.crt`, '/var/lib/kubelet/config.yaml'];
const controlFiles = [...workerFiles, `${k}/admin.conf`, `${k}/controller-manager.conf`, `${k}/scheduler.conf`, `${k}/manifests/kube-apiserver.yaml`, `${k}/manifests/kube-controller-manager.yaml`, `${k}/manifests/kube-scheduler.yaml`, `${k}/manifests/etcd.yaml`, `${k}/pki/ca.key`];
const access: Access = { server: 'https://10.0.0.10:6443', caHash: ours, nodeName: 'n1', isRotated: true };

function look(more: Partial<NodeLook> = {}): NodeLook {
  return { kubeadm, kubelet: 'v1.20.2', files: new Set(), access: undefined, caHash: undefined, adminServer: undefined, manifests: {}, criSocket: undefined, unfinished: undefined, ...more };
}
const found = (more: Partial<NodeLook> = {}, rest: Partial<NodeFound> = {}): NodeFound => ({ look: look(more), foreseen: undefined, isComing: false, ...rest });
const part = (name: string, version = 'v1.20.2', flags: Record<string, string> = {}) => ({ image: `r/${name}:${version}`, flags });
const parts = (version = 'v1.20.2') => ({ 'kube-apiserver': part('kube-apiserver', version, { 'audit-log-path': '/a', 'service-cluster-ip-range': '10.96.0.0/12' }), 'kube-controller-manager': part('kube-controller-manager', version), 'kube-scheduler': part('kube-scheduler', version), etcd: part('etcd', '3.4.13-0') });

const bare = found();
const worker = found({ files: new Set(workerFiles), access, caHash: ours });
const control = (more: Partial<NodeLook> = {}) => found({ files: new Set(controlFiles), access, caHash: ours, adminServer: 'https://10.0.0.10:6443', manifests: parts(), ...more });
const unfinished = (verb: string, more: Partial<NonNullable<NodeLook['unfinished']>> = {}) => ({ verb, age: 60, before: new Set<string>(), running: undefined, answers: undefined, ...more });
const without = (files: readonly string[], ...gone: string[]) => new Set(files.filter((file) => !gone.some((each) => file.endsWith(each))));

rows<NodeFound>('kubeadm_init', kubeadmInit, {
  'makes a cluster on a bare host': { given: bare, asked: {}, says: ['make the first control plane of a cluster, Kubernetes v1.20.2'], result: { role: 'control_plane' } },
  'leaves a cluster alone that is there': { given: control(), asked: { version: 'v1.20.2' }, says: [], result: { server: '10.0.0.10:6443', ca_cert_hash: ours, drift: [] } },
  'says what a cluster was made with otherwise, and changes nothing': {
    given: control(), asked: { version: 'v1.21.0', control_plane_endpoint: '10.0.0.99', service_subnet: '10.97.0.0/16', api_server: { extra_args: { 'audit-log-path': '/b', profiling: 'false' } } }, says: [],
    warns: [/^kube-apiserver runs with --audit-log-path=\/a, asked for is \/b;/, /^kube-apiserver runs without --profiling, asked for is false;/, /service-cluster-ip-range=10\.96\.0\.0\/12, asked for is 10\.97/, /runs v1\.20\.2, asked for is v1\.21\.0/, /the cluster is at 10\.0\.0\.10:6443, asked for is 10\.0\.0\.99;/],
  },
  'takes an endpoint without a port for the same with kubeadm\'s': { given: control(), asked: { control_plane_endpoint: '10.0.0.10' }, says: [], result: { drift: [] } },
  'refuses a worker of a cluster': { given: worker, asked: {}, fails: /^this host is a worker of the cluster at 10\.0\.0\.10:6443, so no cluster begins here$/ },
  'refuses a host with parts of a node that no task of ours began': { given: found({ files: without(controlFiles, 'kube-apiserver.yaml', 'etcd.yaml'), access, manifests: {} }), asked: {}, fails: /^this host has parts of a Kubernetes node and is none: / },
  'is not stopped by keys, and an etcd, that were put there beforehand': { given: found({ files: new Set([`${k}/pki/ca.crt`, `${k}/pki/ca.key`, '/var/lib/etcd/member']) }), asked: {}, says: ['make the first control plane of a cluster, Kubernetes v1.20.2'] },
  'finishes an init that was cut off where the API server answers': { given: control({ unfinished: unfinished('init', { answers: true }) }), asked: {}, says: ['finish the init that was cut off'] },
  'finishes it too where nothing on the host can ask': { given: control({ unfinished: unfinished('init') }), asked: {}, says: ['finish the init that was cut off'] },
  'finishes it where the kubelet has spoken with the cluster, even if nobody answers now': { given: control({ unfinished: unfinished('init', { answers: false }) }), asked: {}, says: ['finish the init that was cut off'] },
  'begins anew where the API server never answered': { given: control({ access: { ...access, isRotated: false }, unfinished: unfinished('init', { answers: false }) }), asked: {}, says: ['take away what an init that was cut off has left', 'make the first control plane of a cluster, Kubernetes v1.20.2'] },
  'does not begin anew where a cluster may have been made by now': { given: control({ access: { ...access, isRotated: false }, unfinished: unfinished('init', { answers: false, age: 7300 }) }), asked: {}, fails: /^an init was begun here 2 h ago, nothing says that it ended, and the API server does not answer/ },
  'begins anew where parts are missing': { given: found({ files: without(controlFiles, 'kube-scheduler.yaml'), access: undefined, unfinished: unfinished('init', { answers: false }) }), asked: {}, says: ['take away what an init that was cut off has left', 'make the first control plane of a cluster, Kubernetes v1.20.2'] },
  'begins without cleaning up where nothing was made yet': { given: found({ files: new Set([`${k}/pki/ca.crt`]), unfinished: unfinished('init', { before: new Set([`${k}/pki/ca.crt`]) }) }), asked: {}, says: ['make the first control plane of a cluster, Kubernetes v1.20.2'] },
  'leaves an unfinished join alone': { given: found({ files: new Set(workerFiles), unfinished: unfinished('join') }), asked: {}, fails: /^this host has an unfinished join to a cluster/ },
  'takes no notice of an unfinished upgrade': { given: control({ unfinished: unfinished('upgrade') }), asked: {}, says: [] },
  'waits for a kubeadm that still runs, then looks again': { given: control({ unfinished: unfinished('init', { running: 'kubeadm init --config /x' }) }), asked: {}, says: [], again: true },
  'is foreseen where kubeadm is yet to come': { given: found({ kubeadm: undefined }), asked: { version: '1.31.2' }, fails: /^missing command kubeadm: kubeadm is not on the host$/, says: ['make the first control plane of a cluster, Kubernetes v1.31.2'] },
  'is foreseen in a dry run where a task writes kubeadm': { given: found({ kubeadm: undefined }, { isComing: true }), asked: {}, check: true, says: ['make the first control plane of a cluster'] },
  'is settled in a dry run once an earlier task would have made it': { given: found({}, { foreseen: 'control_plane' }), asked: {}, check: true, says: [] },
  'begins anew in a dry run where an earlier task would have taken the node down': { given: { ...control(), foreseen: 'none' }, asked: {}, check: true, says: ['make the first control plane of a cluster, Kubernetes v1.20.2'] },
  'does not ask an old kubeadm for what it cannot do': { given: bare, asked: { image_pull_serial: true }, fails: /needs kubeadm 1\.31/ },
});

const material = { server: '10.0.0.10:6443', token: 'abcdef.0123456789abcdef', ca_cert_hashes: [ours] };
const key = { ...material, certificate_key: 'f'.repeat(64) };

rows<NodeFound>('kubeadm_join', kubeadmJoin, {
  'joins a bare host as a worker': { given: bare, asked: { material }, says: ['join the cluster at 10.0.0.10:6443 as a worker'], result: { role: 'worker' } },
  'joins a bare host as a control plane': { given: bare, asked: { material: key, control_plane: true }, says: ['join the cluster at 10.0.0.10:6443 as a control plane'] },
  'joins through another server where one is named': { given: bare, asked: { material, server: 'lb:6443' }, says: ['join the cluster at lb:6443 as a worker'] },
  'leaves a worker alone that is in the cluster': { given: worker, asked: { material: { server: '10.0.0.10:6443', ca_cert_hashes: [ours] } }, says: [] },
  'needs nothing to join with for a host that is in the cluster': { given: worker, asked: {}, says: [] },
  'takes what a skipped task has registered for nothing': { given: worker, asked: { material: { changed: false, skipped: true } }, says: [] },
  'leaves a control plane alone that is in the cluster': { given: control(), asked: { control_plane: true, material: { ca_cert_hashes: [ours.toUpperCase().replace('SHA256', 'sha256')] } }, says: [] },
  'refuses a host that is in another cluster': { given: worker, asked: { material: { ...material, ca_cert_hashes: [`sha256:${'b'.repeat(64)}`] } }, fails: /^this host is a worker of the cluster at 10\.0\.0\.10:6443, which is another cluster: its authority is sha256:aa/ },
  'refuses a worker that shall be a control plane': { given: worker, asked: { control_plane: true, material: key }, fails: /^this host is a worker of the cluster and shall be a control plane$/ },
  'refuses a control plane that shall be a worker': { given: control(), asked: { material }, fails: /^this host is a control plane of the cluster and shall be a worker$/ },
  'says all that it lacks to join with': { given: bare, asked: { control_plane: true }, fails: /^this host is not in the cluster, and material lacks a token, ca_cert_hashes, the server, a certificate_key$/ },
  'never joins without knowing the cluster\'s authority': { given: bare, asked: { material: { ...material, ca_cert_hashes: [] } }, fails: /material lacks ca_cert_hashes$/ },
  'needs no certificate key where the authority is on the host': { given: found({ files: new Set([`${k}/pki/ca.crt`]) }), asked: { material, control_plane: true }, says: ['join the cluster at 10.0.0.10:6443 as a control plane'] },
  'foresees in a dry run without anything to join with': { given: bare, asked: { material: { changed: true } }, check: true, says: ['join the cluster as a worker'] },
  'cleans up a join that was cut off before the kubelet was in': { given: found({ files: new Set([`${k}/bootstrap-kubelet.conf`, `${k}/pki/ca.crt`]), unfinished: unfinished('join') }), asked: { material }, says: ['take away what a join that was cut off has left', 'join the cluster at 10.0.0.10:6443 as a worker'] },
  'needs something to join with for that too': { given: found({ files: new Set([`${k}/bootstrap-kubelet.conf`]), unfinished: unfinished('join') }), asked: {}, fails: /material lacks a token/ },
  'finishes a worker\'s join that was cut off after the kubelet was in': { given: found({ files: new Set(workerFiles), access, unfinished: unfinished('join') }), asked: { material }, says: ['finish the join that was cut off'] },
  'finishes a control plane\'s join that was cut off after the kubelet was in': { given: control({ unfinished: unfinished('join') }), asked: { material: key, control_plane: true }, says: ['finish the join that was cut off'] },
  'does not take away an etcd that is a member, and waits for the kubelet': { given: found({ files: without(controlFiles, 'kubelet.conf'), unfinished: unfinished('join') }), asked: { material: key, control_plane: true }, says: [], again: true },
  'does not finish a join to another cluster': { given: found({ files: new Set(workerFiles), access, unfinished: unfinished('join') }), asked: { material: { ...material, ca_cert_hashes: [`sha256:${'b'.repeat(64)}`] } }, fails: /another cluster/ },
  'leaves an unfinished init alone': { given: control({ unfinished: unfinished('init') }), asked: { material }, fails: /^this host has an unfinished init/ },
  'refuses a host with parts of a node that no task of ours began': { given: found({ files: new Set([`${k}/bootstrap-kubelet.conf`]) }), asked: { material }, fails: /has parts of a Kubernetes node and is none: \/etc\/kubernetes\/bootstrap-kubelet\.conf$/ },
  'is foreseen where kubeadm is yet to come': { given: found({ kubeadm: undefined }), asked: {}, check: true, fails: /^missing command kubeadm/, says: ['join the cluster as a worker'] },
});

const reset = (node: NodeFound, network: readonly string[] = []) => ({ ...node, left: { network } });
rows<ReturnType<typeof reset>>('kubeadm_reset', kubeadmReset, {
  'takes a worker down': { given: reset(worker, ['cni0', 'iptables KUBE-SERVICES']), asked: {}, says: ['reset this host, a worker of the cluster at 10.0.0.10:6443', 'take away what the pod network has left: cni0, iptables KUBE-SERVICES'], result: { role: 'worker', node_name: 'n1', server: '10.0.0.10:6443' } },
  'takes a control plane out of etcd first': { given: reset(control()), asked: {}, says: ['take its etcd out of the etcd cluster', 'reset this host, a control plane of the cluster at 10.0.0.10:6443'] },
  'does not where the whole cluster goes': { given: reset(control()), asked: { etcd_member: 'forget' }, says: ['reset this host, a control plane of the cluster at 10.0.0.10:6443'] },
  'finds nothing to do on a bare host': { given: reset(bare), asked: {}, says: [], result: { role: 'none' } },
  'leaves keys and the data of another etcd on a host that is no node': { given: reset(found({ files: new Set([`${k}/pki/ca.crt`, '/var/lib/etcd/member']) })), asked: {}, says: [], warns: [/^\/etc\/kubernetes\/pki\/ca\.crt and the like stay/] },
  'takes away parts of a node': { given: reset(found({ files: new Set([`${k}/bootstrap-kubelet.conf`]) })), asked: {}, says: ['reset this host, which has parts of a Kubernetes node'] },
  'takes away what a network has left of a node that is gone': { given: reset(bare, ['cni0']), asked: {}, says: ['take away what the pod network has left: cni0'] },
  'does not take away a node from under a kubeadm that runs': { given: reset(control({ unfinished: unfinished('join', { running: 'kubeadm join' }) })), asked: {}, fails: /`kubeadm join` still runs/ },
});

rows<NodeFound>('kubeadm_upgrade', kubeadmUpgrade, {
  'takes the cluster to the version on the first control plane': { given: control({ kubeadm: readKubeadm('{"clientVersion":{"gitVersion":"v1.21.3"}}') }), asked: { command: 'apply', version: 'v1.21.3' }, says: ['upgrade the cluster to v1.21.3, its control plane here first'], result: { from: 'v1.20.2' } },
  'takes another control plane there': { given: control({ kubeadm: readKubeadm('{"clientVersion":{"gitVersion":"v1.21.3"}}') }), asked: { command: 'node', version: '1.21.3' }, says: ['upgrade the control plane here to v1.21.3'] },
  'prepares a worker as long as its kubelet is older': { given: found({ files: new Set(workerFiles), access, kubeadm: readKubeadm('{"clientVersion":{"gitVersion":"v1.21.3"}}') }), asked: { command: 'node', version: 'v1.21.3' }, says: ['prepare this worker for a kubelet of v1.21.3'] },
  'finds nothing to do at that version': { given: control(), asked: { command: 'apply', version: 'v1.20.2' }, says: [] },
  'finishes an upgrade that was cut off with all parts in place': { given: control({ unfinished: unfinished('upgrade') }), asked: { command: 'apply', version: 'v1.20.2' }, says: ['upgrade the cluster to v1.20.2, its control plane here first'] },
  'finishes an upgrade of which one part is done': { given: control({ manifests: { ...parts('v1.20.1'), 'kube-apiserver': part('kube-apiserver') } }), asked: { command: 'apply', version: 'v1.20.2' }, says: ['upgrade the cluster to v1.20.2, its control plane here first'], result: { from: 'v1.20.1' } },
  'does not go back': { given: control(), asked: { command: 'apply', version: 'v1.19.9' }, fails: /^this host runs v1\.20\.2 already, and no cluster goes back to v1\.19\.9$/ },
  'needs a kubeadm of that version': { given: control(), asked: { command: 'apply', version: 'v1.21.0' }, fails: /^missing command kubeadm: an upgrade to v1\.21\.0 needs kubeadm of that version first, and the host's is v1\.20\.2$/, says: ['upgrade the cluster to v1.21.0, its control plane here first'] },
  'is foreseen in a dry run where a task writes that kubeadm': { given: { ...control(), isComing: true }, asked: { command: 'apply', version: 'v1.21.0' }, check: true, says: ['upgrade the cluster to v1.21.0, its control plane here first'] },
  'is settled in a dry run on a node that an earlier task makes': { given: found({}, { foreseen: 'worker' }), asked: { command: 'node', version: 'v1.21.0' }, check: true, says: [] },
  'refuses a host that is no node': { given: bare, asked: { command: 'node', version: 'v1.21.0' }, fails: /^this host is no node of a cluster/ },
  'refuses to apply on a worker': { given: worker, asked: { command: 'apply', version: 'v1.21.0' }, fails: /^upgrade apply is for a control plane, and this host is a worker$/ },
  'plans without a change': { given: control(), asked: { command: 'plan', version: 'v1.21.0' }, says: [], waits: ["script '' upgrade plan v1.21.0"] },
  'has few flags, by their old name where kubeadm is old': { given: control({ unfinished: unfinished('upgrade') }), asked: { command: 'apply', version: 'v1.20.2', certificate_renewal: false, etcd_upgrade: false, patches: '/p', ignore_preflight_errors: 'Swap', force: true }, does: ["script '' upgrade apply v1.20.2 --yes --force --certificate-renewal=false --etcd-upgrade=false --experimental-patches=/p --ignore-preflight-errors=Swap"] },
});

rows('kubeadm_info', kubeadmInfo, {
  'tells of a control plane': { given: { look: control().look, foreseen: undefined }, asked: {}, says: [], result: { joined: true, role: 'control_plane', node_name: 'n1', server: '10.0.0.10:6443', ca_cert_hash: ours, version: 'v1.20.2', kubeadm_version: 'v1.20.2', api_version: 'v1beta2', etcd: 'stacked', unfinished: '' } },
  'tells of a worker': { given: { look: worker.look, foreseen: undefined }, asked: {}, says: [], result: { joined: true, role: 'worker', version: 'v1.20.2', etcd: '' } },
  'tells of a bare host': { given: { look: look({ kubeadm: undefined, kubelet: undefined }), foreseen: undefined }, asked: {}, says: [], result: { joined: false, role: 'none', version: '', kubeadm_version: '', api_version: '' } },
  'does not call a node joined whose join was cut off': { given: { look: look({ files: new Set(workerFiles), access, unfinished: unfinished('join') }), foreseen: undefined }, asked: {}, says: [], result: { joined: false, unfinished: 'join' } },
  'foresees what an earlier task of a dry run makes': { given: { look: look(), foreseen: 'worker' }, asked: {}, says: [], result: { joined: true, role: 'worker' } },
});

test('kubeadm\'s own checks are left out where it would make them by a crictl that is not there', (t) => {
  const newer = readKubeadm('{"clientVersion":{"gitVersion":"v1.31.2"}}');
  const phases = (crictl: boolean | undefined, socket: string | undefined, version = kubeadm) => phasesWithoutCrictl(look(crictl === undefined ? {} : { crictl }), socket, version).join();
  const containerd = 'unix:///run/containerd/containerd.sock';
  t.deepEqual([phases(false, containerd), phases(true, containerd), phases(undefined, containerd)], ['preflight', '', '']);
  t.deepEqual([phases(false, '/var/run/dockershim.sock'), phases(false, undefined), phases(false, containerd, newer)], ['', '', '']);
});
