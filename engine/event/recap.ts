/** Outcomes to totals per host, counted as Ansible counts them. */
import type { Event, HostTotals, Outcome } from './event.ts';

/** The totals of a host that has done nothing yet. */
export const noTotals: HostTotals = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 };

/**
 * Totals per host, in the order in which hosts first appear; `hosts` names those that count though nothing was done
 * on them. Give it outcomes of tasks alone: items of a loop do not count.
 */
export function totals(outcomes: Iterable<{ readonly host: string; readonly outcome: Outcome }>, hosts: Iterable<string> = []): Record<string, HostTotals> {
  const all = new Map<string, HostTotals>();
  for (const host of hosts) all.set(host, noTotals);
  for (const { host, outcome } of outcomes) all.set(host, count(all.get(host) ?? noTotals, outcome));
  return Object.fromEntries(all);
}

export interface RecapCount {
  take(event: Event): void;
  /** The totals so far. */
  hosts(): Record<string, HostTotals>;
}

/** Counts a run's events as they come, for its recap. */
export function openRecap(): RecapCount {
  const all = new Map<string, HostTotals>();
  return {
    take(event) {
      if (event.event === 'outcome') all.set(event.host, count(all.get(event.host) ?? noTotals, event.outcome));
    },
    hosts: () => Object.fromEntries(all),
  };
}

/**
 * A host's totals with one more task in them. What changed is ok too; a failure that is ignored is ok and ignored; one
 * that a rescue takes up is rescued alone.
 */
export function count(before: HostTotals, outcome: Outcome): HostTotals {
  switch (outcome.status) {
    case 'ok': return add(before, { ok: 1 });
    case 'changed': return add(before, { ok: 1, changed: 1 });
    case 'skipped': return add(before, { skipped: 1 });
    case 'unknown': return add(before, { unknown: 1 });
    case 'failed':
      if (outcome.ignored) return add(before, { ok: 1, ignored: 1, ...(outcome.result['changed'] === true && { changed: 1 }) });
      return add(before, outcome.rescued ? { rescued: 1 } : { failed: 1 });
    case 'unreachable': return add(before, outcome.ignored ? { ok: 1, ignored: 1 } : outcome.rescued ? { rescued: 1 } : { unreachable: 1 });
  }
}

function add(before: HostTotals, more: Partial<HostTotals>): HostTotals {
  const after: Record<string, number> = { ...before };
  for (const [name, number] of Object.entries(more)) after[name] = (after[name] ?? 0) + number;
  return after as unknown as HostTotals;
}
