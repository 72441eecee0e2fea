/** What iptables' own rules let in, on hosts where they are kept without another firewall. */
import type { Iptables } from './firewall-found.ts';
import { readLines } from './iptables-lines.ts';

/** Files that are loaded at boot: of Debian's netfilter-persistent, and of iptables-services. */
export const savedFiles = { 4: ['/etc/iptables/rules.v4', '/etc/sysconfig/iptables'], 6: ['/etc/iptables/rules.v6', '/etc/sysconfig/ip6tables'] } as const;

/** A shell function. The old kernel tables would come into being by being listed: they are only asked where they are. */
export const iptablesScript = `
iptables_look() {
  case $(iptables -V 2>/dev/null) in *legacy*) grep -qx filter /proc/net/ip_tables_names 2>/dev/null || return 0;; esac
  printf '@iptables4\\n'; { iptables -S INPUT; iptables -S FORWARD; } 2>/dev/null | put
  printf '@iptables6\\n'; { ip6tables -S INPUT; ip6tables -S FORWARD; } 2>/dev/null | put
}`;

/** Reads the answer. A family in which nothing drops is left out. */
export function readIptables(records: Readonly<Record<string, string>>, saved: Iptables['saved']): Iptables {
  const now: { -readonly [family in keyof Iptables['now']]: Iptables['now'][family] } = {};
  for (const family of [4, 6] as const) {
    const text = records[`iptables${family}`] ?? '';
    if (drops(text, 'INPUT')) now[family] = { lines: readLines(text), chains: ['INPUT', 'FORWARD'].filter((chain) => drops(text, chain)) };
  }
  return { kind: 'iptables', running: now[4] !== undefined || now[6] !== undefined, atBoot: saved[4] !== undefined || saved[6] !== undefined, now, saved };
}

/** A chain whose policy drops, or in which a rule does that is about all there is: not those about a mark, a port or a list of addresses. */
export function drops(text: string, chain: string): boolean {
  if (new RegExp(`^-P ${chain} DROP`, 'm').test(text)) return true;
  return readLines(text).some((line) => line.chain === chain && wideDrop.test(line.words.join(' ')));
}

const wideDrop = /^(-i \S+ |-p \S+ |-m (conntrack|state|comment) |--(ctstate|state) NEW |--comment .* )*-j (DROP|REJECT)( --reject-with \S+)?$/;
