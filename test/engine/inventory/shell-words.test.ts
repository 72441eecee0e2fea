import test from 'ava';
import { splitWords } from '../../../engine/inventory/shell-words.ts';

// What Python's shlex.split(line, comments=True) gives.
const rows: readonly (readonly [string, readonly string[]])[] = [
  ['h a=1  b=2', ['h', 'a=1', 'b=2']],
  ['h a="x y" b=\'x y\'', ['h', 'a=x y', 'b=x y']],
  ['h a=x" y"z', ['h', 'a=x yz']],
  ['h a=x\\ y b=\\"', ['h', 'a=x y', 'b="']],
  ['h a="q \\" \\\\ \\n"', ['h', 'a=q " \\ \\n']],
  ["h a='q \\ \"'", ['h', 'a=q \\ "']],
  ["h a='it'\"'\"'s'", ['h', "a=it's"]],
  ['h a="" \'\'', ['h', 'a=', '']],
  ['h # a=1', ['h']],
  ['h a=1#b c=2', ['h', 'a=1']],
  ['h a="1#b"', ['h', 'a=1#b']],
  ['# h', []],
];

for (const [line, words] of rows) test(`splits ${line}`, (t) => t.deepEqual(splitWords(line).words.map((word) => word.text), words));

test('tells where a comment cuts a word', (t) => {
  t.is(splitWords('h a=1#b').cut, 5);
  t.is(splitWords('h a=1 #b').cut, undefined);
});

test('tells which quote is never closed', (t) => {
  t.deepEqual(splitWords('h a="x').fault, { message: 'this " is never closed', at: 4 });
  t.is(splitWords('h a=x\\').fault?.at, 5);
});

test('knows where each character stands', (t) => t.deepEqual(splitWords('h a="x\\"y"').words[1]!.at, [2, 3, 5, 7, 8]));
