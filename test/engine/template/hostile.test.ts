/** Texts and data that mean harm, or that are merely enormous: each ends in a value or a plain error, and soon. */
import test from 'ava';
import { TextError } from '../../../engine/source/problem.ts';
import { TemplateError } from '../../../engine/template/fault.ts';
import type { Value } from '../../../engine/template/value.ts';
import { evaluate, fill, render } from './evaluate.ts';

/** Expressions that reach for what lies behind JavaScript's values. */
const reaching = [
  "''.constructor", "''.constructor.constructor('return process')()", '[].constructor', '{}.constructor', "{}['constructor']", "{}['__proto__']", '{}.__proto__.polluted', "''['__proto__']", '(1).constructor', 'true.constructor', 'x.constructor', 'x.__proto__',
  'x.toString()', 'x.valueOf()', 'x.hasOwnProperty("a")', '[].map', '[].filter(1)', '[].__class__', "''.__class__.__mro__", 'range.constructor', 'range.invoke', 'range.run', 'lookup.invoke', 'loop.items', "'{0.constructor}'.format('')", "'{0.__class__}'.format(x)",
  "x | attr('constructor')", "x | attr('__proto__')", "[x] | map(attribute='constructor') | list | first", "'constructor' | extract(x)", "'__proto__' | extract(x)", 'namespace().constructor', 'namespace().fields', 'dict().constructor', "x.get('constructor').name",
  "''.at(0)", "'a'.repeat(9)", "'a'.padEnd(9)", "'a'.matchAll('a')", "[1].join('')", '[1].push(2)', 'hostvars.constructor', 'process', 'globalThis', 'require("fs")', 'Function("return 1")()', 'this', 'self._TemplateReference__context', 'cycler.__init__',
];

for (const text of reaching) {
  test(`${text} reaches nothing`, (t) => {
    const error = t.throws(() => evaluate(text, { x: { a: 1 }, hostvars: {} }));
    t.true(error instanceof TemplateError || error instanceof TextError, String(error));
  });
}

test('keys named like parts of objects are plain keys', (t) => {
  t.deepEqual(JSON.stringify(evaluate("{'__proto__': {'a': 1}, 'constructor': 2}")), '{"__proto__":{"a":1},"constructor":2}');
  t.is(({} as Record<string, unknown>)['a'], undefined);
  t.is(evaluate("({'__proto__': 5}).__proto__"), 5);
  t.is(evaluate("dict([['__proto__', 7]])['__proto__']"), 7);
  t.is(evaluate("({} | combine({'__proto__': {'polluted': 1}})) | length"), 1);
  t.is(evaluate("'{\"__proto__\": {\"polluted\": 1}}' | from_json | length"), 1);
  t.is(evaluate("x.polluted is defined", { x: {} }), false);
});

test('text in data is never evaluated', (t) => {
  const hostile = "{{ 7*7 }}{% set x = 1 %}{# x #}$(reboot)`id`';\"\0\n";
  t.is(fill('{{ x }}', { x: hostile }), hostile);
  t.is(fill('a {{ x }} b', { x: hostile }), `a ${hostile} b`);
  t.is(evaluate('x | replace("q", "r")', { x: hostile }), hostile);
  t.is(render('{{ x }}', { x: hostile }), hostile);
  t.is(fill("{{ '{{ 1 }}' }}"), '{{ 1 }}');
  t.is(evaluate("'x' | regex_replace('x', y)", { y: '$1$&\\\\g<0>' }), '$1$&\\g<0>');
});

