/** The table at the end of a run, as Ansible and kplay both print it. */

/** What became of the tasks on one host. */
export interface Totals {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
}

export type Recap = ReadonlyMap<string, Totals>;

/** Reads the totals of each host, in the order of their names. */
export function readRecap(output: string): Recap {
  const rows = [...output.matchAll(/^(\S+) +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+) +skipped=(\d+)/gm)];
  return new Map(rows.map(([, host, ...counts]): [string, Totals] => {
    const [ok = 0, changed = 0, unreachable = 0, failed = 0, skipped = 0] = counts.map(Number);
    return [host!, { ok, changed, unreachable, failed, skipped }];
  }).sort(([a], [b]) => a.localeCompare(b)));
}

/** Throws where a run did not do what it is timed for: on all hosts, without a failure, changing something or nothing. */
export function checkRecap(who: string, recap: Recap, hosts: readonly string[], changes: boolean): void {
  const state = changes ? 'there is much to change' : 'nothing is left to change';
  for (const host of hosts) {
    const totals = recap.get(host);
    if (!totals) throw new Error(`${who} tells nothing of ${host}`);
    if (totals.failed + totals.unreachable > 0) throw new Error(`${who} failed on ${host}`);
    if (totals.changed > 0 !== changes) throw new Error(`${who} reports changed=${totals.changed} on ${host} where ${state}`);
  }
}

/** A recap as text, to compare with another's; `ok` is left out, since not all count `meta` tasks. */
export function recapText(recap: Recap): string {
  return [...recap].map(([host, { changed, skipped }]) => `${host} changed=${changed} skipped=${skipped}`).join('\n');
}
