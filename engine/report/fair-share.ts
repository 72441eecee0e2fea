/** Time that is divided among all who wait for it at the same moment, so that the parts make up the whole. */

export interface FairShare {
  /** Somebody begins to wait; the function it gives ends that, and tells how much of the time was theirs. */
  begin(): () => number;
}

/** Divides the time of `clock`, which may stand still. Each call costs the same, however many wait. */
export function openFairShare(clock: () => number): FairShare {
  let waiting = 0;
  let last = 0;
  /** What somebody would have who had waited from the start. */
  let each = 0;
  const advance = (): void => {
    const now = clock();
    if (waiting > 0) each += (now - last) / waiting;
    last = now;
  };
  return {
    begin() {
      advance();
      waiting++;
      const since = each;
      return () => {
        advance();
        waiting--;
        return each - since;
      };
    },
  };
}
