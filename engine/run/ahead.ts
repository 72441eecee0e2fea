/** How far ahead a host is asked: further while nothing changes, not at all right after something did. */
import type { Acts } from './acts.ts';

export interface Ahead {
  /** Notes that a task begins; gives how many tasks, itself included, are to be asked for now: 0 where it was asked for already. */
  begin(task: number, acts: Pick<Acts, 'count' | 'changes'>): number;
  /** Notes that a coming task has been asked for. */
  covers(task: number): void;
  /** True where a coming task was asked for, and nothing has acted since. */
  isCovered(task: number): boolean;
  /** True while the task that began last was asked for before. */
  isAnswered(): boolean;
  /** True where something changed just before the task that began last: it likely changes something, too. */
  isChanging(): boolean;
}

/** Tasks that are asked for at the beginning, when nobody knows whether there is something to change. */
const first = 8;
const most = 64;

/** A host that was asked nothing yet. */
export function newAhead(): Ahead {
  const covered = new Set<number>();
  let width = first;
  let asOf = 0;
  let changes: number | undefined;
  let answered = false;
  let changing = false;
  return {
    isAnswered: () => answered,
    isChanging: () => changing,
    begin(task, acts) {
      if (asOf !== acts.count()) covered.clear();
      changing = changes !== undefined && changes !== acts.changes();
      if (changing) width = 1;
      asOf = acts.count();
      changes = acts.changes();
      answered = covered.delete(task);
      if (answered) return 0;
      const now = width;
      width = Math.min(most, width * 2);
      return now;
    },
    isCovered: (task) => covered.has(task),
    covers: (task) => void covered.add(task),
  };
}
