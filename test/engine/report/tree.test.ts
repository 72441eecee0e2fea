/** The live tree, on a terminal of the tests' own. */
import test from 'ava';
import type { Event } from '../../../engine/event/event.ts';
import { openReporter, type ReportOptions } from '../../../engine/report/report.ts';
import { bigRun, change, failed, machines, outcome, playTask, task } from '../../support/play-events.ts';
import { openTerminal, type Terminal } from '../../support/terminal.ts';

interface Show {
  readonly terminal: Terminal;
  readonly stdout: { write(text: string, done?: () => void): boolean };
  /** How the screen looked after each write. */
  readonly frames: string[][];
  report(...events: Event[]): void;
  close(): Promise<void>;
}

/** A tree on a terminal of its own. Time is real: pictures come ten times a second. */
function openShow(columns: number, rows: number, options: Partial<ReportOptions> = {}): Show {
  const terminal = openTerminal(columns, rows);
  const frames: string[][] = [];
  const stdout = {
    write(text: string, done?: () => void) {
      terminal.write(text);
      frames.push(terminal.screen());
      done?.();
      return true;
    },
  };
  const reporter = openReporter('auto', {
    stdout, stderr: { write: (text) => (terminal.write(text), true) },
    isTTY: true, columns: () => columns, rows: () => rows, color: true, verbosity: 0, diff: false, check: false, clock: Date.now, ...options,
  });
  return { terminal, stdout, frames, report: (...events) => events.forEach((event) => reporter.report(event)), close: () => reporter.close() };
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;
/** Durations differ from run to run. */
const timeless = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/\d+\.\d s/g, 'T s'));

const play = (hosts: readonly string[]): Event => ({ event: 'play_start', play: 'Build', place: 'site.yml:1:3', hosts });
const totals = { ok: 1, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 };
const recap: Event = { event: 'recap', hosts: { m1: totals }, duration_ms: 1000 };
const ending = ['', 'PLAY RECAP', 'm1 : ok=1 changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0', '', 'Done in 1.0 s. Nothing changed.', ''];

test('what is done stands above, what goes on below', async (t) => {
  const show = openShow(80, 24);
  const copy = task('Copy it');
  show.report(play(['m1', 'm2']), ...playTask(task('Make it'), { m1: outcome('ok'), m2: outcome('skipped', { message: 'x is false' }) }));
  show.report(
    { event: 'task_start', task: copy, hosts: ['m1', 'm2'] },
    { event: 'host_start', task: copy, host: 'm1' },
    { event: 'host_start', task: copy, host: 'm2' },
    { event: 'progress', task: copy, host: 'm2', message: 'uploading', done: 1e6, total: 4e6, unit: 'bytes' },
  );
  await pause(400);
  t.deepEqual(timeless(show.terminal.screen()).map((line) => line.replace(spinner, '*')), [
    'PLAY [Build] m1 m2, site.yml:1:3',
    '✔ Make it  ok: m1, skipped: m2  T s',
    '* Build  2 hosts, 1 task done, T s',
    '  * Copy it  0 of 2 hosts done, T s',
    '    * m2  uploading 1.0 MB of 4.0 MB, 25 %',
    '    * m1',
  ]);
  t.false(show.terminal.cursorVisible());
  show.report({ event: 'outcome', task: copy, host: 'm1', outcome: outcome('changed') }, { event: 'outcome', task: copy, host: 'm2', outcome: outcome('ok') }, { event: 'task_end', task: copy }, recap);
  await show.close();
  t.deepEqual(timeless(show.terminal.screen()), ['PLAY [Build] m1 m2, site.yml:1:3', '✔ Make it  ok: m1, skipped: m2  T s', '✔ Copy it  changed: m1, ok: m2  T s', ...ending.map((line) => line.replace('1.0', 'T').replace('Nothing changed', '1 task changed 0 hosts'))]);
  t.true(show.terminal.cursorVisible());
  t.deepEqual(show.terminal.unknown, []);
});

test('200 hosts never take more rows than the screen has, and nothing of the tree is left behind', async (t) => {
  const hosts = machines(200);
  for (const [columns, rows] of [[100, 30], [60, 12], [20, 5]] as const) {
    const show = openShow(columns, rows);
    const cues = bigRun(hosts, 3, 300);
    for (const [at, { event }] of cues.entries()) {
      show.report(event);
      if (at % 120 === 0) await pause(60);
    }
    t.true(show.frames.some((frame) => frame.some((line) => spinner.test(line))), 'the tree was seen');
    await show.close();
    for (const frame of show.frames) t.true(frame.filter((line) => spinner.test(line)).length < rows);
    const left = [...show.terminal.scrolled, ...show.terminal.screen()];
    t.deepEqual(left.filter((line) => spinner.test(line)), [], `${columns}x${rows}`);
    const log = left.join('').replaceAll(' ', '');
    for (const said of ['Tasknumber1changed:67hosts,ok:133hosts', 'Tasknumber2changed:66hosts,ok:134hosts', 'Tasknumber3changed:67hosts,ok:133hosts', '…):ok=3']) t.true(log.includes(said), said);
    t.deepEqual(show.terminal.unknown, []);
  }
});

