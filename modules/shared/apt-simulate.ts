/** What apt would do, asked of apt itself, which then writes nothing. */
import type { Probe } from '../../engine/module/kit.ts';
import { linesOf } from './records.ts';
import { askRecords } from './script.ts';

/** What apt would do, by its own word. */
export interface Simulation {
  readonly ok: boolean;
  readonly installs: readonly { readonly name: string; readonly version: string; readonly was?: string | undefined }[];
  readonly removes: readonly { readonly name: string; readonly version: string }[];
  /** Real packages that apt chose for names that only others provide. */
  readonly chosen: readonly string[];
  /** What it was asked to install, versions resolved. */
  readonly targets: readonly string[];
  /** What apt says against it. */
  readonly errors: readonly string[];
  /** Known names that begin like the one that apt does not know. */
  readonly similar: readonly string[];
}

/** Options that make apt work out of what is on disk and write nothing, not even its own cache. */
const readOnly = '-o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=';

/** $1 install, remove, purge or autoremove, then options, "--", and targets. */
const simulateScript = `
set -f
op=$1 options=; shift
while [ "$1" != -- ]; do options="$options $1"; shift; done; shift
printf '@unversioned\\n'
for each do
  shift
  case $each in /*) set -- "$@" "$each"; continue;; esac
  name=\${each%%=*} asked=\${each#*=} found=
  if [ "$asked" != "$each" ]; then
    versions=$(apt-cache ${readOnly} policy "$name" | sed -n 's/^ \\(\\*\\*\\*\\|   \\) \\([^ ]*\\) .*/\\2/p')
    for version in $versions; do
      for short in "$version" "\${version#*:}"; do case $short in $asked|$asked-*) found=\${found:-$version};; esac; done
    done
    if [ -n "$found" ]; then each=$name=$found
    elif [ -n "$versions" ]; then printf ' %s=%s' "$name" "$asked"; printf ' %s' $versions; printf '\\n'
    else each=$name; fi
  fi
  set -- "$@" "$each"
done
printf '@targets\\n'; [ $# = 0 ] || printf ' %s\\n' "$@"
out=$(apt-get -s -y ${readOnly} $options "$op" "$@" 2>&1) && printf '@ok\\n yes\\n'
printf '@out\\n'; printf '%s\\n' "$out" | sed 's/^/ /'
unknown=$(printf '%s\\n' "$out" | sed -n 's/^E: Unable to locate package \\(...\\).*/\\1/p' | head -n 1)
[ -z "$unknown" ] || { printf '@similar\\n'; apt-cache ${readOnly} pkgnames "$unknown" | head -n 2000 | sed 's/^/ /'; }`;

/** Asks apt what it would do. */
export async function simulate(probe: Probe, op: 'install' | 'remove' | 'autoremove', options: readonly string[], targets: readonly string[]): Promise<Simulation> {
  const records = await askRecords(probe, simulateScript, [op, ...options, '--', ...targets], { timeout: 120 });
  return readSimulation(records);
}

/** Reads apt-get's `-s`: Inst, Remv and Purg lines, and what it says against. */
export function readSimulation(records: Readonly<Record<string, string>>): Simulation {
  const lines = linesOf(records['out']);
  const installs = lines.flatMap((line) => {
    const match = /^Inst (\S+) (?:\[([^\]]*)\] )?\((\S+)/.exec(line);
    return match ? [{ name: match[1]!, version: match[3]!, was: match[2] }] : [];
  });
  const removes = lines.flatMap((line) => {
    const match = /^(?:Remv|Purg) (\S+)(?: \[([^\]]*)\])?/.exec(line);
    return match ? [{ name: match[1]!, version: match[2] ?? '' }] : [];
  });
  const chosen = lines.flatMap((line) => /^Note, selecting '([^']+)' instead of/.exec(line)?.[1] ?? []);
  const unversioned = linesOf(records['unversioned']).map((line) => {
    const [asked = '', ...versions] = line.split(' ');
    const [name, version] = asked.split('=');
    return `E: ${name} has no version ${version}; there is ${versions.join(', ')}`;
  });
  const errors = unversioned.length > 0 ? unversioned : lines.filter((line) => /^(E:| \S+ : (Depends|Breaks|Conflicts|PreDepends))/.test(line)).map((line) => line.trim());
  return { ok: records['ok'] === 'yes' && unversioned.length === 0, installs, removes, chosen, targets: linesOf(records['targets']), errors, similar: linesOf(records['similar']) };
}
