/** What comes from outside of a text: lookups, included files, the clock. */
import test from 'ava';
import type { Env, Lookup } from '../../../engine/template/registry.ts';
import type { Value } from '../../../engine/template/value.ts';
import { complaint, evaluate, fill, render } from './evaluate.ts';

const files: Readonly<Record<string, string>> = {
  'part.j2': 'part of {{ word }}\n', 'macros.j2': '{% macro hi(name) %}hi {{ name }}{% endmacro %}\n{% set answer = 42 %}', 'broken.j2': 'a\n{{ x | foo }}', 'loop.j2': "{% include 'loop.j2' %}", 'missing.j2': '\n{{ nope }}',
};

const file: Lookup = (terms) => terms.map((term) => `content of ${String(term)}`);
const env: Env = {
  lookups: new Map<string, Lookup>([['file', file], ['env', (terms) => terms.map(() => '/root')], ['vars', (terms, _options, call) => terms.map((name) => call.scope.get(String(name)) ?? null)]]),
  load: (name) => (Object.hasOwn(files, name) ? { name, text: files[name]! } : undefined),
  now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
};
const ask = (text: string, variables: Record<string, Value> = {}): Value => evaluate(text, { word: 'hello', ...variables }, env);

test('a lookup gives texts joined by commas, one other value as itself, else the list', (t) => {
  t.is(ask("lookup('file', '/etc/a', '/etc/b')"), 'content of /etc/a,content of /etc/b');
  t.deepEqual(ask("query('file', '/etc/a')"), ['content of /etc/a']);
  t.deepEqual(ask("q('ansible.builtin.file', 'a', 'b') | length"), 2);
  t.is(ask("lookup('env', 'HOME')"), '/root');
  t.is(ask("lookup('vars', 'word')"), 'hello');
  t.deepEqual(ask("lookup('vars', 'list')", { list: [1, 2] }), [1, 2]);
  t.deepEqual(ask("lookup('file', 'a', wantlist=true)"), ['content of a']);
});

test('a lookup that nobody brought says so', (t) => {
  t.regex(complaint(() => evaluate("lookup('pipe', 'ls')")), /the lookup "pipe" cannot be used here/);
});

/** Lookups that shape lists. */
const shapes: readonly (readonly [string, unknown])[] = [
  ["query('items', [1, [2, 3]], 4)", [1, [2, 3], 4]], ["query('flattened', [1, [2, [3]]], 4)", [1, 2, 3, 4]], ["query('dict', {'a': 1})", [{ key: 'a', value: 1 }]], ["query('nested', [1, 2], ['a', 'b'])", [[1, 'a'], [1, 'b'], [2, 'a'], [2, 'b']]],
  ["query('together', [1, 2], ['a'])", [[1, 'a'], [2, null]]], ["query('indexed_items', ['x', 'y'])", [[0, 'x'], [1, 'y']]], ["query('sequence', 'start=1 end=3')", ['1', '2', '3']], ["query('sequence', end=6, start=2, stride=2, format='n%02d')", ['n02', 'n04', 'n06']],
  ["query('sequence', '5-8:h%d')", ['h5', 'h6', 'h7', 'h8']], ["query('sequence', 'count=3')", ['1', '2', '3']], ["query('sequence', start=3, end=1)", ['3', '2', '1']], ["query('subelements', [{'n': 1, 'k': ['a', 'b']}], 'k') | map('last') | list", ['a', 'b']], ["query('cartesian', [1], [2, 3])", [[1, 2], [1, 3]]],
];

for (const [text, expected] of shapes) test(`${text} gives ${JSON.stringify(expected)}`, (t) => t.deepEqual(ask(text) as unknown, expected));

test('included files see the variables, imported ones only their own', (t) => {
  t.is(render("{% include 'part.j2' %}!\n", { word: 'x' }, env), 'part of x!\n');
  t.is(render("{% for word in ['a', 'b'] %}{% include 'part.j2' %};{% endfor %}", {}, env), 'part of a;part of b;');
  t.is(render("{% include 'nope.j2' ignore missing %}.", {}, env), '.');
  t.is(render("{% include ['nope.j2', 'part.j2'] %}", { word: 'x' }, env), 'part of x');
  t.is(render("{% import 'macros.j2' as m %}{{ m.hi('Ann') }} {{ m.answer }}", {}, env), 'hi Ann 42');
  t.is(render("{% from 'macros.j2' import hi as hello, answer %}{{ hello('Bob') }} {{ answer }}", {}, env), 'hi Bob 42');
});

test('a failure in an included file is told with its own place', (t) => {
  t.regex(complaint(() => render("{% include 'missing.j2' %}", {}, env)), /^missing\.j2:2:4: 'nope' is undefined/);
  t.regex(complaint(() => render("{% include 'broken.j2' %}", {}, env)), /^broken\.j2:2:8: there is no filter "foo"/);
  t.regex(complaint(() => render("a {% include 'none.j2' %}", {}, env)), /^test\.j2:1:14: there is no template "none\.j2"/);
  t.regex(complaint(() => render("{% include 'loop.j2' %}", {}, env)), /nest deeper than/);
});

test('the clock is that of the environment', (t) => {
  t.is(ask("now(utc=true, fmt='%Y-%m-%dT%H:%M:%S')"), '2026-01-02T03:04:05');
  t.is(ask("'%Y' | strftime(utc=true)"), '2026');
  t.is(ask('now(utc=true).year'), 2026);
  t.is(fill('{{ now(utc=true) }}', {}, env), '2026-01-02 03:04:05');
});

test('a #jinja2: line sets how a file is read, and is not part of it', (t) => {
  t.is(render('#jinja2: trim_blocks:False\n{% if true %}\na\n{% endif %}\n'), '\na\n');
  t.is(render('#jinja2: lstrip_blocks: True, trim_blocks: True\n  {% if true %}\n a\n  {% endif %}\n'), ' a\n');
  t.regex(complaint(() => render("#jinja2: variable_start_string:'[['\nx")), /^test\.j2:1:9: "variable_start_string" is not supported/);
  t.is(render('a\r\nb {{ 1 }}\r\n'), 'a\nb 1\n');
  t.is(render('a\n', {}, {}, { keepTrailingNewline: false }), 'a');
});