const deep = 5000;
/** Texts that nest or go on for ever, and calls that would fill the memory. */
const enormous: readonly (readonly [string, string])[] = [
  ['parentheses', `${'('.repeat(deep)}1${')'.repeat(deep)}`], ['lists', `${'['.repeat(deep)}${']'.repeat(deep)}`], ['dicts', `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`], ['nots', `${'not '.repeat(deep)}x`], ['minus signs', `${'-'.repeat(deep)}1`],
  ['sums', `1${'+1'.repeat(deep)}`], ['attributes', `x${'.a'.repeat(deep)}`], ['calls', `x${'()'.repeat(deep)}`], ['filters', `x${'|upper'.repeat(deep)}`], ['choices', `${'1 if 1 else '.repeat(deep)}1`], ['ands', `1${' and 1'.repeat(deep)}`], ['indices', `${'x['.repeat(deep)}0${']'.repeat(deep)}`],
  ['a huge range', 'range(10 ** 12)'], ['a huge text', "'x' * 10 ** 12"], ['a huge list', '[1] * 10 ** 9'], ['a huge product', 'range(5000) | product(range(5000)) | list'], ['a huge width', "'%999999999d' % 1"], ['a huge padding', "'{:>999999999}'.format(1)"],
  ['a huge centre', "'x'.center(10 ** 11)"], ['a huge indent', "'a\\nb' | indent(10 ** 11)"], ['a huge power', '10 ** 400'], ['a number past 2^53', '2 ** 60'], ['huge combinations', 'range(60) | combinations(20) | list'], ['huge slices', '[1] | slice(10 ** 9)'], ['a huge batch', '[1] | batch(10 ** 9, 0)'],
  ['a huge precision', "'%.999999999f' % 1"], ['a huge join', "'x' * 10 ** 7 | list | join('y' * 10 ** 4)"], ['a huge replacement', "('x' * 10 ** 6).replace('x', 'y' * 10 ** 4)"], ['a huge comment', "'x' | comment(prefix_count=10 ** 11)"], ['a wide network', "'10.0.0.0/8' | usable_range"], ['a huge sequence', "query('sequence', end=10 ** 10)"],
  ['an endless range', 'range(1, 2, 0)'], ['zeros', "'5'.zfill(10 ** 11)"], ['tabs', "'\t'.expandtabs(10 ** 11)"],
];

for (const [what, text] of enormous) {
  test(`${what} end in an error`, (t) => {
    const error = t.throws(() => evaluate(text, { x: 'x' }));
    t.true(error instanceof TemplateError || error instanceof TextError, String(error).slice(0, 200));
  });
}

const loops: readonly (readonly [string, string])[] = [
  ['a macro that calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'], ['loops in loops', '{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}'], ['a text that doubles', "{% set n = namespace(x='x') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}"],
  ['a list in itself', '{% set l = [] %}{% do l.append(l) %}{{ l }}!'], ['a list that grows by itself', '{% set l = [1] %}{% for i in range(60) %}{% do l.extend(l) %}{% endfor %}'], ['a list in itself as a value', '{% set l = [] %}{% do l.append(l) %}{{ l }}'],
  ['a loop over its own list', '{% set l = [1] %}{% for x in l recursive %}{{ loop(l) }}{% endfor %}'], ['blocks in blocks', `${'{% if 1 %}'.repeat(deep)}${'{% endif %}'.repeat(deep)}`], ['a macro with a body that calls itself', '{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}'],
];

for (const [what, text] of loops) {
  test(`${what} ends in an error`, (t) => {
    const error = t.throws(() => fill(text));
    t.true(error instanceof TemplateError || error instanceof TextError, String(error).slice(0, 200));
  });
}

test('many branches and long texts are no trouble', (t) => {
  t.is(fill(`{% if x == 0 %}0${Array.from({ length: 900 }, (_, i) => `{% elif x == ${i + 1} %}${i + 1}`).join('')}{% endif %}`, { x: 900 }), '900');
  t.is((fill(`{{ x }}${'text '.repeat(200_000)}`, { x: 1 }) as string).length, 1_000_001);
  t.is((render('{{ x }}\n'.repeat(20_000), { x: 'y' }) as string).length, 40_000);
  t.is(fill('{% for i in range(100000) %}.{% endfor %}'), '.'.repeat(100_000));
});

test('data that nests deeply is an error, not a crash', (t) => {
  let nested: Value = 1;
  for (let i = 0; i < 10_000; i++) nested = [nested];
  for (const text of ['x | to_json', 'x | to_nice_yaml', 'x | string', 'x ~ ""', '[x] | join']) {
    const error = t.throws(() => evaluate(text, { x: nested }));
    t.true(error instanceof TemplateError, `${text}: ${String(error).slice(0, 100)}`);
  }
});

test('tags that never end are told', (t) => {
  for (const open of ['{{', '{%', '{#', '{{ "', "{{ '", '{% raw %}', '{{ [', '{{ (', '{{ {']) t.throws(() => fill(open.repeat(20_000)), { instanceOf: TextError });
  t.throws(() => fill(`{{ ${'a '.repeat(100_000)}`), { instanceOf: TextError });
  t.throws(() => fill(`{{ "${'\\'.repeat(100_001)}`), { instanceOf: TextError });
});
