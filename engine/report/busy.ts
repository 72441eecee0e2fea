/** The time in which at least one thing was under way, however many were. */

export interface Busy {
  /** One more begins; the function it gives ends it. */
  begin(): () => void;
  /** So far, in the unit of the clock. */
  total(): number;
}

export function openBusy(clock: () => number): Busy {
  let under = 0;
  let since = 0;
  let sum = 0;
  return {
    begin() {
      if (under++ === 0) since = clock();
      return () => {
        if (--under === 0) sum += clock() - since;
      };
    },
    total: () => (under > 0 ? sum + clock() - since : sum),
  };
}
