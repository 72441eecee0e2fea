/** What must happen for a host to have swap on a file or device: made where it is not there, on now, and in fstab. */
import { Missing, ModuleFailure, type Change, type Plan, type Step } from '../../engine/module/kit.ts';
import { sizeText } from './diff-text.ts';
import { planEdit } from './edit-file.ts';
import { entryBytes, readFstab, withEntry, type FstabEntry } from './fstab.ts';
import { scriptStep } from './script.ts';
import type { SwapFound } from './swap-look.ts';
import { bytesOfSize, type SwapParams } from './swap-params.ts';

/** Throws ModuleFailure where the path holds something else, Missing where it is not there and no size is given. */
export function planSwapOn(params: SwapParams & { readonly path: string }, found: SwapFound): Plan {
  const { path, opts, now } = params;
  const isOn = found.active.some(({ name }) => name === path || name === found.real[path]);
  const masked = found.units.filter(({ name, boot }) => name === found.own && boot === 'masked');
  const turnsOn = now && !isOn && found.container === undefined;
  const changes: Change[] = [
    ...(isOn ? [] : makeChanges(params, found)),
    ...(turnsOn ? [turnOn(path, opts)] : []),
    ...masked.map(({ name }) => unmask(name)),
    ...lineChange(params, found),
  ];
  const remains = isOn || turnsOn ? []
    : found.container !== undefined ? [`this host is a container (${found.container}), which cannot turn on swap: ${path} waits for a kernel of its own`]
      : [`swap on ${path} comes on with the next boot`];
  const plan: Plan = { changes, result: { active: found.active.map(({ name }) => name), remains }, warnings: remains };
  if (found.target?.kind === 'missing' && params.size === undefined) throw new Missing({ kind: 'path', name: path }, `${path} is not on the host`, 'size makes a swap file', plan);
  return plan;
}

function turnOn(path: string, opts: string): Change {
  return {
    summary: `turn on swap on ${path}`, steps: [{ kind: 'run', argv: ['swapon', '-o', opts, '--', path] }],
    leaves: [{ kind: 'path', name: '/proc/swaps', state: { [path]: true } }],
  };
}

function unmask(name: string): Change {
  return { summary: `unmask ${name}`, steps: [{ kind: 'run', argv: ['systemctl', 'unmask', '--', name] }], leaves: [{ kind: 'unit', name, state: { masked: false } }] };
}

/** A file is made beside its place, so that one that stands there is whole; a device is written on only where it holds nothing. */
function makeChanges({ path, size }: SwapParams & { readonly path: string }, { target }: SwapFound): Change[] {
  if (!target || (target.kind === 'missing' && size === undefined)) return [];
  const { kind, holds } = target;
  if (kind === 'missing' && path.startsWith('/dev/')) throw new ModuleFailure(`there is no device ${path}`);
  if (kind === 'missing') return [makeFile(path, bytesOfSize(size!))];
  if (kind === 'other') throw new ModuleFailure(`${path} is neither a file nor a device`);
  if (kind === 'device' && holds === '') return [{ summary: `make swap on ${path}`, steps: [{ kind: 'run', argv: ['mkswap', path] }] }];
  if (holds !== 'swap') {
    const what = holds === 'unknown' ? 'may hold something else: there is no blkid to tell' : holds === '' ? 'is a file that holds no swap' : `holds ${holds}`;
    throw new ModuleFailure(`${path} ${what}`, { hint: 'see what it is; what is on it would be lost' });
  }
  if (kind === 'file' && size !== undefined && bytesOfSize(size) !== target.size) {
    throw new ModuleFailure(`${path} is of ${sizeText(target.size)}, not ${size}`, { hint: 'turn it off (state absent) and remove the file first' });
  }
  return [];
}

/** On btrfs a swap file must not be copied on write. Blocks are reserved where the file system can, else written. */
const makeScript = `
path=$1 size=$2 tmp=$1.kplay
trap 'rm -f -- "$tmp"' EXIT; trap 'exit 143' TERM HUP INT
umask 077; : > "$tmp" || exit
free=$(df -Pk -- "$tmp" | awk 'NR == 2 { print $4 }')
[ "$free" -gt "$((size / 1024))" ] || { printf '%s has %s MiB free, and swap of %s MiB is asked for\\n' "\${path%/*}/" "$((free / 1024))" "$((size / 1048576))" >&2; exit 1; }
chattr +C "$tmp" 2>/dev/null
fallocate -l "$size" "$tmp" 2>/dev/null || dd if=/dev/zero of="$tmp" bs=1024 count="$((size / 1024))" 2>/dev/null || exit
mkswap "$tmp" && sync "$tmp" && mv -- "$tmp" "$path"`;

function makeFile(path: string, size: number): Change {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const above: Step[] = folder === '' ? [] : [{ kind: 'directory', path: folder }];
  const make = scriptStep(makeScript, [path, String(size)], { leaves: [{ path, mode: '0600', owner: 'root', group: 'root', size }] });
  return { summary: `make the swap file ${path} (${sizeText(size)})`, steps: [...above, make] };
}

function lineChange(params: SwapParams & { readonly path: string }, { fstab, real, systemd }: SwapFound): Change[] {
  const { path, opts, backup } = params;
  const before = fstab.content ?? '';
  const named = (src: string): string => Buffer.from(src, 'latin1').toString('utf8');
  const isMeant = ({ src, fstype }: FstabEntry): boolean => fstype === 'swap' && (named(src) === path || (real[named(src)] !== undefined && real[named(src)] === real[path]));
  const line = readFstab(before).find(isMeant);
  const asked = entryBytes({ src: path, path: 'none', fstype: 'swap', opts, dump: '0', passno: '0' });
  const content = withEntry(before, line ? { ...line, opts: asked.opts } : asked, isMeant);
  if (content === before) return [];
  const { changes } = planEdit(fstab, { content, summary: `set swap on ${path} in`, msg: '' }, { create: true, backup });
  const reload: Step[] = systemd && fstab.real === '/etc/fstab' ? [{ kind: 'run', argv: ['systemctl', 'daemon-reload'] }] : [];
  return changes.map((change) => ({ ...change, steps: [...change.steps, ...reload] }));
}
