import { execFileSync } from 'node:child_process';
import test from 'ava';
import { splitWords } from '../../../engine/session/split-words.ts';

for (const line of [
  'a b  c', "a 'b c' d", 'a "b c" d', 'a\\ b c', `-o ProxyCommand="ssh -W %h:%p -q user@host"`, "it''s", `"a\\"b" "c\\d" "e\\\\f"`, "''", `x"" ''y`, "'a\nb' c", 'ü "€ 😀"', ' lead and trail ',
]) {
  test(`sh splits ${JSON.stringify(line)} alike`, (t) => {
    const said = execFileSync('/bin/sh', ['-fc', `printf '%s\\0' ${line}`], { encoding: 'utf8' }).split('\0').slice(0, -1);
    t.deepEqual(splitWords(line), said);
  });
}

test('an empty line has no words', (t) => t.deepEqual(splitWords('  '), []));

for (const line of ["a 'b", 'a "b', 'a \\']) test(`${JSON.stringify(line)} is refused`, (t) => void t.throws(() => splitWords(line), { instanceOf: RangeError }));
