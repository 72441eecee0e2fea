/** What comes after a task. */
import type { Block, Node, Task } from '../playbook/playbook.ts';

/** The rest of a task's list, then of the lists around it. */
export interface Coming {
  readonly nodes: readonly Node[];
  /** Index of the next one. */
  readonly from: number;
  readonly around?: Coming | undefined;
  /** True where something else may come between this list and what is around it: handlers, the next item of an include. */
  readonly isOpenEnded?: boolean | undefined;
}

/** Something else may come before what comes. */
export function afterMore(coming: Coming | undefined): Coming | undefined {
  return coming && { nodes: [], from: 0, around: coming, isOpenEnded: true };
}

/** The tasks to come, in order; of blocks what runs where nothing fails. */
export function* tasksOf({ nodes, from, around }: Coming): Generator<Task> {
  for (const node of nodes.slice(from)) {
    if (node.kind === 'task') yield node;
    else yield* tasksOf({ nodes: partsOf(node), from: 0 });
  }
  if (around) yield* tasksOf(around);
}

/** Those of them that surely come next where nothing fails. */
export function* nextTasks(coming: Coming | undefined): Generator<Task> {
  if (!coming) return;
  yield* tasksOf({ ...coming, around: undefined });
  if (!coming.isOpenEnded) yield* nextTasks(coming.around);
}

function partsOf({ tasks, always }: Block): readonly Node[] {
  return [...tasks, ...always];
}
