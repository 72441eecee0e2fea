import test from 'ava';
import { readLiteral } from '../../../engine/inventory/python-literal.ts';
import { placeText, type Span } from '../../../engine/source/source.ts';
import { plain } from '../../../engine/source/tree.ts';

function read(text: string): unknown {
  const source = { name: 'x', text };
  const tree = readLiteral(text, (start, end): Span => ({ source, start, end }));
  return tree === undefined ? undefined : plain(tree);
}

// What Python 3.11's ast.literal_eval gives.
const literals: readonly (readonly [string, unknown])[] = [
  ['6443', 6443], ['-5', -5], ['- 5', -5], ['+5', 5], ['0', 0], ['00', 0], ['1_000', 1000], ['0x1f', 31], ['0o17', 15], ['0b11', 3], ['-0x10', -16],
  ['1.10', 1.1], ['.5', 0.5], ['1.', 1], ['1e3', 1000], ['1.5e-3', 0.0015], ['01.5', 1.5],
  ['True', true], ['False', false], ['None', null],
  ['"6443"', '6443'], ["'a b'", 'a b'], ["'a' 'b'", 'ab'], ["r'\\d'", '\\d'], ["u'x'", 'x'], ["b'abc'", 'abc'], ["'''a'b'''", "a'b"],
  ["'\\x41\\n\\101\\u00e9\\\\'", 'A\nAé\\'], ["'\\d'", '\\d'], ['""', ''],
  ['[1, 2]', [1, 2]], ['[ 1 , ]', [1]], ['[]', []], ['(1,)', [1]], ['(1)', 1], ['()', []], ['1, 2', [1, 2]], ['1,', [1]],
  ["{'a': 1, 'b': [True, None]}", { a: 1, b: [true, null] }], ['{}', {}], ["{'a': 1, 'a': 2}", { a: 2 }], ["{1, 'x'}", [1, 'x']], ['set()', []],
  ['80 # number', 80], ['  5', 5], ["[ 'a', # b", undefined],
];

for (const [text, value] of literals) test(`reads ${JSON.stringify(text)} as ${JSON.stringify(value)}`, (t) => t.deepEqual(read(text), value));

const texts = ['', 'yes', 'true', '0644', '007', '10.0.0.1', '1.2.3', '10-20', '1-2j', '5j', '--5', '-True', 'a b', 'x=1', '{{ a }}', "{{ 'a' }}", '{{ 5 }}', '{% if x %}', '[a]', '[1', "'open", '"a" x', "f'x'", '1,,2', '[,]', '{1: 2, 3}', '1__0', '0x', '1 2', '...', 'set(1)', '\0', "'\\N{BULLET}'", "'\\x4'"];

for (const text of texts) test(`leaves ${JSON.stringify(text)} as the text it is`, (t) => t.is(read(text), undefined));

test('a whole number past 2^53 stays text, for it would change', (t) => t.is(read('9007199254740993'), '9007199254740993'));

test('nesting past a hundred levels is text, not a stack that overflows', (t) => t.is(read(`${'['.repeat(5000)}${']'.repeat(5000)}`), undefined));

test('each part knows its place', (t) => {
  const source = { name: 'x', text: "{'a': ['{{ b }}', 12]}" };
  const tree = readLiteral(source.text, (start, end) => ({ source, start, end }));
  const list = tree?.kind === 'map' ? tree.entries[0]!.value : undefined;
  const [text, number] = list?.kind === 'list' ? list.items : [];
  t.is(source.text.slice(text!.span.start, text!.span.end), "'{{ b }}'");
  t.is(text?.kind === 'scalar' ? text.style : '', 'quoted');
  t.is(placeText(number!.span), 'x:1:19');
  t.is(source.text.slice(list!.span.start, list!.span.end), "['{{ b }}', 12]");
});
