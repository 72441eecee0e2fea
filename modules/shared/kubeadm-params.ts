/** What can be asked of a kubeadm cluster as a whole: params that become its ClusterConfiguration and the two beside it. */
import { flag, listOf, text, whole, z } from '../../engine/module/kit.ts';
import { argumentsParam, cidr, environmentParam, hostPort, volume } from './kubeadm-param-kinds.ts';
import { kubeVersion } from './kubeadm-version.ts';

const component = {
  extra_args: argumentsParam().optional(),
  extra_volumes: z.array(volume).optional(),
  extra_envs: environmentParam().optional(),
};
const image = { image_repository: text().optional(), image_tag: text().optional() };
const file = () => text().pipe(z.string().startsWith('/', 'expected an absolute path on the host'));

const url = () => text().refine((value) => /^https?:\/\/[^\s,]+:\d+$/.test(value), 'expected a URL such as https://10.0.0.21:2379');
const names = () => listOf(text()).optional();

const localEtcd = z.strictObject({
  ...image, data_dir: file().optional(), extra_args: argumentsParam().optional(), extra_envs: environmentParam().optional(), server_cert_sans: names(), peer_cert_sans: names(),
});
const externalEtcd = z.strictObject({ endpoints: listOf(url()), http_endpoints: listOf(url()).optional(), ca_file: file().optional(), cert_file: file().optional(), key_file: file().optional() });

const extras = 'extra_args (flag without dashes: value; a list of values from 1.31), extra_volumes (list of name, host_path, mount_path, read_only, path_type), extra_envs (name: value, from 1.31)';

/** Which images a cluster is made of depends on these. */
export const imageParams = {
  version: kubeVersion().optional().describe('version of Kubernetes, such as v1.31.2 (default that of the host\'s kubeadm)'),
  image_repository: text().optional().describe('registry, and path in it, that all images come from (default kubeadm\'s: registry.k8s.io, k8s.gcr.io before 1.25)'),
  etcd: z.strictObject({ local: localEtcd.optional(), external: externalEtcd.optional() }).refine((value) => !(value.local && value.external), 'expected local or external, not both').optional()
    .describe('local: a member on each control plane (data_dir, extra_args, server_cert_sans, peer_cert_sans, image_repository, image_tag, extra_envs); or external: endpoints, ca_file, cert_file, key_file on the host, http_endpoints from 1.35 (default local)'),
  dns: z.strictObject({ ...image, disabled: flag().optional() }).optional().describe('CoreDNS: image_repository, image_tag; disabled: yes leaves it out (default kubeadm\'s own)'),
  proxy_mode: z.enum(['iptables', 'ipvs', 'nftables', 'none']).optional().describe('how kube-proxy works; none leaves it out (default kube-proxy\'s own, iptables; nftables from 1.29)'),
  feature_gates: z.record(z.string(), flag()).optional().describe('kubeadm\'s own feature gates: name: yes or no'),
};

export const clusterParams = {
  ...imageParams,
  cluster_name: text().optional().describe('name of the cluster in kubeconfig files (default kubernetes)'),
  control_plane_endpoint: hostPort().optional().describe('stable address of the API, host or host:port: a virtual address, a load balancer, a name. A cluster that shall have more than one control plane needs it from the start'),
  cert_sans: listOf(text()).optional().describe('further names and addresses in the API server\'s certificate'),
  pod_subnet: listOf(cidr()).optional().describe('network of the pods, such as 10.244.0.0/16; two for IPv4 and IPv6'),
  service_subnet: listOf(cidr()).optional().describe('network of the Services (default 10.96.0.0/12)'),
  dns_domain: text().optional().describe('domain of Services (default cluster.local)'),
  api_server: z.strictObject(component).optional().describe(`kube-apiserver: ${extras}`),
  controller_manager: z.strictObject(component).optional().describe('kube-controller-manager: the same'),
  scheduler: z.strictObject(component).optional().describe('kube-scheduler: the same'),
  encryption_algorithm: z.enum(['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384']).optional().describe('keys of the cluster\'s certificates (from 1.31, ECDSA-P384 from 1.34; default RSA-2048)'),
  certificate_validity: whole().pipe(z.int().min(1)).optional().describe('days that certificates are valid (from 1.31; default 365)'),
  ca_certificate_validity: whole().pipe(z.int().min(1)).optional().describe('days that the authorities are valid (from 1.31; default 3650)'),
  kubelet: z.record(z.string(), z.unknown()).optional().describe('fields of KubeletConfiguration for all nodes, as Kubernetes writes them: cgroupDriver: systemd'),
  kube_proxy: z.record(z.string(), z.unknown()).optional().describe('fields of KubeProxyConfiguration, as Kubernetes writes them; mode is proxy_mode'),
};

const imageSchema = () => z.object(imageParams);
const clusterSchema = () => z.object(clusterParams);
export type ImageParams = z.infer<ReturnType<typeof imageSchema>>;
export type ClusterParams = z.infer<ReturnType<typeof clusterSchema>>;
export type Component = NonNullable<ClusterParams['api_server']>;
