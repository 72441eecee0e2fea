/** The work that contenders are timed at: the site of bench/peers on fresh machines, then once more, checked each time. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Contender } from './contenders.ts';
import type { Lab } from './lab.ts';
import type { Place } from './place.ts';
import { peersFolder } from './places.ts';
import { checkRecap, recapText } from './recap.ts';

/** Seconds of both runs of one contender. */
export interface Both {
  readonly first: number;
  readonly second: number;
}

/** Tasks of site.yml, a loop counted once, the handler and `meta` not at all. */
export const siteTasks = 15;

export interface Site {
  /** Empties the machines and has a contender build the site twice; throws where it did not do what the others do. */
  build(contender: Contender, place: Place): Promise<Both>;
}

/** Opens the work on a lab. What the first contender leaves and reports is what all others must leave and report. */
export function openSite(lab: Lab): Site {
  const script = (name: string): string => readFileSync(path.join(peersFolder, name), 'utf8');
  const [reset, state] = [script('reset.sh'), script('state.sh')];
  const everywhere = async (text: string): Promise<string> => {
    const told = await Promise.all(lab.machines.map(async (machine) => `${machine.name}\n${(await lab.sh(machine, text)).stdout}`));
    return told.join('');
  };
  const hosts = lab.machines.map(({ name }) => name);
  const known = new Map<string, { readonly who: string; readonly text: string }>();

  function same(what: string, who: string, text: string): void {
    const before = known.get(what);
    if (!before) known.set(what, { who, text });
    else if (before.text !== text) throw new Error(`${who} and ${before.who} differ in ${what}:\n${difference(before.text, text)}`);
  }

  async function play(contender: Contender, place: Place, run: 'first' | 'second'): Promise<number> {
    const { seconds, recap } = await contender.play(place);
    checkRecap(`${contender.who}, ${run} run,`, recap, hosts, run === 'first');
    if (contender.counts) same(`what the ${run} run reports`, contender.who, recapText(recap));
    const left = await everywhere(state);
    if (left.match(/^active$/gm)?.length !== hosts.length) throw new Error(`${contender.who} leaves a service that does not run:\n${left}`);
    same('what they leave on the machines', contender.who, left);
    return seconds;
  }

  return {
    async build(contender, place) {
      same('what the machines have before the first run', contender.who, await everywhere(`${reset}\n${state}`));
      await contender.fresh();
      return { first: await play(contender, place, 'first'), second: await play(contender, place, 'second') };
    },
  };
}

/** The lines that only one of two texts has. */
export function difference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  const come = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  return [...new Set([...gone, ...come])].join('\n');
}
