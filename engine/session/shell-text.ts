/**
 * The shell text that runs on the host: how a shell is started, the functions it is taught, how commands become a
 * request. POSIX sh as dash, bash, busybox ash and mksh have it. Names begin with `k_`, so as not to meet anyone's.
 *
 * Two shells stand on the host, joined by a pipe: `keeper | worker`. The keeper reads our text and is never busy: it
 * hands requests on and ends whatever runs as soon as its input closes, which is how commands end when we die. The
 * worker runs requests in the foreground, so that commands find their signals as any login would leave them.
 */

import { writeFunctions } from './write-text.ts';

/** What a command is: `ask` looks, `own` is text of ours without foreign programs that linger, `run` is the user's. */
export type CommandKind = 'ask' | 'own' | 'run';

/** One command of a request, as shell text in which every value is quoted. */
export interface CommandText {
  readonly kind: CommandKind;
  readonly text: string;
  /** Text whose output the command reads; nothing where missing. */
  readonly stdin?: string | undefined;
  /** Where given, a code that is not in it ends the group. */
  readonly allowed?: readonly number[] | 'any' | undefined;
  /** Commands that stand together and have the same number are a group: what fails ends its group and no other. */
  readonly group?: number | undefined;
}

/** What starts keeper and worker; one line without single quotes, so that any login shell can be handed it. */
export function startText(sh: string): string {
  return `exec /bin/sh -c '${sh} 2>/dev/null | { ${sh}; kill $$; }'`;
}

/** What starts a shell that reads base64 text as its first line, then leaves its input to that text. */
export function sideText(sh: string): string {
  return `exec ${sh} -c 'read -r k; eval "$(echo $k | { base64 -d 2>/dev/null || openssl base64 -d -A; })"'`;
}

/** Writes a value as it is; a builtin everywhere, so that the value is in no process's arguments. */
const print = `case $(command -v printf) in
/*) k_p() { print -nr -- "$1"; } ;;
*) k_p() { printf %s "$1"; } ;;
esac
k_d() { base64 -d 2>/dev/null || openssl base64 -d -A; }
`;

/**
 * The keeper. When its input ends it ends all that runs under the worker: TERM, two seconds, KILL; whole sessions
 * where a command leads one. It looks only below the process that it knows as its own parent. Two processes there are
 * the worker with nothing to do: mksh would not hear a TERM then.
 */
export const keeperText = `${print}k_kids() {
if [ -e "/proc/$$/task/$$/children" ]; then
for k_t in /proc/$1/task/*/children; do
k_l=; read -r k_l <"$k_t"; [ -z "$k_l" ] || echo "$k_l"
done
else
for k_t in /proc/[0-9]*/stat; do
read -r k_l <"$k_t" || continue
k_z=\${k_l##*) }; k_z=\${k_z#* }
[ "\${k_z%% *}" != "$1" ] || echo "\${k_l%% *}"
done
fi
}
k_tree() (
for k_k in $(k_kids $1); do
[ "$k_k" != "$2" ] || continue
echo "$k_k"
k_tree $k_k $2
done
)
k_each() {
for k_k in $2; do kill -$1 -$k_k || kill -$1 $k_k; done
}
k_left() {
for k_k in $1; do
k_l=; read -r k_l <"/proc/$k_k/stat" || continue
case \${k_l##*) } in Z*) ;; *) return 0 ;; esac
done
return 1
}
k_stop() {
trap '' TERM HUP INT PIPE
read -r k_l <"/proc/$$/stat" || return
k_z=\${k_l##*) }; k_z=\${k_z#* }; k_z=\${k_z%% *}
[ "$k_z" = "$PPID" ] && [ "$PPID" -gt 1 ] || return
k_a=$(k_tree $PPID $$)
set -- $k_a
[ $# -gt 2 ] || { k_each KILL "$k_a"; return; }
k_each TERM "$k_a"
k_i=0
while k_left "$k_a" && [ $k_i -lt 20 ]; do sleep 0.1 || sleep 1; k_i=$((k_i+1)); done
k_each KILL "$k_a"
}
trap k_stop EXIT
trap exit TERM HUP INT
`;

