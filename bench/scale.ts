/** How time, processor and memory grow with the number of hosts. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quoteAll } from '../engine/session/quote.ts';
import type { Bench, Row, Stage, Table } from './bench.ts';
import { openCommands } from './commands.ts';
import { compare, median } from './figures.ts';
import { numberText } from './format.ts';
import { loopbackLacks, openLoopback, type Loopback } from './loopback.ts';
import { scaleFolder } from './places.ts';
import { byRounds, type Turn } from './rounds.ts';
import { openCheck } from './scale-check.ts';
import { watch, type Watched, type WatchOptions } from './watched.ts';

const counts = [4, 16, 64, 256, 1000] as const;
/** Those who take minutes for more are not asked for more. */
const mostOfPeers = 64;
/** From so many hosts on one round will do, and for each contender with as many as it is asked for at most: the work is long, and noise weighs little. */
const large = 256;
/** Hosts that a contender works on at once, which is kplay's default too. */
const forks = 50;

interface Contender {
  readonly who: string;
  readonly most: number;
  /** The words to run on so many hosts, and their environment; called once for a pair of runs. */
  open(count: number): Promise<{ readonly argv: readonly string[]; readonly options: WatchOptions }>;
}

interface Both {
  readonly first: Watched;
  readonly second: Watched;
}

type Figures = ReadonlyMap<Contender, readonly Both[]>;

export default {
  name: 'scale',
  title: 'From 4 to 1,000 hosts',
  about: 'bench/scale/site.yml (a folder, two copies, a line, a look, a command, a check, a loop of five) on many hosts: one real sshd that listens on all of '
    + '127.0.0.0/8, an address and a folder of its own for each host. Ansible has 50 forks and pipelining; Mitogen is the same with its strategy, both up to 64 hosts; '
    + 'the floor is one hand-written script per host by ssh, 50 at once. All must leave the same files, which is checked after every run.',
  lacks: async () => loopbackLacks(),
  run,
} satisfies Bench;

async function run(stage: Stage): Promise<readonly Table[]> {
  const loopback = await openLoopback(stage);
  const contenders = openContenders(stage, loopback);
  const taken = new Map<number, Figures>();
  for (const count of counts) {
    const check = openCheck(loopback, count);
    const some = contenders.filter(({ most }) => count <= most);
    const turn = async ({ who, open }: Contender): Promise<Turn & Both> => {
      const { argv, options } = await open(count);
      await loopback.clear();
      const timed = async (which: 'first' | 'second'): Promise<Watched> => {
        const watched = await watch(stage, argv, options);
        await check(who, which, watched.output);
        return watched;
      };
      const both = { first: await timed('first'), second: await timed('second') };
      return { ...both, text: `${count} hosts, first run ${told(both.first)}; second run ${told(both.second)}` };
    };
    const once = some.filter(({ most }) => count >= Math.min(large, most));
    const first = await byRounds({ ...stage, rounds: 1 }, some, turn);
    const more = await byRounds({ ...stage, rounds: stage.rounds - 1 }, some.filter((each) => !once.includes(each)), turn);
    taken.set(count, new Map([...first].map(([each, turns]) => [each, [...turns, ...(more.get(each) ?? [])]])));
  }
  return tables(contenders, taken);
}

function openContenders(stage: Stage, loopback: Loopback): readonly [Contender, ...Contender[]] {
  const [own, ...peers] = openCommands(stage).map((command): Contender => ({
    who: command.who,
    most: command.who === 'kplay' ? Infinity : mostOfPeers,
    open: async (count) => ({ argv: command.argv(path.join(scaleFolder, 'site.yml'), await loopback.inventory(count)), options: await command.fresh() }),
  }));
  return [own!, floor(stage, loopback), ...peers];
}

function floor(stage: Stage, { hosts, place, ssh }: Loopback): Contender {
  return {
    who: 'floor: a shell script by ssh', most: large,
    async open(count) {
      const list = path.join(stage.folder, 'floor.txt');
      await writeFile(list, hosts(count).map(({ name, address }) => `${name} ${address}\n`).join(''));
      const one = `exec ${quoteAll(ssh)} -- "$2" sh -s -- "$1" "$2" ${quoteAll([place])} < ${quoteAll([path.join(scaleFolder, 'floor.sh')])}`;
      return { argv: ['xargs', '--arg-file', list, '--max-procs', String(forks), '--max-args', '2', 'sh', '-c', one, 'sh'], options: {} };
    },
  };
}

function told({ seconds, processor, memory }: Watched): string {
  return `${numberText(seconds)} s, ${numberText(processor)} s of processor, ${numberText(memory / 2 ** 20)} MiB`;
}

function tables(contenders: readonly [Contender, ...Contender[]], taken: ReadonlyMap<number, Figures>): readonly Table[] {
  const rows = (which: 'first' | 'second', figure: (watched: Watched, count: number) => number): readonly Row[] => [...taken].flatMap(([count, figures]) => {
    const [own, ...others] = contenders.filter((each) => figures.has(each)).map((each) => ({ who: `${each.who}, ${count.toLocaleString('en-US')} hosts`, samples: figures.get(each)!.map((both) => figure(both[which], count)) }));
    return compare([own!, ...others]);
  });
  const shared = 'Two processors, or as many as there are, do the work of all hosts too: most of the time is theirs (sshd, shells), and each contender\'s own part stands in the tables of processor and memory. ';
  return [
    { title: 'First run, nothing there', unit: 's', rows: rows('first', ({ seconds }) => seconds), note: `${shared}Times are of the whole command, from its start to its end.` },
    { title: 'Second run, nothing left to change', unit: 's', rows: rows('second', ({ seconds }) => seconds), note: 'Ansible still has its connections of the first run (ControlPersist), the others connect anew.' },
    { title: 'The controller\'s processor, first run', unit: 'ms a host', rows: rows('first', ({ processor }, count) => (1000 * processor) / count), note: 'Of the command and all that it has waited for, from its start on: of few hosts most is the start itself. ssh\'s shared connections, which Ansible leaves behind, are not in it.' },
    { title: 'The controller\'s memory at its highest', unit: 'MiB', rows: asking(rows('first', ({ memory }) => memory / 2 ** 20), 'kplay, 1,000 hosts', '≤ 1024'), note: 'Of several processes, what they share counts once.' },
    growth(contenders[0], taken),
  ];
}

function asking(rows: readonly Row[], who: string, asked: string): readonly Row[] {
  return rows.map((row) => (row.who === who ? { ...row, asked } : row));
}

/** What a host costs of many, by what it costs of few. */
function growth(own: Contender, taken: ReadonlyMap<number, Figures>): Table {
  const [few, many] = [64, 1000];
  const each = (count: number, figure: (watched: Watched) => number): number => median(taken.get(count)!.get(own)!.map(({ first }) => figure(first))) / count;
  const row = (who: string, figure: (watched: Watched) => number): Row => {
    const factor = each(many, figure) / each(few, figure);
    return { who, figure: factor, samples: [factor], asked: '≤ 1.1' };
  };
  return {
    title: `kplay's cost of a host, among ${many.toLocaleString('en-US')} as a multiple of among ${few}`, unit: '×',
    rows: [row('time', ({ seconds }) => seconds), row('processor', ({ processor }) => processor), row('memory', ({ memory }) => memory)],
    note: 'Where growth is linear this is 1.',
  };
}
