/** Copies from one place of the host to another (`remote_src`): a file, or a folder with all that is in it. */
import posix from 'node:path/posix';
import { Missing, ModuleFailure, type Plan, type Probe, type Stat } from '../../engine/module/kit.ts';
import { attributeChanges, attributeResult, type Ids, type Wanted } from './file-attributes.ts';
import { lookAtPlace, type Place } from './place-file.ts';
import { finalState, putInPlace } from './put-in-place.ts';
import { scriptStep } from './script.ts';

/** What is asked of a copy on the host. */
export interface HostCopy {
  /** Expanded; ends with `/` where only what is in the folder is meant. */
  readonly src: string;
  readonly dest: string;
  readonly wanted: Wanted;
  readonly directoryMode?: string | undefined;
  readonly force: boolean;
  readonly backup: boolean;
  readonly validate?: string | undefined;
  readonly follow: boolean;
  /** Copies what links in the folder point to; false copies the links. */
  readonly localFollow: boolean;
}

/** The source and what stands at the place; of a folder, what is not there or differs. */
export type HostCopyFound =
  | { readonly kind: 'none'; readonly place?: Place | undefined }
  | { readonly kind: 'file'; readonly stat: Stat; readonly place: Place }
  | { readonly kind: 'folder'; readonly dest: string; readonly differing: readonly string[] };

/** Looks at both places: one round trip for a file, two for a folder. */
export async function lookAtHostCopy(copy: HostCopy, ids: Ids, probe: Probe): Promise<HostCopyFound> {
  const src = copy.src.replace(/(.)\/+$/, '$1');
  const dest = copy.dest.replace(/(.)\/+$/, '$1');
  const [stat, target, place] = await Promise.all([
    probe.stat(src, { follow: true, sha256: true }),
    probe.stat(dest, { follow: true }),
    // A folder may stand where a file cannot; that is judged only once the source is known to be a file.
    lookAtPlace({ dest: copy.dest, name: posix.basename(src), follow: copy.follow, read: false }, probe).catch((error: unknown) => error),
  ]);
  if (!stat) return { kind: 'none', place: place instanceof Error ? undefined : (place as Place) };
  if (stat.kind === 'file') {
    if (place instanceof Error) throw place;
    return { kind: 'file', stat, place: place as Place };
  }
  if (stat.kind !== 'directory') throw new ModuleFailure(`${src} is neither a file nor a folder`);
  if (target && target.kind !== 'directory') throw new ModuleFailure(`${dest} is not a folder`);
  const into = copy.src.endsWith('/') ? dest : posix.join(dest, posix.basename(src));
  const answer = await probe.ask(folderWords('look', src, into, copy, ids), { timeout: 600, cap: 4 * 1024 * 1024 });
  if (answer.code !== 0) throw new ModuleFailure(`cannot compare ${src} with ${into}: ${answer.stderr.toString().trim()}`);
  return { kind: 'folder', dest: into, differing: answer.stdout.toString().split('\0').filter(Boolean) };
}

/** The plan that makes the copy. Throws Missing where the source or the folder of the place is not there. */
export function planHostCopy(copy: HostCopy, found: HostCopyFound, ids: Ids): Plan {
  if (found.kind === 'none') throw sourceMissing(copy, found.place, ids);
  if (found.kind === 'folder') return planFolder(copy, found, ids);
  const { place, stat } = found;
  const wanted = copy.wanted.mode === 'preserve' ? { ...copy.wanted, mode: stat.mode } : copy.wanted;
  const plan = { changes: fileChanges(copy, place, stat, wanted, ids), result: { src: copy.src, dest: place.path, state: 'file', size: stat.size, sha256: stat.sha256, ...attributeResult(wanted, place.link ? undefined : place.stat) } };
  if (!place.folderMissing) return plan;
  const folder = posix.dirname(place.path);
  throw new Missing({ kind: 'path', name: folder }, `the folder ${folder} is not on the host`, 'make it earlier with the file module (state: directory), or end dest with a slash', plan);
}

/** That the copy is a change is certain only where nothing stands at its place yet. */
function sourceMissing(copy: HostCopy, place: Place | undefined, ids: Ids): Missing {
  const wanted = copy.wanted.mode === 'preserve' ? { ...copy.wanted, mode: undefined } : copy.wanted;
  const plan = place && !place.stat && !place.link ? { changes: fileChanges(copy, place, undefined, wanted, ids) } : undefined;
  return new Missing({ kind: 'path', name: copy.src }, `${copy.src} is not on the host`, 'without remote_src, src is a file of the controller', plan);
}

function fileChanges(copy: HostCopy, place: Place, source: Stat | undefined, wanted: Wanted, ids: Ids): Plan['changes'] {
  const there = place.link ? undefined : place.stat;
  if (place.stat && !copy.force) return [];
  if (there && source && there.sha256 === source.sha256) return attributeChanges(place.path, wanted, there, ids);
  const script = `
src=$1 dest=$2
tmp=$(umask 077; mktemp "$(dirname -- "$dest")/.kplay.XXXXXX") || exit
trap 'rm -f "$tmp"' EXIT
cat < "$src" > "$tmp" || exit
${putInPlace(finalState(wanted, there, ids), { backup: copy.backup, validate: copy.validate })}`;
  const folders = place.folders.map((path) => ({ kind: 'directory' as const, path, ...(copy.directoryMode !== undefined && { mode: copy.directoryMode }), ...(wanted.owner !== undefined && { owner: wanted.owner }), ...(wanted.group !== undefined && { group: wanted.group }) }));
  return [{ summary: `copy ${copy.src} to ${place.path}`, of: place.path, steps: [...folders, scriptStep(script, [copy.src, place.path], { leaves: [{ path: place.path, mode: finalState(wanted, there, ids).mode, owner: wanted.owner ?? there?.owner, group: wanted.group ?? there?.group, size: source?.size, sha256: source?.sha256 }] })] }];
}

