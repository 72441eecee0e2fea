/** The same ordinary playbook by kplay, Ansible and Mitogen, and the same work by a hand-written script. */
import type { Bench, Stage, Table } from './bench.ts';
import { contendersLack, compareAll, openContenders, type Contender } from './contenders.ts';
import { numberText } from './format.ts';
import { labLacks, openLab } from './lab.ts';
import { writePlace, type Place } from './place.ts';
import { checkRecap } from './recap.ts';
import { openRunner } from './runner.ts';
import { openSite } from './site.ts';
import { byRounds } from './rounds.ts';

const machines = 4;

export default {
  name: 'peers',
  title: 'A whole playbook, against Ansible, Mitogen and a shell script',
  about: 'bench/peers/site.yml (folders, copies, templates, lines, a link, commands, a service, a handler) on four machines of kplay\'s own lab over ssh: '
    + 'kplay and Ansible run the same file unmodified. Ansible has 50 forks and pipelining; Mitogen is the same with its strategy; '
    + 'the floor is one hand-written script per machine, all machines at once. All must leave the same machines, which is checked after every run.',
  lacks: async () => [...labLacks(), ...contendersLack()],
  run,
} satisfies Bench;

async function run(stage: Stage): Promise<readonly Table[]> {
  const programs = openRunner(stage);
  const contenders = openContenders(stage, programs);
  const lab = await openLab(stage, programs, machines);
  const place = await writePlace(stage, lab);
  const site = openSite(lab);
  const both = await byRounds(stage, contenders, async (contender) => {
    const times = await site.build(contender, place);
    return { times, text: `first run ${numberText(times.first)} s, second run ${numberText(times.second)} s` };
  });
  const table = (title: string, which: 'first' | 'second', note: string): Table => ({
    title, unit: 's', note, rows: compareAll(contenders, ({ asked }) => asked, (contender) => both.get(contender)!.map(({ times }) => times[which])),
  });
  return [
    table('First run, bare machines', 'first', 'Times are of the whole command, from its start to its end. Files of a few hundred bytes, facts not gathered.'),
    table('Second run, nothing left to change', 'second', 'Ansible still has its connections of the first run (ControlPersist), the others connect anew.'),
    await facts(stage, contenders.filter(({ counts }) => counts), place, lab.machines.map(({ name }) => name)),
  ];
}

async function facts(stage: Stage, contenders: readonly Contender[], place: Place, hosts: readonly string[]): Promise<Table> {
  const times = await byRounds(stage, contenders, async (contender) => {
    await contender.fresh();
    const { seconds, recap } = await contender.play(place, 'facts.yml');
    checkRecap(`${contender.who}, gathering facts,`, recap, hosts, false);
    return { seconds, text: `facts ${numberText(seconds)} s` };
  });
  const rows = compareAll(contenders, () => undefined, (contender) => times.get(contender)!.map(({ seconds }) => seconds));
  return { title: 'Gathering facts and one task', unit: 's', rows };
}

