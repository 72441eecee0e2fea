/** What rpm and dnf tell of a host, without changing it. */
import { Missing, type Probe } from '../../engine/module/kit.ts';
import { matchesVersion, type Asked } from './package-names.ts';
import type { PackageParams } from './package-params.ts';
import { linesOf } from './records.ts';
import { compareRpm } from './rpm-version.ts';
import { askRecords } from './script.ts';

/** An installed package. */
export interface Rpm {
  readonly name: string;
  /** version-release, with "epoch:" before it where that is not 0. */
  readonly version: string;
}

export interface DnfFacts {
  readonly manager: 'dnf' | 'yum';
  /** By what was asked for: what is installed of it, or provides it. */
  readonly installed: ReadonlyMap<string, readonly Rpm[]>;
  /** What is in the package files that were asked for, by path. */
  readonly files: ReadonlyMap<string, Rpm>;
  /** Lines of the version lock. */
  readonly locks: readonly string[];
  /** Versions can be locked: dnf 5 can by itself, the older ones with a plugin. */
  readonly canLock: boolean;
  /** Seconds since any repository's metadata was fetched; undefined where there is none. */
  readonly cacheAge: number | undefined;
}

/** What the repositories have, as far as the host knows without asking them. */
export interface DnfOffer {
  /** By name: the newest version that fits what was asked for. */
  readonly versions: ReadonlyMap<string, string>;
  /** Names with an update. */
  readonly updates: ReadonlyMap<string, string>;
  /** The metadata is there, so that what is not in it does not exist. */
  readonly isKnown: boolean;
}

/** Part of the shared script, for hosts with dnf or yum; $@ are names, "--", package files. */
export const dnfScript = `
format='%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n'
names=; while [ "$1" != -- ]; do names="$names $1"; shift; done; shift
set -f
for name in $names; do
  printf '@rpm:%s\\n' "$name"
  { rpm -q --qf "$format" -- "$name" 2>/dev/null || rpm -q --whatprovides --qf "$format" -- "$name" 2>/dev/null; } | grep "$(printf '\\t')" | sed 's/^/ /'
done
for file do
  printf '@rpmfile:%s\\n' "$file"
  [ -e "$file" ] && { name=$(rpm -qp --qf '%{NAME}' -- "$file" 2>/dev/null); rpm -qp --qf "$format" -- "$file" 2>/dev/null; rpm -q --qf "$format" -- "$name" 2>/dev/null | grep "$(printf '\\t')"; } | sed 's/^/ /'
done
set +f
printf '@locks\\n'; cat /etc/dnf/plugins/versionlock.list /etc/yum/pluginconf.d/versionlock.list /etc/dnf/versionlock.toml 2>/dev/null | sed 's/^/ /'
printf '@lockable\\n'; for file in /usr/bin/dnf5 /etc/dnf/plugins/versionlock.conf /etc/yum/pluginconf.d/versionlock.conf; do [ -e "$file" ] && printf ' yes\\n'; done
printf '@times\\n'; date +' now %s'
for file in /var/cache/dnf/*/repodata/repomd.xml /var/cache/libdnf5/*/repodata/repomd.xml /var/cache/yum/*/*/*/repomd.xml; do [ -e "$file" ] && stat -c ' cache %Y' "$file"; done`;

/** Reads what the script answered. Throws Missing for a package file that is not there. */
export function readDnfFacts(manager: 'dnf' | 'yum', records: Readonly<Record<string, string>>): DnfFacts {
  const times = (word: string): number[] => linesOf(records['times']).filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)));
  const cache = times('cache').length > 0 ? Math.max(...times('cache')) : undefined;
  const rows = Object.entries(records).filter(([name]) => /^rpm(file)?:/.test(name)).map(([name, text]) => ({ name: name.slice(name.indexOf(':') + 1), isFile: name.startsWith('rpmfile:'), rpms: linesOf(text).map(readRpm) }));
  const absent = rows.find(({ isFile, rpms }) => isFile && rpms.length === 0);
  if (absent) throw new Missing({ kind: 'path', name: absent.name }, `there is no package file ${absent.name} on the host`);
  return {
    manager,
    installed: new Map(rows.map(({ name, isFile, rpms }) => [name, isFile ? rpms.slice(1) : rpms])),
    files: new Map(rows.filter(({ isFile }) => isFile).map(({ name, rpms }) => [name, rpms[0]!])),
    locks: linesOf(records['locks']).filter((line) => !line.trim().startsWith('#')),
    canLock: Boolean(records['lockable']),
    cacheAge: cache === undefined ? undefined : Math.max(0, (times('now')[0] ?? cache) - cache),
  };
}

