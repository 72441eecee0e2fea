/** The same rows, and random expressions, asked of Jinja2 itself. Skipped, and loudly so, where python3 has no jinja2. */
import test from 'ava';
import { isDeepStrictEqual } from 'node:util';
import { askOracle, oracleHas } from './oracle.ts';
import { dice, randomExpression, randomTemplate } from './random-expression.ts';
import { answer, readRows, rowFiles, type Answer, type Row } from './rows.ts';

const has = oracleHas();
const when = has.includes('jinja2') ? test : test.skip;
if (!has.includes('jinja2')) console.warn('NOT RUN: the comparison with Jinja2 itself; install it with: apt-get install python3-jinja2');

when('recorded answers are those of the Jinja2 that is installed', (t) => {
  const rows = rowFiles().flatMap(readRows).filter((row) => row.instead === undefined && has.includes(row.needs ?? 'jinja2'));
  const answers = askOracle(rows);
  t.true(rows.length > 800);
  const wrong = rows.filter((row, i) => !sameAnswer(row, answers[i]!));
  t.deepEqual(wrong, []);
});

when('random expressions give what they give in Jinja2', (t) => compare(t, 1500, (d) => ({ text: randomExpression(d, 3) })));

when('random templates give what they give in Jinja2', (t) => compare(t, 500, (d) => ({ template: randomTemplate(d) })));

/** Asks both; both must fail or give the same. `KPLAY_SEED` draws others. */
function compare(t: import('ava').ExecutionContext, count: number, draw: (d: ReturnType<typeof dice>) => Row): void {
  const d = dice(Number(process.env['KPLAY_SEED'] ?? 2026));
  const rows = Array.from({ length: count }, () => draw(d));
  const theirs = askOracle(rows);
  const wrong = rows.map((row, i) => ({ row, ours: answer(row), theirs: theirs[i]! })).filter(({ ours, theirs }) => !sameAnswer(ours, theirs));
  t.deepEqual(wrong, []);
}

function sameAnswer(a: Answer, b: Answer): boolean {
  if (a.fails !== undefined || b.fails !== undefined) return a.fails !== undefined && b.fails !== undefined;
  return a.shows === b.shows && isDeepStrictEqual(a.gives, b.gives);
}
