/** The one command that asks a host for its facts: POSIX sh, /proc and /sys, and `ip -j` where there is one. */
import type { Records } from './facts-distribution.ts';

/** Files that are read whole, by the name their text gets among the answers. The first one there counts for a name. */
const files = {
  always: {
    'os-release': ['/etc/os-release', '/usr/lib/os-release'],
    debian_version: ['/etc/debian_version'],
    release: ['/etc/oracle-release', '/etc/rocky-release', '/etc/almalinux-release', '/etc/redhat-release', '/etc/centos-release', '/etc/system-release'],
    cmdline: ['/proc/cmdline'], hosts: ['/etc/hosts'], resolv: ['/etc/resolv.conf'], selinux: ['/etc/selinux/config'],
  },
  network: { 'proc-route': ['/proc/net/route'], fib_trie: ['/proc/net/fib_trie'], if_inet6: ['/proc/net/if_inet6'], ipv6_route: ['/proc/net/ipv6_route'] },
  hardware: { meminfo: ['/proc/meminfo'], cpuinfo: ['/proc/cpuinfo'], mounts: ['/proc/self/mounts'] },
  virtual: { cpuinfo: ['/proc/cpuinfo'], cgroup: ['/proc/1/cgroup'], modules: ['/proc/modules'] },
} as const;

const listed = (part: keyof typeof files): string => Object.values(files[part]).flat().join(' ');

/**
 * $1 yes for network, $2 for hardware, $3 for virtualisation, $4 the folder of local facts. Writes nothing and starts
 * about fifteen processes: files are read by the shell itself or all by one awk, which leaves out what nobody asks of
 * long ones.
 */
