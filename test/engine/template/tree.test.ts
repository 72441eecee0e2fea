/** YAML trees with templates in them. */
import test from 'ava';
import { parseYaml } from '../../../engine/source/yaml.ts';
import { compileTree } from '../../../engine/template/compile-tree.ts';
import { Float, lazyMapping, omit, Unknown, type Value } from '../../../engine/template/value.ts';
import { complaint, fill, scopeOf, shape, type Variables } from './evaluate.ts';

const variables: Variables = { word: 'hello', numbers: [1, 2], count: 3, u: new Unknown('later'), nothing: null, key: 'k1', ratio: new Float(2) };

function tree(text: string): ReturnType<typeof compileTree> {
  return compileTree(parseYaml({ name: 'site.yml', text })!);
}

function give(text: string): Value {
  return tree(text).evaluate(scopeOf(variables), {});
}

/** YAML, and what it gives. */
const rows: readonly (readonly [string, unknown])[] = [
  ['a: 1\nb: [x, yes, null]', { a: 1, b: ['x', true, null] }],
  ['a: "{{ word }}"\nb: "{{ numbers }}"\nc: "n={{ count }}"', { a: 'hello', b: [1, 2], c: 'n=3' }],
  ['"{{ key }}": "{{ count }}"', { k1: 3 }],
  ['a: "{{ nope | default(omit) }}"\nb: 1', { b: 1 }],
  ['- "{{ omit }}"\n- 1\n- [ "{{ omit }}" ]', [1, []]],
  ['a: "{{ {\'x\': omit, \'y\': 1} }}"', { a: { y: 1 } }],
  ['a: "{{ u }}"\nb: "x{{ u }}"\nc: 1', { a: '?', b: '?', c: 1 }],
  ['"{{ u }}": 1', '?'],
  ['a: !unsafe "{{ word }}"', { a: '{{ word }}' }],
  ['a: "{{ nothing }}"\nb: "-{{ nothing }}-"', { a: null, b: '--' }],
  ['a: |\n  {{ numbers }}\n', { a: [1, 2] }],
  ['a: |\n  {{ word }}\n', { a: 'hello\n' }],
  ['a: |\n  {{ count }}\n', { a: '3\n' }],
  ['a: |\n  {% if count > 2 %}\n  big {{ word }}\n  {% endif %}\n', { a: 'big hello\n' }],
  ['a: "{% set x = [] %}{% for n in numbers %}{{ x.append(n * 2) }}{% endfor %}{{ x }}"', { a: [2, 4] }],
  ["a: \"{{ 'a.b' | regex_replace('\\\\.', '-') }}\"", { a: 'a-b' }],
  ["a: '{{ \"x1\" | regex_replace(\"(x)\", \"\\1\\1\") }}'", { a: 'xx1' }],
  ['a: "{{ ratio }} {{ 4 / 2 }} {{ [1.0] }}"\nb: "{{ ratio }}"\nc: "{{ [4 / 2] }}"', { a: '2.0 2.0 [1.0]', b: 2, c: [2] }],
  ['a: "# not a template"\nb: "{ x }"', { a: '# not a template', b: '{ x }' }],
];

for (const [text, expected] of rows) {
  test(`${JSON.stringify(text)} gives ${JSON.stringify(expected)}`, (t) => t.deepEqual(shape(give(text)), expected));
}

test('the whole of a tree may be left out', (t) => t.is(give('"{{ omit }}"'), omit));

test('a tree without templates is static, made once, and cannot be changed by one host for another', (t) => {
  const compiled = tree('a: [1, {b: 2}]');
  t.true(compiled.isStatic);
  const value = compiled.evaluate(scopeOf({}), {}) as { a: Value[] };
  t.is(compiled.evaluate(scopeOf({}), {}), value as unknown as Value);
  t.throws(() => value.a.push(1), { instanceOf: TypeError });
  t.false(tree('a: "{{ b }}"').isStatic);
});

test('a float that is whole stays one in a variable', (t) => {
  const compiled = tree('version: 2.0\nother: 1.5\nwhole: 3');
  const value = compiled.evaluateVariable(scopeOf({}), {}) as Record<string, Value>;
  t.is(fill('foo-{{ version }}-{{ other }}-{{ whole }}', value), 'foo-2.0-1.5-3');
  t.deepEqual(compiled.evaluate(scopeOf({}), {}), { version: 2, other: 1.5, whole: 3 });
});

test('a float within a variable is a plain number wherever it leaves an evaluation', (t) => {
  const value = tree('a: {b: {c: [2.0]}}').evaluateVariable(scopeOf({}), {}) as Record<string, Value>;
  t.is(fill('{{ a.b }}!', value), "{'c': [2.0]}!");
  t.deepEqual(fill('{{ [a] }}', value), [{ b: { c: [2] } }]);
  t.deepEqual(fill('{{ a.b.c | first }}', value), 2);
});

test('names are gathered from values and keys', (t) => {
  t.deepEqual(tree('a: "{{ x }}"\n"{{ y }}": ["{{ z | default(1) }}"]').names.map(({ name, guarded }) => (guarded ? `${name}?` : name)), ['x', 'y', 'z?']);
});

test('all problems of a tree are told at once, each with its place', (t) => {
  const said = complaint(() => tree('a: "{{ x | foo }}"\nb:\n  - name: "{{ y"\n  - |\n    line\n    {{ z is nope }}\n'));
  t.deepEqual(said.split('\n').filter((line) => line.startsWith('site.yml')), ['site.yml:1:12: there is no filter "foo"', 'site.yml:3:12: this {{ has no }}', 'site.yml:6:13: there is no test "nope"']);
});

test('an error at evaluation stands where the expression stands', (t) => {
  t.regex(complaint(() => give('a:\n  b: "x {{ word.nope }}"')), /^site\.yml:2:17: 'word\.nope' is undefined/);
  t.regex(complaint(() => give('a: >-\n  {{ word.nope }}')), /^site\.yml:2:11: 'word\.nope'/);
});

test('a lazy mapping is asked only for the keys that are used', (t) => {
  const asked: string[] = [];
  const hostvars = lazyMapping((name) => {
    asked.push(name);
    return name === 'n500' ? { ip: '10.0.0.1' } : undefined;
  }, () => Array.from({ length: 1000 }, (_, i) => `n${i}`));
  t.is(fill('{{ hostvars.n500.ip }}:{{ hostvars["n500"]["ip"] }}', { hostvars }), '10.0.0.1:10.0.0.1');
  t.is(fill("{{ ['n500'] | map('extract', hostvars, 'ip') | first }}", { hostvars }), '10.0.0.1');
  t.true(fill("{{ 'n500' in hostvars and 'x' not in hostvars and hostvars.x is undefined }}", { hostvars }));
  t.deepEqual(new Set(asked), new Set(['n500', 'x']));
  t.is(fill('{{ hostvars | length }}', { hostvars }), 1000);
});

test('what a template changes stays in that evaluation', (t) => {
  const list = [1];
  t.is(fill('{% do list.append(2) %}{{ list | length }}', { list }), '2');
  t.deepEqual(list, [1]);
});
