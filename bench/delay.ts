/** Acts that are put off by a fixed time each and keep their order. */

/** Takes an act that is to be performed later. */
export type Later = (act: () => void) => void;

/** Performs acts in their order, each so many milliseconds after it was handed over, or after `start` (of `performance.now`) where that is later. */
export function openDelay(delay: number, start = 0): Later {
  const waiting: { readonly due: number; readonly act: () => void }[] = [];
  const next = (): void => {
    for (let first = waiting[0]; first; first = waiting[0]) {
      const left = first.due - performance.now();
      // Timers count whole milliseconds and come late: the last one is waited for turn by turn.
      if (left > 0) return void (left > 2 ? setTimeout(next, left - 2) : setImmediate(next));
      waiting.shift();
      first.act();
    }
  };
  return (act) => {
    waiting.push({ due: Math.max(performance.now(), start) + delay, act });
    if (waiting.length === 1) next();
  };
}