export const factsScript = `
network=$1 hardware=$2 virtual=$3 local=$4
first() { for each do if [ -r "$each" ] && read -r line < "$each"; then printf '@%s\\n %s\\n' "\${each##*/}" "$line"; fi; done 2>/dev/null; }
one() { printf '@%s\\n %s\\n' "$1" "$2"; }
first /proc/sys/kernel/ostype /proc/sys/kernel/hostname /proc/sys/kernel/osrelease /proc/sys/kernel/version
one machine "$(uname -m)"
first /proc/loadavg /proc/uptime /proc/1/comm /etc/machine-id /proc/sys/crypto/fips_enabled /sys/fs/selinux/enforce /sys/fs/selinux/policyvers
one id "$(id)"; one passwd "$(getent passwd "$(id -u)" 2>/dev/null)"
printf '@date\\n'; date +' %s%n %Y%n %m%n %d%n %H%n %M%n %S%n %A%n %w%n %W%n %Z%n %z%n %N'
printf '@env\\n'; tr '\\n\\0' '\\001\\n' < /proc/self/environ | sed 's/^/ /'
printf '@there\\n'
for each in /run/systemd/system /sys/kernel/security/apparmor /sys/fs/selinux/enforce /run/ostree-booted /usr/bin/apt-get /usr/bin/dnf5 /usr/bin/dnf /usr/bin/dnf-3 /usr/bin/microdnf /usr/bin/yum /usr/bin/zypper /sbin/apk /usr/bin/pacman /usr/bin/emerge /sbin/openrc /.dockerenv /run/.containerenv /dev/kvm; do
  [ -e "$each" ] && printf ' %s\\n' "$each"
done
printf '@root\\n'; stat -L -c ' %d:%i' / /proc/1/root/. 2>/dev/null
set --
for each in ${listed('always')} /etc/ssh/ssh_host_*_key.pub; do [ -r "$each" ] && set -- "$@" "$each"; done
for each in "$local"/*.fact; do
  [ -f "$each" ] && { if [ -x "$each" ]; then printf '@program:%s\\n' "\${each##*/}"; elif [ -r "$each" ]; then set -- "$@" "$each"; fi; }
done
if [ "$network" = yes ]; then
  links=$(ip -j addr 2>/dev/null)
  case $links in
    '['*) one links "$links"; one route4 "$(ip -j -4 route get 8.8.8.8 2>/dev/null)"; one route6 "$(ip -j -6 route get 2404:6800:400a:800::1012 2>/dev/null)";;
    *) for each in ${listed('network')}; do [ -r "$each" ] && set -- "$@" "$each"; done;;
  esac
  printf '@sysnet\\n'
  for each in /sys/class/net/*; do
    [ -e "$each/ifindex" ] || continue
    mac= mtu= flags= speed= state= type= kind=ether
    { read -r mac < "$each/address"; read -r mtu < "$each/mtu"; read -r flags < "$each/flags"; read -r type < "$each/type"; read -r state < "$each/operstate"; read -r speed < "$each/speed"; } 2>/dev/null
    if [ -d "$each/bridge" ]; then kind=bridge; elif [ -d "$each/bonding" ]; then kind=bonding; elif [ -d "$each/team" ]; then kind=team; fi
    printf ' %s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "\${each##*/}" "$mac" "$mtu" "$flags" "$type" "$kind" "$speed" "$state"
  done
fi
if [ "$hardware" = yes ]; then
  for each in ${listed('hardware')}; do [ -r "$each" ] && set -- "$@" "$each"; done
  one nproc "$(nproc 2>/dev/null)"
  first /sys/class/dmi/id/product_name /sys/class/dmi/id/product_uuid /sys/class/dmi/id/product_serial /sys/class/dmi/id/product_version /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/bios_vendor /sys/class/dmi/id/bios_version /sys/class/dmi/id/bios_date /sys/class/dmi/id/board_name /sys/class/dmi/id/board_vendor /sys/class/dmi/id/chassis_vendor
  printf '@uuids\\n'; [ -d /dev/disk/by-uuid ] && ls -l /dev/disk/by-uuid | sed -n 's/.* \\([^ ]*\\) -> .*\\/\\([^/]*\\)$/ \\1 \\2/p'
  printf '@disks\\n'
  for each in /sys/block/*; do
    size=0; read -r size < "$each/size" 2>/dev/null
    case \${each##*/}:$size in ram*|loop*:0|zram*:0|'*':*) continue;; esac
    removable= ro= rotational= model= vendor= sector=512
    { read -r removable < "$each/removable"; read -r ro < "$each/ro"; read -r rotational < "$each/queue/rotational"; read -r sector < "$each/queue/hw_sector_size"; read -r model < "$each/device/model"; read -r vendor < "$each/device/vendor"; } 2>/dev/null
    printf ' disk\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "\${each##*/}" "$size" "$sector" "$removable" "$ro" "$rotational" "$vendor" "$model"
    for part in "$each"/*/partition; do
      [ -e "$part" ] || continue
      part=\${part%/partition}; read -r size < "$part/size"; read -r start < "$part/start"
      printf ' part\\t%s\\t%s\\t%s\\t%s\\n' "\${each##*/}" "\${part##*/}" "$size" "$start"
    done
  done
fi
if [ "$virtual" = yes ]; then
  [ "$hardware" = yes ] || { [ -r /proc/cpuinfo ] && set -- "$@" /proc/cpuinfo; first /sys/class/dmi/id/product_name /sys/class/dmi/id/sys_vendor; }
  for each in /proc/1/cgroup /proc/modules; do [ -r "$each" ] && set -- "$@" "$each"; done
  one container "$(systemd-detect-virt -c 2>/dev/null)"; one vm "$(systemd-detect-virt -v 2>/dev/null)"
fi
awk '
  FNR == 1 { print "@" FILENAME }
  FILENAME == "/proc/cpuinfo" { if (/^flags/ && / hypervisor( |$)/) print " hypervisor"; if (!/^(processor|Processor|vendor_id|Vendor|model name|cpu|physical id|core id|cpu cores|siblings)[ \\t]*:/) next }
  FILENAME == "/proc/modules" && !/^(kvm|vboxdrv) / { next }
  { print " " $0 }' "$@" 2>/dev/null
if [ "$hardware" = yes ]; then
  set --
  while read -r device mount type rest; do
    case $device:$type in *:fuse.*) ;; /*) case $mount in *\\\\*) mount=$(printf %b "$mount");; esac; set -- "$@" "$mount";; esac
  done < /proc/self/mounts
  printf '@sizes\\n'; [ $# = 0 ] || stat -f -c ' %S %b %f %a %c %d %n' -- "$@" 2>/dev/null
fi
:`;

/** The answers with files under their short names; host keys as `hostkey:TYPE`, local facts as `local:NAME`. */
export function nameRecords(records: Records, factPath: string): Records {
  const named: Record<string, string> = {};
  for (const [name, text] of Object.entries(records)) if (!name.startsWith('/')) named[name] = text;
  for (const [name, paths] of Object.values(files).flatMap((part) => Object.entries(part) as [string, readonly string[]][])) {
    const path = paths.find((each) => records[each] !== undefined);
    if (path !== undefined) named[name] = records[path]!;
  }
  for (const [path, text] of Object.entries(records)) {
    const key = /^\/etc\/ssh\/ssh_host_(\w+)_key\.pub$/.exec(path)?.[1];
    if (key !== undefined) named[`hostkey:${key}`] = text;
    if (path.startsWith(`${factPath}/`)) named[`local:${path.slice(factPath.length + 1).replace(/\.fact$/, '')}`] = text;
  }
  return named;
}
