/** A large file to several hosts. */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { quoteAll } from '../engine/session/quote.ts';
import type { Bench, Row, Stage, Table } from './bench.ts';
import { openCommands } from './commands.ts';
import { compare, rowOf } from './figures.ts';
import { numberText } from './format.ts';
import { loopbackLacks, openLoopback, type Loopback } from './loopback.ts';
import { scaleFolder } from './places.ts';
import { byRounds } from './rounds.ts';
import { watch, type Watched, type WatchOptions } from './watched.ts';

const count = 8;
const megabytes = 100;

interface Contender {
  readonly who: string;
  readonly argv: readonly string[];
  fresh(): Promise<WatchOptions>;
}

interface Both {
  readonly first: Watched;
  readonly second: Watched;
}

export default {
  name: 'bytes',
  title: `A file of ${megabytes} MB to ${count} hosts`,
  about: 'copy by kplay and by Ansible (50 forks, pipelining), against scp, one for each host, all at once. The hosts are addresses of one real sshd on this machine.',
  lacks: async () => loopbackLacks(),
  run,
} satisfies Bench;

async function run(stage: Stage): Promise<readonly Table[]> {
  const loopback = await openLoopback(stage);
  const large = path.join(stage.folder, 'large');
  await writeFile(large, randomFillSync(Buffer.alloc(megabytes * 1e6)));
  const sum = await sumOf(large);
  const contenders = await openContenders(stage, loopback, large);
  const once = async ({ who, argv }: Contender, options: WatchOptions): Promise<Watched> => {
    const watched = await watch(stage, argv, options);
    const sums = await Promise.all(loopback.hosts(count).map(({ name }) => sumOf(path.join(loopback.place, name, 'large'))));
    if (sums.some((each) => each !== sum)) throw new Error(`${who} left another file than it was given`);
    return watched;
  };
  const taken = await byRounds(stage, contenders, async (contender) => {
    const options = await contender.fresh();
    await loopback.clear(loopback.hosts(count));
    const both: Both = { first: await once(contender, options), second: await once(contender, options) };
    return { ...both, text: `first ${numberText(both.first.seconds)} s, unchanged ${numberText(both.second.seconds)} s` };
  });
  return [...tables(contenders, taken), await questions(stage, contenders[0])];
}

async function openContenders(stage: Stage, loopback: Loopback, large: string): Promise<readonly [Contender, ...Contender[]]> {
  const inventory = await loopback.inventory(count);
  const [own, ...peers] = openCommands(stage)
    .filter(({ who }) => who !== 'Mitogen')
    .map(({ who, argv, fresh }): Contender => ({ who, fresh, argv: argv(path.join(scaleFolder, 'bytes.yml'), inventory, '-e', `large=${large}`) }));
  return [own!, scp(loopback, large), ...peers];
}

function scp({ ssh, hosts, place }: Loopback, large: string): Contender {
  const { user, words } = scpWords(ssh);
  const copies = hosts(count).map(({ name, address }) => `${quoteAll(['scp', '-q', ...words, large, `${user}@${address}:${path.join(place, name, 'large')}`])} & all="$all $!"`);
  return { who: `scp, ${count} at once`, argv: ['sh', '-c', `all=\n${copies.join('\n')}\nfor each in $all; do wait $each || exit 1; done`], fresh: async () => ({}) };
}

/** scp has no -l NAME, and another letter for the port. */
function scpWords([, ...words]: readonly string[]): { readonly user: string; readonly words: readonly string[] } {
  const at = words.indexOf('-l');
  return { user: words[at + 1]!, words: words.toSpliced(at, 2).map((word) => (word === '-p' ? '-P' : word)) };
}

function tables(contenders: readonly [Contender, ...Contender[]], taken: ReadonlyMap<Contender, readonly Both[]>): readonly Table[] {
  const rows = (figure: (both: Both) => number): readonly Row[] => {
    const [own, ...others] = contenders.map((each) => ({ who: each.who, samples: taken.get(each)!.map(figure) }));
    return compare([own!, ...others]);
  };
  return [
    { title: 'First copy, nothing there', unit: 's', rows: rows(({ first }) => first.seconds), note: 'This machine\'s processors encrypt and decrypt for both sides; the files lie in memory.' },
    { title: 'Second copy, nothing changed', unit: 's', rows: rows(({ second }) => second.seconds), note: 'scp copies anew. The others compare checksums, for which each host reads its file.' },
    { title: 'The controller\'s processor, first copy', unit: 's', rows: rows(({ first }) => first.processor) },
    { title: 'The controller\'s memory at its highest, first copy', unit: 'MiB', rows: rows(({ first }) => first.memory / 2 ** 20), note: 'Of several processes, what they share counts once.' },
  ];
}

/** What a file that is there already costs: counted by kplay itself. */
async function questions(stage: Stage, { argv, fresh }: Contender): Promise<Table> {
  const { output } = await watch(stage, [...argv, '--profile', '--output', 'json'], await fresh());
  const profile = output.trim().split('\n').map((line) => JSON.parse(line) as { event: string; tasks: { most_round_trips: number }[] }).find(({ event }) => event === 'profile');
  if (!profile) throw new Error('kplay gave no profile');
  const most = Math.max(...profile.tasks.map(({ most_round_trips }) => most_round_trips));
  return { title: 'Round trips of a copy that changes nothing', unit: 'a host', rows: [rowOf({ who: 'kplay', samples: [most], asked: '≤ 1' })] };
}

async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}
