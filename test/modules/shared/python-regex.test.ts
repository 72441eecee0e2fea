import test from 'ava';
import { bytesOf, expandReplacement, pythonRegex } from '../../../modules/shared/python-regex.ts';

const rows: readonly [pattern: string, text: string, found: string | null][] = [
  ['^a', 'ba', null], ['b$', 'ab\n', 'b'], ['b$', 'b\n\n', null], ['b\\Z', 'ab\n', null], ['\\Aa', 'ab', 'a'],
  ['a.c', 'a\nc', null], ['a.c', 'a\rc', 'a\rc'], ['(?s)a.c', 'a\nc', 'a\nc'], ['(?i)ABC', 'abc', 'abc'], ['(?m)^b$', 'a\nb\nc', 'b'], ['^b', 'a\nb', null],
  ['(?P<x>a)(?P=x)', 'aa', 'aa'], ['a(?#no)b', 'ab', 'ab'], ['[]x]+', ']x', ']x'], ['[^]]', ']a', 'a'], ['a{,2}b', 'aab', 'aab'], ['a{2}', 'aa', 'aa'], ['{x}', '{x}', '{x}'],
  ['\\s', '\u00a0', null], ['[\\s,]+', ' ,', ' ,'], ['\\d+', 'a12', '12'], ['\\bfoo\\b', 'a foo b', 'foo'], ['(?<=a)b', 'ab', 'b'], ['(?<!a)b', 'ab', null], ['\\.\\/\\-\\#', './-#', './-#'],
  ['\\x41\\101\\0', 'AA\0', 'AA\0'], ['(a)|b', 'b', 'b'], ['é+', 'éé', 'é'],
];
for (const [pattern, text, found] of rows) {
  test(`the Python pattern ${JSON.stringify(pattern)} ${found === null ? 'does not match' : `finds ${JSON.stringify(found)} in`} ${JSON.stringify(text)}`, (t) => {
    const match = pythonRegex(bytesOf(pattern)).exec(bytesOf(text));
    t.is(match && Buffer.from(match[0], 'latin1').toString('utf8'), found);
  });
}

for (const pattern of ['(?x)a', '(', '[a', 'a\\', '(?(1)a)', '\\q', '(?i:a)']) {
  test(`the pattern ${pattern} is refused with its text`, (t) => {
    const error = t.throws(() => pythonRegex(pattern));
    t.true(error.message.includes(pattern));
  });
}

test('a replacement fills in groups and escapes as Python does', (t) => {
  const match = pythonRegex('(?P<key>\\w+)=(x)?(y)?').exec('a=y')!;
  t.is(expandReplacement('\\1 \\g<key> \\g<1>0 [\\2] \\3 \\\\ \\n \\. \\g<0>', match), 'a a a0 [] y \\ \n \\. a=y');
  t.throws(() => expandReplacement('\\4', match), { message: /names the group 4/ });
  t.throws(() => expandReplacement('\\g<none>', match), { message: /names the group none/ });
  t.throws(() => expandReplacement('\\q', match), { message: /unknown escape/ });
});
