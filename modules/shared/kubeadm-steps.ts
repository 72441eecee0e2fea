/** The steps that run kubeadm: its configuration in a file that nobody else reads and that is gone afterwards. */
import type { Run } from '../../engine/module/kit.ts';
import { scriptStep } from './script.ts';
import { leaving, prelude, running } from './kubeadm-shell.ts';

/** Seconds until kubeadm is ended; it has limits of its own, which are shorter. */
const patience = 1800;

export interface KubeadmRun {
  /** What is begun: `init`, `join`, `upgrade`. */
  readonly verb: string;
  /** kubeadm's words, without --config. */
  readonly words: readonly string[];
  /** What --config is to hold. */
  readonly config: string;
  /** Goes on with what is unfinished, so that what was there before it is still known. */
  readonly goesOn?: boolean;
  /** The runtime's socket, for cleaning up in between. */
  readonly socket?: string | undefined;
  /** Shell text that runs `attempt`; as it stands where missing. */
  readonly how?: string;
  /** Shell text once kubeadm has ended well. */
  readonly then?: string;
  /** A folder to take for the host's /; for tests. */
  readonly root?: string | undefined;
}

/** Where kubeadm has but checked and said no, nothing is unfinished. */
const frame = (goesOn: boolean, how: string, then: string): string => `
root=$1 verb=$2 socket=$3; shift 3${prelude}
mkdir -p "$root/run" && rm -rf "$root"/run/kplay-kubeadm.??????
d=$(mktemp -d "$root/run/kplay-kubeadm.XXXXXX") || exit
trap 'rm -rf "$d"' EXIT; trap 'exit 143' TERM HUP INT PIPE
cat > "$d/config.yaml" || exit${running}${leaving}
${goesOn ? '[ -f "$unfinished" ] || begin' : 'begin'} || exit
${how}
grep -v '^To see the stack trace' "$d/err" >&2
if [ "$code" != 0 ]; then
  grep -q '^error execution phase preflight' "$d/err" && rm -f "$unfinished"
  exit "$code"
fi
rm -f "$unfinished"${then}
:`;

/** Runs kubeadm with a configuration. Any code counts as done: judgeKubeadm tells what it means. */
export function kubeadmStep({ verb, words, config, goesOn = false, socket = '', how = 'attempt "$@"', then = '', root = '' }: KubeadmRun): Run {
  return scriptStep(frame(goesOn, how, then), [root, verb, socket, ...words], { stdin: config, timeout: patience, codes: 'any' });
}

/**
 * A machine that was made anew joins under its old name: until the cluster has noticed that the old one is gone, some 40 s,
 * it says no. What the attempt has made is taken away before the next.
 */
export const untilOldNodeIsGone = `
end=$(($(date +%s) + 150))
while :; do
  attempt "$@"
  [ "$code" != 0 ] && grep -q 'and status "Ready" already exists in the cluster' "$d/err" && [ "$(date +%s)" -lt "$end" ] || break
  echo 'the cluster still takes the former node of this name for ready; waiting until it does not'
  sleep 10
  leave && begin || exit
done`;

/** Upgrades by flags, which are few: a kubeadm before 1.31 reads no configuration for it. `plan` leaves nothing unfinished. */
export function upgradeStep(command: 'plan' | 'apply' | 'node', version: string, flags: readonly string[], { quiet = false, root = '' } = {}): Run {
  const words = ['upgrade', command, ...(command === 'node' ? [] : [version]), ...flags];
  const begin = command === 'plan' ? '' : 'begin || exit';
  return scriptStep(`
root=$1 verb=upgrade; shift${prelude}
mkdir -p "$root/run" && d=$(mktemp -d "$root/run/kplay-upgrade.XXXXXX") || exit
trap 'rm -rf "$d"' EXIT; trap 'exit 143' TERM HUP INT PIPE${running}
${begin}
(umask "$mask"; exec kubeadm "$@" 2> "$d/err" < /dev/null); code=$?
grep -v '^To see the stack trace' "$d/err" >&2
[ "$code" = 0 ] && [ "$2" != plan ] && rm -f "$unfinished"
exit "$code"`, [root, ...words], { timeout: patience, codes: 'any', quiet });
}

/** Takes away what an unfinished init or join has made on this host. */
export function leaveStep(socket = '', root = ''): Run {
  return scriptStep(`root=$1 socket=$2${prelude}${leaving}\nleave`, [root, socket], { timeout: patience });
}

/** Waits until the kubeadm that still runs has ended. */
export function waitForOtherStep(): Run {
  return scriptStep(`
end=$(($(date +%s) + ${patience}))
busy() { for p in /proc/[0-9]*; do read -r c < "$p/comm" 2>/dev/null && [ "$c" = kubeadm ] && return 0; done; return 1; }
while busy; do [ "$(date +%s)" -lt "$end" ] || { echo 'another kubeadm still runs on this host' >&2; exit 1; }; sleep 1; done`, [], { timeout: patience + 60 });
}
