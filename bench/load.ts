/** Load time: large playbooks, inventories and files of variables, read and checked. */
import { commandExists } from '../engine/mirror/command-path.ts';
import type { Bench, Stage, Table } from './bench.ts';
import { compare, type Measured } from './figures.ts';
import { sizes, writeLoadFiles, type LoadFiles } from './load-files.ts';
import { runToPeak, type Peak } from './peak.ts';
import { kplay } from './places.ts';
import { byRounds } from './rounds.ts';
import { openRunner, type Runner } from './runner.ts';

export default {
  name: 'load',
  title: 'Load time',
  about: `A playbook of ${sizes.tasks.toLocaleString('en')} tasks, an inventory of ${sizes.hosts.toLocaleString('en')} hosts and a file of variables of 1 MiB, all generated: how long it takes to read them, and with how much memory. No host is reached.`,
  lacks: async () => (commandExists('ansible-playbook') ? [] : ['apt-get install ansible-core']),
  run,
} satisfies Bench;

/** The words after `kplay` and those of Ansible. */
interface Case {
  readonly title: string;
  readonly own: readonly string[];
  readonly ansible: readonly string[];
}

const here = ['-i', 'localhost,'];

function cases({ tasks, trivial, yaml, ini, few, vars }: LoadFiles): readonly Case[] {
  const play = (title: string, ...words: readonly string[]): Case => ({ title, own: ['run', ...words], ansible: ['ansible-playbook', ...words] });
  const inventory = (title: string, ...words: readonly string[]): Case => ({ title, own: ['inventory', ...words], ansible: ['ansible-inventory', ...words] });
  return [
    play(`${sizes.tasks} tasks: --syntax-check`, ...here, '--syntax-check', tasks),
    play(`${sizes.tasks} tasks: --list-tasks`, ...here, '--list-tasks', tasks),
    inventory(`${sizes.hosts} hosts in YAML: inventory --graph of a group of 4`, '-i', yaml, '--graph', 'few'),
    inventory(`${sizes.hosts} hosts in INI: inventory --graph of a group of 4`, '-i', ini, '--graph', 'few'),
    inventory(`${sizes.hosts} hosts in YAML: inventory --list`, '-i', yaml, '--list'),
    play(`${sizes.hosts} hosts in YAML: a play of one task on 4 of them, without a connection`, '-i', yaml, few),
    play('1 MiB of variables: a play of one task that uses one of them', ...here, vars),
    play(`${sizes.trivial} tasks that do nothing (debug, set_fact): run on one host, without a connection`, ...here, trivial),
  ];
}

async function run(stage: Stage): Promise<readonly Table[]> {
  const programs = openRunner(stage);
  const files = await writeLoadFiles(stage.folder);
  const tables: Table[] = [];
  for (const each of cases(files)) tables.push(...(await measure(stage, programs, each)));
  return tables;
}

async function measure(stage: Stage, programs: Runner, { title, own, ansible }: Case): Promise<readonly Table[]> {
  const env = { ANSIBLE_HOME: stage.folder, ANSIBLE_LOCALHOST_WARNING: 'false', ANSIBLE_NOCOLOR: '1' };
  const contenders = [{ who: 'kplay', argv: [...kplay, ...own] }, { who: 'Ansible', argv: ansible }];
  const taken = await byRounds({ ...stage, say: () => undefined }, contenders, async ({ argv }) => ({ ...(await runToPeak(programs, argv, env)), text: '' }));
  stage.say(`${title}: done`);
  const rows = (figure: (peak: Peak) => number): readonly [Measured, ...Measured[]] => {
    const [first, ...others] = contenders.map((each): Measured => ({ who: each.who, samples: taken.get(each)!.map(figure) }));
    return [first!, ...others];
  };
  return [
    { title, unit: 's', rows: compare(rows(({ seconds }) => seconds)) },
    { title: `${title}: memory`, unit: 'MiB', rows: compare(rows(({ memory }) => memory)), note: 'of the largest process' },
  ];
}
