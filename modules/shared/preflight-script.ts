/** The shell text that looks at a machine before Kubernetes comes to it: one question, which changes nothing. */
import { kubernetesFolder } from './kubeadm-files.ts';

export interface PreflightAsked {
  /** Seconds that one attempt to connect may take. */
  readonly wait: number;
  /** The address that is to be free; empty: none. */
  readonly vip: string;
  /** Ports of which it matters who listens on them. */
  readonly ports: readonly number[];
  /** Folders that need space. */
  readonly paths: readonly string[];
  /** `ADDRESS PORT`, to be connected to. */
  readonly tries: readonly string[];
  /** Those of them that get a second chance, six times as long: a machine that is busy is slow to answer. */
  readonly again: readonly string[];
  /** The one of them that gets it where the machine is in a cluster already, since before that nothing answers there. */
  readonly endpoint: string;
}

/** The script's arguments. */
export function preflightWords({ wait, vip, ports, paths, tries, again, endpoint }: PreflightAsked): string[] {
  const hex = ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0'));
  return [String(wait), vip, hex.join(' '), paths.join('\n'), tries.join('\n'), again.join('\n'), endpoint];
}

/** A machine that has it is in a cluster. */
export const joinedFile = `${kubernetesFolder}/kubelet.conf`;

/**
 * Parts: begin and ended (the clock at its two ends), os, kernel, hostname, cpus, memory, swaps, uuid, machine, systemd, container,
 * cgroup, groups, joined, addresses, macs, route, route6, listen, holders, disks, filter, tries.
 * Among the tries stands `neighbour MAC`, who answers at the address that is to be free. Connections are tried side by side, by bash, nc or
 * curl, whichever is there (the latter two try once, three times as long); each answer comes as a line of its own, and none comes where there was none in time.
 */
