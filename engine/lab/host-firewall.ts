/** Hosts whose own firewall drops what is forwarded (Docker and ufw set that): the lab's bridge is let through there. */
import { commandExists } from '../mirror/command-path.ts';
import { must, run } from './command.ts';
import { tableName } from './paths.ts';
import type { LabPlan } from './plan.ts';

type Net = Pick<LabPlan, 'name' | 'bridge'>;

/** Adds the lab's rules where the host would drop its packets. What may pass is still held to the lab's own nft table. */
export async function allowThroughFirewall(plan: Net): Promise<void> {
  const chain = await droppingChain();
  if (!chain) return;
  for (const rule of rules(plan)) {
    if ((await iptables('-C', chain, ...rule)).code !== 0) await must(['iptables', '-w', '-I', chain, ...rule]);
  }
}

/** Removes the lab's rules. */
export async function forgetFirewall(plan: Net): Promise<void> {
  if (!commandExists('iptables')) return;
  for (const chain of ['DOCKER-USER', 'FORWARD']) {
    for (const rule of rules(plan)) {
      while ((await iptables('-C', chain, ...rule)).code === 0) await must(['iptables', '-w', '-D', chain, ...rule]);
    }
  }
  await allowPort(plan, undefined);
}

/** Lets the lab's machines reach one port of this host, whatever its firewall says of others; undefined lets them reach none. */
export async function allowPort(plan: Net, port: number | undefined): Promise<void> {
  if (!commandExists('iptables')) return;
  const wanted = ['-i', plan.bridge, '-p', 'tcp', '-m', 'tcp', '--dport', String(port), ...marked(plan)];
  const lines = (await iptables('-S', 'INPUT')).stdout.split('\n').filter(Boolean);
  const own = lines.filter((line) => line.includes(` --comment ${tableName(plan.name)} `)).map((line) => line.split(' ').slice(2));
  for (const rule of own.filter((each) => each.join(' ') !== wanted.join(' '))) await must(['iptables', '-w', '-D', 'INPUT', ...rule]);
  // A host that lets everybody in needs no rule.
  const isOpen = lines.length - own.length <= 1 && lines[0] !== '-P INPUT DROP';
  const isThere = own.some((each) => each.join(' ') === wanted.join(' '));
  if (port !== undefined && !isOpen && !isThere) await must(['iptables', '-w', '-I', 'INPUT', ...wanted]);
}

/** The chain in which to let packets through before they are dropped; undefined where nothing drops them. */
async function droppingChain(): Promise<string | undefined> {
  if (!commandExists('iptables')) return undefined;
  if ((await iptables('-S', 'DOCKER-USER')).code === 0) return 'DOCKER-USER';
  return (await iptables('-S', 'FORWARD')).stdout.startsWith('-P FORWARD DROP') ? 'FORWARD' : undefined;
}

function iptables(...args: readonly string[]): ReturnType<typeof run> {
  return run(['iptables', '-w', ...args]);
}

function marked({ name }: Pick<Net, 'name'>): readonly string[] {
  return ['-m', 'comment', '--comment', tableName(name), '-j', 'ACCEPT'];
}

function rules({ name, bridge }: Net): readonly (readonly string[])[] {
  const mark = marked({ name });
  return [['-i', bridge, ...mark], ['-o', bridge, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', ...mark]];
}
