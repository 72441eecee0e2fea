/** What must happen for a mount to be as asked: in the running system, and in fstab. */
import { Missing, ModuleFailure, type Change, type Step } from '../../engine/module/kit.ts';
import { lineChange, lineOf, wantedLine } from './mount-line.ts';
import type { MountFound } from './mount-look.ts';
import { isBind, optsOf, type MountParams } from './mount-params.ts';
import { scriptStep } from './script.ts';

/** Mounting, or unmounting, may wait for a server, but not for ever. */
const patience = 300;

/** The changes, in the order in which an interruption does least harm: fstab gets a line once it has proved itself, and loses it last. */
export function mountChanges(params: MountParams, found: MountFound): Change[] {
  const { path, state } = params;
  if (/^(none|swap)$/.test(path)) return swapLine(params, found);
  switch (state) {
    case 'mounted': return [...mountNow(params, found), ...lineChange(params, found)];
    case 'ephemeral': return mountNow(params, found);
    case 'present': case 'absent_from_fstab': return lineChange(params, found);
    case 'remounted': return [remount(params, found)];
    case 'unmounted': return unmountNow(params, found);
    case 'absent_mount': return [...unmountNow(params, found), ...lineChange(params, found)];
    case 'absent': {
      const [now, line] = [unmountNow(params, found), lineChange(params, found)];
      return [...now, ...(now.length + line.length > 0 ? removePoint(found) : []), ...line];
    }
  }
}

function mountNow(params: MountParams, found: MountFound): Change[] {
  const { path, src = '', fstype = 'auto', state } = params;
  const { real, stack, point } = found;
  const opts = optsOf(params);
  const top = stack.at(-1);
  if (top && !isOther(params, found, top)) {
    return isAsAsked(params, found) ? [] : [{ summary: `remount ${path} with ${params.opts_no_log ? 'other options' : opts}`, steps: [remountStep(real, opts, src, fstype)] }];
  }
  if (top && state === 'ephemeral') throw new ModuleFailure(`${top.source} is mounted on ${path} already`, { hint: 'unmount it first, or let state mounted take its place' });
  const isFile = point === 'file' || (point === 'missing' && isBind(params) && found.src === 'file');
  if (point === 'file' && found.src === 'directory') throw new ModuleFailure(`${path} is a file, and a folder is to be mounted there`);
  const file: Step[] = [{ kind: 'directory', path: parentOf(real) }, { kind: 'write', path: real, content: { text: '' } }];
  const make: Step[] = point !== 'missing' ? [] : isFile ? file : [{ kind: 'directory', path: real }];
  const made = point === 'missing' && !isFile ? real : '';
  const change: Change = {
    summary: `mount ${src} on ${path}${top ? `, in place of ${top.source}` : ''}`,
    steps: [...(top ? unmountSteps(found) : []), ...make, scriptStep(mountScript, [made, '-t', fstype, '-o', opts, '--', src, real], { timeout: patience })],
    leaves: [{ kind: 'path', name: real, state: { mounted: true, point: 'covered', source: src, fstype, opts } }],
  };
  if (found.src !== 'missing') return [change];
  const changes = [change, ...(state === 'mounted' ? lineChange(params, found) : [])];
  throw new Missing({ kind: 'path', name: src }, `${src} is not on the host`, undefined, { changes });
}

/** Its last line of complaint points to the kernel's log; the one before it says why. A daemon that it leaves behind holds no pipe of ours. */
const mountFunction = `
err=$(mktemp) || exit
trap 'rm -f "$err"' EXIT
m() { mount "$@" 2> "$err" && return; code=$?; sed '/dmesg(1)/d' "$err" >&2; return "$code"; }`;

/** A mount point that was made for it goes again where it fails. */
const mountScript = `${mountFunction}
made=$1; shift
m "$@" || { [ -z "$made" ] || rmdir -- "$made" 2>/dev/null; exit "$code"; }`;

/** Whether what is mounted is certainly something else: devices of one file system over several disks cannot be told apart. */
function isOther(params: MountParams, { same, fstab }: MountFound, top: MountFound['stack'][number]): boolean {
  if (top.fstype === 'autofs') return false;
  if (same !== undefined && !/^(btrfs|bcachefs|zfs)/.test(top.fstype) && !params.opts?.split(',').includes('loop')) return !same;
  if (!isBind(params) && (params.fstype === 'tmpfs') !== (top.fstype === 'tmpfs')) return true;
  const line = lineOf(params, fstab.content);
  return isRemote(params.src ?? '') && top.source !== params.src && line !== undefined && line.src !== wantedLine(params).src;
}

