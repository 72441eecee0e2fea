/** Facts about the system: names, user, time, environment, managers, security, virtualisation, local facts. */
import type { Facts, Records } from './facts-distribution.ts';

/** What is known of every host. */
export function systemFacts(records: Records, family: string): Facts {
  const { ostype: system = 'Linux', hostname: nodename = '', osrelease: kernel = '', machine = '', version = '' } = records;
  return {
    system, kernel, kernel_version: version, machine, architecture: /^i[3-6]86$/.test(machine) ? 'i386' : machine,
    userspace_architecture: machine, userspace_bits: /64|s390x/.test(machine) ? '64' : '32',
    ...nameFacts(nodename, records['hosts'] ?? ''),
    ...userFacts(records['id'] ?? '', records['passwd'] ?? ''), date_time: dateFacts(records['date']), env: envFacts(records['env']),
    machine_id: records['machine-id'] ?? '', fips: records['fips_enabled'] === '1', cmdline: cmdlineFacts(records['cmdline']), proc_cmdline: cmdlineFacts(records['cmdline']),
    loadavg: loadFacts(records['loadavg']), pkg_mgr: packageManager(records, family), service_mgr: serviceManager(records),
    selinux: selinuxFacts(records), apparmor: { status: has(records, '/sys/kernel/security/apparmor') ? 'enabled' : 'disabled' },
    is_chroot: isChroot(records['root']), ...hostKeys(records),
  };
}

/** What kind of machine this is, in Ansible's words. */
export function virtualFacts(records: Records): Facts {
  const container = records['container'] === 'none' ? '' : records['container'];
  const byCgroup = /[/-](docker|lxc|podman|libpod)/.exec(records['cgroup'] ?? '')?.[1] ?? (has(records, '/.dockerenv') ? 'docker' : undefined) ?? (has(records, '/run/.containerenv') ? 'podman' : undefined);
  const inside = container || byCgroup;
  if (inside) return { virtualization_type: inContainer[inside] ?? 'container', virtualization_role: 'guest' };
  const vm = records['vm'] && records['vm'] !== 'none' ? records['vm'] : vendorVm(records);
  if (vm) return { virtualization_type: inMachine[vm] ?? vm, virtualization_role: 'guest' };
  if (/^(kvm|vboxdrv) /m.test(records['modules'] ?? '') || has(records, '/dev/kvm')) return { virtualization_type: /^vboxdrv /m.test(records['modules'] ?? '') ? 'virtualbox' : 'kvm', virtualization_role: 'host' };
  return { virtualization_type: 'NA', virtualization_role: 'NA' };
}

/** Names of systemd-detect-virt → Ansible's. */
const inContainer: Readonly<Record<string, string>> = { docker: 'docker', lxc: 'lxc', 'lxc-libvirt': 'lxc', podman: 'podman', libpod: 'podman', openvz: 'openvz' };
const inMachine: Readonly<Record<string, string>> = { qemu: 'kvm', amazon: 'kvm', vmware: 'VMware', microsoft: 'VirtualPC', oracle: 'virtualbox', parallels: 'parallels' };

function vendorVm(records: Records): string | undefined {
  const said = `${records['sys_vendor'] ?? ''} ${records['product_name'] ?? ''}`;
  const known = [[/KVM|QEMU|Bochs|OpenStack|Alibaba|Tencent|Google|Amazon EC2|DigitalOcean|Hetzner/i, 'kvm'], [/VMware/i, 'vmware'], [/VirtualBox|innotek/i, 'oracle'], [/Microsoft.*Virtual/i, 'microsoft'], [/Xen/i, 'xen'], [/Parallels/i, 'parallels']] as const;
  return known.find(([pattern]) => pattern.test(said))?.[1] ?? (/^hypervisor$/m.test(records['cpuinfo'] ?? '') ? 'kvm' : undefined);
}

function has(records: Records, path: string): boolean {
  return (records['there'] ?? '').split('\n').includes(path);
}

