/** Facts about the distribution, from /etc/os-release and its older kin, under the names and words that Ansible uses. */

/** Records of the facts script. */
export type Records = Readonly<Record<string, string>>;
/** Facts without their prefix. */
export type Facts = Readonly<Record<string, unknown>>;

/** os-release's ID → Ansible's name of the distribution. */
const names: Readonly<Record<string, string>> = {
  debian: 'Debian', ubuntu: 'Ubuntu', centos: 'CentOS', rhel: 'RedHat', rocky: 'Rocky', almalinux: 'AlmaLinux', fedora: 'Fedora', ol: 'OracleLinux', amzn: 'Amazon',
  'opensuse-leap': 'openSUSE Leap', 'opensuse-tumbleweed': 'openSUSE Tumbleweed', sles: 'SLES', sled: 'SLED', arch: 'Archlinux', alpine: 'Alpine', linuxmint: 'Linux Mint', kali: 'Kali', raspbian: 'Raspbian',
  openeuler: 'openEuler', kylin: 'Kylin Linux Advanced Server', anolis: 'Anolis OS', alinux: 'Alibaba', tencentos: 'TencentOS', flatcar: 'Flatcar', gentoo: 'Gentoo', pop: 'Pop!_OS', devuan: 'Devuan', scientific: 'Scientific', virtuozzo: 'Virtuozzo', uos: 'UnionTech', photon: 'Photon',
};

/** Families by the IDs of os-release, ID_LIKE as a last resort. */
const families: readonly (readonly [string, readonly string[]])[] = [
  ['Debian', ['debian', 'ubuntu', 'raspbian', 'linuxmint', 'kali', 'pop', 'devuan', 'uos', 'deepin']],
  ['RedHat', ['rhel', 'centos', 'rocky', 'almalinux', 'fedora', 'ol', 'amzn', 'openeuler', 'kylin', 'anolis', 'alinux', 'tencentos', 'scientific', 'virtuozzo', 'photon']],
  ['Suse', ['sles', 'sled', 'opensuse-leap', 'opensuse-tumbleweed', 'suse', 'opensuse']],
  ['Archlinux', ['arch', 'manjaro']],
  ['Alpine', ['alpine']],
  ['Gentoo', ['gentoo']],
  ['Flatcar', ['flatcar']],
];

/** The distribution's facts. */
export function distributionFacts(records: Records): Facts {
  const os = readOsRelease(records['os-release'] ?? '');
  const id = (os['ID'] ?? '').toLowerCase();
  const distribution = names[id] ?? os['NAME'] ?? (records['ostype'] || 'NA');
  const version = versionOf(id, os, records);
  const [major = 'NA', minor] = version.split('.');
  return {
    distribution,
    distribution_version: version,
    distribution_major_version: major === '' ? 'NA' : major,
    ...(minor !== undefined && id === 'debian' && { distribution_minor_version: minor }),
    distribution_release: releaseOf(id, os, records),
    distribution_file_path: '/etc/os-release', distribution_file_parsed: true, distribution_file_variety: distribution,
    os_family: familyOf(id, os, distribution),
    lsb: { id: distribution, release: os['VERSION_ID'] ?? version, major_release: (os['VERSION_ID'] ?? version).split('.')[0], codename: os['VERSION_CODENAME'] ?? 'n/a', description: os['PRETTY_NAME'] ?? distribution },
  };
}

/** `KEY=value` lines, quotes taken off as a shell would. */
export function readOsRelease(text: string): Record<string, string> {
  const rows = text.split('\n').flatMap((line) => {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim());
    return match ? [[match[1]!, unquote(match[2]!)] as const] : [];
  });
  return Object.fromEntries(rows);
}

function unquote(value: string): string {
  const inner = /^"(.*)"$/.exec(value)?.[1];
  if (inner !== undefined) return inner.replace(/\\(["\\$`])/g, '$1');
  return /^'(.*)'$/.exec(value)?.[1] ?? value;
}

/** Debian tells its point release in a file of its own, the older CentOS too. */
function versionOf(id: string, os: Record<string, string>, records: Records): string {
  const own = os['VERSION_ID'] ?? '';
  if (id === 'debian') {
    const point = records['debian_version']?.trim() ?? '';
    if (/^\d+(\.\d+)*$/.test(point)) return point;
  }
  const release = /release (\d+)(?:\.(\d+))?/.exec(records['release'] ?? '');
  if (id === 'centos' && release?.[2] !== undefined) return `${release[1]}.${release[2]}`;
  return own || (release ? release[0].slice('release '.length) : 'NA');
}

function releaseOf(id: string, os: Record<string, string>, records: Records): string {
  if (os['VERSION_CODENAME']) return os['VERSION_CODENAME'];
  const inBrackets = /\(([^)]+)\)/.exec(records['release'] ?? os['VERSION'] ?? '')?.[1];
  if (inBrackets !== undefined && id !== 'fedora') return inBrackets;
  return id === 'centos' && /Stream/.test(os['NAME'] ?? '') ? 'Stream' : inBrackets ?? 'NA';
}

function familyOf(id: string, os: Record<string, string>, distribution: string): string {
  const ids = [id, ...(os['ID_LIKE'] ?? '').toLowerCase().split(/\s+/)];
  for (const each of ids) {
    const family = families.find(([, known]) => known.includes(each))?.[0];
    if (family !== undefined) return family;
  }
  return distribution;
}
