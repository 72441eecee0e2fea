/** The harness: what it runs, what it tells, what it undoes, what it writes. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Bench, Stage } from '../../bench/bench.ts';
import type { Machine } from '../../bench/machine.ts';
import { main } from '../../bench/program.ts';
import type { Report } from '../../bench/report.ts';

const machine: Machine = {
  processors: 2, processor: 'Z80 <3', memory: 4 * 1024 ** 3, kernel: '6.1', load: 0.1, system: 'Debian', node: 'v20', versions: { kplay: '0.1.0' },
};

function bench(name: string, run: Bench['run'], lacks: readonly string[] = []): Bench {
  return { name, title: `The ${name}`, about: 'It measures.', lacks: async () => lacks, run };
}

const rows = [{ who: 'kplay', figure: 2, samples: [2, 1, 3] }, { who: 'other & co', figure: 41, samples: [41], ratio: 20.5, asked: '≥ 20' }];
const table = { title: 'Time', unit: 's', rows, note: 'Of a kind.' };

const never = new AbortController().signal;

/** Runs a command line with these benchmarks; `missing` stands in the list and has no file. */
async function benched(t: ExecutionContext, argv: readonly string[], benches: readonly Bench[], { signal = never, load = 0.1 } = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kplay-bench-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const said = { out: '', error: '' };
  const code = await main([...argv, '--out', path.join(folder, 'report')], {
    benches: [...benches.map((each) => ({ name: each.name, load: async () => each })), { name: 'missing', load: async () => undefined }],
    out: (line) => { said.out += `${line}\n`; }, error: (line) => { said.error += `${line}\n`; }, signal, machine: async () => ({ ...machine, load }),
  });
  const read = (name: string): string => readFileSync(path.join(folder, 'report', name), 'utf8');
  return { code, ...said, read, written: existsSync(path.join(folder, 'report')) };
}

test('a name that no benchmark has ends it with 1 and the nearest name, and nothing is run', async (t) => {
  const { code, error } = await benched(t, ['peesr'], [bench('peers', () => t.fail() as never)]);
  t.is(code, 1);
  t.regex(error, /no benchmark "peesr": did you mean "peers"\?/);
});

for (const argv of [['--rounds', '0'], ['--rounds', 'many'], ['--round', '3']]) {
  test(`${argv.join(' ')} is refused`, async (t) => {
    const { code, error, written } = await benched(t, argv, [bench('peers', () => t.fail() as never)]);
    t.is(code, 1);
    t.regex(error, /round/);
    t.false(written);
  });
}

test('what a benchmark lacks is told before another is run, and it is left out', async (t) => {
  let told = '';
  const errors: string[] = [];
  const first = bench('first', async (stage) => {
    told = errors.join();
    stage.say('on its way');
    return [table];
  });
  const lame = bench('lame', () => t.fail() as never, ['apt-get install crutch']);
  const out = mkdtempSync(path.join(os.tmpdir(), 'kplay-bench-test-'));
  t.teardown(() => rmSync(out, { recursive: true }));
  const code = await main(['--out', out], {
    benches: [first, lame].map((each) => ({ name: each.name, load: async () => each })), out: () => undefined, error: (line) => errors.push(line),
    signal: new AbortController().signal, machine: async () => machine,
  });
  t.is(code, 0);
  t.regex(told, /lame is left out: apt-get install crutch/);
});

test('where nothing can be run, that is a failure', async (t) => {
  const { code, error, written } = await benched(t, ['lame', 'missing'], [bench('lame', () => t.fail() as never, ['a leg']), bench('first', () => t.fail() as never)]);
  t.is(code, 1);
  t.regex(error, /lame is left out: a leg\nmissing is left out: /);
  t.false(written);
});

test('the table on the terminal has every contender, figure, ratio and what was asked', async (t) => {
  const { code, out } = await benched(t, ['first'], [bench('first', async () => [table])]);
  t.is(code, 0);
  t.true(out.includes([
    'Time (s, less is better)',
    '  kplay       2.00  1.00 to 3.00',
    '  other & co  41.0                20.5 ×  asked ≥ 20: met',
    '  Of a kind.',
  ].join('\n')), out);
});

