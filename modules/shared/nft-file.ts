/** Our own file of nftables: read by what it says, written whole, the same text for the same rules. */
import type { DroppingChain } from './firewall-found.ts';
import { ownChain, ownFile } from './nft-look.ts';

/** What the file loads at boot. */
export interface OwnRules {
  /** Whether it brings a firewall of its own, for hosts that have none. */
  readonly isFirewall: boolean;
  /** The host's chains that our chains are put in front of. */
  readonly chains: readonly Place[];
  readonly rules: readonly OwnRule[];
}

export type Place = Pick<DroppingChain, 'family' | 'table' | 'name' | 'hook'>;

export interface OwnRule extends Omit<Place, 'name'> {
  /** `tcp dport 6443 accept`. */
  readonly text: string;
  readonly comment?: string | undefined;
}

/** The chain that drops where kplay was asked to turn a firewall on and nftables is all there is. */
export const ownFirewall: Place = { family: 'inet', table: 'kplay', name: 'input', hook: 'input' };

const head = '# Kept by kplay (firewall): what is let in by those chains of this host that drop packets.\n';

/** What is always let in: answers, the host itself, ICMP, and addresses given by DHCPv6. */
const base = [
  'ct state established,related accept', 'iif "lo" accept', 'meta l4proto { icmp, ipv6-icmp } accept', 'ip6 saddr fe80::/10 udp dport 546 accept',
];

const firewallLines = [
  `add table inet ${ownFirewall.table}`, `add chain inet ${ownFirewall.table} input { type filter hook input priority filter; policy drop; }`, `flush chain inet ${ownFirewall.table} input`,
  ...base.map((rule) => `add rule inet ${ownFirewall.table} input ${rule}`),
];

/** Reads the file; nothing where there is none. */
export function readOwnRules(text = ''): OwnRules {
  const rules = [...text.matchAll(/^add rule (inet|ip|ip6) (\S+) kplay_(input|forward) (.*?)(?: comment "(.*)")?$/gm)]
    .map(([, family, table, hook, rule, comment]) => ({ family, table, hook, text: rule, ...(comment !== undefined && { comment }) }) as OwnRule);
  const chains = [...text.matchAll(/^insert rule (inet|ip|ip6) (\S+) (\S+) jump kplay_(input|forward)$/gm)]
    .map(([, family, table, name, hook]) => ({ family, table, name, hook }) as Place);
  return { isFirewall: text.includes(`\nadd chain ${placeText(ownFirewall)} {`), chains, rules };
}

/** The file's text; undefined where nothing is left that it would say. May be loaded again without doubling a rule. */
export function ownText({ isFirewall, chains, rules }: OwnRules): string | undefined {
  const places = chains.filter((chain) => rules.some((rule) => isIn(rule, chain)));
  if (!isFirewall && places.length === 0) return undefined;
  const own = [...new Map(places.map((place) => [ownPlace(place), place])).entries()];
  const lines = [
    ...(isFirewall ? firewallLines : []),
    ...own.flatMap(([chain, { family, table }]) => [`add table ${family} ${table}`, `add chain ${chain}`, `flush chain ${chain}`]),
    ...own.flatMap(([chain, place]) => rules.filter((rule) => isIn(rule, place)).map((rule) => `add rule ${chain} ${ruleLine(rule)}`)),
    ...places.flatMap((place) => [...(isFirewall && placeText(place) === placeText(ownFirewall) ? [] : [`add chain ${placeText(place)}`]), jumpLine(place)]),
  ];
  return head + lines.map((line) => `${line}\n`).join('');
}

/** `inet filter input`. */
export function placeText({ family, table, name }: Place): string {
  return `${family} ${table} ${name}`;
}

/** Our chain in that table: `inet filter kplay_input`. */
export function ownPlace({ family, table, hook }: Omit<Place, 'name'>): string {
  return `${family} ${table} ${ownChain(hook)}`;
}

/** First of its chain, so that what drops comes after it. */
export function jumpLine(place: Place): string {
  return `insert rule ${placeText(place)} jump ${ownChain(place.hook)}`;
}

/** A rule with its comment. */
export function ruleLine({ text, comment }: Pick<OwnRule, 'text' | 'comment'>): string {
  return comment === undefined ? text : `${text} comment "${comment}"`;
}

/** The text of the file that is loaded at boot, with ours included or not. */
export function withInclude(text: string, isIncluded: boolean): string {
  const line = `include "${ownFile}"`;
  if (!isIncluded) return text.split('\n').filter((each) => each.trim() !== line).join('\n');
  const includes = [...text.matchAll(/^\s*include\s+["']([^"']+)["']/gm)].map((match) => match[1]!);
  const isThere = includes.some((each) => new RegExp(`^${each.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^/]*')}$`).test(ownFile));
  return isThere ? text : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

function isIn(rule: OwnRule, { family, table, hook }: Place): boolean {
  return rule.family === family && rule.table === table && rule.hook === hook;
}
