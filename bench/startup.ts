/** Start-up: how long it takes until there is something to do. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandExists } from '../engine/mirror/command-path.ts';
import type { Bench, Stage, Table } from './bench.ts';
import { compare } from './figures.ts';
import { kplay, peersFolder, rootFolder } from './places.ts';
import { byRounds } from './rounds.ts';
import { openRunner } from './runner.ts';

/** Turns in a round: each takes a tenth of a second. */
const turns = 5;

export default {
  name: 'startup',
  title: 'Start-up',
  about: 'From the start of the command to its end, with nothing to do on any host, against Ansible and against Node itself, which does nothing (`node -e 0`): what is beyond that is kplay\'s own.',
  lacks: async () => (commandExists('ansible-playbook') ? [] : ['apt-get install ansible-core']),
  run,
} satisfies Bench;

async function run(stage: Stage): Promise<readonly Table[]> {
  const { empty, nobody } = await writePlays(stage.folder);
  const site = path.join(peersFolder, 'site.yml');
  return [
    await measure(stage, 'The version is told', ['--version'], ['--version']),
    await measure(stage, 'An empty play on this host', ['run', '-i', 'localhost,', empty], ['-i', 'localhost,', empty]),
    await measure(stage, 'An empty play, and no host in the inventory', ['run', '-i', nobody, empty], ['-i', nobody, empty]),
    await measure(stage, 'A playbook is checked (--syntax-check of bench/peers/site.yml)', ['run', '-i', 'localhost,', '--syntax-check', site], ['-i', 'localhost,', '--syntax-check', site]),
    await measure(stage, 'A playbook is checked (--syntax-check of playbooks/etcd-ha.yml)', ['run', '-i', path.join(rootFolder, 'inventory'), '--syntax-check', path.join(rootFolder, 'playbooks/etcd-ha.yml')]),
  ];
}

async function measure(stage: Stage, title: string, own: readonly string[], ansible?: readonly string[]): Promise<Table> {
  const programs = openRunner(stage);
  const env = { ANSIBLE_HOME: stage.folder, ANSIBLE_LOCALHOST_WARNING: 'false' };
  const contenders = [
    { who: 'kplay', argv: [...kplay, ...own] },
    { who: 'node -e 0', argv: [process.execPath, '-e', '0'] },
    ...(ansible ? [{ who: 'Ansible', argv: ['ansible-playbook', ...ansible] }] : []),
  ];
  const taken = await byRounds({ rounds: stage.rounds * turns, say: () => undefined }, contenders, async ({ argv }) => ({ seconds: (await programs(argv, { env })).seconds, text: '' }));
  const [first, ...others] = contenders.map((each) => ({ who: each.who, samples: taken.get(each)!.map(({ seconds }) => seconds) }));
  stage.say(`${title}: done`);
  return { title, unit: 's', rows: compare([first!, ...others]), note: `${stage.rounds * turns} turns each` };
}

async function writePlays(folder: string): Promise<{ readonly empty: string; readonly nobody: string }> {
  await mkdir(folder, { recursive: true });
  const files = { empty: path.join(folder, 'empty.yml'), nobody: path.join(folder, 'nobody.yml') };
  await writeFile(files.empty, '- hosts: all\n  connection: local\n  gather_facts: false\n  tasks: []\n');
  await writeFile(files.nobody, 'all:\n');
  return files;
}