test('the report has the machine, the command and every sample; its page has every figure and name as text', async (t) => {
  const { read } = await benched(t, ['first', '--rounds', '2'], [bench('first', async () => [table])]);
  const report = JSON.parse(read('results.json')) as Report;
  t.deepEqual(report.machine, machine);
  t.is(report.command, 'npm run bench -- first --rounds 2');
  t.deepEqual(report.benches.map(({ name, tables, errors }) => ({ name, tables, errors })), [{ name: 'first', tables: [table], errors: [] }]);
  const page = read('index.html');
  const figures = ['kplay', '2.00', '1.00 to 3.00', 'other &amp; co', '41.0', '20.5 ×', 'asked ≥ 20, met'];
  for (const text of [...figures, 'The first', 'It measures.', 'Of a kind.', 'Z80 &lt;3', '4.0 GiB', 'npm run bench -- first --rounds 2']) t.true(page.includes(text), text);
  t.notRegex(page, /<script|src=|href=/, 'it needs nothing else');
  t.is(page.match(/<i style="width:/g)!.length, 2, 'a bar a row');
  t.regex(page, /width:100\.00%/);
  t.regex(page, /width:4\.88%/);
});

test('a benchmark that fails is told, the next is run, and the end is 1', async (t) => {
  const broken = bench('broken', () => Promise.reject(new Error('they differ in <what> they leave')));
  const { code, error, read } = await benched(t, [], [broken, bench('first', async () => [table])]);
  t.is(code, 1);
  t.regex(error, /broken: they differ in <what> they leave/);
  t.true(read('index.html').includes('It failed: they differ in &lt;what&gt; they leave'));
  t.is((JSON.parse(read('results.json')) as Report).benches[1]!.tables.length, 1);
});

test('what was begun is undone, last come first, also after a failure, also where undoing fails', async (t) => {
  const undone: string[] = [];
  let folder = '';
  const { code, error } = await benched(t, ['broken'], [bench('broken', async (stage) => {
    folder = stage.folder;
    t.true(existsSync(folder));
    stage.onEnd(() => void undone.push('first'));
    stage.onEnd(() => { throw new Error('it sticks'); });
    stage.onEnd(async () => void undone.push('last'));
    throw new Error('no');
  })]);
  t.is(code, 1);
  t.deepEqual(undone, ['last', 'first']);
  t.regex(error, /broken: no\nbroken: could not be undone: it sticks/);
  t.false(existsSync(folder));
});

test('an interrupt undoes what was begun, and at once what is begun afterwards; no report is written and no other benchmark run', async (t) => {
  const stop = new AbortController();
  const undone: string[] = [];
  let late: Stage | undefined;
  const endless = bench('endless', (stage) => {
    late = stage;
    stage.onEnd(() => void undone.push('begun'));
    setImmediate(() => stop.abort(new Error('interrupted')));
    return new Promise(() => undefined);
  });
  const { code, written } = await benched(t, [], [endless, bench('next', () => t.fail() as never)], { signal: stop.signal });
  t.is(code, 130);
  t.false(written);
  late!.onEnd(() => void undone.push('late'));
  await new Promise(setImmediate);
  t.deepEqual(undone, ['begun', 'late']);
});

test('a benchmark that cannot be begun is told, the others are run, and the end is 1', async (t) => {
  const lost = { ...bench('lost', () => t.fail() as never), lacks: () => Promise.reject(new Error('no such module')) };
  const { code, error, read } = await benched(t, [], [lost, bench('first', async () => [table])]);
  t.is(code, 1);
  t.regex(error, /lost cannot be begun: Error: no such module/);
  t.deepEqual((JSON.parse(read('results.json')) as Report).benches.map(({ name, errors }) => [name, errors]), [['lost', ['no such module']], ['first', []]]);
});

test('a busy machine is told of', async (t) => {
  const { error } = await benched(t, ['first'], [bench('first', async () => [table])], { load: 2.5 });
  t.regex(error, /busy \(load 2\.5 on 2 processors\)/);
});
