/** Random expressions over the variables of cases/vars.json: the same seed gives the same ones. */

export interface Dice {
  /** A whole number from 0 to below n. */
  roll(n: number): number;
  pick<T>(from: readonly T[]): T;
}

/** A generator of random numbers (mulberry32). */
export function dice(seed: number): Dice {
  let state = seed;
  const roll = (n: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
  return { roll, pick: (from) => from[roll(from.length)]! };
}

const there = [
  'one', 'two', 'seven', 'minus', 'zero', 'half', 'yes', 'no', 'nothing', 'word', 'blank', 'title', 'digits', 'spaces', 'accents', 'numbers', 'words', 'mixed', 'nested', 'nothings',
  'person', 'counts', 'person.name', 'person.age', 'person["tags"]', 'people[0]', 'people[1].name', 'groups.etcd', 'deep.a.b.c', '0', '1', '3', '2.5', '1.0', '"a"', '"B c"', "''", 'true', 'none',
  '[]', '[1, "a"]', '(1, 2)', '{}', '{"a": 1}',
];
/** Variables alone: Jinja2 works out constants before it runs, and forgives some failures there. */
const variables = there.filter((atom) => /^[a-z]/.test(atom) && atom !== 'true' && atom !== 'none');
const atoms = [...there, 'nope', 'person.nope'];
const operators = ['+', '-', '*', '/', '//', '~', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in', 'not in'];
const filters = [
  'upper', 'lower', 'length', 'first', 'last', 'list', 'string', 'int', 'float', 'sort', 'reverse | list', 'sum', 'min', 'max', 'join("-")', 'default("d")', 'default("d", true)', 'abs', 'round', 'round(1)', 'trim', 'title',
  'capitalize', 'replace("a", "b")', 'map("string") | list', 'select("odd") | list', 'reject("none") | list', 'dictsort', 'wordcount', 'indent(2)', 'batch(2) | list', 'center(8)',
];
const tests = ['defined', 'undefined', 'none', 'string', 'number', 'mapping', 'sequence', 'odd', 'even', 'divisibleby 2', 'in [1, "a", none]', 'eq 1', 'gt 1', 'true', 'lower', 'iterable', 'float', 'integer', 'sameas none'];
const methods = ['.upper()', '.split()', '.strip()', '.keys() | list', '.items() | list', '.get("a", 5)', '.count("a")', '.index(1)', '.replace("l", "L")', '.startswith("h")', '.title()', '.copy()'];
const indices = ['[0]', '[-1]', '[1:]', '[::-1]', '[:2]', '["a"]', '.a', '.name', '[one]'];

/** One expression, nested up to so many levels. */
export function randomExpression(d: Dice, depth: number): string {
  if (depth <= 0 || d.roll(6) === 0) return d.pick(atoms);
  const inner = (): string => randomExpression(d, depth - 1);
  switch (d.roll(12)) {
    case 0: return `(${inner()})`;
    case 1: return `(not ${inner()})`;
    case 2: return `${inner()} if ${inner()} else ${inner()}`;
    case 3: return `-${d.pick(atoms)}`;
    case 4: return `[${d.pick(there)}, ${d.pick(there)}]`;
    case 5: return `${d.pick(variables)}${d.pick(indices)}`;
    case 6: return `(${inner()})${d.pick(methods)}`;
    case 7: return `((${inner()}) is ${d.pick(['', 'not '])}${d.pick(tests)})`;
    case 8: return `${inner()} | ${d.pick(filters)}`;
    case 9: return `(${inner()}) | ${d.pick(filters)}`;
    default: return `${inner()} ${d.pick(operators)} ${inner()}`;
  }
}

/** A template of a few tags around random expressions. */
export function randomTemplate(d: Dice): string {
  const expr = (): string => randomExpression(d, 2);
  const sign = (): string => d.pick(['', '', '', '-', '+']);
  const piece = (depth: number): string => {
    switch (d.roll(depth > 0 ? 8 : 3)) {
      case 0: return d.pick(['text', ' a ', '\n', '  \n b', '{# note #}', '\t']);
      case 1: case 2: return `{{${d.pick(['', '-'])} ${expr()} ${d.pick(['', '-'])}}}`;
      case 3: return `{%${sign()} if ${expr()} %}${piece(depth - 1)}{%${sign()} else ${d.pick(['', '-'])}%}\n${piece(depth - 1)}{% endif %}`;
      case 4: return `{% for x in ${expr()} ${sign()}%}\n${piece(depth - 1)}{{ loop.index }}{{ x }}{%${sign()} endfor %}`;
      case 5: return `{% set v = ${expr()} %}${piece(depth - 1)}{{ v }}`;
      case 6: return `{% set v %}${piece(depth - 1)}{% endset %}[{{ v }}]`;
      default: return piece(depth - 1) + piece(depth - 1);
    }
  };
  return piece(3) + piece(3);
}