/** The full name is the first one of /etc/hosts on the host's own line; no name server is asked. */
function nameFacts(nodename: string, hosts: string): Facts {
  const line = hosts.split('\n').map((each) => each.replace(/#.*$/, '').trim().split(/\s+/).slice(1)).find((names) => names.includes(nodename));
  const fqdn = nodename.includes('.') ? nodename : line?.find((name) => name.startsWith(`${nodename}.`)) ?? nodename;
  return { nodename, hostname: nodename.split('.')[0]!, fqdn, domain: fqdn.includes('.') ? fqdn.slice(fqdn.indexOf('.') + 1) : '' };
}

/** `id` prints "uid=0(root) gid=0(root) groups=…". */
function userFacts(id: string, passwd: string): Facts {
  const number = (word: string): number => Number(new RegExp(`\\b${word}=(\\d+)`).exec(id)?.[1]);
  const [, , , , gecos = '', dir = '', shell = ''] = passwd.split(':');
  const [uid, gid] = [number('uid'), number('gid')];
  const ids = { real_user_id: uid, effective_user_id: number('euid') || uid, real_group_id: gid, effective_group_id: number('egid') || gid };
  return { user_id: /\buid=\d+\(([^)]*)\)/.exec(id)?.[1] ?? String(uid), user_uid: uid, user_gid: gid, user_gecos: gecos, user_dir: dir, user_shell: shell, ...ids };
}

function dateFacts(text: string | undefined): Facts {
  const [epoch = '', year = '', month = '', day = '', hour = '', minute = '', second = '', weekday = '', number = '', week = '', tz = '', offset = '', nano = '0'] = (text ?? '').split('\n');
  const utc = new Date(Number(epoch) * 1000).toISOString().slice(0, 19);
  const micro = nano.slice(0, 6).padEnd(6, '0');
  const basic = `${year}${month}${day}T${hour}${minute}${second}`;
  return {
    epoch, epoch_int: epoch, year, month, day, hour, minute, second, weekday, weekday_number: number, weeknumber: week, tz, tz_dst: tz, tz_offset: offset,
    date: `${year}-${month}-${day}`, time: `${hour}:${minute}:${second}`, iso8601: `${utc}Z`, iso8601_micro: `${utc}.${micro}Z`, iso8601_basic: `${basic}${micro}`, iso8601_basic_short: basic,
  };
}

/** Variables one a line; \u0001 stands for a line end inside one. LC_ALL=C is the question's own. */
function envFacts(text: string | undefined): Facts {
  const rows = (text ?? '').split('\n').filter((line) => line.includes('=') && line !== 'LC_ALL=C');
  return Object.fromEntries(rows.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replaceAll('\u0001', '\n')]));
}

function cmdlineFacts(text: string | undefined): Facts {
  const words = [...(text ?? '').matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
  return Object.fromEntries(words.map((word) => (word.includes('=') ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word, true])));
}

function loadFacts(line: string | undefined): Facts {
  const [one, five, fifteen] = (line ?? '').split(' ').map(Number);
  return { '1m': one, '5m': five, '15m': fifteen };
}

function packageManager(records: Records, family: string): string {
  if (family === 'RedHat' && has(records, '/run/ostree-booted')) return 'atomic_container';
  const tools: readonly (readonly [string, string])[] = [['/usr/bin/dnf5', 'dnf5'], ['/usr/bin/dnf', 'dnf'], ['/usr/bin/microdnf', 'dnf'], ['/usr/bin/yum', 'yum'], ['/usr/bin/apt-get', 'apt'], ['/usr/bin/zypper', 'zypper'], ['/sbin/apk', 'apk'], ['/usr/bin/pacman', 'pacman'], ['/usr/bin/emerge', 'portage']];
  if (family === 'Debian' && has(records, '/usr/bin/apt-get')) return 'apt';
  if (has(records, '/usr/bin/dnf-3')) return 'dnf';
  return tools.find(([path]) => has(records, path))?.[1] ?? 'unknown';
}

function serviceManager(records: Records): string {
  if (has(records, '/run/systemd/system')) return 'systemd';
  if (has(records, '/sbin/openrc')) return 'openrc';
  const comm = records['comm'] ?? '';
  return comm === 'init' || comm === '' || /^(sh|bash|dash|sleep|tail)$/.test(comm) ? 'service' : comm;
}

function selinuxFacts(records: Records): Facts {
  if (!has(records, '/sys/fs/selinux/enforce')) return { status: 'disabled' };
  const of = (word: string): string => new RegExp(`^${word}=(\\w+)`, 'm').exec(records['selinux'] ?? '')?.[1] ?? 'unknown';
  return { status: 'enabled', mode: records['enforce'] === '1' ? 'enforcing' : 'permissive', config_mode: of('SELINUX'), type: of('SELINUXTYPE'), policyvers: records['policyvers'] ?? 'unknown' };
}

function isChroot(text: string | undefined): boolean {
  const [own, first] = (text ?? '').split('\n').filter(Boolean);
  return own !== undefined && first !== undefined && own !== first;
}

function hostKeys(records: Records): Facts {
  const keys = Object.entries(records).filter(([name]) => name.startsWith('hostkey:')).flatMap(([name, line]) => {
    const [type, key] = line.trim().split(' ');
    return key === undefined ? [] : [[`ssh_host_key_${name.slice(8)}_public`, key], [`ssh_host_key_${name.slice(8)}_public_keytype`, type]];
  });
  return Object.fromEntries(keys);
}

/** Facts that stand in files of the host, JSON or INI, by the file's name; a file that is neither becomes what is wrong with it. */
export function localFacts(records: Records): Facts {
  const files = Object.entries(records).filter(([name]) => name.startsWith('local:'));
  return { local: Object.fromEntries(files.map(([name, text]) => [name.slice(6), readLocal(text)])) };
}

function readLocal(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return readIni(text) ?? 'error loading facts as JSON or INI';
  }
}

/** Sections of `key = value` or `key: value`; keys in small letters, as Python reads them. */
function readIni(text: string): Facts | undefined {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> | undefined;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const head = /^\[(.+)\]$/.exec(line)?.[1];
    const pair = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line);
    if (head !== undefined) section = sections[head] = {};
    else if (pair && section) section[pair[1]!.toLowerCase()] = pair[2]!;
    else return undefined;
  }
  return section ? sections : undefined;
}