function readRpm(line: string): Rpm {
  const [name = '', version = ''] = line.split('\t');
  return { name, version: version.replace(/^0:/, '') };
}

/** Of the packages asked for, those that are not as they should be; with latest, also all that may have an update. */
export function dnfTodo(params: PackageParams, asked: readonly Asked[], facts: DnfFacts): Asked[] {
  return asked.filter((each) => {
    const there = facts.installed.get(each.name) ?? [];
    if (params.state === 'absent' || params.state === 'removed') return there.length > 0;
    if (each.isFile) return !there.some(({ version }) => isEnough(compareRpm(version, facts.files.get(each.name)!.version), params.allow_downgrade));
    if (each.version !== undefined) return !there.some(({ version }) => matchesVersion(version, each.version!));
    return params.state === 'latest' ? there.length > 0 || !params.only_upgrade : there.length === 0;
  });
}

/** In a dry run: what rpm would tell once earlier tasks are done. */
export function foreseenRpms(facts: DnfFacts, asked: readonly Asked[], probe: Probe): DnfFacts {
  const installed = new Map(facts.installed);
  for (const { name, version = '' } of asked) {
    const foreseen = probe.foreseen?.('package', name);
    if (foreseen) installed.set(name, foreseen['installed'] ? [{ name, version: String(foreseen['version'] ?? version) }] : []);
  }
  return { ...facts, installed };
}

/** Whether an installed package will do for a file: the same version, or a newer one that may not become older. */
function isEnough(order: number, allowDowngrade: boolean): boolean {
  return order === 0 || (order > 0 && !allowDowngrade);
}

/** $1 dnf or yum, then names. dnf writes a log even when it only looks: it goes to a folder that is removed. */
const offerScript = `
dnf=$1; shift
logs=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$logs"' EXIT
quiet="-q -C --setopt=logdir=$logs --setopt=keepcache=1"
printf '@offer\\n'
"$dnf" $quiet repoquery --latest-limit=1 --qf '%{name}\\t%{epoch}:%{version}-%{release}\\n' -- "$@" 2>/dev/null | grep "$(printf '\\t')" | sed 's/^/ /'
out=$("$dnf" $quiet check-update -- "$@" 2>/dev/null); code=$?
printf '@code\\n %s\\n@updates\\n' "$code"
[ "$code" = 100 ] && printf '%s\\n' "$out" | sed '/^Obsoleting/,$d' | awk 'NF >= 3 { print " " $1 "\\t" $2 }'`;

/** Asks dnf what it has, out of what it fetched before. */
export async function lookAtOffer(probe: Probe, manager: 'dnf' | 'yum', todo: readonly Asked[]): Promise<DnfOffer> {
  const specs = todo.map(({ name, version }) => (version === undefined ? name : `${name}-${version}`));
  return readOffer(await askRecords(probe, offerScript, [manager, ...specs], { timeout: 120 }));
}

/** Reads repoquery's rows and check-update's table (`name.arch  version  repository`). */
export function readOffer(records: Readonly<Record<string, string>>): DnfOffer {
  const versions = linesOf(records['offer']).map(readRpm).map(({ name, version }) => [name, version] as const);
  const updates = linesOf(records['updates']).map(readRpm).map(({ name, version }) => [name.replace(/\.[^.]+$/, ''), version] as const);
  return { versions: new Map(versions), updates: new Map(updates), isKnown: records['code'] === '0' || records['code'] === '100' };
}
