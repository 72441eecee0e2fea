/** What is wrong with one machine, as far as it can be told without the others. */
import { holds, overlap, readRange } from './cidr.ts';
import { readNetwork } from './network.ts';
import type { Machine } from './preflight-look.ts';
import type { PreflightParams } from './preflight-params.ts';
import type { PreflightCheck, Problem } from './preflight-problem.ts';

/** A problem without the machine it is on. */
type Finding = Omit<Problem, 'hosts' | 'check'>;
type Judge = (params: PreflightParams, machine: Machine) => readonly Finding[];

const judges: Readonly<Partial<Record<PreflightCheck, Judge>>> = {
  cpus: ({ min_cpus: least }, { cpus }) => (cpus >= least ? [] : [{ found: String(cpus), expected: `${least} or more`, remedy: 'give it more processors, or lower the minimum (preflight_cpus)' }]),
  memory: ({ min_memory_mb: least }, { memoryMb }) => (memoryMb >= least ? [] : [{ found: `${memoryMb} MiB`, expected: `${least} MiB or more`, remedy: 'give it more memory, or lower the minimum (preflight_memory_mb)' }]),
  os: judgeSystem,
  kernel: ({ min_kernel: oldest }, { kernel }) => (isAtLeast(kernel, oldest) ? [] : [{ found: kernel, expected: `${oldest} or newer`, remedy: 'install a newer kernel and reboot' }]),
  systemd: (_, { systemd }) => (systemd ? [] : [{ found: 'another init', expected: 'systemd', remedy: 'use a machine that systemd has booted: kubelet and the container runtime are its services' }]),
  cgroup: judgeGroups,
  swap: judgeSwap,
  disk: judgeDisks,
  hostname: ({ node_name: name }) => (isNodeName(name) ? [] : [{ found: name, expected: 'small letters, digits, hyphens and dots', remedy: 'set kube_node_name for this host' }]),
  address: judgeAddress,
  ports: judgePorts,
  networks: judgeNetworks,
  vip: judgeVip,
};

/** Every problem of the machine that is not left out. */
export function judgeMachine(params: PreflightParams, machine: Machine, host: string): Problem[] {
  return Object.entries(judges).flatMap(([name, judge]) => {
    const check = name as PreflightCheck;
    return params.skip.includes(check) ? [] : judge(params, machine).map((finding) => ({ hosts: [host], check, ...finding }));
  });
}

/** The interface that has an address, and its network there. */
export function interfaceOf({ addresses = [] }: Machine, address: string): { readonly interface: string; readonly network: string } | undefined {
  const wanted = readRange(address);
  return addresses.find(({ network }) => wanted !== undefined && readRange(network.split('/')[0]!)?.first === wanted.first);
}

function judgeSystem({ systems }: PreflightParams, { os }: Machine): Finding[] {
  const known = Object.entries(systems);
  const oldest = known.find(([id]) => id.toLowerCase() === os.id)?.[1];
  if (known.length === 0 || (oldest !== undefined && (os.version === '' || isAtLeast(os.version, oldest)))) return [];
  const expected = oldest === undefined ? `one of ${known.map(([id]) => id).join(', ')}` : `${os.id} ${oldest} or newer`;
  return [{ found: os.name || 'unknown', expected, remedy: 'install a system that is supported, or add this one to preflight_systems' }];
}

/** Kubelet needs these; others are optional. */
const neededGroups = ['cpu', 'cpuset', 'memory', 'pids'] as const;

function judgeGroups({ cgroup_v1: takesFirst }: PreflightParams, { cgroup, cgroupControllers: there }: Machine): Finding[] {
  if (cgroup === 1 && !takesFirst) return [{ found: 'control groups of version 1', expected: 'version 2: from 1.35 kubelet refuses version 1', remedy: 'boot with systemd.unified_cgroup_hierarchy=1, or set kubelet_config: {failCgroupV1: false}' }];
  const missing = neededGroups.filter((each) => !there.includes(each));
  return missing.length === 0 ? [] : [{ found: `no control group ${missing.join(', ')}`, expected: neededGroups.join(', '), remedy: `boot with cgroup_enable=${missing[0]}` }];
}

