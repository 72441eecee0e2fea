/** What is mounted at a path, what is to be mounted there, and fstab: asked all at once. */
import type { Probe, Stat } from '../../engine/module/kit.ts';
import { lookAtEdited, type EditedFile } from './edit-file.ts';
import { unescaped } from './fstab.ts';
import { isBind, isHostPath, type MountParams } from './mount-params.ts';
import { linesOf } from './records.ts';
import { askRecords } from './script.ts';

/** One line of the kernel's table. */
export interface Mounted {
  readonly path: string;
  readonly source: string;
  readonly fstype: string;
  /** Of this mount, and of the file system behind it. */
  readonly opts: readonly string[];
}

export interface MountFound {
  /** The mount point, its links followed. */
  readonly real: string;
  /** What stands there; empty and full are folders that nothing is mounted on. */
  readonly point: 'missing' | 'empty' | 'full' | 'covered' | 'file';
  /** What is mounted there, the topmost last. */
  readonly stack: readonly Mounted[];
  /** Mount points below it. */
  readonly below: readonly string[];
  /** Whether the topmost is what src names; undefined where that cannot be told. */
  readonly same: boolean | undefined;
  /** What src is: a path of the host, something that only mounting will show, or not there. */
  readonly src: Stat['kind'] | 'elsewhere' | 'missing';
  readonly fstab: EditedFile;
  /** systemd runs, and makes units of fstab. */
  readonly systemd: boolean;
}

/** The mount point itself is not touched where something is mounted on it: a server that is gone would hold us. */
const inspectScript = `
path=$1 src=$2 bind=$3 dev=
mp() { MP=$(printf %s "$1" | sed 's/\\\\/\\\\134/g; s/ /\\\\040/g'); export MP; }
mounts() { awk '$5 == ENVIRON["MP"] || (ENVIRON["MP"] != "/" && index($5, ENVIRON["MP"] "/") == 1)' /proc/self/mountinfo; }
top() { awk '$5 == ENVIRON["MP"] { for (i = 7; i < NF; i++) if ($i == "-") { at = i + 2; break }; s = $at } END { print s }' /proc/self/mountinfo; }
real=$path; mp "$real"; now=$(top)
if [ -z "$now" ]; then real=$(readlink -f -- "$path" 2>/dev/null) || real=$path; mp "$real"; now=$(top); fi
printf '@real\\n %s\\n@mounts\\n' "$real"; mounts | sed 's/^/ /'
printf '@point\\n'
if [ -n "$now" ]; then printf ' covered\\n'
elif [ -d "$real" ]; then [ -z "$(ls -A "$real" 2>/dev/null | head -n 1)" ] && printf ' empty\\n' || printf ' full\\n'
elif [ -e "$real" ]; then printf ' file\\n'
else printf ' missing\\n'; fi
case $src in
  /*) dev=$src;;
  UUID=*|LABEL=*|PARTUUID=*|PARTLABEL=*)
    if command -v findfs >/dev/null 2>&1; then dev=$(findfs "$src" 2>/dev/null) || printf '@lost\\n'; fi;;
esac
if [ -n "$now" ] && [ -n "$bind" ]; then
  printf '@same\\n'; [ "$dev" -ef "$real" ] && printf ' yes\\n' || printf ' no\\n'
elif [ -b "$dev" ] && [ -b "$now" ]; then
  printf '@same\\n'; [ "$(readlink -f "$dev")" = "$(readlink -f "$now")" ] && printf ' yes\\n' || printf ' no\\n'
fi
[ ! -d /run/systemd/system ] || printf '@systemd\\n'`;

/** Looks: one round trip. */
export async function lookAtMount(params: MountParams, probe: Probe): Promise<MountFound> {
  const { src = '' } = params;
  const path = params.path.replace(/(.)\/+$/, '$1');
  const [records, fstab, stat] = await Promise.all([
    askRecords(probe, inspectScript, [path, src, isBind(params) ? 'yes' : '']),
    lookAtEdited(params.fstab, {}, probe),
    isHostPath(src) ? probe.stat(src, { follow: true }) : undefined,
  ]);
  const real = records['real'] ?? path;
  const all = linesOf(records['mounts']).map(readMountinfo);
  const point = (records['point'] ?? 'missing') as MountFound['point'];
  const gone = (at: string): boolean => probe.foreseen?.('path', at)?.['mounted'] === false;
  const found = {
    real, fstab, systemd: records['systemd'] !== undefined,
    stack: all.filter((each) => each.path === real), below: all.map((each) => each.path).filter((at) => at !== real && !gone(at)),
    src: isHostPath(src) ? stat?.kind ?? 'missing' : records['lost'] === undefined ? 'elsewhere' : 'missing', point,
    same: records['same'] === undefined ? undefined : records['same'] === 'yes',
  } as const;
  return withForeseen(found, probe.foreseen?.('path', real));
}

/** In a dry run: the mount as earlier tasks would leave it. What they mount is taken for what is asked, since no device can be looked at yet. */
function withForeseen(found: MountFound, foreseen: Readonly<Record<string, unknown>> | undefined): MountFound {
  if (foreseen?.['mounted'] === undefined) return found;
  const point = (foreseen['point'] ?? found.point) as MountFound['point'];
  if (foreseen['mounted'] === false) return { ...found, stack: [], point, same: undefined };
  const word = (name: string): string => String(foreseen[name] ?? '');
  return { ...found, stack: [{ path: found.real, source: word('source'), fstype: word('fstype'), opts: word('opts').split(',') }], point, same: true };
}

/** A line of /proc/self/mountinfo (proc(5)): fields before a lone dash, three after it. */
export function readMountinfo(line: string): Mounted {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [fstype = '', source = '', more = ''] = fields.slice(dash + 1);
  return { path: unescaped(fields[4] ?? ''), source: unescaped(source), fstype, opts: [...(fields[5] ?? '').split(','), ...more.split(',')] };
}

