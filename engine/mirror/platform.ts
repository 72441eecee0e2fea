/** What hosts run on, as far as packages and images depend on it: `debian-12-amd64`. */
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';

/** A distribution of a version on an architecture. */
export interface Platform {
  /** `debian-12-amd64` */
  readonly name: string;
  readonly manager: 'apt' | 'rpm';
  /** As os-release has it: debian, ubuntu, rocky. */
  readonly distribution: string;
  /** The part of the version within which packages fit: 12, 24.04, 9. */
  readonly version: string;
  /** Debian's and Ubuntu's code name: bookworm. */
  readonly codename?: string | undefined;
  /** In the package manager's words: amd64, x86_64. */
  readonly arch: string;
}

interface Distribution {
  readonly fact: string;
  readonly family: 'Debian' | 'RedHat';
  /** By version; those of others need none. */
  readonly codenames?: Readonly<Record<string, string>>;
}

const distributions: Readonly<Record<string, Distribution>> = {
  debian: { fact: 'Debian', family: 'Debian', codenames: { 11: 'bullseye', 12: 'bookworm', 13: 'trixie', 14: 'forky' } },
  ubuntu: { fact: 'Ubuntu', family: 'Debian', codenames: { '20.04': 'focal', '22.04': 'jammy', '24.04': 'noble', '26.04': 'resolute' } },
  rhel: { fact: 'RedHat', family: 'RedHat' }, centos: { fact: 'CentOS', family: 'RedHat' }, rocky: { fact: 'Rocky', family: 'RedHat' },
  almalinux: { fact: 'AlmaLinux', family: 'RedHat' }, ol: { fact: 'OracleLinux', family: 'RedHat' }, fedora: { fact: 'Fedora', family: 'RedHat' },
  amzn: { fact: 'Amazon', family: 'RedHat' }, openeuler: { fact: 'openEuler', family: 'RedHat' },
};

/** Names of an architecture: the container world's and Debian's, the kernel's and RPM's. */
const architectures: readonly (readonly [go: string, machine: string])[] = [['amd64', 'x86_64'], ['arm64', 'aarch64'], ['ppc64le', 'ppc64le'], ['s390x', 's390x'], ['riscv64', 'riscv64'], ['loong64', 'loongarch64']];

/** Debian calls one of them by a name of its own. */
const debianArch = (go: string): string => (go === 'ppc64le' ? 'ppc64el' : go);

/** The architecture in the words of images, of what the kernel calls it. */
export function imageArch(machine: string): string {
  return architectures.find(([, name]) => name === machine)?.[0] ?? machine;
}

/** Reads `debian-12-amd64`. Throws TextError. */
export function readPlatform(text: string): Platform {
  const [, id = '', version = '', arch = ''] = /^([a-z]+)-([\d.]+)-(\w+)$/.exec(text) ?? [];
  const known = distributions[id];
  if (!known) throw new TextError({ message: `--platform: "${text}" is not of the form DISTRIBUTION-VERSION-ARCHITECTURE`, hint: nearestHint(id, Object.keys(distributions)) ?? 'such as debian-12-amd64, ubuntu-24.04-arm64, rocky-9-x86_64' });
  const names = architectures.find((pair) => pair.includes(arch));
  if (!names) throw new TextError({ message: `--platform: "${arch}" is not an architecture`, hint: `known: ${architectures.map(([go]) => go).join(', ')}` });
  const codename = known.codenames?.[version];
  if (known.codenames && !codename) throw new TextError({ message: `--platform: ${known.fact} ${version} is not known`, hint: `known: ${Object.keys(known.codenames).join(', ')}` });
  return platform(id, known.family, version, codename, names[1]);
}

/** The platform of a host, by its facts; undefined where they tell of none that has packages of these kinds. */
export function platformOf(fact: (name: string) => unknown): Platform | undefined {
  const [name, whole, major, release, family, machine] = ['distribution', 'distribution_version', 'distribution_major_version', 'distribution_release', 'os_family', 'architecture'].map((each) => String(fact(each) ?? ''));
  if (family !== 'Debian' && family !== 'RedHat') return undefined;
  const id = Object.entries(distributions).find(([, each]) => each.fact === name)?.[0] ?? name!.toLowerCase().replace(/\W+/g, '');
  return platform(id, family, id === 'ubuntu' ? whole! : major!, family === 'Debian' ? release : undefined, machine!);
}

function platform(distribution: string, family: Distribution['family'], version: string, codename: string | undefined, machine: string): Platform {
  const manager = family === 'Debian' ? 'apt' : 'rpm';
  const arch = manager === 'apt' ? debianArch(imageArch(machine)) : machine;
  return { name: `${distribution}-${version}-${arch}`, manager, distribution, version, codename, arch };
}

/** The facts of a host of a platform that is not there yet, as far as the platform alone tells them. */
export function factsOf({ manager, distribution, version, codename, arch }: Platform): Readonly<Record<string, unknown>> {
  const { fact, family } = distributions[distribution]!;
  const machine = architectures.find(([go, name]) => name === arch || debianArch(go) === arch)![1];
  return {
    system: 'Linux', distribution: fact, distribution_version: version, distribution_major_version: version.split('.')[0], distribution_release: codename ?? 'NA',
    os_family: family, architecture: machine, machine, pkg_mgr: manager === 'apt' ? 'apt' : 'dnf', service_mgr: 'systemd', default_ipv4: {}, default_ipv6: {},
  };
}
