/** set_fact, debug, assert, fail, meta: modules that touch no host. */
import test from 'ava';
import assertModule from '../../modules/assert.ts';
import debug from '../../modules/debug.ts';
import fail from '../../modules/fail.ts';
import meta from '../../modules/meta.ts';
import setFact from '../../modules/set_fact.ts';
import { isTruthy } from '../../modules/shared/truth.ts';
import { rows } from '../support/plan-rows.ts';

/** Expressions by their text. */
const evaluate = (values: Record<string, unknown>) => ({ evaluate: (text: string): unknown => values[text] });

rows('set_fact', setFact, {
  'takes any names and values': { given: undefined, asked: { a: 1, b: ['x'], c: 'text' }, says: [], result: { ansible_facts: { a: 1, b: ['x'], c: 'text' } } },
  'reads the words yes, no, true and false as truth, as key=value can say them in no other way': { given: undefined, asked: { a: 'yes', b: 'False', c: 'on' }, result: { ansible_facts: { a: true, b: false, c: 'on' } } },
  'sets no fact called cacheable': { given: undefined, asked: { a: 1, cacheable: 'yes' }, result: { ansible_facts: { a: 1 } } },
  'refuses what is no name': { given: undefined, asked: { 'a-b': 1 }, fails: /"a-b" is not a variable's name/ },
  'needs a fact to set': { given: undefined, asked: {}, fails: /no variable to set/ },
});

rows('debug', debug, {
  'says hello where it is given nothing': { given: undefined, asked: {}, result: { msg: 'Hello world!' } },
  'shows any value': { given: undefined, asked: { msg: { a: [1] } }, result: { msg: { a: [1] } } },
  'shows a variable under its name': { given: undefined, asked: { var: 'x.y' }, here: evaluate({ 'x.y': 7 }), result: { 'x.y': 7 } },
  'tells of a variable that is not defined': { given: undefined, asked: { var: 'x' }, here: evaluate({}), result: { x: 'VARIABLE IS NOT DEFINED!' } },
  'is passed over below its verbosity': { given: undefined, asked: { msg: 'x', verbosity: 2 }, here: { verbosity: 1 }, result: { skipped: true } },
  'is shown from its verbosity on': { given: undefined, asked: { msg: 'x', verbosity: 2 }, here: { verbosity: 2 }, result: { msg: 'x' } },
});

test('debug shows a variable as undefined only where that is what went wrong', (t) => {
  const here = (message: string) => ({ evaluate: (): unknown => { throw Object.assign(new Error(message), { name: 'TemplateError' }); } }) as never;
  t.deepEqual(debug.plan(debug.params.parse({ var: 'a.b' }), undefined, here(`'a.b' is undefined: dict has no attribute 'b'`)).result, { 'a.b': 'VARIABLE IS NOT DEFINED!' });
  t.throws(() => debug.plan(debug.params.parse({ var: 'a / 0' }), undefined, here('division by zero')), { message: 'division by zero' });
});

const five = evaluate({ 'n == 5': true, 'n == 6': false, '[]': [] });
rows('assert', assertModule, {
  'passes where all holds': { given: undefined, asked: { that: ['n == 5', 'n == 5'] }, here: five, result: { msg: 'All assertions passed' } },
  'takes one condition': { given: undefined, asked: { that: 'n == 5', success_msg: 'good' }, here: five, result: { msg: 'good' } },
  'fails with the first condition that does not hold': { given: undefined, asked: { that: ['n == 5', 'n == 6'] }, here: five, fails: /^Assertion failed$/ },
  'fails with a message': { given: undefined, asked: { that: ['n == 6'], fail_msg: ['six', 'of them'] }, here: five, fails: /^six\nof them$/ },
  'counts an empty list as false': { given: undefined, asked: { that: '[]' }, here: five, fails: /Assertion failed/ },
});

test('a failed assertion tells which one it was', (t) => {
  const error = t.throws(() => assertModule.plan(assertModule.params.parse({ that: ['n == 6'] }), undefined, five as never)) as Error & { result: unknown };
  t.deepEqual(error.result, { assertion: 'n == 6', evaluated_to: false, msg: 'Assertion failed' });
});

rows('fail', fail, {
  'fails with its message': { given: undefined, asked: { msg: 'enough' }, fails: /^enough$/ },
  'fails with Ansible\'s words where it has none': { given: undefined, asked: {}, fails: /^Failed as requested from task$/ },
});

test('meta tells the run what to do, and knows what the run can do', (t) => {
  t.is(meta.plan(meta.params.parse({ free_form: 'flush_handlers' }), undefined, {} as never).control, 'flush_handlers');
  t.false(meta.params.safeParse({ free_form: 'flush_handler' }).success);
});

test('truth is Python\'s: nothing, zero and what is empty are false', (t) => {
  for (const value of [undefined, null, false, 0, 0n, '', [], {}, new Map()]) t.false(isTruthy(value));
  for (const value of [true, 1, -1, 'no', [0], { a: 0 }, new Date()]) t.true(isTruthy(value));
});
