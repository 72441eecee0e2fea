/** What swap a host has: in its kernel, in fstab, in systemd's units, and what stands where it is to be. */
import type { Probe } from '../../engine/module/kit.ts';
import { lookAtEdited, type EditedFile } from './edit-file.ts';
import { unescaped } from './fstab.ts';
import { linesOf } from './records.ts';
import { askRecords } from './script.ts';
import { readStatus } from './unit.ts';

/** Swap that the kernel uses. */
export interface ActiveSwap {
  /** A device or file. */
  readonly name: string;
  readonly kind: 'file' | 'partition';
  /** Bytes. */
  readonly size: number;
}

/** A unit that is swap, or a service that makes some. */
export interface SwapUnit {
  readonly name: string;
  /** Its file; empty where systemd only saw the swap in use. */
  readonly file: string;
  /** The file that a generator made it of, such as /etc/fstab. */
  readonly madeOf: string;
  /** What it turns on, as its file names it. */
  readonly what: string;
  /** enabled, disabled, static, generated, masked … */
  readonly boot: string;
  readonly active: boolean;
}

export interface SwapFound {
  readonly fstab: EditedFile;
  readonly active: readonly ActiveSwap[];
  readonly units: readonly SwapUnit[];
  /** The name that systemd has for swap on the path asked for. */
  readonly own: string | undefined;
  readonly systemd: boolean;
  /** The kind of container that the host is, whose kernel's swap is not its own; undefined for a machine. */
  readonly container: string | undefined;
  /** Sources of swap in fstab and in units, and the path asked for, with the device or file that each one is. */
  readonly real: Readonly<Record<string, string>>;
  /** The path asked for: `holds` is swap, the type of a file system, or empty. */
  readonly target: { readonly kind: 'missing' | 'file' | 'device' | 'other'; readonly size: number; readonly holds: string } | undefined;
}

/** Services of distributions that make swap at boot by a program of their own. */
export const swapServices = ['zramswap', 'zram-config', 'zram-swap-config', 'zramd', 'dphys-swapfile', 'swapspace', 'systemd-swap'].map((name) => `${name}.service`);

/** $1 the path or nothing, $2 fstab, then the names of services. */
const inspectScript = `
path=$1 fstab=$2; shift 2
printf '@active\\n'; sed 1d /proc/swaps 2>/dev/null | sed 's/^/ /'
printf '@container\\n'
if [ -r /run/systemd/container ]; then sed 's/^/ /' /run/systemd/container; echo
elif [ -e /.dockerenv ]; then printf ' docker\\n'
elif [ -e /run/.containerenv ]; then printf ' podman\\n'
else tr '\\0' '\\n' 2>/dev/null < /proc/1/environ | sed -n 's/^container=/ /p'; fi
real() { case $1 in /*) readlink -f -- "$1" || printf '%s\\n' "$1";; *=*) findfs "$1" 2>/dev/null || echo;; *) echo;; esac; }
told() { [ -z "$1" ] || { printf '@real:%s\\n' "$1"; real "$1" | sed 's/^/ /'; }; }
{ printf '%s\\n' "$path"; awk '$1 !~ /^#/ && $3 == "swap" { print $1 }' "$fstab" 2>/dev/null; } | while IFS= read -r each; do told "$each"; done
if [ -n "$path" ]; then
  printf '@target\\n'
  if [ -b "$path" ]; then printf ' device\\n 0\\n'
  elif [ -f "$path" ]; then printf ' file\\n'; stat -Lc ' %s' -- "$path"
  elif [ -e "$path" ]; then printf ' other\\n 0\\n'
  else printf ' missing\\n 0\\n'; fi
  if [ -b "$path" ] || [ -f "$path" ]; then
    if command -v blkid >/dev/null 2>&1; then blkid -p -o value -s TYPE -- "$path" 2>/dev/null | sed 's/^/ /'; else printf ' unknown\\n'; fi
  fi
fi
if [ -d /run/systemd/system ]; then
  for each in $(sed -n 's,^/dev/\\(zram[0-9]*\\)[[:space:]].*,\\1,p' /proc/swaps); do set -- "$@" "systemd-zram-setup@$each.service"; done
  if [ -n "$path" ]; then own=$(systemd-escape --path --suffix=swap -- "$path"); set -- "$@" "$own"; printf '@own\\n %s\\n' "$own"; fi
  for each in /etc/systemd/system/*.swap /run/systemd/generator*/*.swap /usr/local/lib/systemd/system/*.swap /usr/lib/systemd/system/*.swap /lib/systemd/system/*.swap; do
    if [ -e "$each" ] || [ -L "$each" ]; then set -- "$@" "\${each##*/}"; fi
  done
  systemctl show -p What --value -- "$@" | sort -u | while IFS= read -r each; do told "$each"; done
  printf '@units\\n'; systemctl show -p Id,LoadState,ActiveState,UnitFileState,FragmentPath,SourcePath,What -- "$@" | sed 's/^/ /'
fi`;

