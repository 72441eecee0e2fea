/** What a pod network and kube-proxy leave on a host that is no node any more. */
import type { Probe, Run } from '../../engine/module/kit.ts';
import { pathLine } from './kubeadm-files.ts';
import { linesOf } from './records.ts';
import { askRecords, scriptStep } from './script.ts';

export interface Left {
  /** Interfaces, chains, tables and files by name. */
  readonly network: readonly string[];
}

/** Interfaces of bridge, flannel, Calico, Cilium, kube-router, Antrea, Weave and of kube-proxy's ipvs; veth pairs go with their name spaces. */
const interfaces = '^(cni0|cbr0|kube-bridge|kube-ipvs0|flannel\\.[0-9v.]+|flannel-v6\\.[0-9]+|vxlan\\.calico|vxlan-v6\\.calico|cali[0-9a-f]+|cilium_(net|host|vxlan|geneve)|lxc[0-9a-f]+|lxc_health|weave|antrea-gw0|nodelocaldns|kube-dummy-if)$';
const chains = '^(KUBE-|CNI-|FLANNEL-|cali-|CILIUM_|WEAVE|ANTREA-)';
const tables = 'kube-proxy';

/** Of ipvs only what kube-proxy serves: addresses on its own interface, and node ports. */
const names = `
links() { for i in "$root"/sys/class/net/*; do i=\${i##*/}; printf '%s\\n' "$i" | grep -Eq '${interfaces}' && printf '%s\\n' "$i"; done; }
chains() { "$1-save" 2>/dev/null | sed -n 's/^:\\([^ ]*\\) .*/\\1/p' | grep -E '${chains}' | sort -u; }
tools() { for t in iptables ip6tables; do command -v "$t-save" >/dev/null 2>&1 && command -v "$t-restore" >/dev/null 2>&1 && printf '%s\\n' "$t"; done; }
tables() { command -v nft >/dev/null 2>&1 && nft list tables 2>/dev/null | grep -E ' (${tables})$'; }
spaces() { for n in "$root"/var/run/netns/cni-*; do [ -e "$n" ] && printf '%s\\n' "\${n##*/}"; done; }
files() { for f in "$root"/etc/cni/net.d/*; do case $f in *podman*) ;; *) [ -e "$f" ] && printf '%s\\n' "\${f#"$root"}";; esac; done; }
services() {
  command -v ipvsadm >/dev/null 2>&1 && [ -e "$root/sys/class/net/kube-ipvs0" ] || return
  ipvsadm -Sn 2>/dev/null | awk -v own="$(ip -o addr show dev kube-ipvs0 | awk '{ sub("/.*", "", $4); print $4 }' | tr '\\n' ' ')" '
    $1 == "-A" { at = $3; port = at; sub(/.*:/, "", port); sub(/:[0-9]+$/, "", at); gsub(/[][]/, "", at); if (index(" " own, " " at " ") || (port >= 30000 && port <= 32767)) print $2, $3 }'
}`;

const lookScript = `
root=$1
${pathLine}
${names}
printf '@left\\n'
{ links; tools | while read -r t; do chains "$t" | sed "s/^/$t /"; done; tables; spaces; files; } | sed 's/^/ /'`;

/**
 * Chains go as one act for each tool: first the rules that lead to them, then what is in them, then they. The rules of others
 * are not touched, so a connection that they let through stays.
 */
const clearScript = `
root=$1
${pathLine}
${names}
tools | while read -r t; do
  [ -n "$(chains "$t")" ] || continue
  "$t-save" 2>/dev/null | awk -v own='${chains}' '
    /^\\*/ { table = $0; rules = flush = drop = ""; next }
    /^:/ { name = substr($1, 2); if (name ~ own) { flush = flush ":" name " - [0:0]\\n"; drop = drop "-X " name "\\n" }; next }
    /^-A / { target = ""; for (i = 3; i < NF; i++) if ($i == "-j" || $i == "-g") target = $(i + 1); if ($2 !~ own && target ~ own) { line = $0; sub(/^-A/, "-D", line); rules = rules line "\\n" }; next }
    /^COMMIT/ { if (drop != "") printf "%s\\n%s%s%sCOMMIT\\n", table, flush, rules, drop }' | "$t-restore" --noflush || exit
done || exit
services | while read -r kind at; do ipvsadm -D "$kind" "$at" 2>/dev/null; done
links | while read -r i; do ip link delete "$i" 2>/dev/null; done
tables | while read -r _ family name; do nft delete table "$family" "$name" || exit; done || exit
spaces | while read -r n; do ip netns delete "$n" 2>/dev/null; done
files | while read -r f; do rm -rf "$root$f"; done
rm -rf "$root/var/lib/cni" "$root/run/flannel"
exit 0`;

/** Looks; nothing where it is not asked for. */
export async function lookAtLeft(probe: Probe, asked: boolean, root = ''): Promise<Left> {
  if (!asked) return { network: [] };
  const { left } = await askRecords(probe, `(${lookScript}\n)`, [root]);
  return { network: linesOf(left) };
}

/** Takes it away. */
export function networkStep(root = ''): Run {
  return scriptStep(clearScript, [root], { timeout: 300 });
}