export const preflightScript = `
PATH=$PATH:/usr/sbin:/sbin
wait=$1 vip=$2 ports=$3 paths=$4 tries=$5 again=$6 endpoint=$7
put() { sed 's/^/ /'; }
has() { command -v "$1" >/dev/null 2>&1; }
line() { printf '@%s\\n' "$1"; head -n 1 "$2" 2>/dev/null | put; }
limit() { if has timeout; then timeout "$wait" "$@"; else "$@"; fi; }
printf '@begin\\n %s\\n' "$(date +%s.%N)"
printf '@os\\n'; put < /etc/os-release 2>/dev/null
printf '@kernel\\n %s\\n@hostname\\n %s\\n@cpus\\n %s\\n' "$(uname -r)" "$(uname -n)" "$(nproc 2>/dev/null)"
printf '@memory\\n'; grep -E '^(MemTotal|MemAvailable):' /proc/meminfo | put
printf '@swaps\\n'; tail -n +2 /proc/swaps 2>/dev/null | put
line uuid /sys/class/dmi/id/product_uuid
line machine /etc/machine-id
printf '@systemd\\n'; [ -d /run/systemd/system ] && printf ' yes\\n'
printf '@container\\n'; systemd-detect-virt -c 2>/dev/null | put
printf '@cgroup\\n'; stat -f -c %T /sys/fs/cgroup 2>/dev/null | put
printf '@groups\\n'
if [ -r /sys/fs/cgroup/cgroup.controllers ]; then tr ' ' '\\n' < /sys/fs/cgroup/cgroup.controllers | put
else awk '$4 == 1 { print " " $1 }' /proc/cgroups 2>/dev/null; fi
printf '@joined\\n'
if [ -e ${joinedFile} ]; then
  printf ' yes\\n'
  again="$again
$endpoint"
fi
if has ip; then printf '@addresses\\n'; ip -o addr show 2>/dev/null | awk '{ sub(/@.*/, "", $2); print " " $2, $4 }'; fi
printf '@macs\\n'; for each in /sys/class/net/*; do [ -r "$each/address" ] && printf ' %s %s\\n' "\${each##*/}" "$(cat "$each/address" 2>/dev/null)"; done
printf '@route\\n'; tail -n +2 /proc/net/route 2>/dev/null | put
printf '@route6\\n'; put < /proc/net/ipv6_route 2>/dev/null
printf '@listen\\n'
listening=$(for each in tcp tcp6 udp udp6; do
  awk -v of="$each" -v p=" $ports " 'FNR > 1 && ($4 == "0A" || of ~ /^udp/) { n = split($2, a, ":"); if (index(p, " " a[n] " ")) print of, a[n], $10 }' "/proc/net/$each" 2>/dev/null
done)
[ -z "$listening" ] || printf '%s\\n' "$listening" | put
printf '@holders\\n'
if [ -n "$listening" ]; then
  inodes=" $(printf '%s\\n' "$listening" | awk '{ printf "%s ", $3 }')"
  ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v i="$inodes" '
    /^\\/proc\\// { split($0, a, "/"); pid = a[3] }
    match($0, /socket:\\[[0-9]+\\]$/) { n = substr($0, RSTART + 8, RLENGTH - 9); if (index(i, " " n " ") && !seen[n]++) print n, pid }' |
  while read -r inode pid; do
    exe=$(readlink "/proc/$pid/exe" 2>/dev/null); exe=\${exe% (deleted)}; exe=\${exe##*/}
    [ -n "$exe" ] || read -r exe < "/proc/$pid/comm" 2>/dev/null
    printf ' %s %s %s\\n' "$inode" "$pid" "$exe"
  done
fi
printf '@disks\\n'
printf '%s\\n' "$paths" | while IFS= read -r path; do
  [ -n "$path" ] || continue
  there=$path
  until [ -d "$there" ] || [ "$there" = / ]; do there=\${there%/*}; there=\${there:-/}; done
  printf ' %s %s %s\\n' "$(stat -L -c %d -- "$there" 2>/dev/null)" "$(stat -f -c '%a %S' -- "$there" 2>/dev/null)" "$path"
done
printf '@filter\\n'
has systemctl && systemctl is-active -q firewalld 2>/dev/null && printf ' firewalld\\n'
grep -q '^ENABLED=yes' /etc/ufw/ufw.conf 2>/dev/null && printf ' ufw\\n'
has nft && nft list ruleset 2>/dev/null | awk '
  /^[[:space:]]*chain / { name = $2; hook = "" }
  / hook / { hook = / hook input / ? "input" : "other"; if (hook == "input") { input = 1; if (/policy drop/) found = 1 } }
  hook != "other" && name !~ /^(KUBE|cali|DOCKER)/ && /(^|[[:space:]])(drop|reject)([[:space:]]|$)/ { rule = 1 }
  END { if (found || (input && rule)) print " nftables" }'
has iptables && iptables -S 2>/dev/null | awk '
  /^-P INPUT DROP/ || (/-j (DROP|REJECT)/ && $2 !~ /^(KUBE|cali|DOCKER|FORWARD|OUTPUT)/) { found = 1 } END { if (found) print " iptables" }'
# Who has been there before may have left: what is known of old is asked anew by the kernel, which takes seconds.
neighbour() {
  if has bash; then limit bash -c 'echo >"/dev/udp/$1/9"' bash "$vip" >/dev/null 2>&1; else ping -c 1 -W 1 "$vip" >/dev/null 2>&1; fi
  turn=0
  until [ "$turn" -ge 30 ]; do
    if has ip; then known=$(ip neigh show to "$vip" 2>/dev/null)
    else known=$(awk -v v="$vip" '$1 == v && $3 != "0x0" && $4 != "00:00:00:00:00:00" { print "lladdr " $4 " REACHABLE" }' /proc/net/arp 2>/dev/null); fi
    case $known in
      *lladdr*REACHABLE* | *lladdr*PERMANENT*) mac=\${known##*lladdr }; printf ' neighbour %s\\n' "\${mac%% *}"; return ;;
      *lladdr*STALE* | *lladdr*DELAY* | *lladdr*PROBE*) ;;
      *) [ "$turn" -lt 4 ] || return ;;
    esac
    turn=$((turn + 1)); sleep 0.3
  done
}
try() {
  if has nc; then said=$(nc -v -z -w "$wait" "$1" "$2" 2>&1 </dev/null); code=$?
  elif has curl; then
    case $1 in *:*) name="[$1]" ;; *) name=$1 ;; esac
    said=$(curl -sS -o /dev/null -w '%{time_connect}\\n' --max-time "$wait" "telnet://$name:$2" </dev/null 2>&1); code=$?
    ! printf '%s\\n' "$said" | grep -Eq '^[0-9]*[.][0-9]*[1-9]' || code=0
  else printf ' %s %s cannot\\n' "$1" "$2"; return; fi
  answer "$1" "$2" "$code" "$said"
}
each() { while read -r address port; do try "$address" "$port" & done; wait; }
answers='answer() {
  case $3:$4 in 0:*) said=open ;; *[Rr]efused*) said=refused ;; *timed\\ out*) return ;; *) said="failed $(printf "%s\\n" "$4" | tail -n 1 | sed "s/.*: //")" ;; esac
  printf " %s %s %s\\n" "$1" "$2" "$said"
}'
by_bash() {
  printf '%s\\n' "$1" | timeout "$2" bash -c "$answers"'
    while read -r address port; do
      { said=$( { exec 3<>"/dev/tcp/$address/$port"; } 2>&1 ); answer "$address" "$port" "$?" "$said"; } &
    done
    wait' 2>/dev/null
}
eval "$answers"
printf '@tries\\n'
[ -z "$vip" ] || neighbour &
if [ -z "$tries" ]; then :
elif has bash && has timeout; then
  first=$(by_bash "$tries" "$wait"); printf '%s\\n' "$first"
  left=$(printf '%s\\n-\\n%s\\n' "$first" "$again" | awk '$0 == "-" { old = 1; next } !old { seen[$1 " " $2] = 1; next } NF && !seen[$0]')
  [ -z "$left" ] || by_bash "$left" "$((wait * 6))"
else wait=$((wait * 3)); printf '%s\\n' "$tries" | each; fi
wait
printf '@ended\\n %s\\n' "$(date +%s.%N)"`;
