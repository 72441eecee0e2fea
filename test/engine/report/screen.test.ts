/** The picture at the lower end of a terminal, and the lines above it. */
import test from 'ava';
import { openScreen } from '../../../engine/report/screen.ts';
import { openTerminal } from '../../support/terminal.ts';

function openBoth(columns: number, rows: number) {
  const terminal = openTerminal(columns, rows);
  const size = { columns, rows };
  let writes = 0;
  const screen = openScreen({ write: (text) => (writes++, terminal.write(text)), columns: () => size.columns, rows: () => size.rows });
  return { terminal, screen, size, writes: () => writes };
}

test('a picture replaces the one before, also where it is smaller', (t) => {
  const { terminal, screen } = openBoth(20, 10);
  screen.draw(['one', 'two', 'three']);
  t.deepEqual(terminal.screen(), ['one', 'two', 'three']);
  screen.draw(['ONE', 'x']);
  t.deepEqual(terminal.screen(), ['ONE', 'x']);
  screen.draw([]);
  t.deepEqual(terminal.screen(), ['']);
});

test('printed lines stand above the picture for good', (t) => {
  const { terminal, screen } = openBoth(20, 4);
  screen.draw(['live 1', 'live 2']);
  screen.print(['first', 'second']);
  screen.print(['a line that is longer than the screen']);
  screen.draw(['live 3', 'live 4']);
  t.deepEqual([...terminal.scrolled, ...terminal.screen()], ['first', 'second', 'a line that is longe', 'r than the screen', 'live 3', 'live 4']);
});

test('a picture higher or wider than the screen is cut, so that it can be taken back', (t) => {
  const { terminal, screen } = openBoth(10, 4);
  const tall = Array.from({ length: 9 }, (_, at) => `line ${at} of nine`);
  screen.draw(tall);
  screen.draw(tall.map((line) => line.toUpperCase()));
  t.deepEqual([...terminal.scrolled, ...terminal.screen()], ['LINE 0 O…', 'LINE 1 O…', 'LINE 2 O…']);
});

test('the same picture is not written again', (t) => {
  const { screen, writes } = openBoth(20, 5);
  screen.draw(['same']);
  screen.draw(['same']);
  t.is(writes(), 1);
});

test('on a terminal made narrower the folded picture is taken back whole', (t) => {
  let terminal = openTerminal(20, 10);
  let columns = 20;
  const screen = openScreen({ write: (text) => terminal.write(text), columns: () => columns, rows: () => 10 });
  terminal.write('above\n');
  screen.draw(['0123456789012345', 'abc']);
  // What the terminal makes of it at half the width: the first line takes two rows.
  terminal = openTerminal(10, 10);
  terminal.write('above\n0123456789012345\nabc');
  columns = 10;
  screen.draw(['new', 'picture']);
  t.deepEqual(terminal.screen(), ['above', 'new', 'picture']);
});