/**
 * The worker. Frames that it writes, each after `\\n<marker> `: `b` a request begins, `e I CODE` command I has ended
 * (on stderr without the code), `r I PID` a relay of its output, `n I` its relay is gone, `g I` a group begins with
 * command I, `o` the request is over.
 */
export const workerText = (sh: string): string => `${print}${writeFunctions}case :$PATH: in
*:/usr/sbin:*) ;;
*) PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/sbin:/sbin; export PATH ;;
esac
k_sh='${sh}'
k_ss=; ! command -v setsid >/dev/null 2>&1 || k_ss=setsid
k_f1() { echo "
$k_m $1"; }
k_f2() { echo "
$k_m $1"; echo "
$k_m $1" >&2; }
k_e() { echo "
$k_m e $1 $2"; echo "
$k_m e $1" >&2; }
k_w() {
k_j=$!; wait $k_j 2>/dev/null; k_c=$?
[ -z "$k_ss" ] || kill -KILL -$k_j 2>/dev/null
k_e $1 $k_c
}
k_x() {
case $1 in
*/*) [ -e "$1" ] || { echo "$1: not found" >&2; exit 127; }
[ -x "$1" ] && [ ! -d "$1" ] || { echo "$1: cannot be executed" >&2; exit 126; } ;;
*) command -v "$1" >/dev/null 2>&1 || { echo "$1: not found in PATH ($PATH)" >&2; exit 127; } ;;
esac
exec $k_ss "$@"
}
k_y() {
read -r k_q k_z </proc/self/stat
k_f1 "r $1 $k_q"
exec cat
}
k_r() {
k_c=$( { { { k_f 3>&- 4>&- 6>&- 7>&-; k_s=$?; k_e $1 $k_s; echo $k_s >&4; } 2>&1 >&3 3>&- 6>&- 7>&- |
k_y $1 >&7 3>&- 4>&- 6>&- 7>&-; } 3>&1 | k_y $1 >&6 4>&- 6>&- 7>&-; } 4>&1 )
k_f1 "n $1" >&6
k_f1 "n $1" >&7
}
`;

/** A request: all commands in order, framed by `marker`; a group in a subshell where a failure has to skip the rest of it. */
export function requestText(marker: string, commands: readonly CommandText[]): string {
  const numbered = commands.map((command, index) => ({ command, index }));
  const groups = numbered.filter(({ command, index }) => index === 0 || command.group !== commands[index - 1]!.group).map(({ command, index: begin }) => {
    const end = numbered.findIndex((each) => each.index > begin && each.command.group !== command.group);
    return numbered.slice(begin, end < 0 ? undefined : end);
  });
  return `k_m=${marker}\nk_f2 b\n${groups.map((group) => (group[0]!.index > 0 ? `k_f2 'g ${group[0]!.index}'\n` : '') + groupText(group)).join('')}k_f2 o\n`;
}

function groupText(group: readonly { readonly command: CommandText; readonly index: number }[]): string {
  const stops = group.slice(0, -1).some(({ command: { allowed } }) => allowed !== undefined && allowed !== 'any');
  const body = group.map(({ command, index }) => commandText(command, index) + (stops ? stopText(command.allowed) : '')).join('');
  return stops ? `(\n${body})\n` : body;
}

function commandText({ kind, text, stdin }: CommandText, index: number): string {
  const body = `${stdin === undefined ? '' : `${stdin} | `}(\n${text}\n)${stdin === undefined ? ' </dev/null' : ''}`;
  if (kind === 'ask') return `${body} &\nk_w ${index}\n`;
  if (kind === 'own') return `${body}\nk_c=$?\nk_e ${index} $k_c\n`;
  return `k_f() {\n${body}\n}\nk_r ${index} 6>&1 7>&2\n`;
}

function stopText(allowed: CommandText['allowed']): string {
  if (allowed === undefined || allowed === 'any') return '';
  return `case $k_c in ${allowed.join('|')}) ;; *) exit ;; esac\n`;
}
