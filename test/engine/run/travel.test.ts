/** Items of a loop go together only where they touch nothing in common. */
import test from 'ava';
import { areDisjoint } from '../../../engine/run/travel.ts';
import { onWeb, playFiles } from '../../support/play.ts';

for (const [lists, disjoint] of [
  [[['/a'], ['/b']], true], [[['/a'], ['/a']], false], [[['/a'], ['/a/b']], false], [[['/a/'], ['/a']], false], [[['/a'], ['/a-b'], ['/a/c']], false],
  [[['/a', '/a/b'], ['/c']], true], [[['/ab'], ['/a']], true], [[[], []], true], [[['/x/../a'], ['/a/b']], false],
] as const) {
  test(`${JSON.stringify(lists)} ${disjoint ? 'touch nothing' : 'touch something'} in common`, (t) => t.is(areDisjoint(lists), disjoint));
}

test('items that edit the same file see each other\'s edits, and their results keep the loop\'s order', async (t) => {
  const { said } = await playFiles(t, onWeb(`- {lineinfile: {path: "{{ dir }}/{{ inventory_hostname }}", line: "{{ item }}", create: true}, loop: [a, b, c]}
- {command: "cat {{ dir }}/{{ inventory_hostname }}", register: r}
- {copy: {content: "{{ item }}", dest: "{{ dir }}/{{ inventory_hostname }}-{{ item }}"}, loop: [x, y, z], register: many}
- debug: {msg: "{{ r.stdout_lines }} {{ many.results | map(attribute='item') | list }} {{ many is changed }}"}`));
  t.is(said[0], "h1: ['a', 'b', 'c'] ['x', 'y', 'z'] True");
});
