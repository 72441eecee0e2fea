/** The firewalls that a host may have, as looking at it tells. */
import type { Line } from './iptables-lines.ts';

export type Backend = 'firewalld' | 'ufw' | 'nftables' | 'iptables';

/** What holds for every firewall. */
interface Common {
  /** Whether it lets packets through or not at this moment. */
  readonly running: boolean;
  /** Whether it does so after the next boot. */
  readonly atBoot: boolean;
}

export type Firewall = Firewalld | Ufw | Nftables | Iptables;

export interface Firewalld extends Common {
  readonly kind: 'firewalld';
  /** The zone that ports are opened in. */
  readonly zone: string;
  /** Zones by name, as they are now; none where it does not run. */
  readonly now: Readonly<Record<string, Zone>>;
  /** Zones by name, as they are kept on disk. */
  readonly kept: Readonly<Record<string, Zone>>;
}

export interface Zone {
  readonly target: string;
  /** "6443/tcp", "30000-32767/tcp". */
  readonly ports: readonly string[];
  readonly protocols: readonly string[];
  readonly services: readonly string[];
  readonly interfaces: readonly string[];
  readonly sources: readonly string[];
  /** Rich rules as firewalld writes them. */
  readonly rules: readonly string[];
}

export interface Ufw extends Common {
  readonly kind: 'ufw';
  /** Whether ufw keeps rules for IPv6 too. */
  readonly ipv6: boolean;
  /** Its rules by family, as they are in force. */
  readonly now: Readonly<Record<4 | 6, readonly Line[]>>;
  /** Texts of user.rules and user6.rules. */
  readonly user: Readonly<Record<4 | 6, string>>;
  /** Texts of before.rules and before6.rules. */
  readonly before: Readonly<Record<4 | 6, string>>;
}

export interface Nftables extends Common {
  readonly kind: 'nftables';
  /** Chains of the host that drop what nothing lets in. */
  readonly chains: readonly DroppingChain[];
  /** The file that is loaded at boot; undefined where no unit loads one. */
  readonly boot: BootFile | undefined;
  /** Text of our own file, which that one includes. */
  readonly own: string | undefined;
}

export interface BootFile {
  readonly path: string;
  readonly text: string;
  /** What it would bring that drops, and why that cannot be told; looked at only where nftables is to be turned on. */
  readonly chains: readonly DroppingChain[];
  readonly error?: string | undefined;
}

export interface DroppingChain {
  readonly family: 'inet' | 'ip' | 'ip6';
  readonly table: string;
  readonly name: string;
  readonly hook: 'input' | 'forward';
  /** Handle of the rule that leads to our chain; undefined where there is none. */
  readonly jump: number | undefined;
  /** What stands in our chain of that table; undefined where there is no such chain. */
  readonly rules: readonly { readonly text: string; readonly handle: number }[] | undefined;
}

export interface Iptables extends Common {
  readonly kind: 'iptables';
  /** Rules by family, and the chains that drop; a family is missing where the host does not have it or its INPUT drops nothing. */
  readonly now: Readonly<Partial<Record<4 | 6, { readonly lines: readonly Line[]; readonly chains: readonly string[] }>>>;
  /** The files that are loaded at boot and their texts. */
  readonly saved: Readonly<Partial<Record<4 | 6, { readonly path: string; readonly text: string }>>>;
}
