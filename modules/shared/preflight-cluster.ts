/** What is wrong with the variables of a cluster, before any machine is asked. */
import { listOf, text, whole, z } from '../../engine/module/kit.ts';
import { overlap, readRange, type Range } from './cidr.ts';
import { isAtLeast } from './preflight-machine.ts';
import type { Problem } from './preflight-problem.ts';
import type { Findings, SeenHosts } from './preflight-together.ts';

export const clusterParams = {
  version: text().describe('Kubernetes\' version, such as 1.35.9'),
  runtime: text().default('containerd').describe('the container runtime (default containerd)'),
  proxy_mode: text().default('iptables').describe('how kube-proxy works (default iptables)'),
  etcd: z.enum(['stacked', 'external']).default('stacked').describe('where etcd is (default stacked: on each control plane)'),
  control_planes: listOf(text()).describe('hosts that are control planes'),
  nodes: listOf(text()).describe('hosts that are nodes, control planes too'),
  pod_subnet: text().describe('network of the pods; several with commas'),
  pod_subnet_node_bits: whole().default(24).describe('length of each node\'s own part of it (default 24)'),
  service_subnet: text().describe('network of the Services; several with commas'),
  endpoint_by: z.enum(['control_plane', 'vip', 'local', 'external']).default('control_plane').describe('what the API\'s address is held by (default control_plane)'),
  endpoint_host: text().default('').describe('that address (default none)'),
  endpoint_port: whole().default(6443).describe('the port there (default 6443)'),
  api_port: whole().default(6443).describe('port of each control plane\'s own API server (default 6443)'),
  vip: text().default('').describe('the address that keepalived holds (default none)'),
  load_balancers: listOf(text()).default([]).describe('hosts that hold it (default none)'),
} as const;

const clusterSchema = z.object(clusterParams);
export type ClusterParams = z.infer<typeof clusterSchema>;

const problem = (check: Problem['check'], found: string, expected: string, remedy: string): Problem => ({ hosts: [], check, found, expected, remedy });

/** Versions that do not go together. */
export function judgeVersion({ version, runtime, proxy_mode: mode }: ClusterParams): Findings {
  if (!/^1\.\d+\.\d+$/.test(version)) return { problems: [problem('version', `kube_version ${version}`, 'a version such as 1.35.9', 'set kube_version without v, all three numbers')], warnings: [] };
  const from = (minor: number): boolean => isAtLeast(version, `1.${minor}`);
  const problems = [
    ...(from(20) ? [] : [problem('version', `kube_version ${version}`, '1.20 or newer', 'set a newer kube_version')]),
    ...(runtime === 'docker' && from(24) ? [problem('version', `container_runtime docker with ${version}`, 'containerd: from 1.24 kubelet does not speak to Docker', 'set container_runtime: containerd')] : []),
    ...(mode === 'nftables' && !from(29) ? [problem('version', `kube_proxy_mode nftables with ${version}`, '1.29 or newer', 'set kube_proxy_mode: iptables')] : []),
  ];
  return { problems, warnings: mode === 'ipvs' && from(35) ? ['kube_proxy_mode ipvs is deprecated from 1.35 on: nftables takes its place'] : [] };
}

