/** Changes as unified diffs. */
import test from 'ava';
import { loadDiffer } from '../../../engine/report/diff.ts';
import { openStyle } from '../../../engine/report/style.ts';
import { change } from '../../support/play-events.ts';

const rows: Record<string, [Parameters<typeof change>[1], string[]]> = {
  'a text that changed shows what is round the change': [
    { of: '/etc/x', before: 'a\nb\nc\nd\ne\nf\n', after: 'a\nb\nc\nd\nE\nf\n' },
    ['--- before: /etc/x', '+++ after: /etc/x', '@@ -2,5 +2,5 @@', ' b', ' c', ' d', '-e', '+E', ' f'],
  ],
  'one word needs no place': [{ of: 'mode of /etc/x', before: '0600', after: '0644' }, ['--- before: mode of /etc/x', '+++ after: mode of /etc/x', '-0600', '+0644']],
  'a new file is all plus': [{ of: '/etc/x', after: 'a\nb\n' }, ['--- before: /etc/x', '+++ after: /etc/x', '@@ -0,0 +1,2 @@', '+a', '+b']],
  'a file that goes is all minus': [{ of: '/etc/x', before: 'a\n' }, ['--- before: /etc/x', '+++ after: /etc/x', '@@ -1,1 +0,0 @@', '-a']],
  'a missing last newline is told': [{ of: '/x', before: 'a\nb', after: 'a\nb\n' }, ['--- before: /x', '+++ after: /x', '@@ -1,2 +1,2 @@', ' a', '-b', '\\ No newline at end of file', '+b']],
  'nothing to compare shows nothing': [{}, []],
  'what the diff is of falls back to the summary': [{ after: 'x' }, ['--- before: write it', '+++ after: write it', '+x']],
  'control characters of the text are harmless, tabs stay': [{ of: '/x\x1b[2J', before: 'a\n', after: '\tb\x1b[31m\x07\r\n' }, ['--- before: /x', '+++ after: /x', '@@ -1,1 +1,1 @@', '-a', '+\tb\\x07\\r']],
  'bytes are not shown': [{ of: '/x', before: 'a\0b', after: '\0' }, ['--- before: /x', '+++ after: /x', 'binary: 3 B before, 1 B after']],
};
for (const [title, [given, expected]] of Object.entries(rows)) {
  test(title, async (t) => {
    const differ = await loadDiffer(openStyle(false), false);
    t.deepEqual(differ(change('write it', given)), expected);
  });
}

test('colours tell added from removed', async (t) => {
  const differ = await loadDiffer(openStyle(true), false);
  t.deepEqual(differ(change('x', { of: 'm', before: 'a', after: 'b' })).slice(2), ['\x1b[31m-a\x1b[0m', '\x1b[32m+b\x1b[0m']);
});

test('texts that have nothing in common are given up', async (t) => {
  const differ = await loadDiffer(openStyle(false), false);
  const lines = (mark: string): string => Array.from({ length: 9000 }, (_, at) => `${mark}${at * 7919 % 9001}`).join('\n');
  const shown = differ(change('x', { of: '/x', before: lines('a'), after: lines('b') }));
  t.regex(shown[2]!, /^too different to compare: 5\d\.\d kB before/);
});

test('a text too large is not compared, a long diff is cut', async (t) => {
  const short = await loadDiffer(openStyle(false), false);
  const uncut = await loadDiffer(openStyle(false), true);
  t.deepEqual(short(change('x', { of: '/x', before: 'a\n'.repeat(600_000), after: 'b\n' })).slice(2), ['too different to compare: 1.2 MB before, 2 B after']);
  const long = change('x', { of: '/x', after: 'a\n'.repeat(1000) });
  t.is(short(long).length, 403);
  t.is(short(long).at(-1), '601 more lines, shown by -vvv');
  t.is(uncut(long).length, 1003);
});
