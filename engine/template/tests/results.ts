/** Tests of what tasks left in `register`. */
import { known, numeric, truth, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { test, type Test } from '../registry.ts';
import { isMapping, valueAt, type Value } from '../value.ts';

const failed = test('', (value) => flag(value, 'failed'));
const succeeded = test('', (value) => !flag(value, 'failed'));
const changed = test('', isChanged);
const skipped = test('', (value) => flag(value, 'skipped'));

export const resultTests: Readonly<Record<string, Test>> = {
  failed,
  failure: failed,
  succeeded,
  success: succeeded,
  successful: succeeded,
  changed,
  change: changed,
  skipped,
  skip: skipped,
  unreachable: test('', (value) => flag(value, 'unreachable')),
  reachable: test('', (value) => !flag(value, 'unreachable')),
  started: test('', (value) => numeric(part(value, 'started') ?? 1) === 1),
  finished: test('', (value) => numeric(part(value, 'finished') ?? 1) === 1),
};

function part(result: Value, name: string): Value | undefined {
  if (isMapping(result)) return valueAt(result, name);
  throw new Fault(`expected the result of a task, found ${typeName(result)}`, 'such tests are asked of a registered variable');
}

function flag(result: Value, name: string): boolean {
  return truth(part(result, name) ?? false);
}

/** A loop's result has changed where one of its items has. */
function isChanged(result: Value): boolean {
  const own = part(result, 'changed');
  if (own !== undefined) return truth(own);
  const items = part(result, 'results');
  return Array.isArray(items) && items.some((item) => isMapping(known(item)) && flag(item, 'changed'));
}
