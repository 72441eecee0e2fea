/** A few shells of one user on one host, so that a long command does not hold up the questions of others. */
import { lostShell, type Shell } from './shell.ts';
import { createWorkQueue, type Job, type WorkQueue } from './work-queue.ts';

export interface Pool extends Pick<WorkQueue, 'ask' | 'run'> {
  /** Ends shells that have nothing to do. */
  shed(): void;
  /** Fails all that waits; what runs fails as its shell ends. */
  drop(): void;
  /** Ends all shells and what runs in them; a later question opens a new one. */
  close(): Promise<void>;
}

/** Milliseconds that work waits for a busy shell before another one is opened, beside what the quickest answer took. */
const patience = 100;
const mostShells = 4;
/** Milliseconds after which a shell beside the first is ended when it has nothing to do. */
const idleLimit = 30_000;

/** A pool over `open`, which opens one shell or throws {@link Unreachable}. Where it is `crowded`, nothing stays idle. */
export function createPool(host: string, open: (patient: boolean) => Promise<Shell>, crowded: () => boolean = () => false): Pool {
  const idle = new Map<Shell, NodeJS.Timeout>();
  const all = new Set<Shell>();
  let opening = 0;
  let round = 0;
  /** Milliseconds; 0 while nothing was answered. A far host takes as long to open a shell as to answer. */
  let quickest = 0;
  let growth: NodeJS.Timeout | undefined;

  const dispatch = () => {
    for (const shell of all) if (!shell.alive()) forget(shell);
    while (idle.size > 0 && !queue.empty()) serve(take(), queue.next()!);
    if (queue.empty()) return stopGrowth();
    if (all.size + opening === 0) grow();
    else if (all.size + opening < mostShells && opening === 0) growth ??= setTimeout(grow, patience + quickest);
  };
  const queue = createWorkQueue(dispatch);
  const serve = async (shell: Shell, job: Job) => {
    const since = performance.now();
    await shell.run(job.commands, job.signal).then(
      (answer) => {
        quickest = Math.min(quickest || Infinity, performance.now() - since);
        job.resolve(answer);
      },
      (error: unknown) => job.reject(error),
    );
    if (all.has(shell)) rest(shell);
    dispatch();
  };
  const take = (): Shell => {
    const [shell, timer] = [...idle].at(-1)!;
    clearTimeout(timer);
    idle.delete(shell);
    return shell;
  };
  const rest = (shell: Shell) => {
    if (queue.empty() && crowded()) return void end(shell);
    const tooMany = () => all.size > 1 && end(shell);
    idle.set(shell, setTimeout(tooMany, idleLimit).unref());
  };
  const forget = (shell: Shell) => {
    clearTimeout(idle.get(shell));
    idle.delete(shell);
    all.delete(shell);
  };
  const end = (shell: Shell): Promise<void> => {
    forget(shell);
    return shell.close();
  };
  const stopGrowth = () => {
    clearTimeout(growth);
    growth = undefined;
  };
  const grow = () => {
    growth = undefined;
    if (queue.empty()) return;
    const begun = round;
    opening++;
    const since = performance.now();
    open(all.size === 0).then(
      (shell) => {
        opening--;
        quickest ||= performance.now() - since;
        if (begun !== round) return void shell.close();
        all.add(shell);
        rest(shell);
        dispatch();
      },
      (error: unknown) => {
        opening--;
        // While another shell is at work the rest can wait for that one; alone, nobody is left to ask.
        if (begun === round && all.size + opening === 0) queue.fail(error);
      },
    );
  };
  return {
    ask: queue.ask,
    run: queue.run,
    shed: () => [...idle.keys()].forEach((shell) => void end(shell)),
    drop: () => queue.fail(lostShell(host)),
    async close() {
      round++;
      stopGrowth();
      queue.fail(lostShell(host));
      await Promise.all([...all].map(end));
    },
  };
}
