/** nftables' own JSON: what a chain drops in the end, and rules as nft writes them. */
import { protocolNumbers } from './firewall-rule.ts';

export interface NftChain {
  readonly family: 'inet' | 'ip' | 'ip6';
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

export interface NftRule {
  readonly chain: string;
  readonly handle: number;
  readonly expr: readonly NftStatement[];
}

/** One statement of a rule: a match or a verdict, under its own name. */
export interface NftStatement {
  readonly match?: { readonly op: string; readonly left: NftLeft; readonly right: unknown };
  readonly jump?: { readonly target: string };
  readonly goto?: { readonly target: string };
  readonly [verdict: string]: unknown;
}

interface NftLeft {
  readonly meta?: { readonly key: string };
  readonly payload?: { readonly protocol: string; readonly field: string };
  readonly ct?: { readonly key: string };
}

/**
 * Whether a packet that nothing lets in ends here: by the policy, or by a drop or reject that is about all there is. Drops of
 * certain addresses, marks or rates are not meant: a port that is opened must not open those.
 */
export function chainDrops(chain: Pick<NftChain, 'name' | 'policy'>, rulesOf: (chain: string) => readonly NftRule[], depth = 0): boolean {
  for (const { expr } of rulesOf(chain.name)) {
    const verdict = expr.find((each) => !each.match && !isAside(each));
    const matches = expr.flatMap(({ match }) => (match ? [match] : []));
    if (!verdict || !matches.every(isWide) || expr.some((each) => 'limit' in each)) continue;
    if ('drop' in verdict || 'reject' in verdict) return true;
    const target = verdict.jump?.target ?? verdict.goto?.target;
    if (target !== undefined && depth < 8 && chainDrops({ name: target }, rulesOf, depth + 1)) return true;
    if (matches.length === 0 && ('accept' in verdict || 'return' in verdict)) return false;
  }
  return chain.policy === 'drop';
}

/** A rule as nft prints it, as far as our own rules go; what is not of their kind as JSON, which is none of theirs. */
export function ruleText({ expr }: Pick<NftRule, 'expr'>): string {
  return expr.filter((each) => !('counter' in each)).map((each) => {
    if (!each.match) return Object.keys(each)[0] ?? '';
    const { left, op, right } = each.match;
    const name = left.payload ? `${left.payload.protocol} ${left.payload.field}` : left.meta?.key === 'l4proto' ? 'meta l4proto' : left.meta?.key;
    return name === undefined || op !== '==' ? JSON.stringify(each) : `${name} ${valueText(right, left)}`;
  }).join(' ');
}

function valueText(value: unknown, { meta }: NftLeft): string {
  const { prefix, range } = value as { readonly prefix?: { readonly addr: string; readonly len: number }; readonly range?: readonly unknown[] };
  if (prefix) return `${prefix.addr}/${prefix.len}`;
  if (range) return range.join('-');
  if (meta?.key.endsWith('ifname')) return `"${String(value)}"`;
  if (meta?.key === 'l4proto') return String(protocolNumbers[String(value)] ?? (value === 'ipencap' ? 4 : value));
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Statements that decide nothing. */
function isAside(each: NftStatement): boolean {
  return ['counter', 'log', 'limit', 'meter', 'comment', 'mangle'].some((name) => name in each);
}

/** A match that leaves most packets in: of interfaces, families and protocols, or of new connections. */
function isWide({ left, right, op }: NonNullable<NftStatement['match']>): boolean {
  if (left.meta) return ['iif', 'iifname', 'oif', 'oifname', 'nfproto', 'l4proto', 'protocol', 'pkttype'].includes(left.meta.key) && !(op === '==' && right === 'lo');
  return left.ct?.key === 'state' && JSON.stringify(right).includes('"new"');
}
