/** Columns of text, and cutting it. */
import test from 'ava';
import { fit, pad, width } from '../../../engine/report/width.ts';

const widths: [string, number][] = [['', 0], ['abc', 3], ['é', 1], ['e\u0301', 1], ['主机', 4], ['한글', 4], ['🚀', 2], ['👩‍💻', 2], ['❤️', 2], ['…', 1], ['✔ ok', 4], ['\x1b[31mred\x1b[0m', 3], ['\x1b[2m主\x1b[0m', 2]];
for (const [text, expected] of widths) test(`${JSON.stringify(text)} takes ${expected} columns`, (t) => t.is(width(text), expected));

const cuts: [string, number, string][] = [
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['abcdef', 0, ''],
  ['主机名', 6, '主机名'],
  ['主机名', 5, '主机…'],
  ['主机名', 4, '主…'],
  ['\x1b[31mabcdef\x1b[0m', 3, '\x1b[31mab…\x1b[0m'],
  ['\x1b[31mabc\x1b[0m', 3, '\x1b[31mabc\x1b[0m'],
];
for (const [text, columns, expected] of cuts) test(`${JSON.stringify(text)} in ${columns} columns is ${JSON.stringify(expected)}`, (t) => t.is(fit(text, columns), expected));

test('padding counts columns, not characters', (t) => {
  t.is(`${pad('主', 4)}|`, '主  |');
});
