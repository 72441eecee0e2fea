/** Which chains of a host's own nftables drop packets, and what stands in ours beside them. */
import { quote } from '../../engine/module/kit.ts';
import type { DroppingChain, Nftables } from './firewall-found.ts';
import { chainDrops, ruleText, type NftChain, type NftRule } from './nft-json.ts';

/** The file that holds our chains at boot. */
export const ownFile = '/etc/nftables.d/kplay.nft';

/** The files that units load at boot: of Debian and of RHEL. */
export const bootFiles = ['/etc/nftables.conf', '/etc/sysconfig/nftables.conf'] as const;

/** What our chain in a host's table is called. */
export const ownChain = (hook: DroppingChain['hook']): string => `kplay_${hook}`;

/**
 * Lists tables that a host's own rules stand in, each as JSON under the name $1. Tables that other programs look after are left
 * out: those of firewalld and kube-proxy by name, those of iptables by their chains in capitals, where iptables is there.
 */
const tables = `
nft_tables() {
  nft list chains 2>/dev/null | awk -v iptables="$(command -v iptables)" '
    /^table /{family=$2; table=$3} /^[ \\t]*chain /{chain=$2}
    / hook (input|forward) /{
      if (family !~ /^(inet|ip|ip6)$/ || table ~ /^(firewalld|kube-proxy)$/) next
      if (iptables != "" && family != "inet" && chain ~ /^(INPUT|FORWARD)$/) next
      print family, table
    }' | sort -u | while read -r family table; do
    printf '@%s:%s %s\\n' "$1" "$family" "$table"
    { nft -n -j -t list table "$family" "$table" || nft -n -j list table "$family" "$table"; } 2>/dev/null | sed 's/^/ /'
  done
}`;

/** Loads the file that a boot would load where nobody is: in a network of its own, which goes with the shell. */
const bootTables = `${tables}
if out=$(nft -f "$1" 2>&1); then nft_tables boot-nft; else printf '@boot-error\\n %s\\n' "$(printf %s "$out" | head -n 1)"; fi`;

/** A shell function; $1 is yes where it matters what would be loaded at boot. Expects `put` of the script that it is part of. */
export const nftScript = `${tables}
nft_look() {
  unit=$(systemctl show -p UnitFileState,ExecStart nftables.service 2>/dev/null)
  printf '@nft-unit\\n'; printf '%s\\n' "$unit" | put
  nft_tables now-nft
  file=$(printf %s "$unit" | sed -n 's/.* -f \\(\\/[^ ;]*\\).*/\\1/p')
  if [ "$1" = yes ] && [ -r "$file" ]; then unshare -n sh -c ${quote(bootTables)} sh "$file" || printf '@boot-error\\n no network of its own can be made\\n'; fi
}`;

interface Listed {
  readonly chain?: NftChain;
  readonly rule?: NftRule;
}

/** Reads the answer. `files` are the texts of our own file and of those that may be loaded at boot. */
export function readNftables(records: Readonly<Record<string, string>>, files: ReadonlyMap<string, string>): Nftables {
  const chainsOf = (prefix: string): DroppingChain[] => Object.entries(records).filter(([name]) => name.startsWith(prefix)).flatMap(([, text]) => droppingChains(text));
  const chains = chainsOf('now-nft:');
  const unit = records['nft-unit'] ?? '';
  const path = / -f (\/[^\s;]+)/.exec(unit)?.[1];
  const own = files.get(ownFile);
  return {
    kind: 'nftables', chains, own, running: chains.some(({ hook }) => hook === 'input'), atBoot: /^UnitFileState=enabled/m.test(unit),
    boot: path === undefined ? undefined : { path, text: files.get(path) ?? '', chains: chainsOf('boot-nft:'), error: records['boot-error']?.trim() },
  };
}

function droppingChains(text: string): DroppingChain[] {
  const listed = text === '' ? [] : (JSON.parse(text) as { readonly nftables: readonly Listed[] }).nftables;
  const chains = listed.flatMap(({ chain }) => (chain ? [chain] : []));
  const rules = listed.flatMap(({ rule }) => (rule ? [rule] : []));
  const within = (name: string): readonly NftRule[] => rules.filter((rule) => rule.chain === name);
  return chains.flatMap((chain): DroppingChain[] => {
    const { family, table, name, hook } = chain;
    if ((hook !== 'input' && hook !== 'forward') || !chainDrops(chain, within)) return [];
    const own = ownChain(hook);
    return [{
      family, table, name, hook,
      jump: within(name).find(({ expr }) => expr.some((each) => each.jump?.target === own))?.handle,
      rules: chains.some((each) => each.name === own) ? within(own).map((rule) => ({ text: ruleText(rule), handle: rule.handle })) : undefined,
    }];
  });
}