function isRemote(src: string): boolean {
  return /^\/\/|:/.test(src);
}

/** Options are told apart by fstab, from which it was mounted, and by what the kernel shows of every mount. */
function isAsAsked(params: MountParams, { stack, fstab }: MountFound): boolean {
  const top = stack.at(-1)!;
  if (top.fstype === 'autofs') return true;
  const words = optsOf(params).split(',');
  const lacks = Object.entries(opposites).some(([word, other]) => words.lastIndexOf(word) > words.lastIndexOf(other) && !top.opts.includes(word));
  if (lacks || params.state === 'ephemeral') return !lacks;
  const line = lineOf(params, fstab.content);
  return line === undefined ? (params.opts ?? 'defaults') === 'defaults' : liveOpts(line.opts) === liveOpts(wantedLine(params).opts);
}

/** The options without those that only fstab's readers know. */
function liveOpts(opts: string): string {
  return opts.split(',').filter((word) => !/^(auto|noauto|nofail|_netdev|defaults|comment=.*|x-.*)$/.test(word)).join(',');
}

const opposites: Readonly<Record<string, string>> = { ro: 'rw', nosuid: 'suid', nodev: 'dev', noexec: 'exec', noatime: 'atime', nodiratime: 'diratime' };

function remount({ path, opts = '', src, fstype }: MountParams, { real, stack }: MountFound): Change {
  if (stack.length === 0) throw new ModuleFailure(`nothing is mounted on ${path}`, { hint: 'state mounted mounts it' });
  return { summary: `remount ${path}`, steps: [remountStep(real, opts, opts === '' ? '' : (src ?? ''), fstype ?? 'auto')] };
}

/** With a source, fstab is not asked for more options (mount(8)); what cannot be changed in place is unmounted and mounted again. */
const remountScript = `${mountFunction}
path=$1 opts=$2 inplace=$3 src=$4 type=$5
if [ -z "$opts" ]; then m -o remount -- "$path" || { umount -- "$path" && m -- "$path"; }
elif [ -z "$src" ]; then m -o "$inplace" -- "$path"
else m -o "$inplace" -- "$src" "$path" || { umount -- "$path" && m -t "$type" -o "$opts" -- "$src" "$path"; }; fi`;

function remountStep(real: string, opts: string, src: string, fstype: string): Step {
  const inPlace = ['remount', ...opts.split(',')].map((word) => (word === 'rbind' ? 'bind' : word)).join(',');
  return scriptStep(remountScript, [real, opts, inPlace, src, fstype], { timeout: patience });
}

function unmountNow({ path }: MountParams, found: MountFound): Change[] {
  const { stack, below, real } = found;
  if (stack.length === 0) return [];
  if (real === '/') throw new ModuleFailure('the root cannot be unmounted');
  if (below.length > 0) {
    const what = `${below.slice(0, 3).join(', ')}${below.length > 3 ? ' and more' : ''} ${below.length > 1 ? 'are' : 'is'}`;
    throw new ModuleFailure(`${path} cannot be unmounted: ${what} mounted below it`, { hint: 'unmount that first' });
  }
  return [{
    summary: `unmount ${path}, was ${stack.map(({ source }) => source).join(' over ')}`,
    steps: unmountSteps(found), leaves: [{ kind: 'path', name: real, state: { mounted: false, point: 'empty' } }],
  }];
}

function unmountSteps({ stack, real }: MountFound): Step[] {
  return stack.map((): Step => ({ kind: 'run', argv: ['umount', '--', real], timeout: patience }));
}

const removeScript = '[ ! -d "$1" ] || rmdir -- "$1" 2>/dev/null || printf "%s\\n" "$1 stays: it is not empty"';

function removePoint({ real, point }: MountFound): Change[] {
  const leaves: Change['leaves'] = [{ kind: 'path', name: real, state: { point: 'missing' } }];
  if (point === 'covered') return [{ summary: `remove the mount point ${real} if it is empty`, steps: [scriptStep(removeScript, [real])], leaves }];
  return point === 'empty' && real !== '/' ? [{ summary: `remove the mount point ${real}`, steps: [{ kind: 'run', argv: ['rmdir', '--', real] }], leaves }] : [];
}

function swapLine(params: MountParams, found: MountFound): Change[] {
  if (params.src === undefined) throw new ModuleFailure('a line of swap is told by its src');
  if (!/^(present|absent|absent_from_fstab)$/.test(params.state)) throw new ModuleFailure(`swap is not ${params.state}: it is turned on and off by the module swap`);
  return lineChange(params, found);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
