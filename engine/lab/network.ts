/** The lab's network on this host: a bridge, a way out, and no way in. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { must, run } from './command.ts';
import { allowThroughFirewall, forgetFirewall } from './host-firewall.ts';
import { keepForwarding, releaseForwarding } from './forwarding.ts';
import { LabError } from './lab-error.ts';
import { tableName } from './paths.ts';
import type { LabPlan } from './plan.ts';
import { addressNumber, addressText, contains, gatewayOf, type Subnet } from './subnet.ts';

type Net = Pick<LabPlan, 'name' | 'subnet' | 'bridge'>;

/** Makes what is lacking of the network. Throws a LabError where the bridge or the subnet is another's. */
export async function ensureNetwork(plan: Net): Promise<void> {
  await refuseForeign(plan);
  // First the route that leads nowhere: what is sent to the lab while it has no bridge must not leave this host.
  await must(['ip', '-4', 'route', 'replace', ...blackhole(plan.subnet)]);
  await ensureBridge(plan);
  if ((await run(['nft', 'list', 'table', 'inet', tableName(plan.name)])).code !== 0) await must(['nft', '-f', '-'], { input: tableText(plan) });
  await allowThroughFirewall(plan);
  await keepForwarding();
}

/** Removes all of it that is there; true where anything was. */
export async function removeNetwork(plan: Net): Promise<boolean> {
  const table = ['table', 'inet', tableName(plan.name)];
  const hasTable = (await run(['nft', 'list', ...table])).code === 0;
  const hasBridge = await ownsBridge(plan);
  await forgetFirewall(plan);
  if (hasTable) await must(['nft', 'delete', ...table]);
  await releaseForwarding();
  if (hasBridge) await must(['ip', 'link', 'delete', plan.bridge]);
  // Another lab may have the subnet that this one was refused: the route is then that one's.
  const taken = (await links()).some((link) => addressIn(plan.subnet, link));
  const hadRoute = !taken && (await run(['ip', '-4', 'route', 'delete', ...blackhole(plan.subnet)])).code === 0;
  return hasTable || hasBridge || hadRoute;
}

/** Whether the bridge is there and up. */
export async function isNetworkUp(plan: Net): Promise<boolean> {
  return (await ownsBridge(plan)) && (await run(['ip', '-4', 'address', 'show', 'dev', plan.bridge, 'up'])).stdout.includes(`inet ${gatewayText(plan.subnet)}`);
}

/** "10.213.0.1/24": this host's own address in the lab. */
export function gatewayText(subnet: Subnet): string {
  return `${addressText(gatewayOf(subnet))}/${subnet.bits}`;
}

/** Largest packet that the way out takes; machines send none that is larger. */
export async function outsideMtu(): Promise<number> {
  const route = /\bdev (\S+)/.exec((await run(['ip', '-4', 'route', 'show', 'default'])).stdout)?.[1];
  const mtu = route ? /\bmtu (\d+)/.exec((await run(['ip', 'link', 'show', 'dev', route])).stdout)?.[1] : undefined;
  return Math.min(1500, Number(mtu ?? 1500));
}

/**
 * Machines reach out behind this host's address; answers come back, nothing else from outside does, and no foreign address goes out.
 * What this host serves to the lab on its address there is for the lab alone.
 */
export function tableText({ name, subnet, bridge }: Net): string {
  return `table inet ${tableName(name)} {
  chain way_out {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet.text} oifname != "${bridge}" masquerade
  }
  chain no_way_in {
    type filter hook forward priority filter; policy accept;
    iifname "${bridge}" oifname "${bridge}" accept
    iifname "${bridge}" ip saddr ${subnet.text} accept
    iifname "${bridge}" drop
    oifname "${bridge}" ct state established,related accept
    oifname "${bridge}" drop
  }
  chain no_way_to_this_host {
    type filter hook input priority filter; policy accept;
    iifname != { "${bridge}", "lo" } ip daddr ${subnet.text} drop
  }
}
`;
}

function blackhole(subnet: Subnet): readonly string[] {
  return ['blackhole', subnet.text, 'metric', '4096'];
}

async function ensureBridge(plan: Net): Promise<void> {
  const { bridge } = plan;
  // A hardware address of its own: by default a bridge takes one of its machines', and changes it when that one stops.
  const address = `02:${createHash('sha256').update(bridge).digest('hex').slice(0, 10).match(/../g)!.join(':')}`;
  if (!existsSync(`/sys/class/net/${bridge}`)) await must(['ip', 'link', 'add', bridge, 'address', address, 'type', 'bridge']);
  if (await isNetworkUp(plan)) return;
  await must(['ip', 'link', 'set', bridge, 'alias', tableName(plan.name)]);
  await must(['ip', 'address', 'replace', gatewayText(plan.subnet), 'dev', bridge]);
  await must(['ip', 'link', 'set', bridge, 'up']);
}

interface Link {
  readonly ifname: string;
  readonly addr_info?: readonly { readonly family: string; readonly local: string }[];
}

async function links(): Promise<readonly Link[]> {
  const { code, stdout } = await run(['ip', '-json', 'address', 'show']);
  return code === 0 ? (JSON.parse(stdout) as readonly Link[]) : []; // without `ip` there is no lab
}

async function ownsBridge(plan: Net): Promise<boolean> {
  const link = (await links()).find(({ ifname }) => ifname === plan.bridge);
  return link !== undefined && isOwn(link, plan);
}

/** A bridge is the lab's by its alias, or where it was only just made when a command was cut off: without alias and address. */
function isOwn({ addr_info: addresses = [] }: Link, { name, bridge }: Net): boolean {
  if (!existsSync(`/sys/class/net/${bridge}/bridge`)) return false;
  const alias = readFileSync(`/sys/class/net/${bridge}/ifalias`, 'utf8').trim();
  return alias === tableName(name) || (alias === '' && !addresses.some(({ family }) => family === 'inet'));
}

async function refuseForeign(plan: Net): Promise<void> {
  const { bridge, subnet } = plan;
  for (const link of await links()) {
    if (link.ifname === bridge && !isOwn(link, plan)) {
      throw new LabError(`the bridge ${bridge} is there already and is not this lab's`, 'set lab_bridge to a name that is free');
    }
    const inside = addressIn(subnet, link);
    if (inside && link.ifname !== bridge) {
      throw new LabError(`the lab's subnet ${subnet.text} is in use: ${link.ifname} has the address ${inside}`, 'set lab_subnet, and the machines\' addresses, to a subnet that is free');
    }
  }
}

/** The address that an interface of this host has in a subnet. */
function addressIn(subnet: Subnet, { addr_info: addresses = [] }: Link): string | undefined {
  return addresses.find(({ family, local }) => family === 'inet' && contains(subnet, addressNumber(local) ?? -1))?.local;
}