test('a failure is told at once, in full, and stays', async (t) => {
  const show = openShow(80, 24);
  const begun = task('Start it');
  show.report(
    play(['m1', 'm2']),
    { event: 'task_start', task: begun, hosts: ['m1', 'm2'] },
    { event: 'host_start', task: begun, host: 'm1' },
    { event: 'host_start', task: begun, host: 'm2' },
    { event: 'outcome', task: begun, host: 'm2', outcome: failed('no such unit', { stderr: 'Unit x not found.' }) },
  );
  await pause(400);
  const failure = ['failed: [m2] no such unit', '  task: Start it', '  site.yml:9:5', '  stderr:', '    Unit x not found.'];
  t.deepEqual(timeless(show.terminal.screen()).map((line) => line.replace(spinner, '*')), [
    'PLAY [Build] m1 m2, site.yml:1:3', ...failure,
    '* Build  2 hosts, 0 tasks done, T s', '  * Start it  1 of 2 hosts done, 1 failed, T s', '    ✖ m2  no such unit', '    * m1',
  ]);
  await show.close();
});

test('diffs and messages stand below the line of their task', async (t) => {
  const show = openShow(80, 30, { diff: true });
  show.report(
    play(['m1']),
    ...playTask(task('Write it'), { m1: outcome('changed', { changes: [change('write /x', { of: '/x', before: 'a', after: 'b' })] }) }),
    ...playTask(task('Say it'), { m1: outcome('ok', { message: 'hello' }) }),
    recap,
  );
  await show.close();
  t.deepEqual(timeless(show.terminal.screen()).slice(0, 7), [
    'PLAY [Build] m1, site.yml:1:3',
    '✔ Write it  changed: m1  T s',
    '  changed: [m1] write /x',
    '  --- before: /x',
    '  +++ after: /x',
    '  -a',
    '  +b',
  ]);
  t.deepEqual(timeless(show.terminal.screen()).slice(7, 9), ['✔ Say it  ok: m1  T s', '  ok: [m1] hello']);
});

test('a run that is over before the first picture leaves its whole log', async (t) => {
  const show = openShow(80, 24);
  show.report(play(['m1']), ...playTask(task('Make it'), { m1: outcome('ok') }), recap);
  await show.close();
  t.deepEqual(timeless(show.terminal.screen()), timeless(['PLAY [Build] m1, site.yml:1:3', '✔ Make it  ok: m1  0.0 s', ...ending]));
});

test('closing without a recap gives the terminal back', async (t) => {
  const show = openShow(80, 24);
  const copy = task('Copy it');
  show.report(play(['m1']), { event: 'task_start', task: copy, hosts: ['m1'] }, { event: 'host_start', task: copy, host: 'm1' });
  await pause(300);
  t.false(show.terminal.cursorVisible());
  await show.close();
  await show.close();
  t.true(show.terminal.cursorVisible());
  t.deepEqual(show.terminal.screen(), ['PLAY [Build] m1, site.yml:1:3', '']);
});

test('wide names are cut where the terminal ends', async (t) => {
  const show = openShow(30, 10);
  const copy = task('复制配置文件到所有主机上并重启服务');
  show.report(play(['主机一']), { event: 'task_start', task: copy, hosts: ['主机一'] }, { event: 'host_start', task: copy, host: '主机一' });
  await pause(300);
  const lines = show.terminal.screen().map((line) => line.replace(spinner, '*'));
  t.deepEqual(lines.slice(-2), ['  * 复制配置文件到所有主机上…', '    * 主机一']);
  await show.close();
});

test('what others print meanwhile stands above the tree, made harmless', async (t) => {
  const show = openShow(80, 24);
  show.report(play(['m1']));
  await pause(300);
  show.stdout.write('(node:1) Warning: \x1b[2Jold\n');
  await pause(300);
  const lines = show.terminal.screen();
  t.is(lines[1], '(node:1) Warning: old');
  t.regex(lines[2]!, spinner);
  await show.close();
});

test('what hosts answer cannot steer the terminal', async (t) => {
  const show = openShow(80, 24);
  const copy = task('Copy\x1b[5A it\n');
  const host = 'm1\x1b[3A';
  show.report(
    play([host]),
    { event: 'task_start', task: copy, hosts: [host] },
    { event: 'host_start', task: copy, host },
    { event: 'progress', task: copy, host, message: 'at\x1b]0;title\x07 it\r\n' },
  );
  await pause(300);
  show.report({ event: 'output', task: copy, host, stream: 'stdout', text: '50%\x1b[1A\x07\n' });
  await pause(300);
  t.deepEqual(show.terminal.unknown, []);
  t.deepEqual(show.terminal.screen().map((line) => line.replace(spinner, '*')).slice(2), ['  * Copy it\\n  0 of 1 host done, T s'.replace('T', /\d\.\d/.exec(show.terminal.screen()[2]!)![0]), '    * m1  50%\\x07']);
  await show.close();
});

test('until something happens the terminal is left alone', async (t) => {
  const show = openShow(80, 24);
  await pause(200);
  t.is(show.frames.length, 0);
  await show.close();
  t.deepEqual(show.terminal.screen(), ['']);
});
