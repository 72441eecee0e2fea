/** What dpkg and apt tell of a host, without changing it. */
import { Missing, ModuleFailure, type Probe } from '../../engine/module/kit.ts';
import { matchesVersion, type Asked } from './package-names.ts';
import type { PackageParams } from './package-params.ts';
import { linesOf } from './records.ts';

/** A package that dpkg knows. */
export interface Package {
  readonly version: string;
  /** installed: unpacked and configured; broken: cut off half-way; config: only its configuration files are left. */
  readonly state: 'installed' | 'broken' | 'config' | 'none';
  readonly isHeld: boolean;
  /** In a dry run: an earlier task would have installed or changed it, to the newest version. */
  readonly isForeseen?: boolean;
}

/** What one look at dpkg gives. */
export interface AptFacts {
  readonly packages: ReadonlyMap<string, Package>;
  /** Names that installed packages provide. */
  readonly provided: ReadonlySet<string>;
  /** Package files of the host: what is in them, and whether that version or a newer one is installed. */
  readonly files: ReadonlyMap<string, { readonly name: string; readonly version: string; readonly installed: 'older' | 'same' | 'newer' | 'none' }>;
  /** Seconds since the lists were refreshed; undefined where there are none. */
  readonly listsAge: number | undefined;
  /** The list of repositories was changed after the lists were refreshed. */
  readonly areListsBehind: boolean;
  /** An earlier dpkg was cut off. */
  readonly isInterrupted: boolean;
  /** A policy-rc.d of ours was left by a run that was cut off. */
  readonly hasLeftover: boolean;
  /** Release name, such as bookworm. */
  readonly release: string;
}

const tab = '\\t';

/** Part of the shared script, for hosts with apt; $@ are names, "--", package files. */
export const aptScript = `
names=; while [ "$1" != -- ]; do names="$names $1"; shift; done; shift
field=$(printf '\\t')
set -f
printf '@release\\n'; sed -n 's/^VERSION_CODENAME=/ /p' /etc/os-release
printf '@packages\\n'
[ -z "$names" ] || dpkg-query -W -f '\${binary:Package}${tab}\${Package}${tab}\${Architecture}${tab}\${db:Status-Abbrev}${tab}\${Version}\\n' $names 2>/dev/null | sed 's/^/ /'
printf '@native\\n'; dpkg --print-architecture | sed 's/^/ /'
printf '@provided\\n'
[ -z "$names" ] || dpkg-query -W -f '\${db:Status-Abbrev}${tab}\${Provides}\\n' 2>/dev/null | awk -F "$field" -v names="$names" '
  BEGIN { n = split(names, list, " "); for (i = 1; i <= n; i++) want[list[i]] = 1 }
  $1 ~ /^.i/ { m = split($2, given, /, */); for (i = 1; i <= m; i++) { sub(/[ (].*/, "", given[i]); if (given[i] in want) print " " given[i] } }'
set +f
printf '@times\\n'; date +' now %s'
for file in /var/lib/apt/lists/*Release /var/lib/apt/lists/*_Packages*; do
  [ -e "$file" ] && { stat -c ' lists %.Y' /var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp 2>/dev/null; break; }
done
stat -c ' sources %.Y' /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null
printf '@interrupted\\n'; ls /var/lib/dpkg/updates 2>/dev/null | grep -E '^[0-9]+$' | sed 's/^/ /'
printf '@leftover\\n'
mark=$(sed -n 's/^# kplay //p' /usr/sbin/policy-rc.d 2>/dev/null)
lives() { read -r stat < "/proc/$1/stat" && begun=$2 && set -- \${stat##*) } && [ "\${20}" = "$begun" ]; }
[ -z "$mark" ] || lives \${mark% *} \${mark#* } 2>/dev/null || printf ' yes\\n'
for file do
  printf '@file:%s\\n' "$file"
  [ -e "$file" ] || { printf ' missing\\n'; continue; }
  name=$(dpkg-deb -f "$file" Package) version=$(dpkg-deb -f "$file" Version) now=$(dpkg-query -W -f '\${db:Status-Abbrev} \${Version}' "$name" 2>/dev/null)
  case $now in
    ?i*) now=\${now##* }
      if dpkg --compare-versions "$now" eq "$version"; then state=same; elif dpkg --compare-versions "$now" gt "$version"; then state=newer; else state=older; fi;;
    *) state=none;;
  esac
  printf ' %s\\n %s\\n %s\\n' "$name" "$version" "$state"
done`;

