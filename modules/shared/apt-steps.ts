/** The commands by which apt changes a host. */
import type { Run } from '../../engine/module/kit.ts';
import { scriptStep } from './script.ts';

/** apt asks nothing, restarts nothing of its own accord, and speaks English. */
const env = { DEBIAN_FRONTEND: 'noninteractive', APT_LISTCHANGES_FRONTEND: 'none', NEEDRESTART_MODE: 'l', UCF_FORCE_CONFFOLD: '1', LC_ALL: 'C' };

/**
 * $1 seconds to wait for the lock of the lists, for which apt itself does not wait. A list that cannot be had is a
 * failure, though apt calls it a warning: it would go on with old lists. The folder's time tells the age of the lists.
 */
const refreshScript = `
end=$(($(date +%s) + $1))
while :; do
  out=$(apt-get -q -o Acquire::Retries=3 -o APT::Update::Error-Mode=any update 2>&1); code=$?
  case $code:$out in
    0:*'Some index files failed to download'*) code=100; break;;
    0:*) break;;
    *'Could not get lock'*|*'Unable to lock'*) [ "$(date +%s)" -lt "$end" ] || break;;
    *) break;;
  esac
  printf '%s\\n' "$out" | sed -n 's/^E: \\(Could not get lock.*\\)/waiting: \\1/p'
  sleep 2
done
if [ "$code" = 0 ]; then touch /var/lib/apt/lists; exit 0; fi
printf '%s\\n' "$out" | grep -E '^(Err|W:|E:|  )' | grep -v 'Some index files failed' >&2
printf 'cannot refresh the package lists: %s\\n' "$(printf '%s\\n' "$out" | grep -E '^(E|W): ' | grep -v 'Some index files failed' | head -n 1 | cut -c4-)" >&2
exit 1`;

/** Refreshes the package lists; waits at most so many seconds for another apt. */
export function refreshStep(lockTimeout: number): Run {
  return scriptStep(refreshScript, [String(Math.ceil(lockTimeout))], { env });
}

/**
 * $1 yes to keep services from being started, then apt-get's own arguments. The policy that forbids starting names the
 * process it is meant for (number and start time), so that it is without effect once that is gone; an older policy steps aside meanwhile.
 */
const changeScript = `
start=$1; shift
policy=/usr/sbin/policy-rc.d err=$(mktemp)
restore() { rm -f "$err"; [ "$start" = yes ] || { rm -f "$policy"; [ ! -e "$policy.kplay" ] || mv -f "$policy.kplay" "$policy"; }; }
trap restore EXIT
trap 'exit 130' HUP INT TERM
if [ "$start" != yes ]; then
  [ ! -e "$policy" ] || mv -f "$policy" "$policy.kplay"
  begun=$(read -r stat < "/proc/$$/stat" && set -- \${stat##*) } && printf %s "\${20}")
  printf '#!/bin/sh\\n# kplay %s %s\\nlives() { read -r stat < /proc/%s/stat && set -- \${stat##*) } && [ "\${20}" = %s ]; }\\nlives 2>/dev/null && exit 101\\n[ ! -x %s ] || exec %s "$@"\\nexit 0\\n' "$$" "$begun" "$$" "$begun" "$policy.kplay" "$policy.kplay" > "$policy.new"
  chmod 0755 "$policy.new" && mv -f "$policy.new" "$policy" || exit
fi
"$@" 2> "$err"; code=$?
[ "$code" = 0 ] && exit 0
cat "$err" >&2
why=$(grep -E 'subprocess returned error|trying to overwrite|No space left' "$err" | head -n 1 | sed 's/^ *//')
[ -n "$why" ] || why=$(grep -E '^E: ' "$err" | head -n 1 | cut -c4-)
[ -z "$why" ] || printf '%s\\n' "$why" >&2
exit "$code"`;

/** Runs apt-get or dpkg; its last line on stderr is the one that tells why it failed. */
export function changeStep(argv: readonly string[], startServices: boolean): Run {
  return scriptStep(changeScript, [startServices ? 'yes' : 'no', ...argv], { env });
}

/** Finishes what a dpkg that was cut off had begun. */
export function repairStep(dpkgOptions: readonly string[], startServices: boolean): Run {
  return changeStep(['dpkg', ...dpkgOptions.map((option) => `--${option}`), '--configure', '-a'], startServices);
}

/** Takes away a policy that a run which was cut off has left, and puts the older one back. */
export function leftoverStep(): Run {
  return scriptStep(`
policy=/usr/sbin/policy-rc.d
if [ -e "$policy.kplay" ]; then mv -f "$policy.kplay" "$policy"; else rm -f "$policy"; fi`);
}
