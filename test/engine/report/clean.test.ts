/** Text of others made harmless. */
import test from 'ava';
import { cleanLine, cleanText } from '../../../engine/report/clean.ts';

const rows: Record<string, [string, string]> = {
  'plain text stays': ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  'colours are taken out': ['\x1b[1;31mred\x1b[0m', 'red'],
  'cursor movements and clearing are taken out': ['a\x1b[2J\x1b[Hb\x1b[?25lc', 'abc'],
  'titles and links are taken out': ['\x1b]0;owned\x07a\x1b]8;;http://x\x1b\\b', 'ab'],
  'the 8-bit forms are taken out': ['\x9b31mred\x9d0;t\x9cx', 'redx'],
  'a sequence without an end is shown': ['\x1b]0;no end', '\\x1b]0;no end'],
  'bells and backspaces are shown': ['a\x07b\x08c\0', 'a\\x07b\\x08c\\x00'],
  'carriage returns become new lines': ['10%\r20%\r\ndone', '10%\n20%\ndone'],
  'marks that turn text round are shown': ['a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
  'other languages and emoji stay': ['主机 é 🚀', '主机 é 🚀'],
};
for (const [title, [given, expected]] of Object.entries(rows)) test(title, (t) => t.is(cleanText(given), expected));

test('a name stays on its line', (t) => {
  t.is(cleanLine('a\nb\rc\td\x1b[31me'), 'a\\nb\\rc de');
});

test('nothing that a terminal obeys is left, whatever comes', (t) => {
  const parts = ['\x1b', '[', ']', '\x9b', '31m', 'a', '\x07', '\x1b\\', '\x9c', '\r', '?', '1', 'P', '\x18'];
  let seed = 7;
  for (let round = 0; round < 5000; round++) {
    let text = '';
    for (let at = 0; at < 12; at++) text += parts[(seed = (seed * 1103515245 + 12345) % 2147483648) % parts.length];
    t.notRegex(cleanText(text), /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  }
});

test('a megabyte of unended sequences is cleaned', (t) => {
  for (const text of ['\x1b]'.repeat(500_000), '\x9d'.repeat(1_000_000), `\x1b[${'1;'.repeat(500_000)}`]) t.notRegex(cleanText(text), /[\x1b\x9d]/);
});
