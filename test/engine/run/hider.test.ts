import test from 'ava';
import { openHider } from '../../../engine/run/hider.ts';

test('a secret is hidden wherever it stands, each of a list too, but for what is too short to be told from other text', (t) => {
  const hider = openHider();
  hider.add('hunter2');
  hider.add(['first-secret', 'abc', ['nested-secret'], 7]);
  t.deepEqual(hider.hide({ a: 'x hunter2 y', b: ['first-secret'], 'nested-secret': 'abc' }), { a: 'x ******** y', b: ['********'], '********': 'abc' });
});