/** Looks: one round trip. */
export async function lookAtSwap({ path = '', fstab }: { readonly path?: string | undefined; readonly fstab: string }, probe: Probe): Promise<SwapFound> {
  const [records, file, stat] = await Promise.all([
    askRecords(probe, inspectScript, [path, fstab, ...swapServices]), lookAtEdited(fstab, {}, probe), path === '' ? undefined : probe.stat(path, { follow: true }),
  ]);
  const foreseen = probe.foreseen?.('path', '/proc/swaps') ?? {};
  const active = readSwaps(records['active'] ?? '').filter(({ name }) => foreseen[name] !== false);
  const coming = Object.entries(foreseen).filter(([name, on]) => on === true && !active.some((each) => each.name === name)).map(([name]) => ({ name, kind: 'file', size: 0 }) as const);
  const [kind, size = '0', holds = ''] = (records['target'] ?? '').split('\n');
  return {
    fstab: file, active: [...active, ...coming], systemd: records['units'] !== undefined, container: records['container']?.trim() || undefined,
    units: readUnits(records['units'] ?? '').map((unit) => withForeseen(unit, probe.foreseen?.('unit', unit.name))),
    real: Object.fromEntries(Object.entries(records).flatMap(([name, value]) => (name.startsWith('real:') && value !== '' ? [[name.slice(5), value]] : []))),
    own: records['own'],
    target: path === '' ? undefined : stat && kind === 'missing' ? { kind: 'file', size: stat.size, holds: 'swap' } : { kind: (kind || 'missing') as 'missing', size: Number(size), holds },
  };
}

/** The lines of /proc/swaps below its head. */
export function readSwaps(text: string): ActiveSwap[] {
  return linesOf(text).map((line) => {
    const [name = '', kind, size] = line.split(/[ \t]+/);
    return { name: unescaped(name), kind: kind === 'file' ? 'file' : 'partition', size: Number(size) * 1024 };
  });
}

/** Blocks of `systemctl show`, an empty line between them; units that are not there are left out, and each comes once. */
export function readUnits(text: string): SwapUnit[] {
  const units = text.split(/\n{2,}/).map(readStatus).flatMap((shown): SwapUnit[] => {
    const show: Readonly<Record<string, string | undefined>> = shown;
    if (!show['Id'] || show['LoadState'] === 'not-found') return [];
    const boot = show['LoadState'] === 'masked' ? 'masked' : (show['UnitFileState'] ?? '');
    return [{ name: show['Id'], file: show['FragmentPath'] ?? '', madeOf: show['SourcePath'] ?? '', what: show['What'] ?? '', boot, active: show['ActiveState'] === 'active' }];
  });
  return [...new Map(units.map((unit) => [unit.name, unit])).values()];
}

function withForeseen(unit: SwapUnit, foreseen: Readonly<Record<string, unknown>> | undefined): SwapUnit {
  if (!foreseen) return unit;
  const { masked, enabled, active } = foreseen;
  const boot = masked === true ? 'masked' : enabled === false ? 'disabled' : enabled === true ? 'enabled' : unit.boot;
  return { ...unit, boot, active: typeof active === 'boolean' ? active : unit.active };
}