/** Reads what the script answered. Throws Missing for a package file that is not there. */
export function readAptFacts(records: Readonly<Record<string, string>>): AptFacts {
  const times = (word: string): number[] => linesOf(records['times']).filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)));
  const lists = times('lists').length > 0 ? Math.max(...times('lists')) : undefined;
  const files = Object.entries(records).filter(([name]) => name.startsWith('file:')).map(([name, answer]) => readFile(name.slice(5), answer));
  return {
    packages: readPackages(records['packages'], records['native'] ?? ''),
    provided: new Set(linesOf(records['provided'])),
    files: new Map(files),
    listsAge: lists === undefined ? undefined : Math.max(0, (times('now')[0] ?? lists) - lists),
    areListsBehind: lists !== undefined && Math.max(0, ...times('sources')) > lists,
    isInterrupted: Boolean(records['interrupted']),
    hasLeftover: records['leftover'] === 'yes',
    release: records['release']?.replaceAll('"', '') ?? '',
  };
}

/** Rows of dpkg-query by name; the host's own architecture speaks for a name without one. */
function readPackages(text: string | undefined, native: string): Map<string, Package> {
  const packages = new Map<string, Package>();
  for (const line of linesOf(text)) {
    const [binary = '', name = '', arch = '', status = '', version = ''] = line.split('\t');
    const state = ({ n: 'none', c: 'config', i: 'installed', t: 'installed', W: 'installed' } as const)[status[1] ?? 'n'] ?? 'broken';
    const each: Package = { version, state, isHeld: status.startsWith('h') };
    packages.set(`${name}:${arch}`, each).set(binary, each);
    if (arch === native || arch === 'all' || arch === '' || !packages.has(name) || packages.get(name)!.state === 'none') packages.set(name, each);
  }
  return packages;
}

function readFile(path: string, answer: string): [string, { name: string; version: string; installed: 'older' | 'same' | 'newer' | 'none' }] {
  const [name = '', version = '', installed = 'none'] = linesOf(answer);
  if (name === 'missing' && version === '') throw new Missing({ kind: 'path', name: path }, `there is no file ${path} on the host`);
  if (version === '') throw new ModuleFailure(`${path} is not a Debian package`);
  return [path, { name, version, installed: installed as 'older' | 'same' | 'newer' | 'none' }];
}

/** Of the packages asked for, those that are not as they should be. */
export function aptTodo(params: PackageParams, asked: readonly Asked[], facts: AptFacts): Asked[] {
  return asked.filter((each) => {
    const known = facts.packages.get(each.name);
    const isThere = known?.state === 'installed';
    switch (params.state) {
      case 'absent':
      case 'removed': return isThere || known?.state === 'broken' || (params.purge && known?.state === 'config');
      case 'latest': if (!each.isFile && each.version === undefined) return known?.isForeseen ? false : isThere || known?.state === 'broken' || !params.only_upgrade;
    }
    if (each.isFile) return needsFile(params, facts.files.get(each.name)?.installed);
    if (each.version !== undefined) return !isThere || (known.version !== '' && !matchesVersion(known.version, each.version));
    return !isThere && !facts.provided.has(each.name);
  });
}

/** In a dry run: what dpkg would tell once earlier tasks are done; no version where only the run can tell it. */
export function foreseenFacts(facts: AptFacts, asked: readonly Asked[], probe: Probe): AptFacts {
  const packages = new Map(facts.packages);
  for (const { name } of asked) {
    const foreseen = probe.foreseen?.('package', name.replace(/:.*$/, ''));
    if (!foreseen) continue;
    const now = packages.get(name) ?? { version: '', state: 'none', isHeld: false };
    const { installed, version, held } = foreseen as { installed?: boolean; version?: string; held?: boolean };
    const state = installed === undefined ? now.state : installed ? 'installed' : 'none';
    packages.set(name, { version: installed ? version ?? '' : now.version, state, isHeld: held ?? now.isHeld, isForeseen: installed === true });
  }
  return { ...facts, packages };
}

function needsFile(params: PackageParams, installed: 'older' | 'same' | 'newer' | 'none' | undefined): boolean {
  return installed === 'older' || installed === 'none' || (installed === 'newer' && params.allow_downgrade);
}
