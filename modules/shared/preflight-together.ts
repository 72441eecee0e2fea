/** What is wrong between machines: what two have in common, clocks that differ, who does not reach whom. */
import type { PreflightCheck, Problem } from './preflight-problem.ts';
import type { Seen } from './preflight-seen.ts';

export type SeenHosts = ReadonlyMap<string, Seen>;

export interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Names, ids and addresses that two machines share. */
export function judgeTwins(hosts: SeenHosts, keepsHostnames: boolean): Problem[] {
  return [
    ...twins(hosts, 'hostname', ({ node_name, hostname }) => (keepsHostnames ? hostname : node_name).toLowerCase(), keepsHostnames ? 'set another host name, or let it be set: node_set_hostname' : 'set kube_node_name for each host'),
    ...twins(hosts, 'address', ({ address }) => address, 'set kube_node_address for each host; is one machine in the inventory twice?'),
    ...twins(hosts, 'mac', ({ mac }) => mac, 'give each virtual machine a hardware address of its own'),
    ...twins(hosts, 'product_uuid', ({ product_uuid }) => product_uuid, 'give each virtual machine an id of its own; a copied one has its original\'s'),
    ...twins(hosts, 'machine_id', ({ machine_id }) => machine_id, 'on the copy: rm /etc/machine-id /var/lib/dbus/machine-id; systemd-machine-id-setup; reboot'),
  ];
}

function twins(hosts: SeenHosts, check: PreflightCheck, valueOf: (seen: Seen) => string, remedy: string): Problem[] {
  const byValue = new Map<string, string[]>();
  for (const [host, seen] of hosts) byValue.set(valueOf(seen), [...(byValue.get(valueOf(seen)) ?? []), host]);
  return [...byValue].flatMap(([value, group]) => (value === '' || group.length < 2 ? [] : [{ hosts: group, check, found: `${value} on ${group.length} hosts`, expected: 'another on each host', remedy }]));
}

/** Clocks that are certainly further from the controller's than the bound, in seconds. */
export function judgeClocks(hosts: SeenHosts, bound: number): Findings {
  const off = [...hosts].filter(([, { clock }]) => clock.least > bound || clock.most < -bound);
  const open = [...hosts].filter(([host, { clock }]) => !off.some(([each]) => each === host) && (clock.most > bound || clock.least < -bound));
  const isController = off.length > 1 && off.length === hosts.size && Math.min(...off.map(([, { clock }]) => clock.most)) - Math.max(...off.map(([, { clock }]) => clock.least)) > -bound;
  const remedy = isController ? 'all hosts agree: set the clock of the controller' : 'have chrony set it: chronyc makestep, or set it by hand once';
  return {
    problems: off.map(([host, { clock }]) => ({ hosts: [host], check: 'clock', found: offWords((clock.least + clock.most) / 2), expected: `at most ${bound} s from the controller's`, remedy })),
    warnings: open.map(([host, { clock }]) => `the clock of ${host} could not be read closely: between ${offWords(clock.least)} and ${offWords(clock.most)} of the controller's`),
  };
}

function offWords(seconds: number): string {
  return `${Math.abs(seconds).toFixed(1)} s ${seconds < 0 ? 'behind' : 'ahead'}`;
}

/**
 * A machine has reached another where that one has answered, if only to say that nothing listens there. Ports that stay silent are kept
 * out on the way, unless that machine's own firewall does it, which is opened later.
 */
export function judgePeers(hosts: SeenHosts): Findings {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const [host, { peers }] of hosts) {
    if (peers.some(({ tries }) => tries.some(({ answer }) => answer === 'cannot'))) {
      warnings.push(`${host} has neither bash nor nc nor curl: whether it reaches the others was not tried`);
      continue;
    }
    for (const { host: peer, tries } of peers) {
      const mute = tries.filter(({ answer }) => answer === 'silent' || answer === 'failed');
      if (mute.length === 0) continue;
      const isFiltered = (hosts.get(peer)?.filters.length ?? 0) > 0;
      const ports = mute.map(({ port }) => port).join(', ');
      const where = `${peer} (${mute[0]!.address})`;
      if (mute.length < tries.length) {
        if (!isFiltered) problems.push({ hosts: [host], check: 'peers', found: `${where} does not answer at ${ports}/tcp, but at other ports`, expected: 'an answer, if only a refusal', remedy: 'open these ports between the hosts (security groups, routers)' });
      } else if (isFiltered) warnings.push(`${peer} does not answer ${host} at ${ports}/tcp; it may be its own firewall (${hosts.get(peer)!.filters.join(', ')})`);
      else problems.push({ hosts: [host], check: 'peers', found: `${where} does not answer at ${ports}/tcp${saidWords(mute)}`, expected: 'an answer, if only a refusal', remedy: 'see to the route and to filters between the two' });
    }
  }
  return { problems, warnings };
}

function saidWords(tries: Seen['peers'][number]['tries']): string {
  const said = [...new Set(tries.map((each) => each.said).filter(Boolean))];
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}
