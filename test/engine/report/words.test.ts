/** Amounts, lists and colours as people read them. */
import test from 'ava';
import { wantsColor, openStyle } from '../../../engine/report/style.ts';
import { bytes, duration, hostList, progress } from '../../../engine/report/words.ts';

const durations: [number, string][] = [[0, '0.0 s'], [440, '0.4 s'], [9949, '9.9 s'], [9950, '10 s'], [59_400, '59 s'], [59_600, '1 min 0 s'], [72_000, '1 min 12 s'], [7_500_000, '2 h 5 min']];
for (const [ms, expected] of durations) test(`${ms} ms read ${expected}`, (t) => t.is(duration(ms), expected));

const sizes: [number, string][] = [[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [45_000_000, '45.0 MB'], [999_960_000, '1.0 GB']];
for (const [size, expected] of sizes) test(`${size} bytes read ${expected}`, (t) => t.is(bytes(size), expected));

const works: [Parameters<typeof progress>[0], string][] = [
  [{ message: 'waiting for port 2379' }, 'waiting for port 2379'],
  [{ message: 'uploading', done: 12_300_000, total: 45_000_000, unit: 'bytes' }, 'uploading 12.3 MB of 45.0 MB, 27 %'],
  [{ message: 'uploading', done: 0, total: 0, unit: 'bytes' }, 'uploading 0 B of 0 B'],
  [{ message: 'images', done: 3, total: 12, unit: 'images' }, 'images 3 of 12 images, 25 %'],
  [{ message: 'read', done: 20, unit: 'lines' }, 'read 20 lines'],
];
for (const [event, expected] of works) test(`progress reads "${expected}"`, (t) => t.is(progress(event), expected));

test('many hosts are counted, few are named', (t) => {
  t.is(hostList(['a', 'b'], 2), 'a b');
  t.is(hostList(['a', 'b', 'c'], 2), '3 hosts (a b …)');
});

const wishes: [Record<string, string>, boolean, boolean][] = [
  [{}, true, true], [{}, false, false], [{ TERM: 'dumb' }, true, false],
  [{ NO_COLOR: '1' }, true, false], [{ NO_COLOR: '' }, true, true],
  [{ FORCE_COLOR: '1' }, false, true], [{ FORCE_COLOR: '0' }, true, false], [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
];
for (const [env, isTTY, expected] of wishes) test(`${JSON.stringify(env)} on ${isTTY ? 'a terminal' : 'a pipe'} ${expected ? 'has' : 'has no'} colour`, (t) => t.is(wantsColor(env, isTTY), expected));

test('colours are those of Ansible', (t) => {
  const style = openStyle(true);
  t.deepEqual(['ok', 'changed', 'failed', 'skipped', 'unknown'].map((status) => style(status as 'ok', 'x')), ['32', '33', '31', '36', '35'].map((code) => `\x1b[${code}mx\x1b[0m`));
});
