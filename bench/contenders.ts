/** Who does the work of bench/peers/site.yml: kplay, the floor, Mitogen and Ansible. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { run as runQuietly } from '../engine/lab/command.ts';
import { commandExists } from '../engine/mirror/command-path.ts';
import type { Row, Stage } from './bench.ts';
import { compare, type Measured } from './figures.ts';
import type { Place } from './place.ts';
import { kplay, peersFolder } from './places.ts';
import { readRecap, type Recap, type Totals } from './recap.ts';
import type { Runner } from './runner.ts';

export interface Contender {
  readonly who: string;
  /** The ratio that the project asks for. */
  readonly asked?: string;
  /** Whether it counts tasks as the playbook does; a script counts what it likes. */
  readonly counts: boolean;
  /** Takes so long that noise weighs little. */
  readonly slow: boolean;
  /** Makes its next run begin without an open connection. */
  fresh(): Promise<void>;
  /** Runs the site, or another playbook of bench/peers; throws where it fails. */
  play(place: Place, playbook?: string): Promise<{ readonly seconds: number; readonly recap: Recap }>;
}

/** kplay first. */
export type Contenders = readonly [Contender, ...Contender[]];

/** Where Debian's package puts Mitogen's strategies. */
export const strategies = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy';

/** What this host lacks to have all of them. */
export function contendersLack(): readonly string[] {
  const lacks = [...(commandExists('ansible-playbook') ? [] : ['ansible-core']), ...(existsSync(strategies) ? [] : ['ansible-mitogen'])];
  return lacks.length > 0 ? [`apt-get install ${lacks.join(' ')}`] : [];
}

/** All of them. */
export function openContenders(stage: Stage, run: Runner): Contenders {
  const strategy = { ANSIBLE_STRATEGY_PLUGINS: strategies, ANSIBLE_STRATEGY: 'mitogen_linear' };
  return [
    {
      who: 'kplay', counts: true, slow: false, fresh: async () => undefined,
      async play({ inventory }, playbook = 'site.yml') {
        const { seconds, stdout } = await run([...kplay, 'run', path.join(peersFolder, playbook), '-i', inventory]);
        return { seconds, recap: readRecap(stdout) };
      },
    },
    floor(run),
    { ...ansible(stage, run, strategy), who: 'Mitogen', asked: '≥ 6' },
    { ...ansible(stage, run, {}), who: 'Ansible', asked: '≥ 20' },
  ];
}

/** Rows of contenders, each against kplay, the first. */
export function compareAll(
  contenders: readonly Contender[], asked: (contender: Contender) => string | undefined, samples: (contender: Contender) => readonly number[],
): readonly Row[] {
  const [own, ...others] = contenders.map((contender): Measured => ({ who: contender.who, samples: samples(contender), asked: asked(contender) }));
  return own ? compare([own, ...others]) : [];
}

/** The hand-written script, all hosts at once; what it prints at its end is read as a recap. */
function floor(run: Runner): Contender {
  const script = readFileSync(path.join(peersFolder, 'floor.sh'), 'utf8');
  return {
    who: 'floor: a shell script by ssh', asked: '≥ 0.5', counts: false, slow: false, fresh: async () => undefined,
    async play({ logins }) {
      const begun = performance.now();
      const recap = await Promise.all(logins.map(async ({ name, ssh }): Promise<[string, Totals]> => {
        const { stdout } = await run([...ssh, 'sh', '-s', '--', name], { input: script });
        const changed = /^changed=(\d+)$/m.exec(stdout)?.[1];
        if (changed === undefined) throw new Error(`floor.sh did not come to its end on ${name}`);
        return [name, { ok: 0, changed: Number(changed), unreachable: 0, failed: 0, skipped: 0 }];
      }));
      return { seconds: (performance.now() - begun) / 1000, recap: new Map(recap) };
    },
  };
}

function ansible(stage: Stage, run: Runner, env: Readonly<Record<string, string>>): Omit<Contender, 'who'> {
  let home: string | undefined;
  const fresh = async (): Promise<void> => {
    if (home) await closeMasters(path.join(home, 'cp'));
    home = await mkdtemp(path.join(stage.folder, 'a'));
    await mkdir(path.join(home, 'cp'));
  };
  stage.onEnd(() => (home ? closeMasters(path.join(home, 'cp')) : undefined));
  return {
    counts: true, slow: true, fresh,
    async play({ inventory }, playbook = 'site.yml') {
      if (!home) await fresh();
      const settings = { ANSIBLE_CONFIG: path.join(peersFolder, 'ansible.cfg'), ANSIBLE_HOME: home!, ...env };
      const { seconds, stdout } = await run(['ansible-playbook', '-i', inventory, path.join(peersFolder, playbook)], { env: settings });
      return { seconds, recap: readRecap(stdout) };
    },
  };
}

/** ssh's shared connections outlive Ansible by a minute; each is told to end. */
async function closeMasters(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const exit = (socket: string): readonly string[] => ['ssh', '-F', 'none', '-o', `ControlPath=${socket}`, '-O', 'exit', 'any'];
  await Promise.all(readdirSync(folder).map((name) => runQuietly(exit(path.join(folder, name)), { timeout: 10 })));
}
