/** What a run does to its hosts, counted: what was asked ahead counts only while nothing has acted since. */

export interface Acts {
  /** Grows when something begins to act on any host of the run, and when it has ended. */
  count(): number;
  /** True while something acts on some host. */
  underWay(): boolean;
  /** Grows when a module finds something to change that it might have found as asked. */
  changes(): number;
  noteChange(): void;
  /** Counts an act from its beginning to its end. */
  during<T>(act: () => Promise<T>): Promise<T>;
}

/** A count that begins at nothing. */
export function openActs(): Acts {
  let count = 0;
  let now = 0;
  let changes = 0;
  return {
    changes: () => changes,
    noteChange: () => void changes++,
    count: () => count,
    underWay: () => now > 0,
    async during(act) {
      count++;
      now++;
      try {
        return await act();
      } finally {
        count++;
        now--;
      }
    },
  };
}
