/** The shell text that unpacks an archive beside its place and moves what it holds there, entry by entry. */
import { downloadText, type Tool } from './download.ts';

/** How an archive is unpacked. */
export interface Unpacking {
  readonly kind: 'tar' | 'zip';
  /** The private folder beside the place. */
  readonly stage: string;
  readonly dest: string;
  /** The archive on the host; inside the stage where it was put there. */
  readonly archive: string;
  /** Options of tar or unzip, and what is chosen of the archive. */
  readonly options: readonly string[];
  readonly names: readonly string[];
  readonly keepNewer: boolean;
  /** The archive holds its own folder (`./`), whose mode and owner are for `dest`. */
  readonly root: boolean;
  /** `user:group` as chown takes it; empty where nothing is asked. */
  readonly owner: string;
  /** As chmod takes it; empty where nothing is asked. */
  readonly mode: string;
}

/** The script's arguments; the last are the command that unpacks into the stage. */
export function unpackWords({ kind, stage, dest, archive, options, names, keepNewer, root, owner, mode }: Unpacking): string[] {
  const tree = `${stage}/tree`;
  const command = kind === 'zip'
    ? ['unzip', '-q', '-o', ...options, archive, ...names, '-d', tree]
    : ['tar', '-x', '-C', tree, '--show-transformed-names', ...options, '-f', archive, ...names];
  return [stage, dest.replace(/(.)\/+$/, '$1'), archive, keepNewer ? 'yes' : 'no', root ? 'yes' : 'no', owner, mode, ...command];
}

/**
 * A file is whole before it takes its place, and an archive that breaks off leaves the place as it was. The stage goes
 * whatever happens, short of a lost host; the next run removes it then. With `tool` the archive is downloaded first.
 */
export function unpackText(tool?: Tool): string {
  return `
stage=$1 dest=$2 archive=$3 newer=$4 root=$5 own=$6 mode=$7; shift 7
trap 'rm -rf "$stage"' EXIT
trap 'exit 143' TERM HUP INT
[ -d "$stage" ] || ( umask 077; mkdir "$stage" ) || exit
tree=$stage/tree
rm -rf "$tree"; mkdir "$tree" || exit
${tool === undefined ? '' : `private=$stage tmp=$archive; ${downloadText(tool)}`}
"$@" </dev/null; code=$?
[ "$code" = 0 ] || { [ "$1" = unzip ] && [ "$code" = 1 ]; } || exit "$code"
[ -z "$own" ] || find "$tree" -mindepth 1 -exec chown -h "$own" {} + || exit
[ -z "$mode" ] || find "$tree" -depth -mindepth 1 ! -type l -exec chmod "$mode" {} + || exit
sync -f "$tree" 2>/dev/null || sync
like() {
  set -- "$2" $(stat -L -c '%a %u:%g' "$1") $(stat -L -c '%a %u:%g' "$2")
  [ "$3" = "$5" ] || chown "$3" "$1" || exit
  [ "$2 $3" = "$4 $5" ] || chmod "00$2" "$1" || exit
}
merge() {
  for e in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ -e "$e" ] || [ -L "$e" ] || continue
    to=$dest/\${e#./}
    if [ -d "$e" ] && [ ! -L "$e" ] && [ -d "$to" ]; then
      ( merge "$e" ) || exit
      like "$e" "$to"
    elif [ "$newer" = yes ] && [ -f "$to" ] && [ "$to" -nt "$e" ]; then :
    elif [ -d "$to" ] && [ ! -L "$to" ]; then echo "$to is a folder, but not in the archive" >&2; exit 1
    else mv -f -- "$e" "\${to%/*}/" || exit
    fi
  done
}
cd "$tree" && merge . || exit
[ "$root" = no ] || like . "$dest"`;
}

/** Arguments of {@link compareScript}; `list` asks for members and stats too. `-` is the archive that comes by stdin. */
export function compareWords({ kind, dest, archive, options, names }: Pick<Unpacking, 'kind' | 'dest' | 'archive' | 'options' | 'names'>, list: boolean): string[] {
  const words = kind === 'zip' ? [archive, ...names] : ['--show-transformed-names', ...options, '-f', archive, ...names];
  return [kind, dest, list ? 'yes' : '', ...words];
}

/**
 * Compares an archive of the host with a folder and answers in three parts with NUL between: what differs, the
 * members, the stats of these in the folder. Ends with 127 where the host has not the tool, GNU tar or unzip.
 */
export const compareScript = `
kind=$1 dest=$2 list=$3; shift 3
if [ "$kind" = zip ]; then
  command -v unzip >/dev/null || exit 127
  archive=$1
  names=$(unzip -Z1 "$@") || exit 2
  printf '%s\\n' "$names" | while IFS= read -r f; do
    to=$dest/$f
    case $f in */) [ -d "$to" ] || printf '%s: missing\\n' "$f"; continue ;; esac
    escaped=$(printf '%s' "$f" | sed 's/[][*?\\\\]/\\\\&/g')
    if [ -L "$to" ]; then [ "$(readlink "$to")" = "$(unzip -p "$archive" "$escaped")" ]
    else unzip -p "$archive" "$escaped" 2>/dev/null | cmp -s - "$to"; fi || printf '%s: Contents differ\\n' "$f"
  done
else
  tar --version 2>/dev/null | grep -q GNU || exit 127
  names=
  [ -z "$list" ] || names=$(tar -t --quoting-style=literal "$@" </dev/null) || exit 2
  tar -d -C "$dest" "$@" 2>&1
  code=$?
  [ "$code" -le 1 ] || exit "$code"
fi
printf '\\0%s\\n\\0' "$names"
[ -n "$list" ] && cd -- "$dest" && printf '%s\\n' "$names" | tr '\\n' '\\0' | xargs -0 stat -c '%f %u %g %U %G %n' -- 2>/dev/null
exit 0`;
