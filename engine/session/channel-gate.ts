/** How many channels a connection may have open at once: sshd's MaxSessions, 10 unless its admin thought otherwise. */

export interface ChannelGate {
  /** Waits for a free place; throws an Error after `patience` milliseconds. */
  enter(patience: number): Promise<void>;
  leave(): void;
  /** The server refused a channel with so many open: there will be no more than these. */
  refused(): void;
  /** True where the next one has to wait. */
  full(): boolean;
  /** True where somebody waits. */
  crowded(): boolean;
  /** True where none is open. */
  empty(): boolean;
}

/** A gate for `most` channels. */
export function createChannelGate(most: number): ChannelGate {
  let limit = most;
  let open = 0;
  const waiting: (() => void)[] = [];
  const admit = () => {
    while (open < limit && waiting.length > 0) {
      open++;
      waiting.shift()!();
    }
  };
  return {
    full: () => open >= limit,
    crowded: () => waiting.length > 0,
    empty: () => open === 0,
    leave() {
      open--;
      admit();
    },
    refused() {
      open--;
      limit = Math.max(1, Math.min(limit, open));
    },
    enter: (patience) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(new Error(`all ${limit} channels of the connection are in use`));
        }, patience);
        const enter = () => {
          clearTimeout(timer);
          resolve();
        };
        waiting.push(enter);
        admit();
      }),
  };
}
