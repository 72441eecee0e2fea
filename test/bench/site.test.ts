/** The work that contenders are timed at. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { peersFolder } from '../../bench/places.ts';
import { difference, siteTasks } from '../../bench/site.ts';
import { smallPlays } from '../../bench/small-plays.ts';

interface Play {
  readonly gather_facts: boolean;
  readonly tasks: readonly (Readonly<Record<string, unknown>> & { readonly loop?: readonly unknown[] })[];
  readonly handlers: readonly unknown[];
}

test('the site is an ordinary mix of 24 task-items and more, and as many tasks as round trips are shared out among', (t) => {
  const [play] = parse(readFileSync(path.join(peersFolder, 'site.yml'), 'utf8')) as [Play];
  const tasks = play.tasks.filter((task) => !('meta' in task));
  t.is(tasks.length, siteTasks);
  const items = (module: string): number => tasks.filter((task) => module in task).reduce((sum, { loop }) => sum + (loop?.length ?? 1), 0);
  t.deepEqual(Object.fromEntries(['file', 'copy', 'template', 'lineinfile', 'shell', 'stat', 'command', 'systemd'].map((module) => [module, items(module)])), {
    file: 6, copy: 10, template: 2, lineinfile: 5, shell: 1, stat: 1, command: 1, systemd: 1,
  });
  t.is(play.handlers.length, 1);
  t.false(play.gather_facts);
});

test('the script of the floor says of each file what the playbook says', (t) => {
  const floor = readFileSync(path.join(peersFolder, 'floor.sh'), 'utf8');
  for (const name of ['pages/index.html', 'pages/about.html', 'pages/site.css', 'pages/robots.txt', 'pages/health.json', 'bench-site', 'bench-site.service']) {
    t.true(floor.includes(`${readFileSync(path.join(peersFolder, 'files', name), 'utf8')}END\n`), name);
  }
});

test('two states are told apart by the lines that only one has', (t) => {
  t.is(difference('a\nb\nc', 'a\nc\nd'), '- b\n+ d');
});

test('small plays are of one task, unchanged and changed, once and ten times', (t) => {
  const names = smallPlays.map(({ name }) => name);
  t.is(new Set(smallPlays.map(({ file }) => file)).size, names.length);
  for (const module of ['file', 'copy', 'lineinfile', 'command']) {
    for (const change of ['changed', 'unchanged']) t.true(names.includes(`${module}, 10 items, ${change}`));
  }
  for (const { text } of smallPlays) t.is((parse(text) as [Play])[0].tasks.length, 1);
});
