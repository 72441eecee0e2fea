/** What can be asked of one node of a kubeadm cluster: params that become nodeRegistration and what stands beside it. */
import { flag, listOf, secret, text, whole, z } from '../../engine/module/kit.ts';
import { argumentsParam, hostPort, labelsParam, taint } from './kubeadm-param-kinds.ts';

const time = () => whole().pipe(z.int().min(0)).optional();

export const nodeParams = {
  node_name: text().optional().describe('name of the node (default the host\'s own, in lower case)'),
  advertise_address: text().optional().describe('control planes: address that this host\'s API server and etcd are reached at (default that of the default route)'),
  bind_port: whole().pipe(z.int().min(1).max(65535)).optional().describe('control planes: port of this host\'s API server (default 6443)'),
  cri_socket: text().optional().describe('socket of the container runtime, such as unix:///run/containerd/containerd.sock; needed where the host has more than one runtime (default what kubeadm finds)'),
  taints: z.array(taint).optional().describe('list of key, value, effect; [] leaves a control plane open to all pods (default node-role.kubernetes.io/control-plane on control planes)'),
  labels: labelsParam().optional().describe('labels of the node; those of node-role.kubernetes.io are set with kubectl'),
  kubelet_extra_args: argumentsParam().optional().describe('flags of this node\'s kubelet, without dashes: node-ip: 10.0.0.11'),
  ignore_preflight_errors: listOf(text()).optional().describe('checks that only warn: Swap, NumCPU, FileExisting-crictl, …'),
  skip_phases: listOf(text()).optional().describe('phases of kubeadm to leave out, such as addon/kube-proxy'),
  patches: text().optional().describe('folder on the host with patches for static pods and kubelet (kubeadm\'s --patches)'),
  image_pull_policy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().describe('when kubeadm pulls images (from 1.22; default IfNotPresent)'),
  image_pull_serial: flag().optional().describe('pull images one by one (from 1.31; default yes)'),
  timeouts: z.strictObject({
    control_plane_component_health_check: time(), kubelet_health_check: time(), kubernetes_api_call: time(), etcd_api_call: time(), tls_bootstrap: time(), discovery: time(), upgrade_manifests: time(),
  }).optional().describe('seconds: control_plane_component_health_check (default 240), discovery (default 300); from 1.31 also kubelet_health_check, kubernetes_api_call, etcd_api_call, tls_bootstrap, upgrade_manifests'),
};

/** What a node needs to join; the result of kubeadm_token has these fields. None of it is shown. */
export const material = z.object({
  server: hostPort().optional(),
  ca_cert_hashes: listOf(text().refine((hash) => /^sha256:[0-9a-f]{64}$/i.test(hash), 'expected sha256: and 64 hex digits')).optional(),
  token: secret().optional(),
  certificate_key: secret().optional(),
  id: text().optional(),
});

const nodeSchema = () => z.object(nodeParams);
export type NodeParams = z.infer<ReturnType<typeof nodeSchema>>;
export type Material = z.infer<typeof material>;
