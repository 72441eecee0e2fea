/** What a machine is asked for before Kubernetes comes to it. */
import { flag, listOf, seconds, text, whole, z } from '../../engine/module/kit.ts';
import { preflightChecks } from './preflight-problem.ts';

export const skipParam = () => listOf(z.enum(preflightChecks)).default([]).describe(`checks to leave out: ${preflightChecks.join(', ')} (default none)`);

const port = z.strictObject({
  port: whole(), proto: z.enum(['tcp', 'udp']).default('tcp'),
  by: listOf(text()).describe('programs that may listen on it'),
});

const peer = z.strictObject({
  host: text(), address: text(),
  ports: listOf(whole()).describe('TCP ports that this machine must reach there, whether something listens on them or not'),
});

export const preflightParams = z.object({
  node_name: text().describe('the name of its node, or the host name that it will have'),
  address: text().describe('the address at which the other machines reach it'),
  min_cpus: whole().default(1).describe('processors it needs (default 1)'),
  min_memory_mb: whole().default(0).describe('MiB of memory it needs (default 0)'),
  min_kernel: text().default('3.10').describe('oldest version of the kernel (default 3.10)'),
  systems: z.record(z.string(), text()).default({}).describe('distributions by their ID in /etc/os-release, each with its oldest version; empty: any (default)'),
  disk_mb: z.record(z.string().regex(/^\//, 'expected an absolute path'), whole()).default({}).describe('MiB that have to be free for each folder; what lies on one disk is summed up (default none)'),
  joined_disk_mb: whole().default(0).describe('MiB that are enough on each disk once the machine is in a cluster, whose images lie there (default 0)'),
  cgroup_v1: flag().default(true).describe('whether kubelet starts where there are control groups of version 1 alone (default yes)'),
  swap: z.enum(['off', 'kept', 'allowed']).default('off').describe('off: it is turned off before kubelet starts; kept: it stays, and kubelet refuses it; allowed: it stays, and kubelet takes it (default off)'),
  ports: z.array(port).default([]).describe('ports that have to be free or held by the program they are for, each {port, proto, by}'),
  networks: z.record(z.string(), text()).default({}).describe('networks that must not be this machine\'s, by the variable that sets them; several with commas'),
  nodes: listOf(text()).default([]).describe('addresses of all nodes: routes through them are the cluster\'s own (default none)'),
  interfaces: listOf(text()).default([]).describe('the cluster\'s own interfaces, whose networks may be the pods\'; * stands for any letters (default none)'),
  peers: z.array(peer).default([]).describe('the other machines, each {host, address, ports}'),
  endpoint: z.strictObject({ host: text(), port: whole() }).optional().describe('where the API is or will be reached (default: nothing is tried)'),
  vip: text().default('').describe('an address that is to be free, in the network of this machine (default none)'),
  clock_skew: seconds().default(5).describe('seconds by which its clock may differ from the controller\'s (default 5)'),
  wait: whole().default(1).describe('seconds for an attempt to connect; to a peer that stays silent, and in a cluster to the endpoint, there is a second one, six times as long (default 1)'),
  skip: skipParam(),
});

export type PreflightParams = z.infer<typeof preflightParams>;
