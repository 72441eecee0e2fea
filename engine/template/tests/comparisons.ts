/** Tests that compare, and tests on lists. */
import { compare, contains, equals, membership } from '../compare.ts';
import { iterate, truth } from '../convert.ts';
import { test, type Test } from '../registry.ts';
import type { Value } from '../value.ts';
import { versionTest } from './versions.ts';

const row = (ask: (a: Value, b: Value) => boolean): Test => test('other', (value, [other]) => ask(value, other!));
const equal = row(equals);
const unequal = row((a, b) => !equals(a, b));
const less = row((a, b) => compare('<', a, b));
const atMost = row((a, b) => compare('<=', a, b));
const more = row((a, b) => compare('>', a, b));
const atLeast = row((a, b) => compare('>=', a, b));
const subset = row((a, b) => iterate(a).every(membership(iterate(b))));
const superset = row((a, b) => iterate(b).every(membership(iterate(a))));
const version = test('version operator? strict? version_type?', versionTest);

export const comparisonTests: Readonly<Record<string, Test>> = {
  eq: equal,
  equalto: equal,
  '==': equal,
  ne: unequal,
  '!=': unequal,
  lt: less,
  lessthan: less,
  '<': less,
  le: atMost,
  '<=': atMost,
  gt: more,
  greaterthan: more,
  '>': more,
  ge: atLeast,
  '>=': atLeast,
  in: test('seq', (value, [container]) => contains(container!, value)),
  contains: test('value', (value, [item]) => contains(value, item!)),
  subset,
  issubset: subset,
  superset,
  issuperset: superset,
  any: test('', (value) => iterate(value).some(truth)),
  all: test('', (value) => iterate(value).every(truth)),
  version,
  version_compare: version,
};
