/** How a firewall that is off is turned on, now and at boot, with SSH let in before it drops anything. */
import type { Step } from '../../engine/module/kit.ts';
import type { Firewall } from './firewall-found.ts';
import type { Rule } from './firewall-rule.ts';
import { ownFirewall, placeText } from './nft-file.ts';
import { chainsOnceOn, nftTurnOn } from './nftables.ts';

/** Whether there is anything to turn on. Rules that iptables or nftables keep of themselves are on by being there. */
export function isOff(firewall: Firewall): boolean {
  switch (firewall.kind) {
    case 'firewalld': case 'ufw': return !(firewall.running && firewall.atBoot);
    case 'nftables': return !firewall.running || (!firewall.atBoot && isOurs(firewall));
    case 'iptables': return false;
  }
}

/** The firewall as rules are judged by: of nftables that drops nothing yet, with the chains that will. Throws ModuleFailure. */
export function onceOn(firewall: Firewall): Firewall {
  if (firewall.kind !== 'nftables' || firewall.running) return firewall;
  return { ...firewall, chains: chainsOnceOn(firewall) };
}

/** ufw takes no rules while it is neither on nor off. */
export function stepsBefore(firewall: Firewall): Step[] {
  return firewall.kind === 'ufw' && firewall.atBoot && !firewall.running ? [{ kind: 'run', argv: ['ufw', 'disable'] }] : [];
}

/** Whether the rules come with what turns it on, and not before. */
export function bringsRules(firewall: Firewall): boolean {
  return firewall.kind === 'nftables' && !firewall.running;
}

export function stepsOn(firewall: Firewall, rules: readonly Rule[]): Step[] {
  const enable = (...options: readonly string[]): Step => ({ kind: 'run', argv: ['systemctl', 'enable', ...options, `${firewall.kind}.service`], timeout: 120 });
  switch (firewall.kind) {
    case 'firewalld': return [enable('--now')];
    case 'ufw': return [enable(), { kind: 'run', argv: ['ufw', '--force', 'enable'], timeout: 120 }];
    case 'nftables': return firewall.running ? [enable()] : [...nftTurnOn(firewall, rules), enable()];
    case 'iptables': return [];
  }
}

function isOurs({ chains }: Extract<Firewall, { kind: 'nftables' }>): boolean {
  return chains.some((chain) => placeText(chain) === placeText(ownFirewall));
}
