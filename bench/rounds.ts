/** Rounds in which contenders take turns, A B C, A B C, so that noise hits all alike. */
import type { Stage } from './bench.ts';

/** What one turn gave, and how it is told while the benchmark runs. */
export interface Turn {
  readonly text: string;
}

/** Has every contender take its turn in every round of the stage; gives the turns by contender, in order. */
export async function byRounds<C extends { readonly who: string }, T extends Turn>(
  stage: Pick<Stage, 'rounds' | 'say'>, contenders: readonly C[], turn: (contender: C) => Promise<T>,
): Promise<ReadonlyMap<C, readonly T[]>> {
  const turns = new Map<C, T[]>(contenders.map((contender) => [contender, []]));
  for (let round = 1; round <= stage.rounds; round++) {
    for (const [contender, earlier] of turns) {
      const taken = await turn(contender);
      stage.say(`round ${round} of ${stage.rounds}, ${contender.who}: ${taken.text}`);
      earlier.push(taken);
    }
  }
  return turns;
}
