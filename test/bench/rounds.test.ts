/** Turns, recaps and the sheet of round trips. */
import test from 'ava';
import { checkRecap, readRecap, recapText } from '../../bench/recap.ts';
import { openSheet } from '../../bench/round-trips.ts';
import { byRounds } from '../../bench/rounds.ts';

test('contenders take turns, and each one\'s turns stay in order', async (t) => {
  const order: string[] = [];
  const [a, b] = [{ who: 'a' }, { who: 'b' }];
  const said: string[] = [];
  const turns = await byRounds({ rounds: 2, say: (line) => said.push(line) }, [a, b], async ({ who }) => ({ text: `${order.push(who)}th` }));
  t.deepEqual(order, ['a', 'b', 'a', 'b']);
  t.deepEqual(turns.get(b)!.map(({ text }) => text), ['2th', '4th']);
  t.is(said[3], 'round 2 of 2, b: 4th');
});

const ansible = `PLAY RECAP *********************************************************************
m2                         : ok=2    changed=0    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0
m1                         : ok=3    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
`;

test('Ansible\'s recap and kplay\'s are read alike, whatever the order of hosts', (t) => {
  const kplay = `PLAY RECAP
m1 : ok=4 changed=1 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0
m2 : ok=2 changed=0 unreachable=0 failed=0 skipped=1 rescued=0 ignored=0

Done in 0.4 s.`;
  t.is(recapText(readRecap(ansible)), 'm1 changed=1 skipped=0\nm2 changed=0 skipped=1');
  t.is(recapText(readRecap(kplay)), recapText(readRecap(ansible)));
});

test('a run that did not do its work is no measure', (t) => {
  const recap = readRecap(ansible);
  t.notThrows(() => checkRecap('x', recap, ['m1'], true));
  t.notThrows(() => checkRecap('x', recap, ['m2'], false));
  t.throws(() => checkRecap('x', recap, ['m1', 'm2'], true), { message: /changed=0 on m2 where there is much to change/ });
  t.throws(() => checkRecap('x', recap, ['m1'], false), { message: /changed=1 on m1 where nothing is left/ });
  t.throws(() => checkRecap('x', recap, ['m3'], true), { message: /tells nothing of m3/ });
  t.throws(() => checkRecap('x', readRecap(ansible.replaceAll('failed=0', 'failed=1')), ['m1'], true), { message: /failed on m1/ });
});

test('round trips by the clock are what a line adds, in round trips of that line; counted ones come from the long lines', (t) => {
  const sheet = openSheet();
  sheet.note('x', 0, { seconds: 1, trips: 5 });
  sheet.note('x', 0, { seconds: 1.2, trips: 5 });
  sheet.note('x', 25, { seconds: 1.6, trips: 11 });
  sheet.note('x', 100, { seconds: 3.1, trips: 10 });
  t.deepEqual(sheet.clocked('x', 25).map((trips) => trips.toFixed(6)), ['10.000000']);
  t.deepEqual(sheet.clocked('x', 100).map((trips) => trips.toFixed(6)), ['10.000000']);
  t.deepEqual(sheet.counted('x'), [11, 10], 'not those of the shortest line');
  t.deepEqual(sheet.seconds('x', 0), [1, 1.2]);
  t.deepEqual(sheet.counted('y'), []);
});