/** Hosts and addresses that do not go together. */
export function judgeInventory({ control_planes: planes, load_balancers: balancers, endpoint_by: by, endpoint_host: host, endpoint_port: port, api_port, vip, etcd }: ClusterParams, hosts: SeenHosts): Findings {
  const shared = (by === 'vip' ? balancers : by === 'local' ? planes : []).filter((each) => planes.includes(each));
  const holder = [...hosts].find(([, { address }]) => vip !== '' && address === vip)?.[0];
  const problems = [
    ...(planes.length === 0 ? [problem('inventory', 'no control plane', 'one or more hosts in the group of control planes', 'add them to the inventory')] : []),
    ...(by === 'vip' && readRange(vip) === undefined ? [problem('inventory', `kube_vip "${vip}"`, 'an address', 'set kube_vip to a free address in the hosts\' network')] : []),
    ...(by === 'external' && host === '' ? [problem('inventory', 'no kube_endpoint_address', 'the name or address of the load balancer', 'set kube_endpoint_address')] : []),
    ...(holder === undefined ? [] : [problem('inventory', `kube_vip ${vip} is the address of ${holder}`, 'an address of its own', 'choose a free address')]),
    ...(shared.length > 0 && port === api_port ? [problem('inventory', `kube_endpoint_port ${port} is kube_api_port too`, `two ports on ${shared.join(', ')}, where both a proxy and an API server listen`, 'set kube_endpoint_port: 8443')] : []),
  ];
  const warnings = [
    ...(planes.length > 0 && planes.length % 2 === 0 && etcd === 'stacked' ? [`${planes.length} control planes survive no more failures than ${planes.length - 1}: etcd needs more than half of its members`] : []),
    ...(planes.length > 1 && by === 'control_plane' ? [`the API is reached at ${host} alone: where that control plane is down, so is the API (kube_vip, kube_endpoint_by)`] : []),
  ];
  return { problems, warnings };
}

interface Named {
  readonly name: string;
  readonly range: Range;
}

/** Networks that are none, overlap, are too small or too large. */
export function judgeNetworksOf(cluster: ClusterParams, hosts: SeenHosts): Problem[] {
  const { pod_subnet, service_subnet, vip, nodes, pod_subnet_node_bits: bits } = cluster;
  const read = (variable: string, text: string) => text.split(',').map((each) => ({ name: `${variable} ${each.trim()}`, range: readRange(each) }));
  const [pods, services] = [read('kube_pod_subnet', pod_subnet), read('kube_service_subnet', service_subnet)];
  const isNetwork = (each: { name: string; range: Range | undefined }): each is Named => each.range !== undefined;
  const [podNets, serviceNets] = [pods.filter(isNetwork), services.filter(isNetwork)];
  const addresses = [...hosts].map(([name, { address }]) => ({ name, range: readRange(address) })).filter(isNetwork);
  const own = [...podNets, ...serviceNets];
  const apart = 'pods, Services and hosts in networks of their own';
  const pairs = [...podNets.flatMap((pod) => serviceNets.map((service) => [pod, service] as const)), ...own.flatMap((network) => [{ name: `kube_vip ${vip}`, range: readRange(vip) }].filter(isNetwork).map((address) => [address, network] as const))];
  const within = own.flatMap((network) => addresses.filter(({ range }) => overlap(range, network.range)).map((address) => [address.name, network] as const));
  const [first] = podNets;
  const room = first?.range.family === 4 ? 2 ** (bits - first.range.bits) : Infinity;
  return [
    ...[...pods, ...services].filter((each) => !isNetwork(each)).map(({ name }) => problem('networks', name, 'a network such as 10.244.0.0/16', 'write it with its length')),
    ...pairs.filter(([one, other]) => overlap(one.range, other.range)).map(([one, other]) => problem('networks', `${one.name} crosses ${other.name}`, apart, `choose another ${other.name.split(' ')[0]}`)),
    ...within.map(([host, { name }]) => ({ ...problem('networks', `its address is in ${name}`, apart, `choose another ${name.split(' ')[0]}`), hosts: [host] })),
    ...(room < nodes.length ? [problem('networks', `${first!.name} has room for ${Math.max(0, Math.floor(room))} nodes`, `room for ${nodes.length}, a /${bits} each`, 'choose a larger kube_pod_subnet, or a longer kube_pod_subnet_node_bits')] : []),
    ...serviceNets.filter(({ range }) => (range.family === 4 ? 32 : 128) - range.bits > 20).map(({ name, range }) => problem('networks', name, `a network of /${range.family === 4 ? 12 : 108} or smaller, as the API server takes it`, 'choose a smaller kube_service_subnet')),
  ];
}
