import { execFileSync } from 'node:child_process';
import test from 'ava';
import { quote, quoteAll } from '../../../engine/session/quote.ts';
import { hostile } from './hostile.ts';

for (const word of hostile) {
  test(`sh gives back ${JSON.stringify(word).slice(0, 60)}`, (t) => t.is(execFileSync('/bin/sh', ['-c', `printf '%s.' ${quote(word)}`]).toString(), `${word}.`));
}

test('an argv stays an argv', (t) => t.is(execFileSync('/bin/sh', ['-c', `printf '<%s>' ${quoteAll(hostile)}`]).toString(), hostile.map((word) => `<${word}>`).join('')));

test('NUL is refused', (t) => void t.throws(() => quote('a\0b'), { instanceOf: RangeError }));
