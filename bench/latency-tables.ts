/** The figures of the long line, from what was noted there. */
import type { Row, Table } from './bench.ts';
import { compareAll, type Contender, type Contenders } from './contenders.ts';
import { median, rowOf } from './figures.ts';
import { numberText } from './format.ts';
import type { Sheet } from './round-trips.ts';
import { siteTasks } from './site.ts';
import { smallPlays } from './small-plays.ts';

type Which = 'first' | 'second';
const unit = 'round trips';

/** Under which names talks of known length are noted. */
export const talkNames = {
  tcp: 'TCP, ten questions one by one',
  ssh: 'ssh HOST cat',
  sshLines: 'ssh HOST cat, ten lines one by one',
  kplay: 'kplay, one question',
  kplayMore: 'kplay, eleven questions one by one',
} as const;

/** Under which name a contender's whole play is noted. */
export function wholeName({ who }: Pick<Contender, 'who'>, which: Which): string {
  return `${who}, ${which} run`;
}

/** All tables, what users feel first. */
export function latencyTables(sheet: Sheet, contenders: Contenders): readonly Table[] {
  return [
    secondsTable(sheet, contenders, 'first'), secondsTable(sheet, contenders, 'second'),
    wholeTable(sheet, contenders, 'first'), wholeTable(sheet, contenders, 'second'),
    perTaskTable(sheet, contenders), smallTable(sheet), talkTable(sheet),
  ];
}

function secondsTable(sheet: Sheet, contenders: Contenders, which: Which): Table {
  const rows = compareAll(contenders, () => undefined, (contender) => sheet.seconds(wholeName(contender, which), 25));
  return { title: `Whole play, ${which} run, 25 ms each way`, unit: 's', rows };
}

function wholeTable(sheet: Sheet, contenders: Contenders, which: Which): Table {
  const rows = compareAll(contenders, () => undefined, (contender) => sheet.counted(wholeName(contender, which)));
  const clocked = contenders.map((contender) => {
    const trips = (delay: 25 | 100): string => `${numberText(median(sheet.clocked(wholeName(contender, which), delay)))} at ${delay} ms`;
    return `${contender.who} ${contender.slow ? trips(25) : `${trips(25)} and ${trips(100)}`}`;
  });
  const kept = which === 'second' ? ' Ansible still has its connection of the first run (ControlPersist), the others connect anew.' : '';
  return { title: `Whole play, ${which} run, connecting included`, unit, rows, note: `By the clock: ${clocked.join('; ')}.${kept}` };
}

function perTaskTable(sheet: Sheet, contenders: Contenders): Table {
  const base = connecting(sheet);
  const row = (contender: Contender, which: Which, without: number, asked?: string): Row => {
    const name = wholeName(contender, which);
    const samples = sheet.counted(name).map((trips) => (trips - without) / siteTasks);
    return rowOf({ who: `${name}${without > 0 ? ', connecting not counted' : ''}`, samples, asked });
  };
  const [own] = contenders;
  const all = contenders.flatMap((contender) => [row(contender, 'first', 0), row(contender, 'second', 0)]);
  const rows = [row(own, 'first', base, '≤ 2'), row(own, 'second', base, '≤ 0.5'), ...all];
  return { title: 'Whole play, for each of its tasks', unit, rows, note: `${siteTasks} tasks, a loop counted as one.` };
}

function smallTable(sheet: Sheet): Table {
  const base = connecting(sheet);
  return {
    title: 'kplay, plays of one task, connecting not counted', unit,
    rows: smallPlays.map(({ name, changes }) => {
      const samples = sheet.counted(name).map((trips) => trips - base);
      return rowOf({ who: `kplay: ${name}`, samples, asked: changes ? '≤ 2' : '≤ 1' });
    }),
    note: `Connecting takes kplay ${numberText(base)} round trips: a connection and one question, less the question.`,
  };
}

/** What connecting takes kplay: a connection and one question, less the question. */
function connecting(sheet: Sheet): number {
  return median(sheet.counted(talkNames.kplay)) - 1;
}

/** What is known beforehand stands in the names; count and clock must come near. */
function talkTable(sheet: Sheet): Table {
  const above = (trips: readonly number[], base: readonly number[]): readonly number[] => trips.map((each) => each - (base.length > 0 ? median(base) : 0));
  const rows = (name: string, what: string, base = ''): Row[] => [
    rowOf({ who: `${name}: counted`, samples: above(sheet.counted(what), sheet.counted(base)) }),
    rowOf({ who: `${name}: by the clock`, samples: above(sheet.clocked(what, 100), sheet.clocked(base, 100)) }),
  ];
  return {
    title: 'Is the measure right? Talks of known length', unit,
    rows: [
      ...rows(`${talkNames.tcp}, 11 with TCP's handshake`, talkNames.tcp),
      ...rows(`${talkNames.sshLines}, 10 more than none`, talkNames.sshLines, talkNames.ssh),
      ...rows(`${talkNames.kplayMore}, 10 more than one`, talkNames.kplayMore, talkNames.kplay),
      ...rows(`${talkNames.ssh}, nothing said: what ssh's own connecting takes`, talkNames.ssh),
    ],
  };
}
