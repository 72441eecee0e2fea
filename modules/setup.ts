/** Gathers facts of a host: what it is, what it has, how it is reached. */
import { defineModule, listOf, seconds, text, z, type Plan, type Probe } from '../engine/module/kit.ts';
import { distributionFacts, type Facts, type Records } from './shared/facts-distribution.ts';
import { firmwareFacts, hardwareFacts } from './shared/facts-hardware.ts';
import { dnsFacts, networkFacts } from './shared/facts-network.ts';
import { factsScript, nameRecords } from './shared/facts-script.ts';
import { localFacts, systemFacts, virtualFacts } from './shared/facts-system.ts';
import { askRecords } from './shared/script.ts';

const parts = ['all', 'min', 'hardware', 'network', 'virtual'] as const;
/** Names of Ansible's smaller collectors, each with the part here that it belongs to. */
const smaller: Readonly<Record<string, (typeof parts)[number]>> = {
  interfaces: 'network', default_ipv4: 'network', default_ipv6: 'network', all_ipv4_addresses: 'network', all_ipv6_addresses: 'network', devices: 'hardware', mounts: 'hardware', processor: 'hardware', memory: 'hardware', virtualization_type: 'virtual', virtualization_role: 'virtual',
  apparmor: 'min', caps: 'min', chroot: 'min', cmdline: 'min', date_time: 'min', distribution: 'min', dns: 'min', env: 'min', fips: 'min', kernel: 'min', loadavg: 'min', local: 'min', lsb: 'min', machine: 'min', pkg_mgr: 'min', platform: 'min', python: 'min', selinux: 'min', service_mgr: 'min', ssh_pub_keys: 'min', system: 'min', user: 'min', facter: 'min', ohai: 'min',
};
const subsets = new Set<string>([...parts, ...Object.keys(smaller)].flatMap((name) => [name, `!${name}`]));

const params = z.object({
  gather_subset: listOf(text().pipe(z.string().refine((word) => subsets.has(word), 'expected all, min, hardware, network, virtual, one of Ansible\'s smaller names, or one of these behind "!"'))).default(['all'])
    .describe('which parts: all, min, hardware, network, virtual; behind "!" a part to leave out (default all); min is always there unless "!min" is said with "!all"'),
  filter: listOf(text()).default([]).describe('keep only facts with these names; * and ? stand for any letters, the prefix ansible_ may be left out (default all)'),
  fact_path: z.string().regex(/^\//, 'expected an absolute path').default('/etc/ansible/facts.d').describe('the host\'s folder of local facts, NAME.fact each, JSON or INI; programs there are not run (default /etc/ansible/facts.d)'),
  gather_timeout: seconds().default(30).describe('seconds for the answer (default 30)'),
});

type Params = z.infer<typeof params>;

export default defineModule<typeof params, Records>({
  summary: 'Gather facts of the host, under Ansible\'s names',
  params,
  example: `- name: Facts of the network alone
  setup:
    gather_subset: ["!all", network]`,
  returns: { ansible_facts: 'the facts, each with the prefix ansible_' },
  touches: () => [],
  reads: true,
  async inspect(params, probe: Probe) {
    const wanted = wantedParts(params.gather_subset);
    const word = (part: string): string => (wanted.has(part) ? 'yes' : '');
    const records = await askRecords(probe, factsScript, [word('network'), word('hardware'), word('virtual'), params.fact_path], { timeout: Math.max(1, params.gather_timeout), cap: 4 * 1024 * 1024 });
    return nameRecords(records, params.fact_path);
  },
  plan(params, records): Plan {
    const facts = factsOf(params, records);
    const programs = Object.keys(records).filter((name) => name.startsWith('program:')).map((name) => name.slice(8));
    const warnings = programs.length > 0 ? [`local facts that are programs were not run: ${programs.join(', ')}`] : [];
    return { changes: [], result: { ansible_facts: { ...filtered(facts, params.filter), gather_subset: params.gather_subset, module_setup: true } }, warnings };
  },
});

function factsOf({ gather_subset }: Params, records: Records): Facts {
  const wanted = wantedParts(gather_subset);
  const distribution = distributionFacts(records);
  const system = systemFacts(records, String(distribution['os_family']));
  return {
    ...(wanted.has('min') && { ...distribution, ...system, ...dnsFacts(records['resolv']), ...localFacts(records) }),
    ...(wanted.has('hardware') && { ...hardwareFacts(records, String(system['machine'])), ...firmwareFacts(records) }),
    ...(wanted.has('network') && networkFacts(records)),
    ...(wanted.has('virtual') && virtualFacts(records)),
  };
}

/** As Ansible reads the list: a part that is named brings min with it; only exclusions mean all but these. */
function wantedParts(subset: readonly string[]): ReadonlySet<string> {
  const part = (word: string): string => smaller[word] ?? word;
  const out = subset.filter((word) => word.startsWith('!')).map((word) => part(word.slice(1)));
  const named = subset.filter((word) => !word.startsWith('!')).map(part);
  const isAll = named.includes('all') || (named.length === 0 && !out.includes('all'));
  const wanted = new Set<string>(isAll ? ['hardware', 'network', 'virtual'] : named);
  wanted.add('min');
  for (const word of out) if (!named.includes(word)) wanted.delete(word);
  if (!(out.includes('all') && out.includes('min'))) wanted.add('min');
  return wanted;
}

function filtered(facts: Facts, patterns: readonly string[]): Facts {
  const tests = patterns.map((pattern) => new RegExp(`^${pattern.replace(/^ansible_/, '').replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`));
  const kept = Object.entries(facts).filter(([name]) => tests.length === 0 || tests.some((test) => test.test(name)));
  return Object.fromEntries(kept.map(([name, value]) => [`ansible_${name}`, value]));
}
