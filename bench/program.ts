/** The whole of `npm run bench`: choose, tell what is lacking, run, undo, print, write. */
import type { Bench } from './bench.ts';
import type { Registered } from './benches.ts';
import type { Machine } from './machine.ts';
import { helpText, readOptions, UsageError, type Options } from './options.ts';
import { writeReport, type Report } from './report.ts';
import { runBench } from './run-bench.ts';
import { tableText } from './table-text.ts';

/** What is outside of the program. */
export interface World {
  readonly benches: readonly Registered[];
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  /** Aborted where the run is to end at once; what was begun is undone first. */
  readonly signal: AbortSignal;
  readonly machine: () => Promise<Machine>;
}

/** Runs a command line; gives the exit code: 1 where its words are wrong, a benchmark failed or none could run, 130 where it was interrupted. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const known = world.benches.map(({ name }) => name);
  let options: Options;
  try {
    options = readOptions(argv, known);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    world.error(error.message);
    return 1;
  }
  if (options.help) {
    world.out(helpText(known));
    return 0;
  }
  return runAll(options, world);
}

async function runAll(options: Options, world: World): Promise<number> {
  const { ready, report } = await survey(options, world);
  for (const bench of ready) {
    if (world.signal.aborted) break;
    world.out(`\n${bench.title}`);
    const ended = await runBench(bench, options.rounds, world);
    if (ended.tables.length > 0) world.out(`\n${ended.tables.map(tableText).join('\n\n')}`);
    for (const error of ended.errors) world.error(`${bench.name}: ${error}`);
    report.benches.push({ ...about(bench), ...ended });
  }
  if (world.signal.aborted) {
    world.error('interrupted; what was begun is undone, no report is written');
    return 130;
  }
  if (report.benches.length > 0) world.out(`\n${(await writeReport(options.out, report)).join('\n')}`);
  return report.benches.length === 0 || report.benches.some(({ errors }) => errors.length > 0) ? 1 : 0;
}

interface Survey {
  readonly ready: readonly Bench[];
  /** The report so far: benchmarks are added as they end. */
  readonly report: Report & { readonly benches: Report['benches'][number][] };
}

/** Says what each benchmark lacks; gives those that can run. */
async function survey(options: Options, world: World): Promise<Survey> {
  const ready: Bench[] = [];
  const lacking: Report['lacking'][number][] = [];
  const broken: Report['benches'][number][] = [];
  for (const { name, load } of world.benches.filter((each) => options.names.includes(each.name))) {
    try {
      const bench = await load();
      const lacks = bench ? await bench.lacks() : ['this tree has no such benchmark yet'];
      if (bench && lacks.length === 0) ready.push(bench);
      if (lacks.length > 0) {
        lacking.push({ name, lacks });
        world.error(`${name} is left out: ${lacks.join('; ')}`);
      }
    } catch (error) {
      world.error(`${name} cannot be begun: ${(error as Error).stack}`);
      broken.push({ name, title: name, about: '', tables: [], seconds: 0, errors: [(error as Error).message] });
    }
  }
  const machine = await world.machine();
  const { load, processors } = machine;
  if (ready.length > 0 && load > processors) world.error(`this machine is busy (load ${load.toFixed(1)} on ${processors} processors): figures will be noisy`);
  const command = ['npm run bench --', ...options.names, '--rounds', options.rounds].join(' ');
  return { ready, report: { date: new Date().toISOString(), command, rounds: options.rounds, machine, lacking, benches: broken } };
}

function about({ name, title, about }: Bench): Pick<Bench, 'name' | 'title' | 'about'> {
  return { name, title, about };
}
