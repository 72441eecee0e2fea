/** Medians, ratios and what was asked. */
import test from 'ava';
import { compare, isMet, median, ratioOf } from '../../bench/figures.ts';
import { numberText, rangeText } from '../../bench/format.ts';

test('the median is the middle of what was measured, in whatever order it came', (t) => {
  t.is(median([9, 1, 2]), 2);
  t.is(median([4, 1, 10, 2]), 3);
  t.is(median([10, 9, 100]), 10, 'numbers are not sorted as text');
  t.throws(() => median([]), { instanceOf: RangeError });
});

test('taking the median leaves the samples in their order', (t) => {
  const samples = [3, 1, 2];
  median(samples);
  t.deepEqual(samples, [3, 1, 2]);
});

test('a ratio says how many times better kplay is, whichever way is better', (t) => {
  t.is(ratioOf(2, 10), 5);
  t.is(ratioOf(10, 2, true), 5);
  t.is(ratioOf(2, 1), 0.5);
});

test('contenders are compared by their medians with the first, which has no ratio', (t) => {
  const rows = compare([{ who: 'kplay', samples: [1, 2, 9] }, { who: 'other', samples: [40, 30, 50], asked: '≥ 20' }]);
  t.deepEqual(rows, [{ who: 'kplay', figure: 2, samples: [1, 2, 9] }, { who: 'other', figure: 40, samples: [40, 30, 50], asked: '≥ 20', ratio: 20 }]);
});

for (const [row, met] of [
  [{ ratio: 20, asked: '≥ 20' }, true], [{ ratio: 19.9, asked: '≥ 20' }, false], [{ asked: '≤ 1' }, true], [{ asked: '≤ 0.9' }, false],
  [{ asked: 'far fewer' }, undefined], [{ ratio: 3 }, undefined],
] as const) {
  test(`a figure of 1 with ${JSON.stringify(row)} is ${met === undefined ? 'not judged' : met ? 'met' : 'missed'}`, (t) => {
    t.is(isMet({ who: 'x', figure: 1, samples: [1], ...row }), met);
  });
}

test('figures are written with three digits that count', (t) => {
  t.deepEqual([0, 0.04123, 0.5, 4.349, 14.42, 100.4, 1234.5, -0.624].map(numberText), ['0', '0.0412', '0.500', '4.35', '14.4', '100', '1,235', '-0.624']);
  t.is(rangeText([3, 1, 2]), '1.00 to 3.00');
  t.is(rangeText([3, 3]), '');
});
