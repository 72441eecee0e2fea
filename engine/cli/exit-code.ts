/** The exit codes, in one table. */
import type { Ending } from '../run/run-playbooks.ts';

export const exitCode = {
  /** All went well; or, in check mode, would. */
  fine: 0,
  /** The command line, a playbook or an inventory is wrong; no host was touched. */
  usage: 1,
  /** At least one host failed. */
  failed: 2,
  /** At least one host was out of reach, and none failed. */
  unreachable: 4,
  /** Ended by Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const;

/** The exit code of a run. */
export function exitCodeOf({ hosts, interrupted }: Ending): number {
  if (interrupted) return exitCode.interrupted;
  const totals = Object.values(hosts);
  if (totals.some((each) => each.failed > 0)) return exitCode.failed;
  return totals.some((each) => each.unreachable > 0) ? exitCode.unreachable : exitCode.fine;
}
