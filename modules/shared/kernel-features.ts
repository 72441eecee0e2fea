/** What kernel modules show of themselves once they are there, loaded or built in. */

/** A kernel module's traces: paths that exist only with it, and its option in the kernel's configuration. */
interface Feature {
  readonly paths: readonly string[];
  readonly option?: string;
}

/** Modules that clusters and load balancers ask for. Others are known by /sys/module, /proc/filesystems and their own name as an option. */
const features: Readonly<Record<string, Feature>> = {
  br_netfilter: { paths: ['/proc/sys/net/bridge'], option: 'CONFIG_BRIDGE_NETFILTER' },
  nf_conntrack: { paths: ['/proc/sys/net/netfilter', '/proc/sys/net/nf_conntrack_max'] },
  nf_conntrack_ipv4: { paths: ['/proc/sys/net/netfilter'], option: 'CONFIG_NF_CONNTRACK' },
  ip_vs: { paths: ['/proc/net/ip_vs', '/proc/sys/net/ipv4/vs'] },
  overlay: { paths: [], option: 'CONFIG_OVERLAY_FS' },
  fuse: { paths: ['/sys/fs/fuse'], option: 'CONFIG_FUSE_FS' },
  tun: { paths: ['/dev/net/tun'] },
  kvm: { paths: ['/dev/kvm'] },
  loop: { paths: ['/dev/loop-control'], option: 'CONFIG_BLK_DEV_LOOP' },
  ip_tables: { paths: ['/proc/net/ip_tables_names'], option: 'CONFIG_IP_NF_IPTABLES' },
  ip6_tables: { paths: ['/proc/net/ip6_tables_names'], option: 'CONFIG_IP6_NF_IPTABLES' },
  iptable_nat: { paths: [], option: 'CONFIG_IP_NF_NAT' },
  iptable_filter: { paths: [], option: 'CONFIG_IP_NF_FILTER' },
  dm_thin_pool: { paths: [], option: 'CONFIG_DM_THIN_PROVISIONING' },
  dm_mod: { paths: ['/dev/mapper/control'], option: 'CONFIG_BLK_DEV_DM' },
  nbd: { paths: [], option: 'CONFIG_BLK_DEV_NBD' },
  rbd: { paths: ['/sys/bus/rbd'], option: 'CONFIG_BLK_DEV_RBD' },
  bonding: { paths: ['/proc/net/bonding'] },
  dummy: { paths: [] },
  '8021q': { paths: ['/proc/net/vlan'], option: 'CONFIG_VLAN_8021Q' },
  ipip: { paths: [], option: 'CONFIG_NET_IPIP' },
  sctp: { paths: ['/proc/net/sctp'], option: 'CONFIG_IP_SCTP' },
};

/** A module's name as the kernel writes it in /sys/module: with underscores. */
export function kernelName(name: string): string {
  return name.replaceAll('-', '_');
}

/** Paths of which any one shows that the module is there. */
export function pathsOf(name: string): readonly string[] {
  const kernel = kernelName(name);
  return [`/sys/module/${kernel}`, ...(features[kernel]?.paths ?? [])];
}

/** The option that is `=y` in the configuration of a kernel that has the module built in. */
export function optionOf(name: string): string {
  const kernel = kernelName(name);
  return features[kernel]?.option ?? `CONFIG_${kernel.toUpperCase()}`;
}

/** The module that brings a path of /proc/sys (`/proc/sys/net/bridge/…` comes with br_netfilter), where it is known. */
export function moduleBehind(path: string): string | undefined {
  return Object.entries(features).find(([, { paths }]) => paths.some((each) => each.startsWith('/proc/sys/') && (path === each || path.startsWith(`${each}/`))))?.[0];
}
