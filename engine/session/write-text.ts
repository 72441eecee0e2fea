/** The shell text of a Write: beside its place, checked, then renamed onto it. */
import { randomBytes } from 'node:crypto';
import { pathWord } from './look.ts';
import { quote } from './quote.ts';
import { splitWords } from './split-words.ts';
import type { Write } from './step.ts';

/**
 * Functions that a shell is taught for writes. A symbolic link is followed unless its place is to be taken: `k_to` sets
 * k_o to the file that is written and k_t to the temporary one beside it. What fails or is ended by a signal removes its temporary file.
 */
export const writeFunctions = `k_no() { echo "$1" >&2; exit 1; }
k_to() {
k_o=$1
k_n=40
while [ -L "$k_o" ] && [ -z "\${3-}" ]; do
[ "$((k_n -= 1))" -gt 0 ] || k_no "$1: the link leads nowhere"
k_l=$(readlink "$k_o" && echo x) || exit 1
k_l=\${k_l%?x}
case $k_l in /*) k_o=$k_l ;; *) case $k_o in */*) k_o=\${k_o%/*}/$k_l ;; *) k_o=$k_l ;; esac ;; esac
done
[ -L "$k_o" ] || [ ! -d "$k_o" ] || k_no "$1: is a directory"
case $k_o in */*) k_dir=\${k_o%/*}/ ;; *) k_dir=./ ;; esac
[ -d "$k_dir" ] || k_no "$k_dir: no such directory"
k_temp "$k_dir$2"
}
k_temp() {
k_t=$1
trap 'rm -f "$k_t"' EXIT
trap 'exit 143' TERM HUP INT PIPE
umask 077
set -C
}
k_keep() {
[ -e "$k_o" ] && [ ! -L "$k_o" ] || return 0
[ -z "$3" ] || [ ! -O "$k_o" ] || [ ! -G "$k_o" ] || [ -g "$k_dir" ] || return 0
k_a=$(stat -c '%a %u %g' "$k_o" "$k_t") || exit 1
set -- "$1" "$2" $k_a
k_mode=$3
[ -n "$1" ] || [ "$4" = "$7" ] || chown "$4" "$k_t" 2>/dev/null || :
[ -n "$2" ] || [ "$5" = "$8" ] || chown ":$5" "$k_t" 2>/dev/null || :
}
k_save() {
k_b=$k_o.$(date +%Y-%m-%d@%H:%M:%S)~
[ ! -f "$k_o" ] || { cp -p "$k_o" "$k_b" && echo "$k_b"; } || exit 1
}
k_put() {
sync -d "$k_t" 2>/dev/null || :
[ ! -L "$k_o" ] || [ ! -d "$k_o" ] || rm -f "$k_o" || exit 1
mv -f "$k_t" "$k_o" || exit 1
trap - EXIT
}
`;

/** A write whose content is printed by `content`; `name` is the temporary file's, hard to guess. Prints the backup's path. */
export function writeText(step: Write, name: string, content: string): string {
  return [besideText(step, name), `{ ${content}; } >"$k_t" || exit 1`, ...placeLines(step)].join('\n');
}

/** A write whose content was uploaded to the temporary file already. */
export function placeText(step: Write, name: string): string {
  return [besideText(step, name), `[ -f "$k_t" ] || k_no 'the upload is gone'`, ...placeLines(step)].join('\n');
}

/** What makes the temporary file's name known to an upload that goes beside a write's path. */
export function besideText({ path, replaceLink }: Write, name: string): string {
  return `k_to ${pathWord(path)} ${name}${replaceLink ? ' link' : ''}`;
}

/** A bare name for a temporary file, which nobody can foresee. */
export function newTemporaryName(): string {
  return `.kplay-${randomBytes(16).toString('hex')}`;
}

/** Owner first, for a change of owner takes setuid bits away; nothing is readable to others before the name is given. */
function placeLines({ mode, owner = '', group = '', secret = false, validate, backup = false }: Write): string[] {
  const octal = mode !== undefined && /^[0-7]+$/.test(mode);
  const kept = `"\${k_mode:-${secret ? '0600' : '0644'}}"`;
  const lines: string[] = [];
  if (!octal || owner === '' || group === '') lines.push(`k_mode=; k_keep ${quote(owner)} ${quote(group)} ${octal ? 'known' : "''"}`);
  if (owner !== '' || group !== '') lines.push(`chown ${quote(ownerText(owner, group))} "$k_t" || exit 1`);
  lines.push(`chmod ${octal ? mode : kept} "$k_t" || exit 1`);
  if (mode !== undefined && !octal) lines.push(`chmod ${quote(mode)} "$k_t" || exit 1`);
  if (validate !== undefined) lines.push(validateLine(validate));
  if (backup) lines.push('k_save');
  return [...lines, 'k_put'];
}

/** `owner:group` as chown takes it. */
export function ownerText(owner: string, group: string): string {
  return group === '' ? owner : `${owner}:${group}`;
}

/** The validating command, split as Ansible splits it and never seen by a shell; `%s` in a word is the file. */
function validateLine(command: string): string {
  if (!command.includes('%s')) throw new RangeError(`validate needs %s where the new file's path is to stand: ${command}`);
  const words = splitWords(command).map((word) => word.split('%s').map(quotePart).join('"$k_t"'));
  return `( umask 022; ${words.join(' ')} ) </dev/null >&2 || k_no 'the new file was not accepted by its validation'`;
}

function quotePart(text: string): string {
  return text === '' ? '' : quote(text);
}
