/** Lets in what is asked for through whatever firewall the host has: now, and after the next boot. */
import { defineModule, Missing, text, z, type Plan, type Probe } from '../engine/module/kit.ts';
import { lookAtFirewall, type Looked } from './shared/firewall-look.ts';
import { leafName, planRules, type FirewallFound } from './shared/firewall-plan.ts';
import { ruleParams, rulesOf, ruleWords } from './shared/firewall-rule.ts';

const params = z.object({
  ...ruleParams,
  state: z.enum(['present', 'absent', 'enabled']).default('present')
    .describe('present lets in, and leaves a firewall off that is off; absent no longer lets in, the ports of SSH apart; enabled lets in and turns on a firewall that is off, SSH let in first (default present)'),
  backend: z.enum(['auto', 'firewalld', 'ufw', 'nftables', 'iptables']).default('auto')
    .describe('auto finds what is on: firewalld, ufw, or the host\'s own rules of nftables or iptables that drop packets; where nothing is on, nothing is to do (default auto)'),
  zone: text().pipe(z.string().regex(/^[\w.-]+$/, 'expected the name of a zone')).optional().describe('firewalld\'s zone for ports and protocols (default: its default zone); interfaces and sources go to its zone trusted'),
});

type Params = z.infer<typeof params>;
type Found = Omit<Looked, 'firewall'> & Pick<FirewallFound, 'foreseen'> & { readonly firewall: Looked['firewall'] };

export default defineModule<typeof params, Found>({
  summary: 'Open ports in whatever firewall the host has, now and at boot',
  params,
  aliases: { port: 'allow', ports: 'allow', rules: 'allow' },
  example: `- name: The API server is reached by all, etcd by its members
  firewall:
    allow:
      - 6443
      - port: 2379-2380
        from: [10.0.0.11, 10.0.0.12, 10.0.0.13]
        comment: etcd
    protocols: vrrp
    interfaces: [cni0, flannel.1]`,
  returns: {
    backend: 'firewalld, ufw, nftables, iptables, or none',
    opened: 'what was opened, in words: 6443/tcp, 2379-2380/tcp from 10.0.0.11',
    closed: 'what was closed, likewise',
    msg: 'why nothing was done, where the host has no firewall that is on',
    state: 'as asked',
  },
  // Rules stand in one file or one table whatever they are about.
  touches: () => ['/etc/firewalld', '/etc/ufw', '/etc/nftables.d', '/etc/iptables'],
  inspect,
  plan,
});

async function inspect(params: Params, probe: Probe): Promise<Found> {
  const { backend, zone, state } = params;
  const looked = await lookAtFirewall({ backend, zone, turnsOn: state === 'enabled', asksSsh: state !== 'present' }, probe);
  const words = rulesOf(params).map(ruleWords);
  const foreseen = words.flatMap((each) => {
    const open = probe.foreseen?.('path', leafName(each))?.['open'];
    return typeof open === 'boolean' ? [[each, open] as const] : [];
  });
  return { ...looked, foreseen: new Map(foreseen) };
}

function plan(params: Params, found: Found): Plan {
  const { firewall } = found;
  if (firewall) return planRules(rulesOf(params), params.state, { ...found, firewall });
  if (params.state === 'enabled') throw new Missing({ kind: 'package', name: 'firewalld' }, 'the host has no firewall that could be turned on', 'install firewalld, ufw or nftables earlier');
  return { changes: [], result: { backend: 'none', state: params.state, opened: [], closed: [], msg: 'no firewall is on: nothing is kept out' } };
}
