/** What a base root holds beside its packages: the files that make it a machine of a lab. */

/** Raised with every change of what a base root holds, so that an older one is not taken for it. */
export const recipeVersion = 3;

/** As few as a server that is reached by ssh can have; modules install what they need. */
export const rootPackages: readonly string[] = [
  'systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'sudo', 'iproute2', 'procps', 'kmod', 'ca-certificates', 'netbase',
];

/** Services that wait for what a machine lacks, would set this host's kernel, or change a machine at a time nobody chose. */
export const maskedUnits: readonly string[] = [
  'systemd-networkd.service', 'systemd-networkd.socket', 'systemd-networkd-wait-online.service', 'systemd-resolved.service',
  'systemd-timesyncd.service', 'systemd-udevd.service', 'systemd-binfmt.service', 'systemd-pstore.service',
  'console-getty.service', 'getty@tty1.service', 'ssh.socket',
  'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'e2scrub_reap.service', 'fstrim.timer', 'motd-news.timer',
];

export interface RootFile {
  readonly path: string;
  readonly text: string;
  /** Permission bits; default 0644. */
  readonly mode?: number;
}

/** Where a machine sees the folder of what this host tells it: {@link bootFiles}. */
export const bootFolder = '/etc/kplay-lab';

/** Run by a machine at boot; with the argument `names` it sets host names and name servers alone. */
export const bootProgram = '/usr/local/lib/kplay-lab/boot';

const bootUnit = `[Unit]
Description=Address, names and control groups of this lab machine
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target network.target systemd-sysctl.service sysinit.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${bootProgram}

[Install]
WantedBy=sysinit.target
`;

/** Run by the machine at each boot. What it changes is set anew each time or kept between marks, so that playbooks can edit the same files. */
const bootScript = `#!/bin/sh
# Sets what this lab machine is told by the host it runs on (${bootFolder}).
set -eu
names() {
  { sed '/^# kplay lab begin$/,/^# kplay lab end$/d' /etc/hosts; cat ${bootFolder}/hosts; } > /etc/hosts.kplay
  if cmp -s /etc/hosts.kplay /etc/hosts; then rm /etc/hosts.kplay; else mv /etc/hosts.kplay /etc/hosts; fi
  # A resolver that was set up in the machine since is left alone.
  if head -n 1 /etc/resolv.conf | grep -q '^# kplay lab'; then
    cmp -s ${bootFolder}/resolv.conf /etc/resolv.conf || cp ${bootFolder}/resolv.conf /etc/resolv.conf
  fi
}
[ "\${1-}" != names ] || { names; exit 0; }

. ${bootFolder}/network
# A new network takes this setting from its host, which forwards for the lab; a server comes without it.
echo 0 > /proc/sys/net/ipv4/ip_forward
ip link set host0 mtu "$MTU" up
ip address replace "$ADDRESS" dev host0
ip route replace default via "$GATEWAY"
names

# Control groups come read-only; container runtimes need to make their own below this machine's.
while read -r _ at type options _; do
  case "$at" in
    /sys/fs/cgroup | /sys/fs/cgroup/*) case "$options" in ro | ro,*) mount -o remount,bind,rw "$at" ;; esac ;;
  esac
done < /proc/self/mounts
# What is built into the kernel shows in /sys/module alone, which nspawn leaves out.
if [ ! -e /sys/module ] && mkdir /sys/module /run/kplay-sysfs; then
  mount -t sysfs sysfs /run/kplay-sysfs
  mount --bind /run/kplay-sysfs/module /sys/module
  umount /run/kplay-sysfs
  rmdir /run/kplay-sysfs
fi
# Kubernetes tells its nodes apart by this.
uuid=/sys/class/dmi/id/product_uuid
[ ! -e "$uuid" ] || mount --bind ${bootFolder}/product-uuid "$uuid"
`;

const sshd = `# Only the lab's own key opens this machine.
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
HostKey /etc/ssh/ssh_host_ed25519_key
`;

/** Files of every base root. */
export const rootFiles: readonly RootFile[] = [
  { path: bootProgram, text: bootScript, mode: 0o755 },
  { path: '/etc/systemd/system/kplay-lab-boot.service', text: bootUnit },
  { path: '/etc/ssh/sshd_config.d/kplay-lab.conf', text: sshd },
  // These machines are made to be thrown away: no sync after each unpacked file, no translations.
  { path: '/etc/dpkg/dpkg.cfg.d/kplay-lab', text: 'force-unsafe-io\n' },
  { path: '/etc/apt/apt.conf.d/90kplay-lab', text: 'Acquire::Languages "none";\n' },
];

/** Units that every base root starts. */
export const enabledUnits: readonly { readonly unit: string; readonly from: string; readonly wantedBy: string }[] = [
  { unit: 'kplay-lab-boot.service', from: '/etc/systemd/system', wantedBy: 'sysinit.target' },
  { unit: 'ssh.service', from: '/lib/systemd/system', wantedBy: 'multi-user.target' },
];
