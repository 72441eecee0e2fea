/** What is wrong with the address at which the API is to be reached. */
import type { ClusterParams } from './preflight-cluster.ts';
import type { Problem } from './preflight-problem.ts';
import type { SeenHosts } from './preflight-together.ts';

/** Where the API of a cluster answers one host it answers all; before that the load balancer that others look after has to be there. */
export function judgeEndpoint(hosts: SeenHosts, { endpoint_by: by, endpoint_host: host, endpoint_port: port }: ClusterParams): Problem[] {
  const tried = [...hosts].flatMap(([name, { endpoint }]) => (endpoint && endpoint.answer !== 'cannot' ? [{ name, ...endpoint }] : []));
  const open = tried.filter(({ answer }) => answer === 'open');
  const where = `${host} port ${port}`;
  const found = ({ answer, said }: (typeof tried)[number]): string => (answer === 'refused' ? `${where} refuses it` : `no answer from ${where}${said ? `: ${said}` : ''}`);
  if (open.length > 0 && (by === 'external' || [...hosts].some(([, { joined }]) => joined))) {
    return tried.filter(({ answer }) => answer !== 'open').map((each) => ({ hosts: [each.name], check: 'endpoint', found: found(each), expected: `an answer, as ${open[0]!.name} has it`, remedy: 'see to the route and to filters between the two' }));
  }
  if (by !== 'external') return [];
  return tried.filter(({ answer }) => answer !== 'refused').map((each) => ({ hosts: [each.name], check: 'endpoint', found: found(each), expected: 'the load balancer that kube_endpoint_address names', remedy: 'set it up first, or see to its name and the route to it' }));
}

/** The address has to be free, or be held by one of those that are to hold it. */
export function judgeVipHolder(hosts: SeenHosts, { vip, load_balancers: holders, endpoint_by: by }: ClusterParams): Problem[] {
  if (by !== 'vip' || vip === '') return [];
  const strangers = [...hosts].filter(([host, seen]) => seen.holds_vip && !holders.includes(host));
  const macs = [...hosts].flatMap(([, seen]) => seen.macs);
  const allSeen = holders.every((host) => hosts.has(host));
  const taken = allSeen ? [...hosts].filter(([host, { neighbour }]) => holders.includes(host) && neighbour !== '' && !macs.includes(neighbour)) : [];
  const remedy = 'choose a free address for kube_vip';
  return [
    ...strangers.map(([host]): Problem => ({ hosts: [host], check: 'vip', found: `it has ${vip} itself`, expected: `kube_vip free, or held by ${holders.join(' or ')}`, remedy })),
    ...taken.map(([host, { neighbour }]): Problem => ({ hosts: [host], check: 'vip', found: `${vip} is in use by ${neighbour}`, expected: `kube_vip free, or held by ${holders.join(' or ')}`, remedy })),
  ];
}
