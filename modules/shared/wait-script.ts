/** The shell text with which a host waits by itself: one command, whatever the number of looks. */
import { hexAddress, stateNumbers } from './proc-net.ts';

export interface WaitAsked {
  readonly host: string;
  readonly port?: number | undefined;
  readonly state: 'started' | 'present' | 'stopped' | 'absent' | 'drained';
  readonly search_regex?: string | undefined;
  readonly timeout: number;
  readonly delay: number;
  readonly sleep: number;
  readonly connect_timeout: number;
  readonly exclude_hosts?: readonly string[] | undefined;
  readonly active_connection_states: readonly string[];
}

/** The script's arguments; `locals` are addresses of the host as /proc/net/tcp writes them, none for all. */
export function waitWords(asked: WaitAsked, path: string, locals: readonly string[]): string[] {
  const { host, port, state, search_regex: pattern = '', timeout, delay, sleep, connect_timeout: patience } = asked;
  const wanted = state === 'stopped' || state === 'absent' ? 'no' : 'yes';
  const reads = pattern !== '' && wanted === 'yes';
  const look = port === undefined && path === '' ? 'nothing' : state === 'drained' ? 'drained' : path !== '' ? (reads ? 'content' : 'path') : reads ? 'banner' : 'port';
  const excluded = (asked.exclude_hosts ?? []).flatMap(hexAddress);
  const states = asked.active_connection_states.map((name) => stateNumbers[name]!);
  return [look, wanted, host, String(port ?? ''), path, pattern, plainPattern(pattern), String(timeout), String(delay), String(sleep), String(patience), hexPort(port), locals.join(' '), excluded.join(' '), states.join(' ')];
}

function hexPort(port: number | undefined): string {
  return port === undefined ? '' : port.toString(16).toUpperCase().padStart(4, '0');
}

/** The pattern for a grep that knows extended expressions alone. */
function plainPattern(pattern: string): string {
  const sets: Readonly<Record<string, string>> = { d: '[0-9]', D: '[^0-9]', s: '[[:space:]]', S: '[^[:space:]]', w: '[[:alnum:]_]', W: '[^[:alnum:]_]' };
  return pattern.replace(/\\([dDsSwW])/g, (_, letter: string) => sets[letter]!).replaceAll('(?:', '(');
}

/**
 * Ends with 0 once it is so, with 1 when the time is up, with 2 where the host cannot look; prints `@waited SECONDS`
 * and what the pattern matched. Connects by bash, nc or curl, whichever is there; else asks /proc for local ports.
 */
export const waitScript = `
look=$1 wanted=$2 host=$3 port=$4 path=$5 pattern=$6 plain=$7; shift 7
timeout=$1 delay=$2 pause=$3 patience=$4 hexport=$5 locals=$6 excluded=$7 states=$8
has() { command -v "$1" >/dev/null 2>&1; }
cannot() { echo "$1" >&2; exit 2; }
limit() { if has timeout; then timeout "$patience" "$@"; else "$@"; fi; }
procnet() { cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; }
LC_ALL=C; export LC_ALL
if printf 'x' | grep -Pzq x 2>/dev/null; then found() { grep -aPzo -m 1 -e "(?m)$pattern" | tr '\\0' '\\n' | grep -m 1 ''; }
else found() { grep -Eo -m 1 -e "$plain"; }; fi
open_port() {
  if has bash; then limit bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$host" "$port" 2>/dev/null
  elif has nc; then nc -z -w "$patience" "$host" "$port" </dev/null >/dev/null 2>&1
  elif has curl; then
    case $host in *:*) name="[$host]" ;; *) name=$host ;; esac
    took=$(curl -s -o /dev/null -w '%{time_connect}' --max-time "$patience" "telnet://$name:$port" </dev/null)
    case $took in *[1-9]*) return 0 ;; *) return 1 ;; esac
  else
    case $host in 127.*|localhost|::1|0.0.0.0) ;; *) cannot "to reach $host the host needs bash, nc or curl" ;; esac
    procnet | awk -v p=":$hexport" '$4 == "0A" && substr($2, length($2) - 4) == p { f = 1 } END { exit !f }'
  fi
}
banner() {
  has bash || cannot "to read from a port the host needs bash"
  [ "$patience" -gt 0 ] || patience=1
  text=$(limit bash -c '
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    while IFS= read -r -t "$3" line <&3 || [ -n "$line" ]; do
      printf "%s\\n" "$line"
      printf "%s\\n" "$line" | grep -Eq -e "$4" && exit 0
      line=
    done' bash "$host" "$port" "$patience" "$plain" 2>/dev/null | tr -d '\\0' | head -c 65536)
  match=$(printf '%s\\n' "$text" | found)
}
connections() {
  procnet | awk -v p="$hexport" -v l=" $locals " -v x=" $excluded " -v s=" $states " '
    { split($2, a, ":"); split($3, b, ":") }
    a[2] == p && index(s, " " $4 " ") && (l == "  " || index(l, " " a[1] " ")) && !index(x, " " b[1] " ") { n++ }
    END { exit n > 0 }'
}
sees() {
  case $look in
    nothing) return 1 ;;
    drained) connections ;;
    path) [ -e "$path" ] ;;
    content) [ -f "$path" ] && match=$(found < "$path") ;;
    port) open_port ;;
    banner) banner ;;
  esac
}
is_so() { if sees; then [ "$wanted" = yes ]; else [ "$wanted" = no ]; fi; }
begin=$(date +%s) said=0 match=
[ "$delay" = 0 ] || sleep "$delay"
until is_so; do
  waited=$(($(date +%s) - begin))
  if [ "$waited" -ge "$timeout" ]; then
    echo; echo "@waited $waited"
    [ "$look" = nothing ]; exit
  fi
  if [ "$((waited - said))" -ge 10 ]; then said=$waited; echo "waited $waited of $timeout s"; fi
  sleep "$pause"
done
echo "@waited $(($(date +%s) - begin))"
printf '%s\\n' "$match"
`;