function planFolder(copy: HostCopy, { dest, differing }: HostCopyFound & { kind: 'folder' }, ids: Ids): Plan {
  const result = { src: copy.src, dest, state: 'directory' };
  if (differing.length === 0) return { changes: [], result };
  const [, , ...words] = folderWords('act', copy.src.replace(/(.)\/+$/, '$1'), dest, copy, ids);
  const some = differing.slice(0, 3).map((name) => name.replace(/^\.\/?/, '') || '.').join(', ');
  return {
    changes: [{
      summary: `copy ${differing.length} ${differing.length === 1 ? 'entry' : 'entries'} of ${copy.src} to ${dest} (${some}${differing.length > 3 ? ', …' : ''})`,
      steps: [{ kind: 'run', argv: ['sh', '-c', ...words], makes: [dest, ...differing.map((name) => posix.join(dest, name))] }],
    }],
    result,
  };
}

function folderWords(task: 'look' | 'act', src: string, dest: string, copy: HostCopy, ids: Ids): string[] {
  const { mode, owner, group } = copy.wanted;
  for (const each of [mode, copy.directoryMode]) if (each !== undefined && !/^([0-7]+|preserve)$/.test(each)) throw new ModuleFailure(`the mode ${each} cannot be given for a folder of the host; write octal digits`);
  const plainMode = mode === undefined || mode === 'preserve' ? (mode ?? '') : String(Number(mode));
  const directoryMode = copy.directoryMode === undefined ? '' : String(Number(copy.directoryMode));
  return ['sh', '-c', folderScript, 'sh', task, src, dest, plainMode, directoryMode, `${ids.uid ?? owner ?? ''}`, `${ids.gid ?? group ?? ''}`, copy.localFollow ? '-L' : '-P', copy.force ? 'yes' : ''];
}

/**
 * Walks the source; each entry that is not so at its place is printed, and in `act` also copied: files beside their
 * place and renamed. A new file gets the source's mode where none is asked.
 */
const folderScript = `
task=$1 src=$2 dest=$3 mode=$4 dmode=$5 uid=$6 gid=$7 follow=$8 force=$9
[ "$task" = look ] || mkdir -p -- "$dest" || exit
cd -- "$src" || exit
find "$follow" . \\( -type d -o -type f -o -type l \\) -exec sh -c '
task=$1 dest=$2 mode=$3 dmode=$4 uid=$5 gid=$6 force=$7 follow=$8; shift 8
said() { [ "$task" = look ] && printf "%s\\0" "$e"; }
attributes() { # wanted mode
  set -- "$1" $(stat -c "%a %u %g" "$to")
  if [ "\${uid:-$3}:\${gid:-$4}" != "$3:$4" ]; then said || chown "\${uid:-$3}:\${gid:-$4}" "$to" || exit; [ "$task" = act ] || return; fi
  [ -z "$1" ] || [ "$1" = "$2" ] || said || chmod "00$1" "$to" || exit
}
for e; do
  to=$dest/\${e#./}; [ "$e" != . ] || to=$dest
  if [ -L "$e" ] && { [ ! -e "$e" ] || [ "$follow" = -P ]; }; then
    [ -L "$to" ] && [ "$(readlink "$to")" = "$(readlink "$e")" ] && continue
    said || { ln -s "$(readlink "$e")" "$to.kplay$$" && mv -f "$to.kplay$$" "$to"; } || exit
  elif [ -d "$e" ]; then
    want=$dmode
    if [ ! -d "$to" ]; then said && continue; mkdir "$to" || exit; want=\${dmode:-$(stat -L -c %a "$e")}; [ -n "$uid$gid$want" ] || continue
    elif [ "$e" = . ]; then continue; fi
    attributes "$want"
  else
    want=$mode; [ "$mode" != preserve ] || want=$(stat -L -c %a "$e")
    if [ -f "$to" ] && [ ! -L "$to" ] && { [ -z "$force" ] || cmp -s "$e" "$to"; }; then attributes "$want"; continue; fi
    said && continue
    [ -n "$want" ] || want=$(stat -L -c %a "$( [ -f "$to" ] && echo "$to" || echo "$e")")
    tmp=$to.kplay$$; ( umask 077; cat < "$e" > "$tmp" ) && { [ -z "$uid$gid" ] || chown "$uid\${gid:+:$gid}" "$tmp"; } && chmod "$want" "$tmp" && mv -f "$tmp" "$to" || { rm -f "$tmp"; exit 1; }
  fi
done
' sh "$task" "$dest" "$mode" "$dmode" "$uid" "$gid" "$force" "$follow" {} +`;
