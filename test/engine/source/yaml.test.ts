/** YAML as trees: values by YAML 1.1's rules, places, and every problem at once. */
import test from 'ava';
import { TextError } from '../../../engine/source/problem.ts';
import { locate } from '../../../engine/source/source.ts';
import { field, plain, spanWithin, type Mapping, type Scalar } from '../../../engine/source/tree.ts';
import { parseYaml } from '../../../engine/source/yaml.ts';

const read = (text: string) => plain(parseYaml({ name: 'x.yml', text })!);

function problems(text: string): string[] {
  try {
    parseYaml({ name: 'x.yml', text });
  } catch (error) {
    if (error instanceof TextError) return error.problems.map((each) => each.message);
    throw error;
  }
  return [];
}

for (const [text, value] of [
  ['yes', true], ['off', false], ['True', true], ['~', null], ['0755', 493], ['0o755', '0o755'], ['0x1F', 31], ['0b11', 3], ['1_000', 1000], ['1.5', 1.5], ['1.10', 1.1],
  ['-3', -3], ['08', '08'], ['22:22', '22:22'], ['2026-01-02', '2026-01-02'], ['"yes"', 'yes'], ["'0755'", '0755'], ['1e3', '1e3'], ['1.0e+3', 1000], ['.5', 0.5],
  ['99999999999999999999', '99999999999999999999'], ['y', 'y'], ['!!str 5', '5'], ['v1.2.3', 'v1.2.3'],
] as const) {
  test(`the scalar ${text} reads as ${JSON.stringify(value)}`, (t) => t.deepEqual(read(`a: ${text}\n`), { a: value }));
}

test('aliases and merge keys are resolved, own keys win over merged ones', (t) => {
  t.deepEqual(read('base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n'), { base: { x: 1, y: 2 }, use: { y: 3, x: 1 } });
});

test('a key that stands twice is a problem at the second place that names the first', (t) => {
  const error = t.throws(() => parseYaml({ name: 'x.yml', text: 'a: 1\nb: 2\na: 3\n' }), { instanceOf: TextError })!;
  t.is(error.problems[0]!.message, 'the key "a" stands twice in this mapping');
  t.is(error.problems[0]!.hint, 'first at line 1');
  t.deepEqual(locate(error.problems[0]!.span!), { line: 3, column: 1 });
});

test('a template without quotes is told to be quoted', (t) => {
  t.deepEqual(problems('a: {{ b }}\n'), ['a template without quotes is a mapping to YAML']);
});

test('an unquoted colon, a tab and an unclosed bracket are problems with a place', (t) => {
  for (const text of ['a: b: c\n', 'a:\n\t- b\n', 'a: [1, 2\n', '- a\nb: c\n']) t.true(problems(text).length > 0, text);
});

test('an alias bomb ends in an error at once', (t) => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
  for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(',')}]`);
  t.regex(problems(lines.join('\n'))[0]!, /more than 500000 values/);
});

test('an alias inside its own anchor is an error', (t) => {
  t.regex(problems('a: &a [1, *a]\n')[0]!, /inside its own anchor/);
});

test('text past 4 MiB is refused before it is parsed', (t) => {
  t.regex(problems(`a: ${'x'.repeat(10_000_000)}`)[0]!, /larger than 4 MiB/);
});

for (const [what, text] of [
  ['brackets', `a: ${'['.repeat(100_000)}`], ['braces', `a: ${'{a: '.repeat(50_000)}`], ['lists', `${'- '.repeat(5000)}x`],
  ['indentation', Array.from({ length: 1500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')], ['brackets on lines', `a:\n${'[\n'.repeat(50_000)}`],
] as const) {
  test(`nesting without end in ${what} is an error and not a hang`, (t) => t.regex(problems(text)[0]!, /nested deeper|not valid YAML/));
}

test('a second document and an unknown tag are problems', (t) => {
  t.regex(problems('a: 1\n---\nb: 2\n')[0]!, /second document/);
  t.regex(problems('a: !foo 1\n')[0]!, /unknown YAML tag/);
  t.regex(problems('a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n')[0]!, /ansible-vault/);
});

test('__proto__ is a key like any other', (t) => {
  const data = read('__proto__: {x: 1}\n') as object;
  t.true(Object.hasOwn(data, '__proto__'));
  t.is(Object.getPrototypeOf(data), Object.prototype);
});

test('a place inside a scalar is exact in plain, quoted and block text', (t) => {
  const tree = parseYaml({ name: 'x.yml', text: 'a: see {{ here }}\nb: "see {{ here }}"\nc: |\n  one\n  see {{ here }}\n' }) as Mapping;
  const at = (name: string, offset: number) => locate(spanWithin(field(tree, name) as Scalar, offset, offset + 4));
  t.deepEqual(at('a', 7), { line: 1, column: 11 });
  t.deepEqual(at('b', 7), { line: 2, column: 12 });
  t.deepEqual(at('c', 11), { line: 5, column: 10 });
});
