/** Hosts whose own firewall drops what is forwarded (Docker and ufw set that): the lab's bridge is let through there. */
import { commandExists, must, run } from './command.ts';
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

function rules({ name, bridge }: Net): readonly (readonly string[])[] {
  const mark = ['-m', 'comment', '--comment', tableName(name), '-j', 'ACCEPT'];
  return [['-i', bridge, ...mark], ['-o', bridge, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', ...mark]];
}
