/** Plays of one task each, of which it is known what they should cost: unchanged or changed, once or in a loop of ten. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Stage } from './bench.ts';
import { kplay } from './places.ts';
import { checkRecap, readRecap } from './recap.ts';
import type { Runner } from './runner.ts';

export interface SmallPlay {
  readonly name: string;
  /** Whether its task changes something each time it is run. */
  readonly changes: boolean;
  /** Its playbook, without the folder. */
  readonly file: string;
  readonly text: string;
}

/** By module: a task that changes something where `stamp` is new, and nothing where it is not. `item` is what a loop counts. */
const tasks: Readonly<Record<string, string>> = {
  file: 'file: { path: "/srv/bench-line/{{ item }}-{{ stamp }}", state: directory, mode: "0755" }',
  copy: 'copy: { content: "{{ stamp }}\\n", dest: "/srv/bench-line/{{ kind }}-{{ item }}", mode: "0644" }',
  lineinfile: 'lineinfile: { path: "/srv/bench-line/{{ kind }}", regexp: "^key{{ item }}=", line: "key{{ item }}={{ stamp }}", create: true, mode: "0644" }',
  command: 'command: { cmd: "touch /srv/bench-line/{{ item }}={{ stamp }}", creates: "/srv/bench-line/{{ item }}={{ stamp }}" }',
};

/** All of them. */
export const smallPlays: readonly SmallPlay[] = [false, true].flatMap((changes) => [
  smallPlay('copy', 1, changes), ...Object.keys(tasks).map((module) => smallPlay(module, 10, changes)),
]);

export interface SmallPlaying {
  /** Runs a play on the host of an inventory; seconds of the whole command. Throws where it changed what it should not, or did not change. */
  play(small: SmallPlay, inventory: string): Promise<number>;
}

/** Makes the host ready by way of an inventory: what unchanged plays ask for is there. */
export async function openSmallPlays(stage: Stage, run: Runner, inventory: string): Promise<SmallPlaying> {
  const folder = path.join(stage.folder, 'small');
  await mkdir(folder);
  for (const { file, text } of smallPlays) await writeFile(path.join(folder, file), text);
  let stamp = 0;
  const play = async ({ name, changes, file }: SmallPlay, by: string, isFirst = false): Promise<number> => {
    const vars = changes ? `kind=new stamp=${++stamp}` : 'kind=same stamp=same';
    const { seconds, stdout } = await run([...kplay, 'run', path.join(folder, file), '-i', by, '-e', vars]);
    checkRecap(`kplay, ${name},`, readRecap(stdout), ['m1'], changes || isFirst);
    return seconds;
  };
  await run([...kplay, 'run', await writeGround(folder), '-i', inventory]);
  for (const small of smallPlays.filter(({ changes }) => !changes)) await play(small, inventory, true);
  return { play };
}

function smallPlay(module: string, items: number, changes: boolean): SmallPlay {
  const task = items === 1 ? tasks[module]!.replaceAll('{{ item }}', 'one') : `${tasks[module]!}\n      loop: "{{ range(${items}) | list }}"`;
  return {
    name: `${module}, ${items === 1 ? 'one' : `${items} items`}, ${changes ? 'changed' : 'unchanged'}`, changes, file: `${module}-${items}-${changes}.yml`,
    text: `- hosts: all\n  gather_facts: false\n  tasks:\n    - ${task}\n`,
  };
}

async function writeGround(folder: string): Promise<string> {
  const file = path.join(folder, 'ground.yml');
  await writeFile(file, '- hosts: all\n  gather_facts: false\n  tasks:\n    - file: { path: /srv/bench-line, state: directory }\n');
  return file;
}
