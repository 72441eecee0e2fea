/** kplay, Mitogen and Ansible as commands, for benchmarks that watch a process: those that are installed here. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { commandExists } from '../engine/mirror/command-path.ts';
import type { Stage } from './bench.ts';
import { strategies } from './contenders.ts';
import { kplay, peersFolder } from './places.ts';
import type { WatchOptions } from './watched.ts';

export interface Command {
  readonly who: string;
  /** The words that run a playbook on an inventory. */
  argv(playbook: string, inventory: string, ...more: readonly string[]): readonly string[];
  /** The environment of a pair of runs; Ansible's connections of earlier ones are not among its own. */
  fresh(): Promise<WatchOptions>;
}

/** Seconds for a connect: a machine that is all hosts at once answers late, and what is measured must have worked. */
const patience = '120';

/** kplay first. */
export function openCommands(stage: Stage): readonly [Command, ...Command[]] {
  const own: Command = { who: 'kplay', argv: (playbook, inventory, ...more) => [...kplay, 'run', playbook, '-i', inventory, ...more], fresh: async () => ({}) };
  const ansible = (who: string, env: Readonly<Record<string, string>>): Command => ({
    who,
    argv: (playbook, inventory, ...more) => ['ansible-playbook', '-i', inventory, playbook, ...more],
    fresh: async () => ({ env: { ANSIBLE_CONFIG: path.join(peersFolder, 'ansible.cfg'), ANSIBLE_HOME: await mkdtemp(path.join(stage.folder, 'a')), ANSIBLE_TIMEOUT: patience, ...env } }),
  });
  const there = commandExists('ansible-playbook');
  return [
    own,
    ...(there && existsSync(strategies) ? [ansible('Mitogen', { ANSIBLE_STRATEGY_PLUGINS: strategies, ANSIBLE_STRATEGY: 'mitogen_linear' })] : []),
    ...(there ? [ansible('Ansible', {})] : []),
  ];
}
