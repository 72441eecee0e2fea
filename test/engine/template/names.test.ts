/** The variables that texts read, and which of them may be undefined. */
import test from 'ava';
import { locate } from '../../../engine/source/source.ts';
import { compileExpression, compileFile, compileTemplate, inSource } from '../../../engine/template/compile.ts';

/** Names of an expression, `?` after those that may be undefined. */
const rows: readonly (readonly [string, string])[] = [
  ['a + b.c[d]', 'a b d'], ['a.b.c', 'a'], ['range(a)', 'a'], ['true and none', ''], ['a | default(b)', 'a? b'], ['a.b | d(1)', 'a?'], ['a | lower | default(1)', 'a'], ['a is defined', 'a?'], ['a.b is not defined', 'a?'],
  ['a is undefined', 'a?'], ['a is string', 'a?'], ['a is changed', 'a'], ['a is defined and a.b', 'a? a?'], ['a.b is defined and a.b.c', 'a? a?'], ['a is defined or a', 'a? a'], ['a is undefined or a.b', 'a? a?'], ['a is not defined or a.b', 'a? a?'],
  ['not (a is undefined) and a', 'a? a?'], ['b and a is defined and a', 'b a? a?'], ['(a is defined or b) and a', 'a? b a'], ['(a is defined and b) or a', 'a? b a'], ['a if a is defined else b', 'a? a? b'], ['b if a is undefined else a', 'b a? a?'],
  ['(a if b else c) | default(1)', 'a? b c?'], ['a[b] | default(1)', 'a? b'], ['a[b:] | default(1)', 'a? b'], ['a | default(a2 | default(3))', 'a? a2?'], ['f | map(attribute="x")', 'f'], ['{"k": a, b: c}', 'a b c'], ['a | combine(b, c=d)', 'a b d'], ['omit', ''],
  ["lookup('env', a)", 'a'], ['a.b(c, d=e)', 'a c e'], ['a < b < c', 'a b c'], ['[a, (b, c)]', 'a b c'], ['-a ~ b', 'a b'], ['a is divisibleby b', 'a b'],
];

for (const [text, expected] of rows) {
  test(`${text} reads: ${expected || 'nothing'}`, (t) => {
    const { names } = compileExpression(text, inSource({ name: 'test', text }));
    t.is(names.map(({ name, guarded }) => (guarded ? `${name}?` : name)).join(' '), expected);
    for (const { name, span } of names) t.is(text.slice(span!.start, span!.end), name);
  });
}

const templates: readonly (readonly [string, string])[] = [
  ['{{ a }} {% if b %}{{ c }}{% endif %}', 'a b c'], ['{% for x in a %}{{ x }}{{ loop.index }}{{ y }}{% endfor %}{{ x }}', 'a y x'], ['{% for x, y in a.items() if x != b %}{{ y }}{% else %}{{ c }}{% endfor %}', 'a b c'],
  ['{{ x }}{% set x = a %}{{ x }}', 'x a'], ['{% if a %}{% set x = 1 %}{% endif %}{{ x }}', 'a'], ['{% macro m(p, q=a) %}{{ p }}{{ q }}{{ b }}{{ caller() }}{% endmacro %}{{ m(c) }}', 'a b c'],
  ['{% if a is defined %}{{ a.b }}{% else %}{{ a }}{% endif %}', 'a? a? a'], ['{% if a is not defined %}{{ a }}{% else %}{{ a }}{% endif %}', 'a? a a?'], ['{% if a is defined and b %}{{ a }}{% elif a %}{% endif %}', 'a? b a? a'],
  ['{% with x = a, y = b %}{{ x }}{{ c }}{% endwith %}', 'a b c'], ['{% set ns = namespace(v=a) %}{% set ns.v = b %}{{ ns.v }}', 'a b'], ['{% set x %}{{ a }}{% endset %}{{ x }}', 'a'], ['{% filter indent(a) %}{{ b }}{% endfilter %}', 'b a'],
  ['{% macro m() %}{% endmacro %}{% call(x) m(a) %}{{ x }}{{ b }}{% endcall %}', 'a b'], ['{% raw %}{{ a }}{% endraw %}{# {{ b }} #}', ''], ['{% set a, (b, c) = d %}{{ a }}{{ b }}{{ c }}', 'd'], ['{% for x in a recursive %}{{ loop(x.b) }}{% endfor %}', 'a'],
];

for (const [text, expected] of templates) {
  test(`the template ${text} reads: ${expected || 'nothing'}`, (t) => {
    const { names } = compileTemplate(text, inSource({ name: 'test', text }));
    t.is(names.map(({ name, guarded }) => (guarded ? `${name}?` : name)).join(' '), expected);
  });
}

test('a true condition tells which names are defined', (t) => {
  const guards = (text: string): readonly string[] => compileExpression(text, inSource({ name: 'test', text })).guards;
  t.deepEqual(guards('a is defined and b.c is defined and d'), ['a', 'b']);
  t.deepEqual(guards('a is defined or b is defined'), []);
  t.deepEqual(guards('not (a is undefined)'), ['a']);
  t.deepEqual(guards('a'), []);
});

test('names of a file have the place where they stand', (t) => {
  const { names } = compileFile({ name: 'x.j2', text: '#jinja2: trim_blocks:False\nport: {{ port }}\n  {{ other | default(1) }}\n' });
  t.deepEqual(names.map(({ name, span }) => ({ name, ...locate(span!) })), [{ name: 'port', line: 2, column: 10 }, { name: 'other', line: 3, column: 6 }]);
});
