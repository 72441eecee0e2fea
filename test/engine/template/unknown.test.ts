/** Values that only applying can give, on their way through expressions and templates. */
import test from 'ava';
import { Unknown, type Value } from '../../../engine/template/value.ts';
import { evaluate, fill, render, shape } from './evaluate.ts';

const because = 'known only after "Get a token" (site.yml:12:7)';
const variables = {
  u: new Unknown(because), list: [1, new Unknown(because), 3], dict: { a: 1, b: new Unknown(because) }, yes: true, no: false, word: 'hello',
  result: { changed: new Unknown(because), rc: 0, stdout: new Unknown(because) },
};

/** Expression, and what it gives; `?` is unknown, `?false` unknown but as good as false. */
const rows: readonly (readonly [string, unknown])[] = [
  ['u', '?'], ['u + 1', '?'], ['1 + u', '?'], ['-u', '?'], ['u ~ "x"', '?'], ['u == 1', '?'], ['1 in u', '?'], ['u in [1]', '?'], ['u < 1', '?'], ['not u', '?'],
  ['u.name', '?'], ['u["name"].more[0]', '?'], ['u.split(",")', '?'], ['u[1:]', '?'], ['word[u]', '?'],
  ['u | upper', '?'], ['u | default("x")', '?'], ['u | default("x", true)', '?'], ['u | length', '?'], ['nope | default(u)', '?'], ['word | default(u)', 'hello'], ['word | replace("l", u)', '?'],
  ['u is defined', true], ['u is undefined', false], ['u.part is defined', '?'], ['u is none', '?'], ['u is string', '?'], ['u is changed', '?'],
  ['no and u', false], ['yes or u', true], ['yes and u', '?'], ['no or u', '?'], ['u and no', '?false'], ['u or yes', '?true'], ['u and yes', '?'], ['not (u and no)', '?true'],
  ['(u and no) or yes', true], ['(u and no) or no', false], ['1 if (u and no) else 2', 2], ['u and nope', '?'], ['u or (u and no)', '?'],
  ['1 if u else 2', '?'], ['1 if u else 1', 1], ['word if u else "hello"', 'hello'], ['u if yes else 2', '?'], ['u if no else 2', 2], ['u | ternary(1, 1)', 1], ['u | ternary(1, 2)', '?'],
  ['list', [1, '?', 3]], ['list | length', 3], ['list | first', 1], ['list[1]', '?'], ['list | last + 1', 4], ['[u, 1]', ['?', 1]], ['list + [4]', [1, '?', 3, 4]], ['list | map("string") | list', ['1', '?', '3']],
  ['list | join(",")', '?'], ['list | sort', '?'], ['list | sum', '?'], ['list | select("eq", 1) | list', '?'], ['1 in list', true], ['2 in list', '?'], ['list == [1, 2, 3]', '?'], ['list | unique', '?'],
  ['dict', { a: 1, b: '?' }], ['dict.a', 1], ['dict.b', '?'], ['dict | combine({"c": 2})', { a: 1, b: '?', c: 2 }], ['dict | combine({"b": 2})', { a: 1, b: 2 }], ['dict | to_json', '?'], ['dict | to_nice_yaml', '?'],
  ['dict | dict2items | map(attribute="key") | list', ['a', 'b']], ['{"k": u}', { k: '?' }], ['{u: 1}', '?'], ['dict.values() | list', [1, '?']], ['dict.get("b")', '?'],
  ['result is changed', '?'], ['result is failed', false], ['result.rc == 0', true], ['result.stdout | length > 0', '?'], ['result.rc == 0 and result.stdout == "x"', '?'],
  ['[1, 2] | map("regex_replace", "1", u) | list', ['?', '?']], ['[1, 2, 3] | select("gt", u) | list', '?'], ['range(u)', '?'], ['lookup("items", u)', '?'],
  ['"%s" | format(u)', '?'], ['"{}".format(u)', '?'], ['"%s" % u', '?'], ['u | type_debug', '?'], ['u | to_json', '?'], ['u | bool', '?'], ['u is version("1", ">")', '?'], ['u is sameas none', '?'],
];

for (const [text, expected] of rows) {
  test(`${text} is ${JSON.stringify(expected)}`, (t) => {
    const value = evaluate(text, variables);
    t.deepEqual(shape(value), expected);
    for (const unknown of unknownsIn(value)) t.is(unknown.because, because);
  });
}

function unknownsIn(value: Value): Unknown[] {
  if (value instanceof Unknown) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value as Record<string, Value>).flatMap(unknownsIn) : [];
}

const templates: readonly (readonly [string, unknown])[] = [
  ['{{ u }}', '?'], ['a {{ u }} b', '?'], ['a {{ word }} b', 'a hello b'], ['{% if u %}a{% endif %}', '?'], ['{% if no and u %}a{% else %}b{% endif %}', 'b'], ['{% if yes %}a{% elif u %}b{% endif %}', 'a'],
  ['{% for x in u %}{% endfor %}', '?'], ['{% for x in list %}{{ loop.index }}{% endfor %}', '123'], ['{% for x in list %}{{ x }}{% endfor %}', '?'], ['{% for x in list if x %}{% endfor %}-', '?'],
  ['{% set x = u %}done', 'done'], ['{% set x = u %}{{ x }}!', '?'], ['{% set x %}{{ u }}{% endset %}done', 'done'], ['{% set x %}{{ u }}{% endset %}{{ x }}', '?'],
  ['{% macro m() %}{{ u }}{% endmacro %}done', 'done'], ['{% macro m() %}{{ u }}{% endmacro %}{{ m() }}', '?'], ['{% macro m(x) %}-{% endmacro %}{{ m(u) }}', '-'],
  ['{% filter upper %}{{ u }}{% endfilter %}', '?'], ['{{ list }}', [1, '?', 3]], ['{{ "a" if u else "a" }}{{ word }}', 'ahello'],
];

for (const [text, expected] of templates) {
  test(`the template ${text} gives ${JSON.stringify(expected)}`, (t) => t.deepEqual(shape(fill(text, variables)), expected));
}

test('a file with an unknown part is unknown', (t) => {
  t.deepEqual(shape(render('a\n{{ u }}\n', variables)), '?');
  t.is(render('a\n{{ word }}\n', variables), 'a\nhello\n');
});