function judgeSwap({ swap }: PreflightParams, machine: Machine): Finding[] {
  const { devices, usedMb } = machine.swap;
  if (devices.length === 0 || swap === 'allowed') return [];
  const found = `${devices.join(' ')}, ${usedMb} MiB in use`;
  if (machine.container) return [{ found, expected: 'no swap on the machine that this container runs on', remedy: 'turn it off there, or set kubelet_config: {failSwapOn: false}' }];
  if (swap === 'kept') return [{ found, expected: 'no swap: kubelet does not start with it', remedy: 'set node_swap: off, or kubelet_config: {failSwapOn: false}' }];
  return usedMb <= machine.availableMb ? [] : [{ found, expected: `at most the ${machine.availableMb} MiB of memory that are free, so that swap can be turned off`, remedy: 'stop what fills the memory, or turn swap off by hand' }];
}

function judgeDisks({ disk_mb: needs, joined_disk_mb: enough }: PreflightParams, { disks, joined }: Machine): Finding[] {
  const devices = [...new Set(disks.map(({ device }) => device))];
  return devices.flatMap((device) => {
    const here = disks.filter((disk) => disk.device === device);
    const need = joined ? enough : here.reduce((sum, { path }) => sum + (needs[path] ?? 0), 0);
    const free = here[0]!.freeMb;
    const paths = here.map(({ path }) => path).join(' ');
    return free >= need ? [] : [{ found: `${free} MiB free for ${paths}`, expected: `${need} MiB or more`, remedy: 'make room or put them on larger disks, or lower preflight_disk_mb' }];
  });
}

function judgeAddress({ address }: PreflightParams, machine: Machine): Finding[] {
  if (machine.addresses === undefined) return [{ found: 'no command ip', expected: 'iproute2', remedy: 'install the package iproute2 (iproute)' }];
  if (interfaceOf(machine, address)) return [];
  const own = machine.addresses.filter(({ interface: name }) => name !== 'lo').map(({ network }) => network.split('/')[0]!).filter((each) => !each.startsWith('fe80:'));
  return [{ found: own.join(' ') || 'no address', expected: `${address} among them`, remedy: 'set kube_node_address for this host' }];
}

function judgePorts({ ports }: PreflightParams, { sockets }: Machine): Finding[] {
  return ports.flatMap(({ port, proto, by }) => {
    const here = sockets.filter((socket) => socket.port === port && socket.proto === proto);
    // What the kernel itself receives (vxlan) has no holder and disturbs nobody on UDP.
    const strangers = here.filter(({ holder }) => (holder ? !by.includes(holder.name) : proto === 'tcp'));
    const names = [...new Set(strangers.map(({ holder }) => (holder ? `${holder.name} (process ${holder.pid})` : 'somebody')))];
    return names.length === 0 ? [] : [{ found: `${names.join(', ')} at ${port}/${proto}`, expected: `free, or ${by.join(' or ')}`, remedy: 'stop it, or give it another port' }];
  });
}

function judgeNetworks({ networks, nodes, interfaces }: PreflightParams, { routes }: Machine): Finding[] {
  const own = interfaces.map((pattern) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[^\w-]/g, '\\$&')).join('.*')}$`));
  const foreign = routes.filter((route) => !route.rejects && !nodes.includes(route.gateway) && !own.some((pattern) => pattern.test(route.interface)));
  return Object.entries(networks).flatMap(([variable, text]) => text.split(',').flatMap((each) => {
    const range = readRange(each);
    const crossed = range ? foreign.filter((route) => overlap(route.range, range)) : [];
    if (crossed.length === 0) return [];
    const found = crossed.map((route) => `${route.text} ${route.gateway ? `through ${route.gateway}` : `on ${route.interface}`}`);
    return [{ found: `it reaches ${found.join(', ')}`, expected: `${variable} ${each.trim()} apart from that`, remedy: `choose another ${variable}` }];
  }));
}

function judgeVip({ vip, address }: PreflightParams, machine: Machine): Finding[] {
  const [wanted, network] = [readRange(vip), interfaceOf(machine, address)?.network];
  if (!wanted || network === undefined || holds(readRange(network)!, wanted)) return [];
  return [{ found: `its network is ${readNetwork(network)?.text ?? network}`, expected: `kube_vip ${vip} in the same network`, remedy: 'choose a free address there, or name a load balancer of your own (kube_endpoint_address)' }];
}

function isNodeName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}

/** Compares the leading numbers of two versions: 6.1.0-18-amd64 is at least 5.13. */
export function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (text: string): number[] => (/^\D*(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '0').split('.').map(Number);
  const [have, need] = [numbers(version), numbers(oldest)];
  const at = need.findIndex((number, index) => (have[index] ?? 0) !== number);
  return at === -1 || (have[at] ?? 0) > need[at]!;
}
