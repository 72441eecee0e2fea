/** What users read when something is wrong: what, where, and the remedy. */
import test from 'ava';
import { TextError } from '../../../engine/source/problem.ts';
import { complaint, evaluate, fill, render, type Variables } from './evaluate.ts';

const variables: Variables = { hostvars: { m8: { ip: '10.0.0.8' } }, person: { name: 'Ann', items: 1 }, numbers: [1, 2], word: 'hello', count: '3' };

/** Expression; the message, the column and length of the mark under the line, the hint. */
const rows: readonly (readonly [string, string, number, number, string?])[] = [
  ['hostvars.m9.ip', "'hostvars.m9' is undefined: dict has no attribute 'm9'", 10, 2, 'did you mean "m8"?'],
  ["hostvars['m9'].ip", "'hostvars['m9']' is undefined: dict has no key 'm9'", 10, 4, 'did you mean "m8"?'],
  ['persn.name', "'persn' is undefined", 1, 5, 'did you mean "person"?'],
  ['1 + person.nam', "'person.nam' is undefined: dict has no attribute 'nam'", 12, 3, 'did you mean "name"?'],
  ['numbers[5]', "'numbers[5]' is undefined: list has 2 items", 9, 1],
  ['word.foo', "'word.foo' is undefined: str has no attribute 'foo'", 6, 3],
  ['word.nope()', 'str has no method "nope"', 6, 6],
  ['person.items', 'the result is a method, which is no value', 1, 12, "call it with (), or use ['...'] for a key of that name"],
  ['"a" + 1', 'str + int is not possible', 1, 7, 'join texts with ~, or convert with | int'],
  ['count > 2', 'str > int is not possible', 1, 9, 'convert with | int, or compare versions with "is version"'],
  ['1 / 0', 'division by zero', 1, 5],
  ['numbers | first | upper | int + nope', "'nope' is undefined", 33, 4],
  ['word | from_json', 'this is no JSON: Unexpected token \'h\'', 8, 9],
  ['[] | first', "'first' is undefined: the list is empty", 1, 10],
  ["'1.2' is version('v1.2', '>')", 'the versions "1.2" and "v1.2" cannot be compared: "1" against "v"', 10, 20, "cut the leading v: | regex_replace('^v', '')"],
];

for (const [text, message, column, length, hint] of rows) {
  test(`${text} says: ${message}`, (t) => {
    const said = complaint(() => evaluate(text, variables)).split('\n');
    t.deepEqual(said, [`test:1:${column}: ${message}`, `1 | ${text}`, `  | ${' '.repeat(column - 1)}${'^'.repeat(length)}`, ...(hint === undefined ? [] : [`  = ${hint}`])]);
  });
}

/** Texts that are wrong before they are evaluated: message, column, hint. */
const flaws: readonly (readonly [string, string, number, string?])[] = [
  ['word | defalt(1)', 'there is no filter "defalt"', 8, 'did you mean "default"?'],
  ['word is definde', 'there is no test "definde"', 9, 'did you mean "defined"?'],
  ["lookup('fil', 'x')", 'there is no lookup "fil"', 8, 'did you mean "file"?'],
  ['rnge(5)', 'there is no function "rnge"', 1, 'did you mean "range"?'],
  ['lower(word)', 'there is no function "lower"', 1, '"lower" is a filter: write value | lower'],
  ["numbers | map('uper')", 'there is no filter "uper"', 15, 'did you mean "upper"?'],
  ["numbers | select('od')", 'there is no test "od"', 18, 'did you mean "odd"?'],
  ["numbers | selectattr('x', 'equalt', 1)", 'there is no test "equalt"', 27, 'did you mean "equalto"?'],
  ['word | default(valu=1)', 'filter "default" takes no argument "valu"', 16, 'known: default_value, boolean'],
  ['word | upper(1)', 'filter "upper" takes no arguments, found 1', 14],
  ['word | replace("a")', 'filter "replace" needs "new"', 8, 'arguments: old, new, count (optional)'],
  ['a = 1', 'expected an operator or the end, found "="', 3, 'compare with =='],
  ['a && b', 'unexpected character &', 3, 'write "and"'],
  ['a || b', 'expected the name of a filter, found "|"', 4, 'write "or"'],
  ['!a', 'unexpected character !', 1, 'write "not"'],
  ['$a', 'unexpected character $', 1, 'a variable is written without $'],
  ['(a', 'this ( has no )', 1],
  ['[1, 2', 'this [ has no ]', 1],
  ["'abc", "this ' has no closing '", 1],
  ['a b', 'expected an operator or the end, found "b"', 3],
  ['', 'expected an expression, found the end', 1],
  ['a is x is y', 'tests cannot follow each other', 8, 'write "a is x and a is y"'],
  ['9007199254740993', 'the number 9007199254740993 is larger than 2^53 and would lose digits', 1, 'write it in quotes'],
  ['{{ a }} == 1', 'expected one expression', 1, 'a condition is written without {{ }}'],
];

for (const [text, message, column, hint] of flaws) {
  test(`${text || 'an empty text'} is refused: ${message}`, (t) => {
    const said = complaint(() => evaluate(text, variables)).split('\n');
    t.is(said[0], `test:1:${column}: ${message}`);
    t.is(said[3], hint === undefined ? undefined : `  = ${hint}`);
  });
}

/** Templates that are wrong: message and place. */
const templates: readonly (readonly [string, string])[] = [
  ['a\n{{ word', 'test:2:1: this {{ has no }}'],
  ['a\n  {% if word %}\n', 'test:2:3: this {% if %} has no {% endif %}'],
  ['{% endif %}', 'test:1:4: {% endif %} without {% if %}'],
  ['{% for x in numbers %}{% endif %}', 'test:1:26: expected {% endfor %}, found {% endif %}'],
  ['{% fro x in y %}', 'test:1:4: there is no statement "fro"'],
  ["{% extends 'x' %}", 'test:1:4: {% extends %} is not supported'],
  ['{# a', 'test:1:1: this {# has no #}'],
  ['{% raw %} {{ x }}', 'test:1:1: this raw block has no {% endraw %}'],
  ['{{ }}', 'test:1:2: expected an expression, found the end of the tag'],
];

for (const [text, said] of templates) {
  test(`${JSON.stringify(text)} is refused: ${said}`, (t) => t.is(complaint(() => fill(text)).split('\n')[0], said));
}

test('all that is wrong with a template is told at once', (t) => {
  const error = t.throws(() => render('{{ a | foo }}\n{{ b is bar }}\n{{ c + }}\n{% if %}{% endif %}\n'), { instanceOf: TextError }) as TextError;
  t.true(error.problems.length >= 2);
  const both = t.throws(() => render('{{ a | foo }}\n{% set x = 1 | bar %}\n{% for i in y | baz %}{% endfor %}'), { instanceOf: TextError }) as TextError;
  t.deepEqual(both.problems.map((problem) => problem.message), ['there is no filter "foo"', 'there is no filter "bar"', 'there is no filter "baz"']);
});

test('an error in a template file names its line and column', (t) => {
  t.is(complaint(() => render('a\nb: {{ person.nme }}\n', variables)), ['test.j2:2:14: \'person.nme\' is undefined: dict has no attribute \'nme\'', '2 | b: {{ person.nme }}', '  |              ^^^', '  = did you mean "name"?'].join('\n'));
});

test('an error in a macro is told where the macro stands', (t) => {
  t.regex(complaint(() => render('{% macro m(x) %}\n  {{ x.y }}\n{% endmacro %}\n{{ m({}) }}\n')), /^test\.j2:2:8: 'x\.y' is undefined/);
});
