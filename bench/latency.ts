/** Round trips: what work waits for on a long line, counted there and checked by the clock. */
import type { Bench, Stage, Table } from './bench.ts';
import { contendersLack, openContenders, type Contender } from './contenders.ts';
import { numberText } from './format.ts';
import { openEcho, talkKplay, talkSsh, talkTcp } from './known-talks.ts';
import { labLacks, openLab } from './lab.ts';
import { latencyTables, talkNames, wholeName } from './latency-tables.ts';
import { writePlace, type Place } from './place.ts';
import { delays, openSheet, type Delay, type Sheet } from './round-trips.ts';
import { openRunner } from './runner.ts';
import { openSite, type Site } from './site.ts';
import { openSlowLine, type SlowLine } from './slow-line.ts';
import { openSmallPlays, smallPlays } from './small-plays.ts';

export default {
  name: 'latency',
  title: 'Round trips, on a long line',
  about: 'Between the contender and one machine stands a TCP proxy that adds 0, 25 or 100 ms each way and limits nothing else. '
    + 'It counts round trips: the longest chain of answers that were waited for. The clock must agree: (time on this line − time at 0 ms) / (2 × delay). '
    + 'TCP\'s handshake and logging in count too, unless a table says otherwise.',
  lacks: async () => [...labLacks(), ...contendersLack()],
  run,
} satisfies Bench;

/** A line, and the machine as it is reached over it. */
interface Way {
  readonly line: SlowLine;
  readonly place: Place;
}

async function run(stage: Stage): Promise<readonly Table[]> {
  const programs = openRunner(stage);
  const contenders = openContenders(stage, programs);
  const lab = await openLab(stage, programs, 1);
  const ways = new Map<Delay, Way>();
  for (const [delay, line] of await openLines(stage, lab.machines[0]!.address, 22)) {
    ways.set(delay, { line, place: await writePlace(stage, lab, line.port) });
  }
  const small = await openSmallPlays(stage, programs, ways.get(0)!.place.inventory);
  const site = openSite(lab);
  const sheet = openSheet();
  await noteTalks(stage, sheet, ways);
  stage.say('talks of known length: done');
  for (let round = 1; round <= stage.rounds; round++) {
    const tell = (what: string): void => stage.say(`round ${round} of ${stage.rounds}, ${what}`);
    const delay = round === 1 ? 100 : 25;
    const { line, place } = ways.get(delay)!;
    for (const each of smallPlays) await note(sheet, each.name, delay, line, () => small.play(each, place.inventory));
    tell('small plays: done');
    for (const contender of contenders.filter(({ slow }) => round === 1 || !slow)) {
      tell(`${contender.who}: ${await noteWhole(sheet, site, contender, ways, round)}`);
    }
  }
  return latencyTables(sheet, contenders);
}

async function openLines(stage: Stage, host: string, port: number): Promise<ReadonlyMap<Delay, SlowLine>> {
  const lines = new Map<Delay, SlowLine>();
  for (const delay of delays) {
    const line = await openSlowLine({ host, port, delay });
    stage.onEnd(line.close);
    lines.set(delay, line);
  }
  return lines;
}

/** Does something that gives its seconds, and notes them with the round trips of the line. */
async function note(sheet: Sheet, what: string, delay: Delay, line: SlowLine, work: () => Promise<number>): Promise<void> {
  line.restart();
  const seconds = await work();
  sheet.note(what, delay, { seconds, trips: line.trips() });
}

/** Talks of which it is known how long they are, and what connecting takes. */
async function noteTalks(stage: Stage, sheet: Sheet, ways: ReadonlyMap<Delay, Way>): Promise<void> {
  const echo = await openLines(stage, '127.0.0.1', await openEcho(stage));
  for (const [delay, line] of echo) await note(sheet, talkNames.tcp, delay, line, () => talkTcp(line.port));
  for (const [delay, { line, place }] of ways) {
    const { ssh, target } = place.logins[0]!;
    await note(sheet, talkNames.ssh, delay, line, () => talkSsh(stage, ssh, 0));
    await note(sheet, talkNames.sshLines, delay, line, () => talkSsh(stage, ssh, 10));
    await note(sheet, talkNames.kplay, delay, line, () => talkKplay(target, 1));
    await note(sheet, talkNames.kplayMore, delay, line, () => talkKplay(target, 11));
  }
}

/** The lines of a round: all of them once, then the one whose seconds are shown. Counts are the same each time. */
function usual(round: number): readonly Delay[] {
  return round === 1 ? delays : [25];
}

/** A whole play, first and second run; what is slow is left out on the longest line. */
async function noteWhole(sheet: Sheet, site: Site, contender: Contender, ways: ReadonlyMap<Delay, Way>, round: number): Promise<string> {
  const told: string[] = [];
  for (const delay of usual(round).filter((delay) => !(contender.slow && delay === 100))) {
    const { line, place } = ways.get(delay)!;
    const trips: number[] = [];
    const counting: Contender = {
      ...contender,
      async play(...asked) {
        line.restart();
        const ran = await contender.play(...asked);
        trips.push(line.trips());
        return ran;
      },
    };
    const { first, second } = await site.build(counting, place);
    sheet.note(wholeName(contender, 'first'), delay, { seconds: first, trips: trips[0]! });
    sheet.note(wholeName(contender, 'second'), delay, { seconds: second, trips: trips[1]! });
    told.push(`${numberText(first)} and ${numberText(second)} s at ${delay} ms`);
  }
  return told.join(', ');
}
