/** What ufw lets in: its rules as they are in force, and its files. */
import type { Ufw } from './firewall-found.ts';
import { readLines } from './iptables-lines.ts';

/** The files that ufw reads before its own rules, for what it has no word for; by family. */
export const beforeFiles = { 4: '/etc/ufw/before.rules', 6: '/etc/ufw/before6.rules' } as const;

/** A shell function. Expects `put` of the script that it is part of. */
export const ufwScript = `
ufw_look() {
  printf '@ufw-ipv6\\n'; sed -n 's/^IPV6=/ /p' /etc/default/ufw 2>/dev/null
  printf '@ufw-user4\\n'; put < /etc/ufw/user.rules
  printf '@ufw-user6\\n'; put < /etc/ufw/user6.rules
  printf '@ufw-now4\\n'; for chain in user-input user-forward before-input before-forward; do iptables -S "ufw-$chain" 2>/dev/null; done | put
  printf '@ufw-now6\\n'; for chain in user-input user-forward before-input before-forward; do ip6tables -S "ufw6-$chain" 2>/dev/null; done | put
}`;

/** Reads the answer. */
export function readUfw(records: Readonly<Record<string, string>>, before: Ufw['before'], state: Pick<Ufw, 'running' | 'atBoot'>): Ufw {
  return {
    kind: 'ufw', ...state, before,
    ipv6: /^["']?yes/i.test(records['ufw-ipv6'] ?? ''),
    now: { 4: readLines(records['ufw-now4'] ?? ''), 6: readLines(records['ufw-now6'] ?? '') },
    user: { 4: records['ufw-user4'] ?? '', 6: records['ufw-user6'] ?? '' },
  };
}
