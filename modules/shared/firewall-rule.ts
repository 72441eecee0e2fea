/** What a firewall is asked to let in: ports, protocols, interfaces and networks, whatever firewall it is. */
import { listOf, text, z } from '../../engine/module/kit.ts';
import { readNetwork } from './network.ts';

/** One thing to let in. */
export type Rule =
  | { readonly kind: 'port'; readonly proto: Transport; readonly first: number; readonly last: number; readonly from?: Source | undefined; readonly comment?: string | undefined }
  | { readonly kind: 'protocol'; readonly number: number }
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'source'; readonly from: Source };

export type Transport = 'tcp' | 'udp' | 'sctp';

export interface Source {
  readonly family: 4 | 6;
  /** "10.0.0.0/8" or a single address. */
  readonly text: string;
}

/** Protocols by the names that people use for them; /etc/protocols, where a host has it, has other names for some. */
export const protocolNumbers: Readonly<Record<string, number>> = {
  icmp: 1, igmp: 2, ipip: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47, esp: 50, ah: 51, 'ipv6-icmp': 58, ospf: 89, vrrp: 112, sctp: 132,
};

const portPattern = /^(\d{1,5})(?:[:-](\d{1,5}))?(?:\/(tcp|udp|sctp))?$/;
const port = () => text().pipe(z.string().refine((value) => portsOf(value) !== undefined,
  'expected a port such as 6443, a range such as 30000-32767, or either with its protocol: 8472/udp'));
const network = () => text().pipe(z.string().refine((value) => readNetwork(value) !== undefined, 'expected an address or a network such as 10.0.0.0/8'));
const isProtocol = (name: string): boolean => Object.hasOwn(protocolNumbers, name) || /^([1-9]?\d|1\d\d|2[0-4]\d|25[0-5])$/.test(name);

const opening = z.strictObject({
  port: port().describe('a port, or a range: 30000-32767 or 30000:32767'),
  proto: listOf(z.enum(['tcp', 'udp', 'sctp'])).default(['tcp']).describe('tcp, udp or sctp, or a list of them (default tcp)'),
  from: listOf(network()).refine((list) => list.length > 0, 'expected at least one network: nobody is let in from an empty list').optional()
    .describe('only from these addresses or networks (default: from anywhere)'),
  comment: z.string().regex(/^[^"'\\\n\r]{1,100}$/, 'expected one line of at most 100 characters without quotes and backslashes').optional().describe('kept with the rule where the firewall can'),
});

/** The params that name rules. */
export const ruleParams = {
  allow: listOf(z.union([port(), opening])).default([])
    .describe('ports to open: 6443, 30000-32767, 8472/udp, or mappings of port, proto (default tcp), from (addresses or networks; default anywhere) and comment'),
  protocols: listOf(text().pipe(z.string().refine(isProtocol, `expected a number up to 255 or one of ${Object.keys(protocolNumbers).join(', ')}`))).default([])
    .describe('protocols beside tcp and udp to let in, by name (vrrp, ipip, esp, gre, …) or number'),
  interfaces: listOf(text().pipe(z.string().regex(/^[\w.:][\w.:-]{0,13}[\w.:+*-]$/, 'expected the name of an interface; cali* stands for all that begin so'))).default([])
    .describe('interfaces that are trusted: all that comes in by them is let in and through (cni0, flannel.1, cali*)'),
  sources: listOf(network().refine((value) => readNetwork(value)?.text !== undefined, 'expected a network smaller than the whole Internet')).default([])
    .describe('networks that are trusted: all that comes from them is let in and through (the pods\' network where it is not behind an interface of its own)'),
};

const schema = z.object(ruleParams);
export type RuleParams = z.infer<typeof schema>;

/** The rules that are asked for, each once. */
export function rulesOf({ allow, protocols, interfaces, sources }: RuleParams): Rule[] {
  const rules: Rule[] = [
    ...allow.flatMap(portRules),
    ...protocols.map((name): Rule => ({ kind: 'protocol', number: protocolNumbers[name] ?? Number(name) })),
    ...interfaces.map((name): Rule => ({ kind: 'interface', name: name.replace(/\*$/, '+') })),
    ...sources.flatMap(sourcesOf).map((from): Rule => ({ kind: 'source', from })),
  ];
  return [...new Map(rules.map((rule) => [ruleWords(rule), rule])).values()];
}

/** A rule in words: `6443/tcp from 10.0.0.0/8`. */
export function ruleWords(rule: Rule): string {
  switch (rule.kind) {
    case 'port': return `${rule.first}${rule.last === rule.first ? '' : `-${rule.last}`}/${rule.proto}${rule.from ? ` from ${rule.from.text}` : ''}`;
    case 'protocol': return `protocol ${protocolName(rule.number)}`;
    case 'interface': return `interface ${rule.name}`;
    case 'source': return rule.from.text;
  }
}

/** `vrrp (112)`, `4` where it has no name here. */
export function protocolName(number: number): string {
  const name = Object.entries(protocolNumbers).find(([, each]) => each === number)?.[0];
  return name === undefined ? String(number) : `${name} (${number})`;
}

function portRules(item: RuleParams['allow'][number]): Rule[] {
  const { port, proto, from, comment } = typeof item === 'string' ? opening.parse({ port: item }) : item;
  const { first, last, transport } = portsOf(port)!;
  const sources = from && from.every((each) => readNetwork(each)!.text !== undefined) ? from.flatMap(sourcesOf) : [undefined];
  return (transport ? [transport] : proto).flatMap((each) => sources.map((source): Rule => (
    { kind: 'port', proto: each, first, last, ...(source && { from: source }), ...(comment !== undefined && { comment }) })));
}

function sourcesOf(text: string): Source[] {
  const network = readNetwork(text)!;
  return network.text === undefined ? [] : [{ family: network.family, text: network.text }];
}

function portsOf(text: string): { readonly first: number; readonly last: number; readonly transport: Transport | undefined } | undefined {
  const [whole, first, last = first, transport] = portPattern.exec(text) ?? [];
  const known = whole !== undefined && Number(first) >= 1 && Number(last) <= 65535 && Number(first) <= Number(last);
  return known ? { first: Number(first), last: Number(last), transport: transport as Transport | undefined } : undefined;
}
