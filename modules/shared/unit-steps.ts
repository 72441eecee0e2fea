/** Steps that start, stop and watch a systemd unit, and what they answer. */
import { ModuleFailure, textOf, type Run, type StepResult } from '../../engine/module/kit.ts';
import { readRecords, spacedFunction } from './records.ts';
import { scriptStep } from './script.ts';
import { readStatus, unitProperties, whyDown, type UnitStatus } from './unit.ts';

export type Verb = 'start' | 'stop' | 'restart' | 'reload' | 'watch';

/**
 * $1 unit, $2 what to do, $3 seconds to wait, $4 yes for --no-block, $5 properties. A service whose type tells nothing
 * of its health must be active in two looks 0.3 s apart with no restart between them; one that fails while Restart=
 * tries again is waited for. Ends with code 0: the verdict is in the answer.
 */
const watchScript = `
${spacedFunction}
unit=$1 verb=$2 wait=$3 block=$4 show=$5 code=0
read -r up rest </proc/uptime
end=$((\${up%%.*} + wait))
look() {
  shown=$(systemctl show -p "$show" -- "$unit") state= type= restarts= result=
  while IFS= read -r each; do
    case $each in ActiveState=*) state=\${each#*=};; Type=*) type=\${each#*=};; NRestarts=*) restarts=\${each#*=};; Result=*) result=\${each#*=};; esac
  done <<END
$shown
END
}
[ "$verb" = start ] && look && [ "$state" = failed ] && systemctl reset-failed -- "$unit"
printf '@verb\\n %s\\n' "$verb"
if [ "$verb" != watch ]; then
  said=$(systemctl \${block:+--no-block} "$verb" -- "$unit" 2>&1) || code=$?
  printf '@said\\n'; spaced "$said"
fi
printf '@code\\n %s\\n' "$code"
judge() {
  last= verdict=
  case $block$verb in yes*|stop|reload) look; [ "$code" = 0 ] && verdict=ok || verdict=failed; return;; esac
  while :; do
    look
    case $state in
      active)
        case $type in simple|exec|idle) ;; *) verdict=ok; return;; esac
        [ "\${restarts}x" = "$last" ] && { verdict=ok; return; }
        last=\${restarts}x;;
      failed) verdict=failed; return;;
      inactive) [ "$code" = 0 ] && [ "$type" = oneshot ] && [ "$result" = success ] && verdict=ok || verdict=failed; return;;
      *) last=;;
    esac
    read -r up rest </proc/uptime
    [ "\${up%%.*}" -gt "$end" ] && { verdict=timeout; return; }
    sleep 0.3
  done
}
judge
printf '@verdict\\n %s\\n@show\\n' "$verdict"; spaced "$shown"`;

/** Starts, stops, restarts or reloads a unit, or only watches it; `wait` is in seconds. */
export function unitStep(unit: string, verb: Verb, wait: number, noBlock = false): Run {
  return scriptStep(watchScript, [unit, verb, String(Math.ceil(wait)), noBlock ? 'yes' : '', unitProperties.join(',')], { leavesNothing: true });
}

/** Tells the unit's status again after it was changed. */
export function showStep(unit: string): Run {
  return scriptStep(`${spacedFunction}
printf '@show\\n'; spaced "$(systemctl show -p "$2" -- "$1")"`, [unit, unitProperties.join(',')], { leavesNothing: true });
}

/** The unit's status after such a step, if there was one; `wait` as it was given. Throws ModuleFailure where the unit is not as asked. */
export function statusAfter(unit: string, steps: readonly StepResult[], wait: number): UnitStatus | undefined {
  const answer = steps.map((step) => readRecords(textOf(step.stdout))).findLast((records) => records['show'] !== undefined);
  if (!answer) return undefined;
  const status = readStatus(answer['show'] ?? '');
  if (answer['verdict'] === 'ok' || answer['verdict'] === undefined) return status;
  const verb = answer['verb'] as Verb;
  const said = (answer['said'] ?? '').split('\n').find((line) => line !== '' && !line.startsWith('See ') && !/^Job for \S+ failed/.test(line));
  const hint = status.Result === 'start-limit-hit' ? 'the lines of its journal tell why it kept ending' : undefined;
  throw new ModuleFailure(`${unit} ${failed[verb]}: ${whyNot(answer, status, said, wait)}`, { ...(hint && { hint }), result: { name: unit, status, stderr: answer['said'] ?? '' } });
}

const failed: Readonly<Record<Verb, string>> = { start: 'did not start', restart: 'did not start again', stop: 'did not stop', reload: 'did not reload', watch: 'does not become active' };

function whyNot(answer: Readonly<Record<string, string>>, status: UnitStatus, said: string | undefined, wait: number): string {
  if (answer['verdict'] === 'timeout') return `after ${wait} s it is ${status.ActiveState} (${status.SubState}), started again ${status.NRestarts ?? '0'} times`;
  if (said !== undefined && /dependency|not found|masked|refused|denied/i.test(said)) return said.replace(/\.$/, '');
  if (answer['code'] === '0' && status.ActiveState === 'inactive' && status.Result === 'success') return 'it ended at once without an error, or one of its conditions (Condition…= in its file) does not hold on this host';
  return whyDown(status);
}
